// The command line of `weir`, and of a project's own program with the same verbs. What can be said
// stands in command_line.cpp; what each verb does stands in command_*.cpp.
#pragma once

namespace weir::cli {

/// Runs what the arguments say, and returns the exit code (exit_code.h).
int run_command_line(int argc, char** argv);

}  // namespace weir::cli
