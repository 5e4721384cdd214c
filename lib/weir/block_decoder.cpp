#include "weir/block_decoder.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "weir/check.h"
#include "weir/little_endian.h"

namespace weir::inline v0_1 {

BlockDecoder::BlockDecoder(std::unique_ptr<BlockOpener> opener) : opener_(std::move(opener)) {
  WEIR_CHECK(opener_ != nullptr, "something to open records with");
}

Result<std::size_t> BlockDecoder::read_at(EncodedWindow& window, std::uint64_t position,
                                          std::span<std::byte> output) {
  const Result<std::span<const std::byte>> ready = peek_at(window, position);
  if (!ready) return fail(ready.error());
  const std::size_t size = std::min(ready->size(), output.size());
  if (size > 0) std::memcpy(output.data(), ready->data(), size);
  return size;
}

Result<std::span<const std::byte>> BlockDecoder::peek_at(EncodedWindow& window,
                                                         std::uint64_t position) {
  if (!begun_) {
    const Result<void> begun = begin(window);
    if (!begun) return fail(begun.error());
  }
  if (!payload_size_.has_value() || position < *payload_size_) {
    const std::uint64_t index = position / sizes_.block_bytes;
    if (!block_.has_value() || block_->index != index) {
      // Kept, so that looking for the end goes on where it blocked.
      if (index < absent_from_) {
        const Result<bool> loaded = load(window, index);
        if (!loaded) return fail(loaded.error());
        if (!*loaded) absent_from_ = index;
      }
      if (index >= absent_from_) {
        // Whoever comes here by a seek may be behind the end.
        const Result<void> found = find_end(window);
        if (!found) return fail(found.error());
        if (position < *payload_size_) return fail(Code::kTruncated, "a block is missing");
      }
    }
    const std::uint64_t begin = position - index * sizes_.block_bytes;
    if (block_->index == index && begin < block_->payload.size()) {
      return block_->payload.subspan(static_cast<std::size_t>(begin));
    }
  }
  const Result<void> completed = complete(window);
  if (!completed) return fail(completed.error());
  return std::span<const std::byte>();
}

Result<std::uint64_t> BlockDecoder::payload_size(EncodedWindow& window) {
  if (!begun_) {
    const Result<void> begun = begin(window);
    if (!begun) return fail(begun.error());
  }
  const Result<void> found = find_end(window);
  if (!found) return fail(found.error());
  return *payload_size_;
}

Result<void> BlockDecoder::begin(EncodedWindow& window) {
  const std::size_t size = opener_->header_bytes();
  const auto header = window.fetch(0, size, kWindowBytes);
  if (!header) return fail(header.error());
  if (header->size() < size) return fail(Code::kTruncated, header->size(), "within the header");
  const Result<BlockSizes> sizes = opener_->begin(header->first(size));
  if (!sizes) return fail(sizes.error());
  WEIR_CHECK(sizes->block_bytes > 0 && sizes->block_bytes <= kBlockBytesMax,
             "a block of a size that its record can tell");
  sizes_ = *sizes;
  begun_ = true;
  return {};
}

// Makes block `index` the one that lies decoded; false where the encoded stream ends before it.
Result<bool> BlockDecoder::load(EncodedWindow& window, std::uint64_t index) {
  block_.reset();
  const std::size_t record_max = sizes_.record_bytes(sizes_.block_bytes);
  constexpr std::uint64_t kOffsetMax = std::numeric_limits<std::int64_t>::max();
  if (index >= (kOffsetMax - sizes_.header_bytes) / record_max) return false;
  const std::uint64_t offset = record_offset(index);
  if (index != next_ && window.seekable()) {
    // No file system seeks as far as a position may be: nothing is sought behind the end.
    const Result<std::uint64_t> encoded = window.size();
    if (!encoded) return fail(encoded.error());
    if (offset >= *encoded) return false;
  }
  const std::size_t prior = sizes_.prior_bytes;
  const std::uint64_t from = offset - prior;
  auto bytes = window.fetch(from, prior + kBlockWordBytes, prior + record_max);
  if (!bytes) return fail(bytes.error());
  if (bytes->size() <= prior) return false;
  if (bytes->size() < prior + kBlockWordBytes) {
    return fail(Code::kTruncated, from + bytes->size(), "within a block");
  }
  const std::uint32_t word = load_u32(bytes->data() + prior);
  const bool last = (word & kLastBlock) != 0;
  const std::size_t size = word & ~kLastBlock;
  if (last ? size >= sizes_.block_bytes : size != sizes_.block_bytes) {
    return fail(Code::kCorrupt, offset, "no block has this size");
  }
  const std::size_t record_bytes = sizes_.record_bytes(size);
  if (bytes->size() < prior + record_bytes) {
    bytes = window.fetch(from, prior + record_bytes, prior + record_bytes);
    if (!bytes) return fail(bytes.error());
    if (bytes->size() < prior + record_bytes) {
      return fail(Code::kTruncated, from + bytes->size(), "within a block");
    }
  }
  const auto payload =
      opener_->open(index, bytes->first(prior), bytes->subspan(prior, record_bytes), offset);
  if (!payload) return fail(payload.error());
  WEIR_CHECK(payload->size() == size, "an opener gives as much as was sealed");
  const std::uint64_t end = index * sizes_.block_bytes + size;
  if (payload_size_.has_value() && (last ? end != *payload_size_ : end > *payload_size_)) {
    return fail(Code::kCorrupt, offset, "another end than before");
  }
  if (last) payload_size_ = end;
  block_ = {index, *payload};
  next_ = index + 1;
  return true;
}

// Knows the payload's size from now on. Precondition: the header was read.
Result<void> BlockDecoder::find_end(EncodedWindow& window) {
  if (payload_size_.has_value()) return {};
  if (!window.seekable()) return fail(Code::kTruncated, "no last block");
  block_.reset();
  const Result<std::uint64_t> encoded = window.size();
  if (!encoded) return fail(encoded.error());
  const std::uint64_t least = sizes_.header_bytes + sizes_.record_bytes(0);
  if (*encoded < least) return fail(Code::kTruncated, *encoded, "no last block");
  const Result<bool> loaded =
      load(window, (*encoded - least) / sizes_.record_bytes(sizes_.block_bytes));
  if (!loaded) return fail(loaded.error());
  if (!payload_size_.has_value()) return fail(Code::kTruncated, *encoded, "no last block");
  return {};
}

// Nothing stands behind the last record. Precondition: the payload's size is known.
Result<void> BlockDecoder::complete(EncodedWindow& window) {
  if (complete_) return {};
  block_.reset();
  const std::uint64_t end =
      record_offset(*payload_size_ / sizes_.block_bytes) +
      sizes_.record_bytes(static_cast<std::size_t>(*payload_size_ % sizes_.block_bytes));
  const auto behind = window.fetch(end, 1, 1);
  if (!behind) return fail(behind.error());
  if (!behind->empty()) return fail(Code::kCorrupt, end, "bytes behind the last block");
  complete_ = true;
  return {};
}

std::uint64_t BlockDecoder::record_offset(std::uint64_t index) const noexcept {
  return sizes_.header_bytes + index * sizes_.record_bytes(sizes_.block_bytes);
}

}  // namespace weir::inline v0_1
