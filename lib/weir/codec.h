// Codec: a transform without I/O. The stream adaptors (codec_source.h, codec_sink.h) give it
// buffers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "weir/result.h"

namespace weir::inline v0_1 {

/// What the caller of a codec wants.
enum class Directive : std::uint8_t {
  kContinue,  ///< Here is input; produce what you like.
  kFlush,     ///< Produce all that the input so far allows.
  kEnd,  ///< The input is complete. Comes with empty input only, so that bytes do not depend on how
         ///< a caller ends.
};

/// Why a step stopped.
enum class Status : std::uint8_t {
  kNeedInput,   ///< All input was consumed; nothing more comes without further input.
  kNeedOutput,  ///< Another step comes next: more would come into other room, once what was
                ///< produced is out of the way, or what comes next may fail.
  kFlushed,     ///< kFlush: done.
  kEnd,  ///< The encoded stream is complete. An encoder says so after kEnd; a decoder after kEnd,
         ///< or earlier when its format says that nothing may follow.
};

/// What one step did. `consumed` and `produced` count bytes from the front of the spans given.
struct Step {
  std::size_t consumed = 0;            ///< bytes of the input
  std::size_t produced = 0;            ///< bytes of the output
  Status status = Status::kNeedInput;  ///< why it stopped
};

/// Where a codec keeps the error that it met behind what it did in the same step.
class LaterError {
 public:
  /// What a step returns that did `done` and then met `error`.
  Result<Step> behind(Step done, const Error& error) noexcept {
    if (done.consumed == 0 && done.produced == 0) return fail(error);
    error_ = error;
    done.status = Status::kNeedOutput;
    return done;
  }
  /// The error with which every further step fails, if there is one.
  const std::optional<Error>& due() const noexcept { return error_; }

 private:
  std::optional<Error> error_;
};

/// One direction of one stream, without I/O.
class Codec {
 public:
  virtual ~Codec() = default;

  /// Consumes from the front of `input` and produces into the front of `output`; both may be empty.
  /// Makes progress whenever it can: with kNeedInput all input was consumed. A decoder leaves the
  /// bytes of `output` behind those it produced as they were. An encoder may prepare there what it
  /// does not produce yet: the step after one that produced nothing gets the same output,
  /// unchanged, unless a flush has ended in between. Errors end the stream, and lose what their
  /// step did. So a step that fails, or throws std::bad_alloc, has done nothing: one that has done
  /// something says so with kNeedOutput, and the next one fails. A decoder answers kEnd on an
  /// incomplete stream with kTruncated. Error offsets count bytes of input consumed over the life
  /// of the codec.
  virtual Result<Step> step(std::span<const std::byte> input, std::span<std::byte> output,
                            Directive directive) = 0;
};

/// A size-preserving transform in which each output byte depends on its input byte alone: needs no
/// state and no buffer.
class ByteMap {
 public:
  virtual ~ByteMap() = default;
  /// Maps `input` to the front of `output`, which has at least as many bytes. The two are equal or
  /// do not overlap.
  virtual void map(std::span<const std::byte> input, std::byte* output) const noexcept = 0;
};

}  // namespace weir::inline v0_1
