// Payloads that are long enough for what only shows in long streams.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weir::properties {

/// Appends `bytes` bytes that no transform makes shorter; the same ones each time.
inline void lengthen(std::vector<std::byte>& payload, std::size_t bytes) {
  const std::size_t end = payload.size() + bytes;
  payload.reserve(end + 8);
  std::uint64_t state = 0x9e3779b97f4a7c15u;
  while (payload.size() < end) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    for (int i = 0; i < 8; ++i) payload.push_back(static_cast<std::byte>(state >> (8 * i)));
  }
  payload.resize(end);
}

}  // namespace weir::properties
