// From damage operations to a damaged stream.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "properties/case.h"

namespace weir::properties {

/// Replaces `out` by `encoded` after the damage field of `value`, operation by operation. `out` may
/// not hold `encoded`. Places count modulo the length at that moment, so that -1 is the last byte;
/// what reaches beyond the end stops there. A stream grows to at most 64 MiB, or keeps its length
/// where it is longer; operations that would exceed that are clipped.
void apply_damage(const Case& value, std::span<const std::byte> encoded,
                  std::vector<std::byte>& out);

}  // namespace weir::properties
