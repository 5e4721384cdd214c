#include <optional>

#include "properties/mutants.h"
#include "properties/mutants/stateful_extension.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "refusal-sticks";
constexpr std::string_view kBug =
    "An extension remembers the refusal of a version that it does not read, and repeats it for "
    "those that it does.";

Subject subject() {
  return stateful_subject(kName, kBug, [] {
    return [refusal = std::make_shared<std::optional<Error>>()](
               std::string_view, const auto& make) -> Result<std::unique_ptr<StreamTransform>> {
      if (refusal->has_value()) {
        note_fault();
        return fail(**refusal);
      }
      auto made = make();
      if (!made.has_value()) *refusal = made.error();
      return made;
    };
  });
}

}  // namespace

const Mutant refusal_sticks = {
    kName,
    kBug,
    "registry-hygiene",
    "",
    "chain     damaged\ndescriptor drop-version\n",
    "registry-hygiene",
    subject,
};

}  // namespace weir::properties::mutant
