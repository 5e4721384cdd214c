#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "names-base";
constexpr std::string_view kBug =
    "descriptor() was copied from the transform that it began as and still names that one.";

Subject subject() {
  Recipe recipe;
  recipe.base = "stream.rot13/1";
  recipe.describes = [](std::string_view) {
    note_fault();
    return std::string("stream.rot13/1");
  };
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant names_base = {
    kName,
    kBug,
    "descriptor-own",
    "list-atomic descriptor-round-trip version-compatible version-rejected chain",
    "chain     subject\n",
    "descriptor-own",
    subject,
};

}  // namespace weir::properties::mutant
