// EncodedWindow: bytes of an encoded stream by their offset, fetched from the source below.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "weir/result.h"
#include "weir/source.h"

namespace weir::inline v0_1 {

/// How much is read from below at once at least, and what a window allocates first.
inline constexpr std::size_t kWindowBytes = std::size_t{32} << 10;

/// Gives runs of the encoded stream that begins where the source below stood at first. Hands on
/// what the source below lends, without a copy; otherwise reads into a buffer that grows with what
/// has come, not with what was announced. Seeks below only where the next bytes are not next there.
///
/// Who decodes over a window asks again for the same run after kWouldBlock: what has come so far
/// is kept, so that decoding can be written as if nothing ever blocked.
class EncodedWindow {
 public:
  /// The stream begins where `below` stands.
  explicit EncodedWindow(std::unique_ptr<Source> below);

  /// At least `size` bytes from `offset` on; fewer only where the stream ends. More, where they are
  /// there anyway: up to `size_hint` are worth having. Valid until the next call.
  /// Precondition: where seekable() is false, `offset` is not before that of the fetch before, and
  /// no bytes are left out behind those that it gave.
  /// Errors: those of the source below, unchanged (after kWouldBlock: call again); kBadStream.
  /// Throws std::bad_alloc.
  Result<std::span<const std::byte>> fetch(std::uint64_t offset, std::size_t size,
                                           std::size_t size_hint);

  /// How many bytes the stream has; asked below until that succeeds, once. Precondition:
  /// seekable(). Errors: as fetch.
  Result<std::uint64_t> size();

  /// Whether the source below is; does not touch what was fetched.
  bool seekable() const noexcept { return seekable_; }

  /// Closes the source below.
  Result<void> close() { return below_->close(); }

 private:
  Result<void> find_base();
  Result<void> move_to(std::uint64_t offset);
  void settle_lent(std::uint64_t offset);
  void make_room(std::size_t begin, std::size_t wanted);

  std::unique_ptr<Source> below_;
  const bool seekable_;
  std::optional<std::uint64_t> base_;      // where the stream begins below
  std::optional<std::uint64_t> below_at_;  // where the source below stands in it; lost by a seek
  std::optional<std::uint64_t> end_;       // where the source below gave 0
  std::optional<std::uint64_t> size_;      // as a seek to the end said
  // What the source below has lent and not yet been told to advance over, and where that begins.
  std::span<const std::byte> lent_;
  std::uint64_t lent_offset_ = 0;
  // buffer_[0, buffer_size_) stands at buffer_offset_ in the stream.
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t buffer_size_ = 0;
  std::uint64_t buffer_offset_ = 0;
};

}  // namespace weir::inline v0_1
