// A small source of random numbers that is equal on every compiler and platform.
#pragma once

#include <cstdint>

namespace weir::properties {

/// SplitMix64. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
class RandomBits {
 public:
  explicit constexpr RandomBits(std::uint64_t seed) noexcept : state_(seed) {}

  constexpr std::uint64_t next() noexcept {
    state_ += 0x9e3779b97f4a7c15u;
    return mix(state_);
  }
  /// A number in [0, bound); 0 for bound 0. Multiply-shift: the bias is below 2^-32 for bounds
  /// below 2^32.
  constexpr std::uint64_t below(std::uint64_t bound) noexcept {
    return static_cast<std::uint64_t>((Wide{next()} * bound) >> 64);
  }
  /// True `numerator` times in `denominator`.
  constexpr bool chance(std::uint64_t numerator, std::uint64_t denominator) noexcept {
    return below(denominator) < numerator;
  }

  static constexpr std::uint64_t mix(std::uint64_t z) noexcept {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

 private:
  __extension__ using Wide = unsigned __int128;
  std::uint64_t state_;
};

/// FNV-1a over `text`; stable for ever (byte forms and seeds depend on it).
constexpr std::uint64_t stable_hash(const char* text, std::size_t size) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (std::size_t i = 0; i < size; ++i) {
    hash = (hash ^ static_cast<unsigned char>(text[i])) * 0x100000001b3u;
  }
  return hash;
}

}  // namespace weir::properties
