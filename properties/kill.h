// The proof that the contract can fail: every mutant against every engine.
//
// A hunt is one engine looking for one bug with the mutant's primary clause alone; what fires
// besides is looked for afterwards, with fewer cases, by all other clauses. Everything runs in the
// worker, since some mutants take their process down.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "properties/case.h"
#include "properties/clause.h"
#include "properties/engine.h"
#include "properties/generic_mutants.h"
#include "properties/mutant.h"
#include "properties/shrinker.h"
#include "properties/subject.h"
#include "properties/worker.h"

namespace weir::properties {

/// What became of a hunt.
enum class Fate : std::uint8_t {
  kKilled,    ///< the primary clause noticed
  kByOther,   ///< another clause noticed, the primary one did not
  kSurvived,  ///< nobody noticed
  kBeyond,    ///< the mutant declares that the engine cannot reach it
  kNoCase,    ///< the engine has no case for the primary clause
  kSkipped,   ///< this build cannot run the primary clause, or has no such engine; `why` says so
  kFailed,    ///< the engine is there and could not be set up; `why` says what is wrong
};
/// As in tables and reports, e.g. "killed".
std::string_view to_string(Fate fate) noexcept;

/// One engine after one bug.
struct Hunt {
  std::string engine;                   ///< its name, or "default" for all in the usual order
  std::optional<std::uint64_t> seed{};  ///< of the random and the guided engine
  Fate fate = Fate::kSurvived;
  std::string why;          ///< for kSkipped, kFailed: the reason; for kByOther: the clause
  std::uint64_t cases = 0;  ///< to the kill by the primary clause, or in all
  double seconds = 0;       ///< likewise, wall time
  /// Counter::kFaultySteps of cases that ran to their end; the guided engine's are not known.
  std::uint64_t faulty_steps = 0;
  std::string kind;                ///< of the violation
  std::optional<Case> found{};     ///< as the engine found it
  std::optional<Case> smallest{};  ///< shrunk
  std::uint64_t evaluations = 0;   ///< that shrinking took
  std::size_t operations = 0;      ///< of the smallest case
  std::size_t payload_bytes = 0;   ///< of its payload

  /// Whether the engine should have killed.
  bool counts() const noexcept {
    return fate == Fate::kKilled || fate == Fate::kByOther || fate == Fate::kSurvived ||
           fate == Fate::kFailed;
  }
};

/// A clause other than the primary one that fired.
struct Fired {
  const Clause* clause = nullptr;
  EngineId engine = EngineId::kRandom;
  std::uint64_t seed = 0;
  std::uint64_t cases = 0;
  std::string kind;
  Case value;             ///< shrunk where it is not declared
  bool declared = false;  ///< the mutant says that it may fire
};

/// A subject and all that was tried on it.
struct KillRow {
  const Subject* subject = nullptr;
  const Mutant* mutant = nullptr;   ///< null for a correct subject: then every clause must hold
  const Clause* primary = nullptr;  ///< null for a correct subject
  std::optional<Hunt> standard{};   ///< all engines in the order of a check
  std::vector<Hunt> hunts;          ///< engine by engine, seed by seed
  std::vector<Fired> fired;
  std::uint64_t cases = 0;  ///< in all

