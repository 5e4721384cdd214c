// Replay: runs files (cases as text, or a fuzzer's raw files) one after the other. Never writes,
// but for `export_cases`.
#pragma once

#include <string>
#include <vector>

#include "fuzz/fuzz_target.h"

namespace weir::fuzz {

/// Exit codes, as everywhere in Weir.
enum ExitCode : int { kExitHeld = 0, kExitViolated = 1, kExitUnreadable = 2, kExitNothingRan = 3 };

/// Runs the files and the files in the folders `paths`; a text case may be of any clause and
/// subject, raw files are read as cases of `target`. Says what is violated and ends with one line
/// of totals.
int replay(const FuzzTarget& target, const std::vector<std::string>& paths);

/// Prints the target's dictionary.
int print_dictionary(const FuzzTarget& target);

/// Prints the files as case text.
int print_cases(const FuzzTarget& target, const std::vector<std::string>& paths);

/// Writes the files' byte forms into `folder`, which is made when missing. Cases of other targets
/// are an error, but left out where a folder among `paths` holds them.
int export_cases(const FuzzTarget& target, const std::string& folder,
                 const std::vector<std::string>& paths);

}  // namespace weir::fuzz
