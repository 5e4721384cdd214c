#include "properties/command_subject.h"
#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "exit-code-of-success";
constexpr std::string_view kBug =
    "The command ends with exit code 0 whatever became of its output: what its last write said is "
    "not looked at.";

// A command that is a function: it does well, and says so.
Subject subject() {
  Subject made = make_subject(kName, kBug, Recipe{});
  made.run_command = [](Side, std::span<const std::byte>, OutputTo output) -> Result<int> {
    if (output != OutputTo::kPipe) note_fault();
    return 0;
  };
  return made;
}

}  // namespace

const Mutant exit_code_of_success = {
    kName, kBug, "full-output", "", "payload   literal \"a\"\n", "full-output", subject,
};

}  // namespace weir::properties::mutant
