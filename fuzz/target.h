// What the entry points of one fuzz target share.
#pragma once

#include "fuzz/fuzz_target.h"

namespace weir::fuzz {

/// Brings what the target is about (roster.h), where that is not what Weir ships. Each program
/// links one definition; called once, before the target is made.
void bring_subjects();

/// The target of this program. Made at first use, from the group that the program was compiled for
/// or was told, and the subject that was asked for.
const FuzzTarget& this_target();

}  // namespace weir::fuzz

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
