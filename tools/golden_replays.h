// Golden streams as the command line replays them.
#pragma once

#include <string>
#include <vector>

#include "properties/golden.h"
#include "properties/subject.h"
#include "terminal.h"

namespace weir::cli {

/// What became of replaying some.
struct GoldenReplays {
  std::size_t of = 0;  ///< that are there
  std::size_t held = 0;
  struct Broken {
    std::string path;
    std::string guards;
    std::string message;  ///< expected and seen
  };
  std::vector<Broken> broken;
  std::vector<std::string> notes;  ///< what this build left out, one line a reason
};

/// Replays those of `files` that name one of `subjects`; all of them when there are none.
GoldenReplays replay_goldens(const std::vector<properties::GoldenFile>& files,
                             const std::vector<const properties::Subject*>& subjects);

/// "140 of 140 golden streams".
std::string golden_count(const GoldenReplays& replays);
/// The same as a line beside those of the engines; nothing where there were none.
std::string golden_count_line(const Terminal& terminal, const GoldenReplays& replays);
/// What broke, and how to see it again.
std::string golden_lines(const GoldenReplays& replays);

}  // namespace weir::cli
