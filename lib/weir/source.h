// Source: where bytes are pulled from.
//
// The contract, for callers and for implementers, state by state:
// - open: read, peek, consume, seek, tell and close behave as described below.
// - at end: open, and every further read gives 0 until a seek.
// - failed: an error other than a refusal was returned: every later read returns that same error.
//   Refusals are kWouldBlock (call again), kInvalidArgument and kNotSeekable (of a seek): they
//   change nothing.
// - closed: close was called, whatever it returned: everything but close fails with kClosed (a seek
//   of a source that is not seekable may go on saying kNotSeekable).
//
// Bytes come first: a call that has bytes to give gives them, and the error waits for the next
// call. A source is used by one thread at a time and not from inside itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "weir/result.h"

namespace weir::inline v0_1 {

/// What a seek counts from.
enum class Whence : std::uint8_t { kSet, kCurrent, kEnd };

/// A stream of bytes to pull from. See the top of this file for its states.
class Source {
 public:
  virtual ~Source() = default;

  /// Reads up to `output.size()` bytes into the front of `output` and advances by as many.
  /// Gives 1..n bytes, or 0 only at the end. An empty `output` gives 0, touches nothing and says
  /// nothing about the end. Bytes of `output` beyond the returned count are left as they were;
  /// nothing outside `output` is touched. Errors: kWouldBlock may repeat; kClosed; whatever the
  /// stream below reports, unchanged; kBadStream.
  virtual Result<std::size_t> read(std::span<std::byte> output) = 0;

  /// Lends up to `size_hint` bytes that are next, without advancing; empty when this source does
  /// not lend (now). An empty span says nothing about the end or about errors: call read. The bytes
  /// stay valid until the next call on this source.
  virtual std::span<const std::byte> peek(std::size_t size_hint);

  /// Advances over the first `size` bytes of the span that peek lent just before. Precondition:
  /// `size` is within it.
  virtual void consume(std::size_t size);

  /// Whether seek works on this stream. Constant over its life.
  virtual bool seekable() const;

  /// Moves to `offset` counted from `whence` and returns the new position.
  /// A target past the end is allowed: reads there give 0 and tell says where one is.
  /// Errors, all of which leave the position: kInvalidArgument for a negative or unrepresentable
  /// target; kNotSeekable; kClosed.
  virtual Result<std::uint64_t> seek(std::int64_t offset, Whence whence);

  /// The position: bytes read since the start, or where the last seek went plus what was read
  /// since. Errors: kClosed.
  virtual Result<std::uint64_t> tell() const = 0;

  /// Releases the stream and closes the one below, exactly once, also after a failure. Resumable
  /// after kWouldBlock. Later calls return what the first completed one did. The destructor
  /// releases without closing.
  virtual Result<void> close() = 0;
};

}  // namespace weir::inline v0_1
