// Numbers in encoded streams: the lowest byte first.
#pragma once

#include <cstddef>
#include <cstdint>

namespace weir::inline v0_1 {

inline void store_u32(std::byte* bytes, std::uint32_t value) noexcept {
  for (int i = 0; i < 4; ++i) bytes[i] = static_cast<std::byte>(value >> (8 * i));
}
inline void store_u64(std::byte* bytes, std::uint64_t value) noexcept {
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<std::byte>(value >> (8 * i));
}
inline std::uint32_t load_u32(const std::byte* bytes) noexcept {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value |= std::to_integer<std::uint32_t>(bytes[i]) << (8 * i);
  return value;
}

}  // namespace weir::inline v0_1
