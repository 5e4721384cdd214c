#include "case_run.h"

#include <algorithm>

#include "properties/allocation.h"
#include "properties/roster.h"

namespace weir::cli {

CaseRun run_case(const properties::Case& value, Evaluator& evaluator, int runs) {
  using Status = CaseRun::Status;
  CaseRun run;
  const properties::Clause& clause = *properties::find_clause(value.clause);
  run.reason = properties::skip_reason(clause, *properties::find_subject(value.subject));
  if (!run.reason.empty()) {
    run.status = clause.meters && !properties::can_meter_allocations() ? Status::kNotMetered
                                                                       : Status::kNotApplying;
    return run;
  }
  bool discarded = false;
  while (run.runs < runs) {
    properties::Answer answer = evaluator.evaluate(value);
    if (answer.cancelled) {
      run.status = Status::kInterrupted;
      run.reason = "interrupted";
      return run;
    }
    if (!answer.could_not_run.empty()) {
      run.reason = answer.could_not_run;
      return run;
    }
    ++run.runs;
    if (answer.violation) {
      if (run.violated++ == 0) run.violation = std::move(*answer.violation);
      // A hang takes its whole time limit at every run.
      if (run.violation.kind == "hang") break;
    } else if (answer.discarded > 0) {
      discarded = true;
      run.reason = answer.tallies.empty() ? std::string() : answer.tallies.front().reason;
    }
  }
  run.status = run.violated > 0 ? Status::kViolated
               : discarded      ? Status::kDiscarded
                                : Status::kHeld;
  if (run.status != Status::kDiscarded) {
    run.reason.clear();
  } else {
    run.reason = "the clause has nothing to say of it: " + run.reason;
  }
  return run;
}

std::vector<const properties::Subject*> subjects_of(
    const std::vector<const properties::Case*>& cases) {
  std::vector<const properties::Subject*> subjects;
  for (const properties::Case* value : cases) {
    const properties::Subject* const subject = properties::find_subject(value->subject);
    if (subject != nullptr &&
        std::find(subjects.begin(), subjects.end(), subject) == subjects.end()) {
      subjects.push_back(subject);
    }
  }
  return subjects;
}

std::vector<const properties::Subject*> subject_or_all(const std::string& name) {
  if (!name.empty()) return {properties::find_subject(name)};
  const auto all = properties::subjects_under_test();
  return {all.begin(), all.end()};
}

std::vector<const properties::Clause*> every_clause() {
  return {properties::clauses().begin(), properties::clauses().end()};
}

bool is_about(const properties::Case& value,
              const std::vector<const properties::Subject*>& subjects,
              const std::vector<const properties::Clause*>& clauses) {
  return std::any_of(
             subjects.begin(), subjects.end(),
             [&](const properties::Subject* each) { return each->name == value.subject; }) &&
         std::any_of(clauses.begin(), clauses.end(),
                     [&](const properties::Clause* each) { return each->id == value.clause; });
}

}  // namespace weir::cli
