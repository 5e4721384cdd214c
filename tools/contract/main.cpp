// The main of a project's own program. Compiled by weir_add_contract, which says its name.
#include "properties/contract.h"
#include "tools/command_line.h"

int main(int argc, char** argv) {
  return weir::cli::run_contract({WEIR_CONTRACT_NAME, weir_subjects, weir_clauses}, argc, argv);
}
