// CodecSink: a Sink that encodes with a Codec what is written to it, into the sink below.
#pragma once

#include <memory>

#include "weir/codec.h"
#include "weir/codec_source.h"
#include "weir/sink.h"
#include "weir/stream_state.h"

namespace weir::inline v0_1 {

/// Encodes. Produces straight into the room that the sink below lends; otherwise into a buffer,
/// made when it is first needed, that is passed on when it is full, at a flush and at close. Holds
/// back at most that buffer and what the codec keeps; a write that finds it full while the sink
/// below blocks says kWouldBlock.
class CodecSink final : public Sink {
 public:
  /// How a sink holds back.
  struct Options {
    std::size_t buffer_bytes;  ///< at least 1: how much encoded output is held back at most
  };

  /// Encodes with `codec` into `below`; owns both.
  CodecSink(std::unique_ptr<Sink> below, std::unique_ptr<Codec> codec,
            Options options = {kCodecBufferBytes});

  /// A write behind an unfinished flush finishes that first. Errors besides those of the codec and
  /// the sink below: kOutOfMemory.
  Result<std::size_t> write(std::span<const std::byte> input) override;
  Result<void> flush() override;
  Result<std::uint64_t> tell() const override;
  /// Once the stream has failed the codec is left alone, and only the sink below is closed.
  Result<void> close() override;

 private:
  // What a flush or close has still to do, in this order.
  enum class Stage : std::uint8_t { kIdle, kFlushCodec, kFlushHeld, kFlushBelow };

  Result<void> push(std::span<const std::byte> input, std::size_t& taken);
  Result<void> resume_flush();
  Result<void> finish();
  Result<void> run_codec(Directive directive);
  Result<void> make_room();
  Result<Step> step(std::span<const std::byte> input, Directive directive);
  Result<void> keep(std::size_t produced);
  Result<void> drain();

  std::unique_ptr<Sink> below_;
  std::unique_ptr<Codec> codec_;
  Options options_;
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t begin_ = 0;  // buffer_[begin_, end_) was produced and not yet passed on
  std::size_t end_ = 0;
  std::span<std::byte> room_{};  // what the codec was given, until it produces into it
  bool room_lent_ = false;       // that is the sink's below
  bool codec_ended_ = false;
  bool busy_ = false;
  Stage stage_ = Stage::kIdle;
  std::uint64_t taken_ = 0;
  StreamState state_;
};

}  // namespace weir::inline v0_1
