#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "prefix-version";
constexpr std::string_view kBug = "Every version that starts with 1 is read, 10 included.";

Subject subject() {
  Recipe recipe;
  recipe.accepts = [](std::string_view version) {
    if (!version.empty() && version.front() == '1' && !is_version_1(version)) note_fault();
    return !version.empty() && version.front() == '1';
  };
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant prefix_version = {
    kName, kBug, "version-rejected", "", "descriptor version \"10\"\n", "version-rejected", subject,
};

}  // namespace weir::properties::mutant
