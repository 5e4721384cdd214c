#include "weir/codec_source.h"

#include <utility>

#include "weir/check.h"
#include "weir/checked.h"

namespace weir::inline v0_1 {

CodecSource::CodecSource(std::unique_ptr<Source> below, std::unique_ptr<Codec> codec,
                         Options options)
    : below_(std::move(below)), codec_(std::move(codec)), options_(options) {
  WEIR_CHECK(below_ != nullptr && codec_ != nullptr, "a source to read from and a codec");
  WEIR_CHECK(options_.buffer_bytes > 0, "a buffer of at least one byte");
}

Result<std::size_t> CodecSource::read(std::span<std::byte> output) {
  const NotReentrant guard(busy_);
  if (!state_.open()) return state_.refusal();
  if (output.empty()) return 0;
  WEIR_CHECK(output.data() != nullptr, "room to read into");
  if (ended_) return 0;
  const Result<std::size_t> given = or_out_of_memory([&] { return pull(output); });
  if (!given) return state_.failing(given.error());
  position_ += *given;
  return *given;
}

Result<std::size_t> CodecSource::pull(std::span<std::byte> output) {
  bool stalled = false;
  for (;;) {
    std::span<const std::byte> input;
    bool lent = false;
    if (begin_ == end_ && !below_ended_ && (needs_input_ || lent_left_)) {
      input = below_->peek(options_.buffer_bytes);
      lent = !input.empty();
      // Bytes first: while the codec can go on without input, the source below may not fail it.
      if (!lent && needs_input_) {
        const Result<void> filled = refill();
        if (!filled) return fail(filled.error());
      }
      lent_left_ = false;
    }
    if (!lent) input = {buffer_.get() + begin_, end_ - begin_};
    const Directive directive =
        below_ended_ && input.empty() ? Directive::kEnd : Directive::kContinue;

    if (codec_ended_) {
      if (!input.empty()) return fail(Code::kCorrupt, consumed_, "bytes behind the end");
      ended_ = true;
      return 0;
    }

    const Result<Step> result = codec_->step(input, output, directive);
    if (!result) {
      WEIR_CHECK(result.error().code != Code::kWouldBlock, "a codec does not block");
      return fail(result.error());
    }
    const Step step = *result;
    WEIR_CHECK(step.consumed <= input.size() && step.produced <= output.size(),
               "a codec stays within its spans");
    WEIR_CHECK(step.status != Status::kFlushed, "only a flush is answered with flushed");
    if (lent) {
      if (step.consumed > 0) below_->consume(step.consumed);
      lent_left_ = step.consumed < input.size();
    } else {
      begin_ += step.consumed;
    }
    consumed_ += step.consumed;
    needs_input_ = step.status != Status::kNeedOutput;
    if (step.status == Status::kEnd) {
      codec_ended_ = true;
      ended_ = directive == Directive::kEnd;
    }
    if (step.produced > 0) return step.produced;
    if (ended_) return 0;
    // Without any input a codec may ask for some; anything else that leads nowhere is its bug.
    const bool may_ask =
        step.status == Status::kNeedInput && input.empty() && directive != Directive::kEnd;
    const bool stalls = step.consumed == 0 && !may_ask && !codec_ended_;
    WEIR_CHECK(!(stalls && stalled), "a codec makes progress while it has input and room");
    stalled = stalls;
  }
}

Result<void> CodecSource::refill() {
  if (buffer_ == nullptr) buffer_.reset(new std::byte[options_.buffer_bytes]);
  const Result<std::size_t> given = read_below(*below_, {buffer_.get(), options_.buffer_bytes});
  if (!given) return fail(given.error());
  begin_ = 0;
  end_ = *given;
  below_ended_ = *given == 0;
  return {};
}

Result<std::uint64_t> CodecSource::seek(std::int64_t, Whence) {
  if (state_.closed()) return fail(Code::kClosed);
  return fail(Code::kNotSeekable);
}

Result<std::uint64_t> CodecSource::tell() const {
  if (state_.closed()) return fail(Code::kClosed);
  return position_;
}

Result<void> CodecSource::close() {
  const NotReentrant guard(busy_);
  if (state_.close_completed()) return state_.close_result();
  state_.begin_close();
  return state_.complete_close(below_->close());
}

}  // namespace weir::inline v0_1
