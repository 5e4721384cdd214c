#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "zero-byte-ends-version";
constexpr std::string_view kBug =
    "The version is compared as a string of C: what stands behind a zero byte is not seen.";

Subject subject() {
  Recipe recipe;
  recipe.accepts = [](std::string_view version) {
    const std::string_view seen = version.substr(0, version.find('\0'));
    if (is_version_1(seen) && !is_version_1(version)) note_fault();
    return is_version_1(seen);
  };
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant zero_byte_ends_version = {
    kName,
    kBug,
    "version-rejected",
    "",
    "descriptor version \"1\\x00x\"\n",
    "version-rejected",
    subject,
    // Needs a version with a zero byte behind the 1.
    "exhaustive",
};

}  // namespace weir::properties::mutant
