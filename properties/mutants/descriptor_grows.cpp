#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "descriptor-grows";
constexpr std::string_view kBug =
    "An instance made from a version describes itself as that version with a minor number "
    "appended, again at every trip.";

Subject subject() {
  Recipe recipe;
  recipe.describes = [](std::string_view version) {
    note_fault();
    return "mutant." + std::string(kName) + "/" + std::string(version) + ".0";
  };
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant descriptor_grows = {
    kName, kBug, "descriptor-round-trip", "", "", "descriptor-round-trip", subject,
};

}  // namespace weir::properties::mutant
