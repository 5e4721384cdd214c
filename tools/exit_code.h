// What the program says to its caller. The same everywhere.
#pragma once

namespace weir::cli {

enum ExitCode : int {
  kExitHeld = 0,           ///< all held, or it is fixed
  kExitViolated = 1,       ///< a clause is violated
  kExitUsage = 2,          ///< wrong usage; unreadable, stale or corrupt input
  kExitCouldNotRun = 3,    ///< could not run or write, nothing ran, vacuous, disk full
  kExitInterrupted = 130,  ///< 128 + SIGINT, as shells count
};

}  // namespace weir::cli
