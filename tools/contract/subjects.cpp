// What a project's fuzz target is about. Compiled by weir_add_contract.
#include <cstdio>
#include <cstdlib>

#include "fuzz/target.h"
#include "properties/contract.h"
#include "properties/roster.h"

void weir::fuzz::bring_subjects() {
  const std::string problem = weir::properties::bring_contract(weir_subjects(), weir_clauses());
  if (problem.empty()) return;
  std::fprintf(stderr, "weir: %s\n", problem.c_str());
  std::exit(3);
}
