// The runner: a plan of subjects, clauses and engines in, a report out.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "properties/clause.h"
#include "properties/engine.h"
#include "properties/finding.h"
#include "properties/payload.h"
#include "properties/shrinker.h"
#include "properties/subject.h"
#include "properties/worker.h"

namespace weir::properties {

/// What to run. Everything it points to outlives the run.
struct Plan {
  std::vector<const Subject*> subjects;
  std::vector<const Clause*> clauses;
  std::vector<EngineId> engines{EngineId::kReplay, EngineId::kExhaustive, EngineId::kSweep,
                                EngineId::kRandom};
  std::vector<CorpusCase> corpus;  ///< cases of other subjects and clauses are left alone
  /// Which pairs are run, by their index in the report: the others are reported as `elsewhere`.
  /// Empty: all of them.
  std::vector<bool> share{};
  std::uint64_t seed = 1;
  std::optional<std::uint64_t>
      cases{};  ///< exactly so many random cases a pair; otherwise as many as the budget allows
  /// Wall time, 0 for no limit (needs `cases` when random is among the engines). Only cuts the
  /// sequence of cases earlier. Running the minimum of every pair and shrinking may go beyond it: a
  /// run ends after 1.25 times the budget and five seconds at the latest, in the middle of a case
  /// if need be.
  double budget_seconds = 60;
  int jobs = 1;                         ///< worker processes
  const PayloadFiles* files = nullptr;  ///< null: none
  std::string findings_folder = "findings";
  RandomMaker random{};                        ///< needed when random is among the engines
  std::uint64_t exhaustive_cases_max = 20000;  ///< per pair
  /// Per pair, before the rest of the budget is shared out.
  std::uint64_t random_cases_min = kRandomMinimumCases;
  WorkerLimits limits{};
  ShrinkLimits shrink{};
  bool collects = false;  ///< whether the report gets `stats`
  bool hints = true;      ///< whether traits that are not claimed are tried (see Hint)
  /// Ends with the first finding, as the engine found it: nothing is tried again, shrunk or filed.
  /// No case is begun beyond the budget, minimum or not; one that runs comes to its end, which the
  /// limits bound.
  bool first_only = false;

  /// Whether pair number `index` is run.
  bool runs(std::size_t index) const { return share.empty() || share[index]; }
};

/// What one engine did for a pair.
struct EngineRun {
  std::uint64_t cases = 0;  ///< run
  std::uint64_t of = 0;     ///< replay: cases in the corpus; exhaustive: size of the scope; sweep:
                            ///< fault points, as far as they are counted; random: `cases` of the
                            ///< plan, or 0
  std::uint64_t next = 0;   ///< number of the first case that was not begun
  bool planned = false;     ///< the engine is part of the plan
};

/// A claim that a subject might make or drop.
struct Hint {
  const Subject* subject = nullptr;
  Trait trait = Trait::kDeterministic;
  bool claim = true;        ///< false: drop it
  std::uint64_t cases = 0;  ///< that held on a copy of the subject with the other claim
};

/// A clause on a subject.
struct PairReport {
  const Clause* clause = nullptr;
  const Subject* subject = nullptr;
  bool elsewhere = false;   ///< left to another run of the plan, which alone knows about it
  std::string skip_reason;  ///< why the clause has nothing to say of the subject; empty otherwise
  /// Why the pair was not run, or not to its end, although it should have been: the budget ran out
  /// before its turn, the run was interrupted, or the subject was given up. Such a pair has not
  /// held. Empty otherwise.
  std::string not_run_reason;
  std::array<EngineRun, kEngineCount> engines{};
  std::string exhaustive_bound;  ///< in words; empty without exhaustive
  /// Every fault point of every base case of the sweep ran. True where there is nothing to sweep.
  bool sweep_complete = false;
  std::uint64_t cases = 0;
  std::uint64_t discarded = 0;
  std::vector<Tally> tallies;  ///< of discarded cases, by reason
  Counters counters;
  Stats stats;  ///< when the plan asks for them
  std::vector<Counter>
      vacuous;  ///< required counters that stayed at zero over a run without a finding
  bool nothing_checked = false;        ///< cases ran, and every one was discarded
  std::optional<std::size_t> finding;  ///< index into the report's findings; the pair stopped there
  double seconds = 0;                  ///< wall time in a worker

