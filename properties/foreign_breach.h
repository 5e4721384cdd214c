// What a transform from outside did to the interface by which it came.
#pragma once

#include <string>
#include <utility>

namespace weir::properties {

/// Thrown by what stands for a transform from outside when that broke the rules of its interface,
/// so that its answer means nothing. run_check makes it a violation.
struct ForeignBreach {
  std::string kind;      ///< e.g. "unknown-code"
  std::string expected;  ///< one line
  std::string seen;      ///< one line
};

}  // namespace weir::properties
