#include "weir/block_encoder.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "weir/check.h"
#include "weir/little_endian.h"

namespace weir {

BlockEncoder::BlockEncoder(std::unique_ptr<BlockSealer> sealer)
    : sealer_(std::move(sealer)), sizes_(sealer_->sizes()), waiting_(sealer_->header()) {
  WEIR_CHECK(sizes_.block_bytes > 0 && sizes_.block_bytes <= kBlockBytesMax,
             "a block of a size that its record can tell");
}

Result<Step> BlockEncoder::step(std::span<const std::byte> input, std::span<std::byte> output,
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
      step.status = directive == Directive::kEnd     ? Status::kEnd
                    : directive == Directive::kFlush ? Status::kFlushed
                                                     : Status::kNeedInput;
      return step;
    }
    if (record_ == nullptr) {
      if (step.consumed + step.produced > 0) {
        step.status = Status::kNeedOutput;  // The allocation may fail.
        return step;
      }
      record_.reset(new std::byte[record_bytes]);
    }
    if (!left.empty()) {
      const std::size_t size = std::min(left.size(), block_bytes - filled_);
      std::memcpy(record_.get() + kBlockWordBytes + filled_, left.data(), size);
      filled_ += size;
      step.consumed += size;
      if (filled_ < block_bytes) continue;
    } else {
      ended_ = true;
    }
    const std::span<const std::byte> payload(record_.get() + kBlockWordBytes, filled_);
    const std::size_t size = sizes_.record_bytes(filled_);
    if (room.size() >= size) {
      seal_into(room.data(), payload, ended_);
      step.produced += size;
    } else {
      seal_into(record_.get(), payload, ended_);
      waiting_ = {record_.get(), size};
    }
    filled_ = 0;
  }
}

void BlockEncoder::seal_into(std::byte* record, std::span<const std::byte> payload,
                             bool last) noexcept {
  store_u32(record, static_cast<std::uint32_t>(payload.size()) | (last ? kLastBlock : 0));
  sealer_->seal(index_++, payload, record);
}

}  // namespace weir
