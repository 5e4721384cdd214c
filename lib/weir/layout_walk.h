// What the walks over formats share. Not for others.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "weir/encoded_window.h"
#include "weir/layout.h"

namespace weir::inline v0_1::internal {

/// A place in an encoded stream that moves on, and what was found so far. The first failure that
/// ends the walk stands in the layout; every step after it says false.
class LayoutWalk {
 public:
  LayoutWalk(EncodedWindow& window, const LayoutOptions& options, LayoutVisitor& visitor,
             Layout& layout) noexcept
      : window_(&window), options_(&options), visitor_(&visitor), layout_(&layout) {}

  std::uint64_t at() const noexcept { return at_; }
  /// Whether the source below ended the walk by kWouldBlock, which says nothing of the stream.
  bool blocked() const noexcept { return blocked_; }
  const LayoutOptions& options() const noexcept { return *options_; }
  Layout& layout() noexcept { return *layout_; }

  /// At least `size` bytes from here on, into `bytes`; fewer only at the end of the stream. False:
  /// the source below failed.
  bool look(std::size_t size, std::span<const std::byte>& bytes) {
    const auto fetched = window_->fetch(at_, size, std::max(size, kWindowBytes));
    if (!fetched) return stop_below(fetched.error());
    bytes = *fetched;
    return true;
  }
  /// Likewise, of which all have to be there: otherwise the stream was cut within `what`.
  bool need(std::size_t size, std::string_view what, std::span<const std::byte>& bytes) {
    if (!look(size, bytes)) return false;
    if (bytes.size() < size) return cut(bytes.size(), what);
    return true;
  }
  void advance(std::uint64_t size) noexcept { at_ += size; }

  /// Moves over `size` bytes, which `piece` sees, piece by piece, if there is such. Nothing is read
  /// that nobody sees where the source below seeks.
  template <class Piece>
  bool pass(std::uint64_t size, std::string_view what, Piece&& piece) {
    std::span<const std::byte> bytes;
    while (size > 0) {
      if (!look(1, bytes)) return false;
      if (bytes.empty()) return cut(0, what);
      bytes = bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), size)));
      piece(bytes);
      at_ += bytes.size();
      size -= bytes.size();
    }
    return true;
  }
  bool skip(std::uint64_t size, std::string_view what) {
    if (!window_->seekable()) return pass(size, what, [](std::span<const std::byte>) {});
    const Result<std::uint64_t> end = window_->size();
    if (!end) return stop_below(end.error());
    if (*end < at_ || size > *end - at_) {
      at_ = *end;
      return cut(0, what);
    }
    at_ += size;
    return true;
  }

  /// Ends the walk.
  bool stop(const Error& error) {
    note(error);
    return false;
  }
  bool stop(Code code, std::uint64_t offset, std::string_view text) {
    return stop(Error(code, offset, text));
  }
  /// The stream ends `there` bytes behind here, within `what`.
  bool cut(std::size_t there, std::string_view what) {
    at_ += there;
    return stop(Code::kTruncated, at_, what);
  }
  /// Damage that the walk goes on behind.
  void note(const Error& error) {
    if (!layout_->damage) layout_->damage = error;
  }

  /// Counts `part`, which ends here, and tells of it.
  void tell(LayoutPart& part) {
    part.index = layout_->parts++;
    part.encoded_bytes = at_ - part.offset;
    // Headers may say any size, so that the sum may be more than there are numbers for.
    std::uint64_t& sum = layout_->payload_bytes;
    const std::uint64_t room = std::numeric_limits<std::uint64_t>::max() - sum;
    if (!part.payload_bytes || *part.payload_bytes > room) layout_->payload_known = false;
    sum += std::min(part.payload_bytes.value_or(0), room);
    visitor_->part(part);
  }

 private:
  bool stop_below(const Error& error) {
    blocked_ = error.code == Code::kWouldBlock;
    return stop(error);
  }

  EncodedWindow* window_;
  const LayoutOptions* options_;
  LayoutVisitor* visitor_;
  Layout* layout_;
  std::uint64_t at_ = 0;
  bool blocked_ = false;
};

/// Walks over frames of zstd; `seekable`: a seek table has to be at the end.
void walk_zstd(LayoutWalk& walk, bool seekable);
void walk_crc32c(LayoutWalk& walk);
void walk_xchacha20poly1305(LayoutWalk& walk);

}  // namespace weir::inline v0_1::internal
