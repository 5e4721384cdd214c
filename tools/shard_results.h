// The results of shards, read back and put together.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "golden_replays.h"
#include "open_cases.h"
#include "properties/share.h"
#include "report.h"

namespace weir::cli {

/// The whole that they are parts of.
struct MergedRun {
  properties::Plan plan;
  properties::Report report;
  GoldenReplays goldens;
  std::vector<OpenCase> open;
  FindingTimes found_after;
  std::vector<std::string> notes;
  std::vector<std::string> files;  ///< the results that it was made of
  std::string brought;             ///< options for what is not built in, as words for a shell

  // What the plan and the report point to.
  std::deque<properties::Subject> subjects;
  std::deque<properties::Clause> clauses;
  std::deque<std::string> ids;
};

/// Reads the results of shards at `paths`: files, and folders, which are searched for `.json` files
/// with all that is below them; results that are of no shard are left out with a note. Checks that
/// they are of one run. A shard that is missing is an error of the report, and what it would have
/// said of its pairs is that they were not run. Returns one line that says why the results cannot
/// be put together; empty when they were.
std::string merge_results(const std::vector<std::string>& paths, MergedRun& run);

}  // namespace weir::cli
