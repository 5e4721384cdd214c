#include "weir/block_encoder.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "weir/check.h"
#include "weir/little_endian.h"

namespace weir::inline v0_1 {

BlockEncoder::BlockEncoder(std::unique_ptr<BlockSealer> sealer)
    : sealer_(std::move(sealer)), sizes_(sealer_->sizes()), waiting_(sealer_->header()) {
  WEIR_CHECK(sizes_.block_bytes > 0 && sizes_.block_bytes <= kBlockBytesMax,
             "a block of a size that its record can tell");
}

Result<Step> BlockEncoder::step(std::span<const std::byte> input, std::span<std::byte> output,
                                Directive directive) {
  // Small writes are many, and most of them fill no block.
  if (filled_ > 0 && !input.empty() && input.size() < sizes_.block_bytes - filled_ &&
      directive == Directive::kContinue) {
    append(input, output);
    return Step{input.size(), 0, Status::kNeedInput};
  }
  return fill(input, output, directive);
}

void BlockEncoder::append(std::span<const std::byte> piece, std::span<std::byte> output) noexcept {
  WEIR_CHECK(
      record_ == own_record_.get() ||
          (record_ == output.data() && output.size() >= sizes_.record_bytes(sizes_.block_bytes)),
      "the output of a step that produced nothing comes again");
  sealer_->append(index_, filled_, piece, record_);
  filled_ += piece.size();
}

Result<Step> BlockEncoder::fill(std::span<const std::byte> input, std::span<std::byte> output,
                                Directive directive) {
  const std::size_t block_bytes = sizes_.block_bytes;
  const std::size_t record_bytes = sizes_.record_bytes(block_bytes);
  Step step;
  for (;;) {
    const std::span<std::byte> room = output.subspan(step.produced);
    if (!waiting_.empty()) {
      const std::size_t size = std::min(waiting_.size(), room.size());
      if (size > 0) std::memcpy(room.data(), waiting_.data(), size);
      waiting_ = waiting_.subspan(size);
      step.produced += size;
      if (!waiting_.empty()) {
        step.status = Status::kNeedOutput;
        return step;
      }
      continue;
    }
    const std::span<const std::byte> left = input.subspan(step.consumed);
    if (filled_ == 0 && left.size() >= block_bytes && room.size() >= record_bytes) {
      seal_into(room.data(), left.first(block_bytes), false);
      step.consumed += block_bytes;
      step.produced += record_bytes;
      continue;
    }
    const bool ends = directive == Directive::kEnd && !ended_;
    if (left.empty() && !ends) {
      if (directive == Directive::kFlush && record_ != nullptr && record_ != own_record_.get()) {
        if (step.consumed + step.produced > 0) {
          step.status = Status::kNeedOutput;  // The allocation may fail.
          return step;
        }
        std::byte* const own = own_record();
        std::memcpy(own + kBlockWordBytes, record_ + kBlockWordBytes, filled_);
        record_ = own;
      }
      step.status = directive == Directive::kEnd     ? Status::kEnd
                    : directive == Directive::kFlush ? Status::kFlushed
                                                     : Status::kNeedInput;
      return step;
    }
    // What comes now may fail, and is not produced at once: only the front of an output comes
    // again.
    if (step.produced > 0) {
      step.status = Status::kNeedOutput;
      return step;
    }
    if (record_ == nullptr) {
      record_ =
          room.size() >= record_bytes && !sealer_->payload_is_secret() ? room.data() : own_record();
    }
    if (!left.empty()) {
      const auto piece = left.first(std::min(left.size(), block_bytes - filled_));
      append(piece, output);
      step.consumed += piece.size();
      if (filled_ < block_bytes) continue;
    } else {
      ended_ = true;
    }
    const std::span<const std::byte> payload(record_ + kBlockWordBytes, filled_);
    const std::size_t size = sizes_.record_bytes(filled_);
    if (room.size() >= size) {
      seal_into(room.data(), payload, ended_);
      step.produced += size;
    } else {
      seal_into(record_, payload, ended_);
      waiting_ = {record_, size};
    }
    record_ = nullptr;
    filled_ = 0;
  }
}

std::byte* BlockEncoder::own_record() {
  if (own_record_ == nullptr) {
    own_record_.reset(new std::byte[sizes_.record_bytes(sizes_.block_bytes)]);
  }
  return own_record_.get();
}

void BlockSealer::append(std::uint64_t, std::size_t offset, std::span<const std::byte> piece,
                         std::byte* record) noexcept {
  std::memcpy(record + kBlockWordBytes + offset, piece.data(), piece.size());
}

void BlockEncoder::seal_into(std::byte* record, std::span<const std::byte> payload,
                             bool last) noexcept {
  store_u32(record, static_cast<std::uint32_t>(payload.size()) | (last ? kLastBlock : 0));
  sealer_->seal(index_++, payload, record);
}

}  // namespace weir::inline v0_1
