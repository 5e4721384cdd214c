// Codec: a transform without I/O. The stream adaptors (codec_source.h, codec_sink.h) give it
// buffers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "weir/result.h"

namespace weir {

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
  kNeedOutput,  ///< More would come if there were more room.
  kFlushed,     ///< kFlush: done.
  kEnd,  ///< The encoded stream is complete. An encoder says so after kEnd; a decoder after kEnd,
         ///< or earlier when its format says that nothing may follow.
};

/// What one step did. `consumed` and `produced` count bytes from the front of the spans given.
struct Step {
  std::size_t consumed = 0;
  std::size_t produced = 0;
  Status status = Status::kNeedInput;
};

/// One direction of one stream, without I/O.
class Codec {
 public:
  virtual ~Codec() = default;

  /// Consumes from the front of `input` and produces into the front of `output`; both may be empty.
  /// Makes progress whenever it can: with kNeedInput all input was consumed; with kNeedOutput the
  /// output is full. A decoder leaves the bytes of `output` behind those it produced as they were.
  /// Errors end the stream: bytes produced by earlier steps stand. A decoder answers kEnd on an
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

}  // namespace weir
