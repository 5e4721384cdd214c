#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "minor-of-one-digit";
constexpr std::string_view kBug =
    "Of the minor version one digit is read, and what stands behind it is refused: 1.10 is "
    "unknown.";

Subject subject() {
  Recipe recipe;
  recipe.accepts = [](std::string_view version) {
    constexpr std::size_t kLongest = std::string_view("1.9").size();
    if (is_version_1(version) && version.size() > kLongest) note_fault();
    return is_version_1(version) && version.size() <= kLongest;
  };
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant minor_of_one_digit = {
    kName,
    kBug,
    "version-compatible",
    "",
    "payload   literal \"a\"\n"
    "descriptor minor \"10\"\n",
    "version-compatible",
    subject,
};

}  // namespace weir::properties::mutant