  /// The smallest case of any hunt, fewest operations first; null without one.
  const Hunt* smallest() const noexcept;
};

/// What to do. Everything it points to outlives the run.
struct KillPlan {
  std::vector<const Subject*> subjects;  ///< of mutants, or correct ones
  std::vector<EngineId> engines;         ///< kReplay is no search and is left out
  std::vector<std::uint64_t> seeds{1, 2, 3};
  std::optional<std::uint64_t> cases{};  ///< random cases a hunt at most
  double budget_seconds = 30;            ///< wall time of a hunt at most; 0: none, needs `cases`
  bool standard = true;                  ///< hunt with all engines in the usual order, too
  bool others = true;                    ///< look for other clauses that fire
  bool shrinks = true;
  RandomMaker random{};                        ///< needed for kRandom
  std::uint64_t exhaustive_cases_max = 20000;  ///< per clause
  std::uint64_t others_exhaustive = 500;       ///< cases a clause, to see what else fires
  std::uint64_t others_random = 100;           ///< likewise, for each seed
  std::uint64_t correct_factor = 10;           ///< so many times as many on a correct subject
  /// Hangs cost their limit at every try; no case of these takes a tenth of it in a plain build.
  WorkerLimits limits{1.0, 10.0};
  ShrinkLimits shrink{2000, 5, 1000};
  /// The guided engine lives in programs of its own: runs a hunt, with `found` where it killed. Of
  /// a mutant that is declared out of its reach a short one. Only called where the primary clause
  /// applies.
  std::function<Hunt(const KillRow& row, std::uint64_t seed)> guided{};
};

/// Where a run stands.
struct KillProgress {
  std::size_t done = 0;
  std::size_t total = 0;
  std::string_view subject;
  std::string_view engine;  ///< or "others", "shrinking"
  std::uint64_t cases = 0;
  double seconds = 0;
};

/// What came of it.
struct KillReport {
  std::vector<KillRow> rows;
  std::string could_not_run;  ///< why no process could be started; then the report is incomplete
  bool interrupted = false;
  std::uint64_t cases = 0;
  double seconds = 0;
};

/// Runs `plan`; `on_progress` is called about a hundred times a second and when a row is done.
/// When `stop` becomes true the rows so far are returned.
KillReport kill(const KillPlan& plan, const std::function<void(const KillProgress&)>& on_progress,
                const std::atomic<bool>& stop);

/// What the contract says of a subject with a generic fault in it.
struct Proof {
  const GenericFault* fault = nullptr;  ///< null: the subject as it is
  std::string why_not;                  ///< why the fault does not apply; empty where it does
  const Clause* clause = nullptr;       ///< that noticed; null where none did
  EngineId engine = EngineId::kRandom;  ///< whose case it was
  std::string kind;                     ///< of the violation
  std::uint64_t cases = 0;              ///< of all clauses, to the notice or in all
  double seconds = 0;
  std::uint64_t faulty_steps = 0;

  bool applies() const noexcept { return why_not.empty(); }
  bool noticed() const noexcept { return clause != nullptr; }
};

/// Runs the whole contract on `subject`, as it is and with each generic fault that applies to it.
/// The first one is the subject as it is: if that is noticed, the others say nothing. Of `plan`
/// only random, seeds (the first), cases, budget_seconds (for each fault) and limits are used.
std::vector<Proof> prove(const Subject& subject, const KillPlan& plan,
                         const std::function<void(const KillProgress&)>& on_progress,
                         const std::atomic<bool>& stop, std::string& could_not_run);

/// One sentence for each thing that is not as it must be; empty when the contract is proven.
std::vector<std::string> problems(const KillReport& report);

/// What one engine did over all mutants.
struct EngineScore {
  std::string engine;
  std::size_t killed = 0;   ///< mutants, for every seed
  std::size_t able = 0;     ///< mutants that it can reach
  std::size_t beyond = 0;   ///< mutants that declare that it cannot
  std::size_t no_case = 0;  ///< mutants for whose clause it has no cases
  std::size_t skipped = 0;  ///< mutants that this build cannot run with it
};
/// In the order in which they stand in the rows.
std::vector<EngineScore> scores(const KillReport& report);

/// The middle of `values` (the lower one of two); 0 of none.
double median(std::vector<double> values);

/// The words of `text`, which blanks separate.
std::vector<std::string_view> words(std::string_view text);
/// Whether `mutant` declares that clause `id` may fire besides its primary one.
bool declares(const Mutant& mutant, std::string_view id);
/// Whether `mutant` declares that the engine cannot reach it.
bool is_beyond(const Mutant& mutant, std::string_view engine);

/// The mutant that `subject` is of; null for any other subject.
const Mutant* mutant_of(const Subject& subject);

}  // namespace weir::properties
