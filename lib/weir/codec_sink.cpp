#include "weir/codec_sink.h"

#include <cstring>
#include <utility>

#include "weir/check.h"
#include "weir/checked.h"

namespace weir::inline v0_1 {

CodecSink::CodecSink(std::unique_ptr<Sink> below, std::unique_ptr<Codec> codec, Options options)
    : below_(std::move(below)), codec_(std::move(codec)), options_(options) {
  WEIR_CHECK(below_ != nullptr && codec_ != nullptr, "a sink to write to and a codec");
  WEIR_CHECK(options_.buffer_bytes > 0, "a buffer of at least one byte");
}

// Inlined: small writes are many.
[[gnu::always_inline]] inline Result<void> CodecSink::push(std::span<const std::byte> input,
                                                           std::size_t& taken) {
  if (stage_ != Stage::kIdle) {
    const Result<void> flushed = resume_flush();
    if (!flushed) return flushed;
  }
  bool stalled = false;
  while (taken < input.size()) {
    if (room_.empty()) {
      const Result<void> made = make_room();
      if (!made) return made;
    }
    const Result<Step> result = step(input.subspan(taken), Directive::kContinue);
    if (!result) return fail(result.error());
    taken += result->consumed;
    if (result->produced > 0) {
      const Result<void> kept = keep(result->produced);
      if (!kept) return kept;
    }
    const bool stalls = result->consumed == 0 && result->produced == 0;
    WEIR_CHECK(!(stalls && stalled), "a codec makes progress while it has input and room");
    stalled = stalls;
  }
  return {};
}

Result<std::size_t> CodecSink::write(std::span<const std::byte> input) {
  const NotReentrant guard(busy_);
  if (!state_.open()) return state_.refusal();
  if (input.empty()) return 0;
  WEIR_CHECK(input.data() != nullptr, "bytes to write");
  std::size_t taken = 0;
  const Result<void> result = or_out_of_memory([&] { return push(input, taken); });
  taken_ += taken;
  if (!result) {
    const auto failure = state_.failing(result.error());
    if (taken == 0) return failure;
  }
  return taken;
}

Result<void> CodecSink::flush() {
  const NotReentrant guard(busy_);
  if (!state_.open()) return state_.refusal();
  if (stage_ == Stage::kIdle) stage_ = Stage::kFlushCodec;
  const Result<void> result = or_out_of_memory([&] { return resume_flush(); });
  if (!result) return state_.failing(result.error());
  return {};
}

Result<void> CodecSink::resume_flush() {
  if (stage_ == Stage::kFlushCodec) {
    const Result<void> result = run_codec(Directive::kFlush);
    if (!result) return result;
    stage_ = Stage::kFlushHeld;
  }
  if (stage_ == Stage::kFlushHeld) {
    const Result<void> result = drain();
    if (!result) return result;
    stage_ = Stage::kFlushBelow;
  }
  const Result<void> result = below_->flush();
  if (result) stage_ = Stage::kIdle;
  return result;
}

Result<std::uint64_t> CodecSink::tell() const {
  if (state_.closed()) return fail(Code::kClosed);
  return taken_;
}

Result<void> CodecSink::close() {
  const NotReentrant guard(busy_);
  if (state_.close_completed()) return state_.close_result();
  state_.begin_close();
  if (!state_.failed()) {
    const Result<void> result = or_out_of_memory([&] { return finish(); });
    if (failed_with(result, Code::kWouldBlock)) return result;
    if (!result) static_cast<void>(state_.failing(result.error()));
  }
  return state_.complete_close(below_->close());
}

Result<void> CodecSink::finish() {
  // A flush that the codec has begun must end before another directive may come.
  if (stage_ == Stage::kFlushCodec) {
    const Result<void> result = run_codec(Directive::kFlush);
    if (!result) return result;
    stage_ = Stage::kIdle;
  }
  if (!codec_ended_) {
    const Result<void> result = run_codec(Directive::kEnd);
    if (!result) return result;
    codec_ended_ = true;
  }
  return drain();
}

Result<void> CodecSink::run_codec(Directive directive) {
  bool stalled = false;
  for (;;) {
    if (room_.empty()) {
      const Result<void> made = make_room();
      if (!made) return made;
    }
    const Result<Step> result = step({}, directive);
    if (!result) return fail(result.error());
    if (result->produced > 0) {
      const Result<void> kept = keep(result->produced);
      if (!kept) return kept;
    }
    if (result->status == Status::kFlushed || result->status == Status::kEnd) {
      room_ = {};
      return {};
    }
    const bool stalls = result->produced == 0;
    WEIR_CHECK(!(stalls && stalled), "a codec makes progress while it has room");
    stalled = stalls;
  }
}

Result<void> CodecSink::make_room() {
  room_lent_ = false;
  if (begin_ == end_) {
    begin_ = end_ = 0;
    room_ = below_->reserve(options_.buffer_bytes);
    if (!room_.empty()) {
      room_lent_ = true;
      return {};
    }
  }
  if (end_ == options_.buffer_bytes) {
    const Result<void> drained = drain();
    if (!drained) {
      const bool some_room = failed_with(drained, Code::kWouldBlock) && begin_ > 0;
      if (!some_room) return drained;
      std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
  }
  if (buffer_ == nullptr) buffer_.reset(new std::byte[options_.buffer_bytes]);
  room_ = {buffer_.get() + end_, options_.buffer_bytes - end_};
  return {};
}

Result<Step> CodecSink::step(std::span<const std::byte> input, Directive directive) {
  const Result<Step> result = codec_->step(input, room_, directive);
  if (!result) {
    WEIR_CHECK(result.error().code != Code::kWouldBlock, "a codec does not block");
    return result;
  }
  WEIR_CHECK(result->consumed <= input.size() && result->produced <= room_.size(),
             "a codec stays within its spans");
  WEIR_CHECK(result->status != Status::kFlushed || directive == Directive::kFlush,
             "only a flush is answered with flushed");
  WEIR_CHECK(result->status != Status::kEnd || directive == Directive::kEnd,
             "an encoder ends when it is told to");
  return result;
}

Result<void> CodecSink::keep(std::size_t produced) {
  room_ = {};
  if (room_lent_) return commit_below(*below_, produced);
  end_ += produced;
  return {};
}

Result<void> CodecSink::drain() {
  while (begin_ < end_) {
    const Result<std::size_t> taken = write_below(*below_, {buffer_.get() + begin_, end_ - begin_});
    if (!taken) return fail(taken.error());
    begin_ += *taken;
  }
  begin_ = end_ = 0;
  return {};
}

}  // namespace weir::inline v0_1
