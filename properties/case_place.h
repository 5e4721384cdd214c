// Places in streams and texts whose length a case does not know.
#pragma once

#include <cstddef>
#include <cstdint>

namespace weir::properties::internal {

/// `at` modulo `size`, counted from the end when negative: -1 is the last place. 0 for size 0.
constexpr std::size_t place_of(std::int64_t at, std::size_t size) noexcept {
  if (size == 0) return 0;
  const auto modulus = static_cast<std::int64_t>(size);
  return static_cast<std::size_t>(((at % modulus) + modulus) % modulus);
}

}  // namespace weir::properties::internal
