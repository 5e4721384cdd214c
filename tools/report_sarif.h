// SARIF 2.1.0: what code hosts show beside the code.
#pragma once

#include <string>

#include "ci_run.h"

namespace weir::cli {

/// One SARIF log, ending with a newline.
std::string report_sarif(const CiRun& run);

}  // namespace weir::cli
