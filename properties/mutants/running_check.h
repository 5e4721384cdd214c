// RunningCheck: the checksum of the small formats of mutants, FNV-1a of 32 bits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace weir::properties::mutant {

/// A checksum over the bytes added so far.
class RunningCheck {
 public:
  static constexpr std::size_t kBytes = 4;

  void add(std::byte byte) noexcept {
    hash_ = (hash_ ^ static_cast<std::uint32_t>(byte)) * 0x01000193u;
  }
  void add(std::span<const std::byte> bytes) noexcept {
    for (const std::byte byte : bytes) add(byte);
  }
  /// Least significant byte first.
  std::array<std::byte, kBytes> bytes() const noexcept {
    std::array<std::byte, kBytes> out{};
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = static_cast<std::byte>((hash_ >> (8 * i)) & 0xff);
    }
    return out;
  }

 private:
  std::uint32_t hash_ = 0x811c9dc5u;
};

}  // namespace weir::properties::mutant
