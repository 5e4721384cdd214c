// Declares every clause; each is defined in clauses/NAME.cpp.
#pragma once

#include "properties/clause.h"

namespace weir::properties::clause {
#define WEIR_CLAUSE(name) extern const Clause name;
#include "properties/clauses.def"
#undef WEIR_CLAUSE
}  // namespace weir::properties::clause
