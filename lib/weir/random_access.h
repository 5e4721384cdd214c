// RandomAccess: a decoder that can begin at any position. What Codec is to plain formats, for
// formats with an index; RandomAccessSource (random_access_source.h) makes a stream of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "weir/encoded_window.h"
#include "weir/result.h"

namespace weir::inline v0_1 {

/// Decodes one encoded stream, piece by piece, from wherever it is asked to. Does no I/O but to
/// fetch from the window that each call brings, always the same one; a call that it made fail with
/// kWouldBlock is made again, or another one in its place.
class RandomAccess {
 public:
  virtual ~RandomAccess() = default;

  /// Decodes into the front of `output` (at least one byte) what stands at `position` of the
  /// payload: 1..n bytes, or 0 when the payload ends before it and the encoded stream is complete
  /// as far as the format can tell. Leaves the bytes of `output` behind those as they were.
  /// Precondition: over a window that is not seekable, `position` is 0 at first, and then stands
  /// right behind the bytes that the call before gave.
  /// Errors: kCorrupt, kTruncated, kLimitExceeded, with an offset into the encoded stream; those of
  /// the window, unchanged.
  virtual Result<std::size_t> read_at(EncodedWindow& window, std::uint64_t position,
                                      std::span<std::byte> output) = 0;

  /// Decoded bytes at `position` that lie ready, of the format's choosing: decodes them if need be.
  /// Valid until the next call. Empty at the end, and where bytes do not lie ready: call read_at.
  /// Precondition and errors: as read_at.
  virtual Result<std::span<const std::byte>> peek_at(EncodedWindow& window, std::uint64_t position);

  /// How many bytes the payload has. Precondition: the window is seekable. Errors: as read_at.
  virtual Result<std::uint64_t> payload_size(EncodedWindow& window) = 0;
};

}  // namespace weir::inline v0_1
