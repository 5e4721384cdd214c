// Sink: where bytes are pushed to.
//
// The contract, for callers and for implementers, state by state:
// - open: write, reserve, commit, flush, tell and close behave as described below.
// - failed: an error other than kWouldBlock was returned: every later write and flush returns that
//   same error.
// - closed: close was called, whatever it returned: everything but close fails with kClosed.
//
// A sink is used by one thread at a time and not from inside itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "weir/result.h"

namespace weir::inline v0_1 {

/// A stream of bytes to push to. See the top of this file for its states.
class Sink {
 public:
  /// Releases; neither finishes the stream nor closes the one below, and never throws.
  virtual ~Sink() = default;

  /// Takes 1..n bytes from the front of `input` (n > 0) and returns how many, or fails; never 0.
  /// What was taken is the sink's: it must not be offered again. `input` is never modified. An
  /// empty `input` gives 0 and touches nothing. Bytes come first: when some were taken before a
  /// failure, their count is returned and the error waits for the next call. Errors: kWouldBlock
  /// when what this sink may hold back is full; kClosed; whatever the stream below reports,
  /// unchanged; kBadStream.
  virtual Result<std::size_t> write(std::span<const std::byte> input) = 0;

  /// Lends room for about `size_hint` bytes; empty when this sink does not lend (now): call write.
  /// Valid until the next call on this sink. An encoder may hold it between calls of its own, until
  /// a flush: while one stands above, nobody else uses this sink.
  virtual std::span<std::byte> reserve(std::size_t size_hint);

  /// Takes the first `size` bytes of the room that reserve lent just before, as if they had been
  /// written. Precondition: `size` is within it. Errors: as write, but never kWouldBlock.
  virtual Result<void> commit(std::size_t size);

  /// Passes on all that the format allows to be passed on, then flushes the stream below.
  /// Errors: kWouldBlock: call again to resume; otherwise as write.
  virtual Result<void> flush() = 0;

  /// The number of bytes taken so far. Errors: kClosed.
  virtual Result<std::uint64_t> tell() const = 0;

  /// Finishes the encoded stream and closes the stream below, exactly once, also after a failure.
  /// Returns the first error of the stream's life; later calls return the same. kWouldBlock: call
  /// again to resume.
  virtual Result<void> close() = 0;
};

}  // namespace weir::inline v0_1
