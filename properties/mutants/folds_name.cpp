#include <algorithm>
#include <vector>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "folds-name";
constexpr std::string_view kBug = "Names are looked up in lower case.";

std::string lower_name(const std::string& descriptor) {
  std::string folded = descriptor;
  for (char& letter : folded) {
    if (letter == '/') break;
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return folded;
}

Subject subject() {
  Subject made = make_subject(kName, kBug, Recipe{});
  made.from_descriptor_list =
      [lookup = made.from_descriptor_list](std::span<const std::string> descriptors) {
        std::vector<std::string> folded;
        for (const std::string& descriptor : descriptors) folded.push_back(lower_name(descriptor));
        if (!std::equal(folded.begin(), folded.end(), descriptors.begin())) note_fault();
        return lookup(folded);
      };
  return made;
}

}  // namespace

const Mutant folds_name = {
    kName,
    kBug,
    "name-rejected",
    "list-atomic version-rejected",
    "descriptor flip-case 0\n",
    "name-rejected",
    subject,
};

}  // namespace weir::properties::mutant
