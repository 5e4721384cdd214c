// Declares every mutant; each is defined in mutants/NAME.cpp.
#pragma once

#include "properties/mutant.h"

namespace weir::properties::mutant {
#define WEIR_MUTANT(name) extern const Mutant name;
#include "properties/mutants.def"
#undef WEIR_MUTANT
}  // namespace weir::properties::mutant
