// What the entry points of one fuzz target share.
#pragma once

#include "fuzz/fuzz_target.h"

namespace weir::fuzz {

/// The target of this program. Made at first use, from the group that the program was compiled for
/// and the subject that was asked for.
const FuzzTarget& this_target();

}  // namespace weir::fuzz

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
