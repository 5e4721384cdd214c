#include "properties/clause.h"

#include <array>
#include <exception>
#include <new>
#include <vector>

#include "properties/allocation.h"
#include "properties/case_coverage.h"
#include "properties/clauses.h"
#include "properties/foreign_breach.h"
#include "properties/mutant.h"
#include "properties/program.h"
#include "properties/roster.h"
#include "weir/check.h"

WEIR_NO_COVERAGE_BEGIN
namespace weir::properties {
namespace {

// Those of the contract, and behind them those of a project.
std::vector<const Clause*>& all_clauses() {
  static std::vector<const Clause*> all = {
#define WEIR_CLAUSE(name) &clause::name,
#include "properties/clauses.def"
#undef WEIR_CLAUSE
  };
  return all;
}

constexpr std::array<std::string_view, kGroupCount> kGroupNames = {
    "round_trip", "partial_reads", "partial_writes", "buffers",           "seek",
    "faults",     "lifecycle",     "hostile_bytes",  "malformed_versions"};

std::string_view about(std::optional<std::uint64_t> Bounds::*bound) {
  if (bound == &Bounds::write_heap_bytes || bound == &Bounds::read_heap_bytes) return "heap";
  if (bound == &Bounds::read_ahead_bytes) return "read-ahead";
  if (bound == &Bounds::write_behind_bytes) return "write-behind";
  return "calls below";
}

// What a case is about whose clause requires one of these: how bytes are cut into pieces.
constexpr CounterSet kPieces = counters(Counter::kWrites, Counter::kShortReads);

struct CountFaultySteps {
  Counters& counters;
  ~CountFaultySteps() { counters[Counter::kFaultySteps] = internal::faulty_steps; }
};

}  // namespace

std::string_view to_string(Group group) noexcept {
  return kGroupNames[static_cast<std::size_t>(group)];
}

std::span<const Clause* const> clauses() { return all_clauses(); }

void add_clauses(std::span<const Clause* const> added) {
  for (const Clause* clause : added) {
    WEIR_CHECK(find_clause(clause->id) == nullptr, "no two clauses have one id");
    all_clauses().push_back(clause);
  }
}

const Clause* find_clause(std::string_view id) noexcept {
  for (const Clause* clause : all_clauses()) {
    if (clause->id == id) return clause;
  }
  return nullptr;
}

CounterSet required_counters(const Clause& clause, const Subject& subject) noexcept {
  CounterSet required = clause.required;
  if (!has(subject.traits, Trait::kPartialBelow)) {
    required &= ~counters(Counter::kShortReads, Counter::kShortWrites);
  }
  if (!has(subject.traits, Trait::kNonblocking)) required &= ~counters(Counter::kWouldBlocks);
  return required;
}

std::string skip_reason(const Clause& clause, const Subject& subject) {
  if (clause.pairs && subject.peer == nullptr) {
    return "needs another implementation of the format (--interop)";
  }
  if (!clause.pairs && subject.peer != nullptr) return "is about one implementation by itself";
  for (const Inapplicable& not_this : subject.inapplicable) {
    if (not_this.clause == clause.id) return std::string(not_this.reason);
  }
  std::string missing;
  for (std::size_t i = 0; i < kTraitCount; ++i) {
    const auto trait = static_cast<Trait>(i);
    if (!has(clause.needs, trait) || has(subject.traits, trait)) continue;
    if (!missing.empty()) missing += ", ";
    missing += to_string(trait);
  }
  if (!missing.empty()) return "does not claim " + missing;
  if (!subject.own_descriptors && (clause.required & counters(Counter::kDescriptors)) != 0) {
    return "has no descriptors of its own";
  }
  const auto claims = [&](std::optional<std::uint64_t> Bounds::*bound) {
    return bound != nullptr && (subject.bounds.*bound).has_value();
  };
  if (clause.bound != nullptr && !claims(clause.bound) && !claims(clause.or_bound)) {
    return "claims no bound on " + std::string(about(clause.bound));
  }
  if (clause.commands && !subject.run_command) return "is no command (--encode-command)";
  if (clause.meters && !subject.take_peak_bytes && !can_meter_allocations()) {
    return "needs malloc interposition, which sanitizer builds do not have";
  }
  return missing;
}

Verdict run_check(const Clause& clause, const Subject& subject, const Case& value,
                  Workspace& workspace) {
  workspace.clear();
  workspace.traits = subject.traits;
  workspace.close_waits = subject.close_waits;
  internal::faulty_steps = 0;
  static_cast<void>(take_merged());
  const CountFaultySteps at_the_end{workspace.counters};
  try {
    Verdict verdict = clause.check(subject, value, workspace);
    if (verdict.outcome == Outcome::kHeld && (clause.required & kPieces) != 0 && take_merged()) {
      workspace.counters = {};
      return Verdict::discarded("the command did not read one piece before the next was due");
    }
    if (verdict.outcome == Outcome::kViolated && subject.explain) {
      const std::string more = subject.explain(verdict.seen);
      if (!more.empty()) verdict.seen += " (" + more + ")";
    }
    return verdict;
  } catch (const std::bad_alloc&) {
    return Verdict::violated("out-of-memory", Verdict::kNoStep,
                             "an error out_of_memory, or no need of so much memory",
                             "std::bad_alloc thrown");
  } catch (const ForeignBreach& breach) {
    workspace.breach_kind = breach.kind;
    return Verdict::violated(workspace.breach_kind, Verdict::kNoStep, breach.expected, breach.seen);
  } catch (const std::exception& exception) {
    return Verdict::violated("threw", Verdict::kNoStep, "no exception",
                             std::string("exception: ") + exception.what());
  } catch (...) {
    return Verdict::violated("threw", Verdict::kNoStep, "no exception",
                             "an exception that is no std::exception");
  }
}

}  // namespace weir::properties
WEIR_NO_COVERAGE_END
