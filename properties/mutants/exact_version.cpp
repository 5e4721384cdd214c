#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "exact-version";
constexpr std::string_view kBug =
    "Only the version \"1\" is read: files of a newer minor release are refused.";

Subject subject() {
  Recipe recipe;
  recipe.accepts = [](std::string_view version) {
    if (version != "1" && is_version_1(version)) note_fault();
    return version == "1";
  };
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant exact_version = {
    kName,   kBug, "version-compatible", "", "descriptor minor \".9\"\n", "version-compatible",
    subject,
};

}  // namespace weir::properties::mutant
