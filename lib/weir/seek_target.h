// Where a seek leads to.
#pragma once

#include <cstdint>
#include <limits>

#include "weir/result.h"

namespace weir::inline v0_1 {

/// `base + offset`, as a position. Errors: kInvalidArgument when it is negative or beyond 2^63 - 1.
inline Result<std::uint64_t> seek_target(std::uint64_t base, std::int64_t offset) noexcept {
  constexpr auto kPositionMax =
      static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  // In two's complement the sum is right for negative offsets too.
  const std::uint64_t distance = static_cast<std::uint64_t>(offset);
  if (offset < 0) {
    if (base < std::uint64_t{0} - distance) {
      return fail(Code::kInvalidArgument, "seek to a negative position");
    }
    return base + distance;
  }
  if (base > kPositionMax || distance > kPositionMax - base) {
    return fail(Code::kInvalidArgument, "seek beyond 2^63 - 1");
  }
  return base + distance;
}

}  // namespace weir::inline v0_1
