// For projects that have no clauses of their own.
#include "properties/contract.h"

[[gnu::weak]] std::vector<const weir::properties::Clause*> weir_clauses() { return {}; }
