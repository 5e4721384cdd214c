// A JUnit report by its parts, for verbs that have more to put into it.
#pragma once

#include <string>
#include <vector>

#include "report.h"

namespace weir::cli {

/// A test of a JUnit report.
struct JUnitCase {
  enum class Status { kPassed, kSkipped, kFailed, kError };
  std::string classname;
  std::string name;
  double seconds = 0;
  Status status = Status::kPassed;
  std::string type;     ///< of a failure or an error
  std::string message;  ///< unless it passed
  std::string content;  ///< of a failure or an error: lines for a person
};
struct JUnitSuite {
  std::string name;
  std::vector<JUnitCase> cases;
};

/// Makes `test` fail with `finding`, which `command` repeats.
void describe_failure(const properties::Finding& finding, const std::string& command,
                      JUnitCase& test);
/// What report_junit writes.
std::vector<JUnitSuite> junit_suites(const properties::Plan& plan, const properties::Report& report,
                                     const GoldenReplays& goldens,
                                     const std::vector<OpenCase>& open);
/// JUnit XML of these.
std::string junit_text(const std::vector<JUnitSuite>& suites);

}  // namespace weir::cli
