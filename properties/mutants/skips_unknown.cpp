#include <vector>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "skips-unknown";
constexpr std::string_view kBug =
    "A list is read with the descriptors left out that are not understood.";

using Transforms = std::vector<std::unique_ptr<StreamTransform>>;

Subject subject() {
  Subject made = make_subject(kName, kBug, Recipe{});
  made.from_descriptor_list = [lookup = made.from_descriptor_list](
                                  std::span<const std::string> descriptors) -> Result<Transforms> {
    if (descriptors.size() == 1) return lookup(descriptors);
    Transforms all;
    for (const std::string& descriptor : descriptors) {
      auto one = lookup(std::span(&descriptor, 1));
      if (!one.has_value()) note_fault();
      if (one.has_value()) all.push_back(std::move(one->front()));
    }
    return all;
  };
  return made;
}

}  // namespace

const Mutant skips_unknown = {
    kName,
    kBug,
    "list-atomic",
    "chain version-rejected name-rejected",
    "chain     damaged, subject\ndescriptor drop-version\n",
    "list-atomic",
    subject,
};

}  // namespace weir::properties::mutant
