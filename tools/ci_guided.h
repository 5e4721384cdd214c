// The guided search of `weir ci`: `fuzz` of this program, in the build that has the fuzz targets
// and their sanitizers, as a process of its own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ci_run.h"
#include "foreign.h"
#include "properties/clause.h"

namespace weir::cli {

/// Where fuzz targets are.
struct FuzzBuild {
  std::string program;  ///< empty: there is none
  std::string problem;  ///< why, one line
  bool own = false;     ///< it is this program
};
/// `folder` is that of another build (`--targets`), or empty.
FuzzBuild find_fuzz_build(const std::string& folder);

struct GuidedSettings {
  FuzzBuild build;
  std::string subject;  ///< the only one; empty: all under test
  std::vector<properties::Group> groups;
  const ForeignOptions* foreign = nullptr;
  std::string seeds;  ///< a folder of cases
  std::string findings;
  std::string scratch;  ///< a folder for what it says
  double budget = 0;
  std::uint64_t seed = 1;
  unsigned jobs = 0;
};
/// Searches, and adds what came of it to `run`.
void search_guided(const GuidedSettings& settings, CiRun& run);

}  // namespace weir::cli
