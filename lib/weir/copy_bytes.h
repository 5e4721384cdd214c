// Copying bytes that stand at any alignment.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>

namespace weir::inline v0_1 {

/// Copies `from` to the front of `to`, which has at least as many bytes and does not overlap.
/// Payload stands where a format puts it. From 2 KiB on C libraries copy with string instructions,
/// which begin slowly and take a fifth longer over bytes that are not aligned; of memcpy compilers
/// make such ones themselves, of memmove they do not.
inline void copy_bytes(std::span<const std::byte> from, std::byte* to) noexcept {
  constexpr std::size_t kPieceBytes = 2016;
  while (!from.empty()) {
    const std::size_t size = std::min(from.size(), kPieceBytes);
    std::memmove(to, from.data(), size);
    from = from.subspan(size);
    to += size;
  }
}

}  // namespace weir::inline v0_1
