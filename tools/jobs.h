// Several files in one run: which output belongs to which input.
#pragma once

#include <string>
#include <vector>

#include "chain_options.h"

namespace weir::cli {

/// An input and where its output goes.
struct Job {
  std::string input;
  std::string output;
  std::string error;  ///< why there is no such place; one line for a person
};

/// Encoded files have `suffix` behind the name that decoded ones have, and stand in `folder`; empty
/// for that of the input.
std::vector<Job> name_outputs(Direction direction, const std::vector<std::string>& inputs,
                              const std::string& suffix, const std::string& folder);

/// Says which output would destroy another one, an input or one of `keys`, by whatever names; empty
/// when none would.
std::string find_clash(const std::vector<Job>& jobs, const std::vector<std::string>& keys);

}  // namespace weir::cli
