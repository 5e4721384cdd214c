// `weir merge`: the results of shards as one.
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "check_report.h"
#include "commands.h"
#include "exit_code.h"
#include "files.h"
#include "foreign.h"
#include "properties/finding.h"
#include "report.h"
#include "shard_results.h"
#include "terminal.h"
#include "text.h"

namespace weir::cli {

namespace {

using properties::Finding;

// Writes the case of every finding below `folder`; without one, those that are where their shard
// filed them stay there, and the others have no file.
void place_findings(const std::string& folder, MergedRun& run) {
  bool failed = false;
  for (Finding& finding : run.report.findings) {
    const std::string before = std::exchange(finding.path, {});
    if (folder.empty()) {
      if (::access(before.c_str(), R_OK) == 0) finding.path = before;
    } else {
      const Result<std::string> path = properties::write_file(
          folder, properties::file_name(finding), properties::file_text(finding));
      if (path) {
        finding.path = *path;
      } else if (!std::exchange(failed, true)) {
        run.report.errors.push_back(fmt::format("findings cannot be written to {}: {}",
                                                printable(folder), describe(path.error())));
      }
    }
    for (auto& [filed, seconds] : run.found_after) {
      if (filed == before) filed = finding.path;
    }
  }
}

}  // namespace

int run_merge(const MergeOptions& options) {
  int code = kExitHeld;
  std::string problem = outputs_problem(options.json, options.junit, code);
  if (!problem.empty()) {
    complain(problem);
    return code;
  }
  MergedRun run;
  problem = merge_results(options.paths, run);
  if (!problem.empty()) return refuse(kExitUsage, problem);
  const std::string& folder = options.output;
  std::string own_json;
  std::string own_junit;
  if (!folder.empty()) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
      return refuse(kExitCouldNotRun, fmt::format("cannot make the folder '{}': {}",
                                                  printable(folder), error.message()));
    }
    own_json = folder + "/results.json";
    own_junit = folder + "/junit.xml";
  }
  for (const std::string& output : {options.json, options.junit, own_json, own_junit}) {
    for (const std::string& file : run.files) {
      if (output.empty() || !same_place(output, file)) continue;
      return refuse(
          kExitUsage,
          fmt::format("'{}' would be written over: it is the result of a shard", printable(file)));
    }
  }
  if (!run.brought.empty()) take_over_foreign_words(run.brought);
  place_findings(folder.empty() ? folder : folder + "/findings", run);

  const CheckOutcome outcome{run.plan, run.report, run.goldens, run.open, run.notes, {}};
  code = exit_code_of(outcome);
  if (options.json != "-" && options.junit != "-") print_outcome(outcome, code);
  for (const std::string& error : run.report.errors) complain(error);
  const std::string junit = report_junit(run.plan, run.report, run.goldens, run.open);
  for (const std::string& path : {options.junit, own_junit}) code = deliver(path, junit, code);
  const std::string json =
      report_json(run.plan, run.report, run.goldens, run.open, run.found_after, code);
  for (const std::string& path : {options.json, own_json}) code = deliver(path, json, code);
  return code;
}

}  // namespace weir::cli
