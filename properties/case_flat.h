// The schema as the byte form sees it: compact, without words, ready for the inner loop of
// decoding.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "properties/case.h"
#include "properties/case_coverage.h"

WEIR_NO_COVERAGE_BEGIN
namespace weir::properties::internal {

/// How one argument becomes a number of the byte form and back. The code of the simplest value is
/// 0.
struct FlatArg {
  std::int64_t min = 0;
  std::int64_t simplest = 0;
  std::uint64_t last = 0;   ///< the largest value, counted from `min`
  std::uint8_t zigzag = 0;  ///< 1 where negative values lie beside positive ones

  /// The value that `code` means; a code beyond the range wraps into it.
  std::int64_t value_of(std::uint64_t code) const noexcept {
    // Without a branch: the kinds of arguments come in no order that a processor could foresee.
    const std::uint64_t from_simplest = (code >> zigzag) ^ (0 - (code & zigzag));
    std::uint64_t from_min =
        from_simplest + (static_cast<std::uint64_t>(simplest) - static_cast<std::uint64_t>(min));
    if (from_min > last) from_min %= last + 1;
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(min) + from_min);
  }

  /// The smallest code of `value`, which must be in range.
  std::uint64_t code_of(std::int64_t value) const noexcept {
    const std::uint64_t from_simplest =
        static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(simplest);
    if (zigzag != 0) return (from_simplest << 1) ^ (0 - (from_simplest >> 63));
    return value < simplest ? from_simplest + last + 1 : from_simplest;
  }

  /// How far `value` is from the simplest one, in steps of the code.
  std::uint64_t distance_of(std::int64_t value) const noexcept {
    if (zigzag == 0) return code_of(value);
    return value < simplest
               ? static_cast<std::uint64_t>(simplest) - static_cast<std::uint64_t>(value)
               : static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(simplest);
  }

  /// Whether `value` is one that the argument may have.
  bool contains(std::int64_t value) const noexcept {
    return static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(min) <= last;
  }
};

struct FlatVerb {
  std::array<FlatArg, kArgsMax> args{};
  std::uint8_t arg_count = 0;
  bool has_bytes = false;
};

struct FlatField {
  std::vector<FlatVerb> verbs;
  std::uint32_t ops_max = 0;
  std::uint32_t reciprocal = 0;  ///< 2^16 divided by the number of verbs, rounded up

  /// `number` modulo the number of verbs, for numbers below 256, without a division.
  unsigned verb_of(unsigned number) const noexcept {
    return number - (number * reciprocal >> 16) * static_cast<unsigned>(verbs.size());
  }
};

using FlatSchema = std::array<FlatField, kFieldCount>;

/// `schema()`, flattened once.
const FlatSchema& flat_schema();

}  // namespace weir::properties::internal
WEIR_NO_COVERAGE_END