  bool skipped() const noexcept { return elsewhere || !skip_reason.empty(); }
  bool not_run() const noexcept { return !not_run_reason.empty(); }
  bool is_vacuous() const noexcept { return nothing_checked || !vacuous.empty(); }
};

/// What came of it.
struct Report {
  std::vector<PairReport> pairs;  ///< clauses by subjects: index = clause * subjects + subject
  std::vector<Finding> findings;  ///< in the order of the pairs
  std::vector<std::string>
      errors;  ///< what went wrong around the run, e.g. a findings folder that cannot be written
  std::vector<Hint> hints;  ///< by subject, then trait
  std::uint64_t seed = 1;
  std::uint64_t seeds = 1;        ///< how many there were, from `seed` on
  std::size_t payload_files = 0;  ///< from which payloads were taken, too
  std::uint64_t cases = 0;
  double seconds = 0;
  bool interrupted = false;

  bool nothing_ran() const noexcept { return cases == 0; }
  bool vacuous() const noexcept;
  std::uint64_t discarded() const noexcept;  ///< of `cases`: those that checked nothing
};

/// Where a run stands.
struct Progress {
  std::size_t pairs_done = 0;   ///< pairs that have had their minimum, or stopped
  std::size_t pairs_total = 0;  ///< without skipped ones
  std::uint64_t cases = 0;
  std::size_t findings = 0;
  const Clause* clause = nullptr;  ///< of the pair that was begun last
  const Subject* subject = nullptr;
  EngineId engine = EngineId::kReplay;
  bool shrinking = false;  ///< a finding of that pair is being shrunk
  double seconds = 0;
  double seconds_left = 0;  ///< of the budget; 0 without one
};

/// Hears of a run while it goes on. Called from the parent process only, on the caller's thread.
class Observer {
 public:
  virtual ~Observer() = default;
  /// About ten times a second.
  virtual void on_progress(const Progress&) {}
  /// Shrunk, filed and verified.
  virtual void on_finding(const Finding&) {}
};

/// Runs `plan`. When `stop` becomes true (a signal handler may set it) the children are ended and
/// the report so far is returned. The order of a pair's cases is fixed: replay; the first cases of
/// the exhaustive scope; the sweep; the minimum of random cases; the rest of the scope; random
/// cases. A pair stops at its first finding.
///
/// When random is among the engines, the clauses that need exactly one trait which a subject does
/// not claim are tried on a copy of it that does, before the last random cases and within the
/// budget. If they hold, and none of them is vacuous, the report has a hint. A hint is no verdict.
///
/// With a budget, hangs must not eat it up. Trying hangs and exhausted memory again, for shrinking
/// and verifying, gets a quarter of the budget and two seconds in all; what is found after that is
/// filed as it was found and marked `unverified`. Once a subject has hung in three pairs, a case of
/// its other pairs gets a quarter of the limits, and a pair that exceeds them is given up (see
/// not_run_reason) instead of being accused: the case might have ended within the whole limits.
Report run(const Plan& plan, Observer& observer, const std::atomic<bool>& stop);

/// How much the exhaustive scopes of a plan are.
struct Estimate {
  std::uint64_t cases = 0;
  std::size_t pairs = 0;  ///< without skipped ones
  double seconds = 0;     ///< wall time with the plan's jobs; a guess
};

/// Runs a few cases of each scope in a worker, for about a second in all, to see how long all of
/// them would take. What breaks meanwhile is left for the run to find.
Estimate estimate_exhaustive(const Plan& plan, const std::atomic<bool>& stop);

}  // namespace weir::properties
