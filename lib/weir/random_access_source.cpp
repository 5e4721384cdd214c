#include "weir/random_access_source.h"

#include <algorithm>
#include <utility>

#include "weir/check.h"
#include "weir/checked.h"
#include "weir/copy_bytes.h"
#include "weir/seek_failure.h"
#include "weir/seek_target.h"

namespace weir::inline v0_1 {

Result<std::span<const std::byte>> RandomAccess::peek_at(EncodedWindow&, std::uint64_t) {
  return std::span<const std::byte>();
}

RandomAccessSource::RandomAccessSource(std::unique_ptr<Source> below,
                                       std::unique_ptr<RandomAccess> decoder)
    : window_(std::move(below)), decoder_(std::move(decoder)) {
  WEIR_CHECK(decoder_ != nullptr, "something to decode with");
}

Result<std::size_t> RandomAccessSource::read(std::span<std::byte> output) {
  const NotReentrant guard(busy_);
  lent_ = 0;
  if (!state_.open()) return state_.refusal();
  if (output.empty()) return 0;
  WEIR_CHECK(output.data() != nullptr, "room to read into");
  if (ended_) return 0;
  if (ready_.empty()) {
    const Result<std::size_t> given = or_out_of_memory([&] { return decode(output); });
    if (!given) return state_.failing(given.error());
    if (ready_.empty()) {
      ended_ = *given == 0;
      position_ += *given;
      return *given;
    }
  }
  const auto part = ready_.first(std::min(ready_.size(), output.size()));
  copy_bytes(part, output.data());
  ready_ = ready_.subspan(part.size());
  position_ += part.size();
  return part.size();
}

// Bytes that lie ready, or else some straight into the output.
Result<std::size_t> RandomAccessSource::decode(std::span<std::byte> output) {
  const Result<std::span<const std::byte>> ready = decoder_->peek_at(window_, position_);
  if (!ready) return fail(ready.error());
  ready_ = *ready;
  if (!ready_.empty()) return 0;
  const Result<std::size_t> given = decoder_->read_at(window_, position_, output);
  WEIR_CHECK(!given || *given <= output.size(), "a decoder stays within its span");
  return given;
}

std::span<const std::byte> RandomAccessSource::peek(std::size_t size_hint) {
  const NotReentrant guard(busy_);
  lent_ = 0;
  if (!state_.open() || ended_ || size_hint == 0) return {};
  if (ready_.empty()) {
    const Result<std::span<const std::byte>> ready =
        or_out_of_memory([&] { return decoder_->peek_at(window_, position_); });
    if (!ready) {
      // The read that follows says so.
      static_cast<void>(state_.failing(ready.error()));
      return {};
    }
    ready_ = *ready;
  }
  lent_ = std::min(ready_.size(), size_hint);
  return ready_.first(lent_);
}

void RandomAccessSource::consume(std::size_t size) {
  const NotReentrant guard(busy_);
  WEIR_CHECK(size <= lent_, "no more is consumed than was lent");
  lent_ = 0;
  ready_ = ready_.subspan(size);
  position_ += size;
}

Result<std::uint64_t> RandomAccessSource::seek(std::int64_t offset, Whence whence) {
  const NotReentrant guard(busy_);
  lent_ = 0;
  if (!state_.open()) return state_.refusal();
  if (!seekable()) return fail(Code::kNotSeekable);
  ready_ = {};
  std::uint64_t base = 0;
  if (whence == Whence::kCurrent) base = position_;
  if (whence == Whence::kEnd) {
    const Result<std::uint64_t> size =
        or_out_of_memory([&] { return decoder_->payload_size(window_); });
    if (!size) return seek_failure(state_, size.error());
    base = *size;
  }
  const Result<std::uint64_t> target = seek_target(base, offset);
  if (!target) return fail(target.error());
  position_ = *target;
  ended_ = false;
  return *target;
}

Result<std::uint64_t> RandomAccessSource::tell() const {
  if (state_.closed()) return fail(Code::kClosed);
  return position_;
}

Result<void> RandomAccessSource::close() {
  const NotReentrant guard(busy_);
  if (state_.close_completed()) return state_.close_result();
  lent_ = 0;
  state_.begin_close();
  return state_.complete_close(window_.close());
}

}  // namespace weir::inline v0_1
