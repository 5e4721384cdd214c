// Mutant: a deliberately faulty transform that proves that a clause can fail.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "properties/subject.h"

namespace weir::properties {

/// A faulty transform. Each stands in a file of its own, `properties/mutants/NAME.cpp`. No
/// undefined behaviour: overruns go into guard memory that Weir owns, so that a mutant means the
/// same in every build.
struct Mutant {
  std::string_view name;     ///< e.g. "one-read-is-all"; its subject is "mutant.one-read-is-all/1"
  std::string_view bug;      ///< what is wrong, one sentence, as a plausible mistake
  std::string_view primary;  ///< id of the clause that must fire
  std::string_view allowed;  ///< ids of further clauses that may fire, separated by spaces
  std::string_view
      pinned;  ///< field lines of a small case, e.g. "payload  literal \"ab\"\nsource   give 1\n"
  std::string_view fires;  ///< ids that fire when every clause runs on `pinned`, separated by
                           ///< spaces: exactly these, `primary` among them
  Subject (*subject)();
  /// Names of engines that cannot reach the bug, separated by spaces: only where no case that they
  /// make can contain what it takes; the reason stands beside it.
  std::string_view beyond{};
  /// Where a bug of this shape was published: repository, number and title. Empty where the mistake
  /// is only plausible.
  std::string_view reference{};
};

namespace internal {
/// Steps at which a faulty layer did wrong on this thread, in the case that runs.
extern thread_local constinit std::uint64_t faulty_steps;
}  // namespace internal

namespace mutant {
/// Called by a faulty layer at the step at which it does wrong; run_check turns it into
/// Counter::kFaultySteps. So a bug that no case reached is told apart from one that was reached and
/// not noticed.
inline void note_fault() noexcept { ++internal::faulty_steps; }
}  // namespace mutant

/// All mutants, by name.
std::span<const Mutant* const> mutants();
const Mutant* find_mutant(std::string_view name) noexcept;
/// The mutant's subject. Made once.
const Subject& subject_of(const Mutant& mutant);

}  // namespace weir::properties
