// Drawing, changing, simplifying and counting cases: all by walking the schema.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "properties/case.h"
#include "properties/random_bits.h"

namespace weir::properties {

/// What generation may draw from besides the schema.
struct GenerateOptions {
  /// 0..100: the larger, the longer the lists and the larger the numbers. At 100 one to five cases
  /// in a hundred have payloads beyond 128 KiB.
  int size = 50;
  /// Hash and size of each real file that payloads may be slices of.
  struct PayloadFile {
    std::uint64_t hash;
    std::uint64_t bytes;
  };
  std::span<const PayloadFile> payload_files{};
  KindSet kinds = kAllKinds;  ///< what single operations are drawn from
};

/// Fills the fields of `scope` in `result` (others are emptied; names stay). Same bits and options,
/// same case, on every compiler.
void generate(RandomBits& bits, const Scope& scope, const GenerateOptions& options, Case& result);

/// Changes `value` in one or a few places within `scope`.
void mutate(RandomBits& bits, const Scope& scope, Case& value);

/// Mixes the fields of `a` and `b` into `result`, whose names become those of `a`. Precondition:
/// `result` is neither of them.
void cross_over(RandomBits& bits, FieldSet uses, const Case& a, const Case& b, Case& result);

/// Calls `visit` with simpler variants of `value`, most promising first, until it returns true
/// ("taken") or there are none. Simpler is well-founded: no chain of variants is endless. Returns
/// whether one was taken.
bool visit_simpler(const Case& value, const std::function<bool(const Case&)>& visit);

/// A measure that every variant of `visit_simpler` lowers: fewer operations, then shorter byte
/// strings, then simpler verbs, then simpler arguments, then simpler bytes.
bool simpler_than(const Case& a, const Case& b);

/// All cases of a small scope, by number: lists of a few operations, arguments and byte strings
/// from a few small values. Longer lists may be made of fewer operations than shorter ones, the
/// first in the order of the schema.
class Enumeration {
 public:
  /// The largest scope within `uses` with at most `cases_max` cases.
  Enumeration(const Scope& uses, std::uint64_t cases_max);
  std::uint64_t size() const noexcept { return size_; }
  /// Makes `result` case number `index` of `size()`, simplest first. Names stay.
  void at(std::uint64_t index, Case& result) const;
  /// The bound in words, e.g. "up to 2 operations a field, numbers of 0 to 3".
  std::string bound() const;

 private:
  /// An operation of a small scope; its bytes are constants.
  struct SmallOp {
    Op op;
    std::string_view bytes;
  };
  /// The cases whose lists have these lengths.
  struct Block {
    std::array<std::uint8_t, kFieldCount> lengths{};
    std::uint64_t first = 0;  ///< the number of its first case
  };

  /// Longer lists are the business of the other engines.
  static constexpr std::uint8_t kListMax = 6;

  std::uint64_t list_count(std::size_t field) const noexcept;
  void widen_by_steps(std::uint64_t cases_max,
                      std::array<std::vector<SmallOp>, kFieldCount>& further);

  std::uint64_t size_ = 0;
  /// By field and length: of how many of its operations lists of this length are made.
  std::array<std::array<std::size_t, kListMax + 1>, kFieldCount> alphabets_{};
  std::array<std::size_t, kFieldCount> first_values_{};  ///< operations with the first values
  bool all_values_ = true;  ///< no field has only some of the operations with further values
  std::array<std::vector<SmallOp>, kFieldCount> small_ops_;  ///< empty for unused fields
  std::array<std::uint8_t, kFieldCount> ops_max_{};
  std::array<std::uint8_t, kFieldCount> values_{};  ///< how many small values an argument has
  std::vector<Block> blocks_;                       ///< by `first`
};

}  // namespace weir::properties
