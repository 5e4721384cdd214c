// What `check` says at its end, and `merge` of many runs: the report in all its forms, and the exit
// code.
#pragma once

#include <string>
#include <vector>

#include "golden_replays.h"
#include "open_cases.h"
#include "properties/runner.h"
#include "report.h"

namespace weir::cli {

/// What a run came to.
struct CheckOutcome {
  const properties::Plan& plan;
  const properties::Report& report;
  const GoldenReplays& goldens;
  const std::vector<OpenCase>& open;
  std::vector<std::string> notes;  ///< what a reader should know besides
  std::string part;                ///< "shard 2 of 4, 86 of 342 units"; empty: it was the whole
  bool idle = false;               ///< it is a part that had nothing to do
};

/// "57 clauses on 3 subjects (3 do not apply), 2,000 cases in 60 s".
std::string scope_text(const properties::Plan& plan, const properties::Report& report);
/// Whether all that was to run did, and proved something: kExitHeld, or kExitCouldNotRun. Findings
/// are left aside.
int completeness_of(const properties::Report& report);

/// The exit code that `outcome` has.
int exit_code_of(const CheckOutcome& outcome);
/// For people, on standard output.
void print_outcome(const CheckOutcome& outcome, int code);

/// Why reports cannot go to `json` and `junit`, either of which may be empty; `code` is what it is
/// then. Empty when they can.
std::string outputs_problem(const std::string& json, const std::string& junit, int& code);

}  // namespace weir::cli
