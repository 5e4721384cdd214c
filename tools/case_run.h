// What became of a case of a corpus, in one word.
#pragma once

#include <string>
#include <vector>

#include "evaluator.h"
#include "properties/case.h"
#include "properties/clause.h"
#include "properties/subject.h"

namespace weir::cli {

struct CaseRun {
  enum class Status {
    kHeld,
    kViolated,
    kDiscarded,    ///< the clause has nothing to say of it
    kNotApplying,  ///< the clause does not run on the subject
    kNotMetered,   ///< likewise, but only in this build
    kCouldNotRun,
    kInterrupted,
  };
  Status status = Status::kCouldNotRun;
  int runs = 0;
  int violated = 0;                 ///< of them
  properties::Violation violation;  ///< the first one
  std::string reason;               ///< where it neither held nor was violated, one line
};

/// Runs `value`, whose names there are and which the evaluator knows, `runs` times; it is violated
/// where one of them is.
CaseRun run_case(const properties::Case& value, Evaluator& evaluator, int runs);

/// As often as it takes to believe that a case holds.
inline constexpr int kHoldingRuns = 5;

/// The subjects that `cases` name, each once; unknown ones are left out.
std::vector<const properties::Subject*> subjects_of(
    const std::vector<const properties::Case*>& cases);
/// The subject called `name`, which there is; all under test where it is empty.
std::vector<const properties::Subject*> subject_or_all(const std::string& name);
/// All clauses there are.
std::vector<const properties::Clause*> every_clause();
/// Whether `value` names one of `subjects` and one of `clauses`.
bool is_about(const properties::Case& value,
              const std::vector<const properties::Subject*>& subjects,
              const std::vector<const properties::Clause*>& clauses);

}  // namespace weir::cli
