// Sweep: one fault at the first, second, third ... call of a few base cases, to the end.
//
// How many calls a base case has is known only once it ran, but numbers must mean the same in every
// process: so numbers are given out for more calls than there are. The first ones are the base
// cases, whose script begins behind the last call: they are run to count. The others are points, of
// which those within the count are run.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "properties/case.h"
#include "properties/clause.h"
#include "properties/subject.h"

namespace weir::properties {

inline constexpr std::size_t kSweepBasesMax = 8;
/// Source, sink and memory: what a script can interrupt.
inline constexpr std::size_t kSweepFieldCount = 3;

/// How many calls of a subject a script could have interrupted, by base case and swept field.
struct SweepCalls {
  std::array<std::array<std::uint32_t, kSweepFieldCount>, kSweepBasesMax> calls{};
};

/// The fault points of a clause on a subject, by number.
class Sweep {
 public:
  /// Calls of a base case beyond this one have no numbers; the report shows them as not swept.
  static constexpr std::uint64_t kCallsMax = 1024;

  Sweep(const Clause& clause, const Subject& subject);

  /// One more than the largest number; 0 where a clause has nothing to sweep.
  std::uint64_t size() const noexcept;
  /// Numbers below this one are base cases.
  std::uint64_t base_count() const noexcept { return bases_.size(); }
  /// Makes `result` case number `index`. Names stay. Precondition: index < size().
  void make(std::uint64_t index, Case& result) const;
  /// After base case `index` ran in `workspace`: notes its calls.
  void count(std::uint64_t index, const Workspace& workspace, SweepCalls& calls) const noexcept;
  /// The first number from `index` on that is a base case, or a point which its base case reaches.
  /// size() when there is none.
  std::uint64_t next(std::uint64_t index, const SweepCalls& calls) const noexcept;
  /// How many points the base cases reach, those beyond kCallsMax included.
  std::uint64_t point_count(const SweepCalls& calls) const noexcept;

 private:
  /// What is put at a call.
  struct Act {
    std::size_t swept = 0;  ///< index of the field among the swept ones
    std::uint8_t verb = 0;
    std::int64_t arg = 0;
    bool has_arg = false;
    bool only_first = false;  ///< at the first call only
  };
  void put(Case& value, const Act& act, std::int64_t good_calls) const;

  std::vector<Case> bases_;
  std::vector<Act> acts_;
};

}  // namespace weir::properties
