// What reads and writes stream.crc32c/1 knows of it. Not for others. Source: docs/formats.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace weir::inline v0_1::internal {

inline constexpr std::array<char, 8> kCrc32cMagic = {'W', 'E', 'I', 'R', 'C', 'R', 'C', '\1'};
inline constexpr std::size_t kCrc32cChecksumBytes = 4;
/// Behind magic and block size.
inline constexpr std::size_t kCrc32cChecksumAt = kCrc32cMagic.size() + 4;
inline constexpr std::size_t kCrc32cHeaderBytes = kCrc32cChecksumAt + kCrc32cChecksumBytes;

/// CRC-32C of what `before` is the checksum of (0: nothing) and `bytes`, at most 2^31 - 1, behind
/// it.
std::uint32_t crc32c(std::uint32_t before, std::span<const std::byte> bytes) noexcept;

}  // namespace weir::inline v0_1::internal
