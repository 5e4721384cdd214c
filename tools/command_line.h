// The command line of `weir`, and of a project's own program with the same verbs. What can be said
// stands in command_line.cpp; what each verb does stands in command_*.cpp.
#pragma once

#include <string>
#include <vector>

namespace weir::properties {
struct Clause;
struct Subject;
}  // namespace weir::properties

namespace weir::cli {

/// Runs what the arguments say, and returns the exit code (exit_code.h).
int run_command_line(int argc, char** argv);

/// A project's own program (properties/contract.h).
struct Contract {
  std::string name;  ///< the program's, for its help
  std::vector<properties::Subject> (*subjects)();
  std::vector<const properties::Clause*> (*clauses)();
};
/// As run_command_line, with what the project brings in the place of Weir's transforms, and without
/// the verbs that are about those.
int run_contract(const Contract& contract, int argc, char** argv);

}  // namespace weir::cli
