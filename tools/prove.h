// `weir check --prove`: would the contract notice if this subject were broken?
#pragma once

#include "commands.h"

namespace weir::cli {

/// Plants every generic fault in each subject of `options` and shows which clause notices. Returns
/// an exit code: held when all faults that apply are noticed.
int run_prove(const CheckOptions& options);

}  // namespace weir::cli
