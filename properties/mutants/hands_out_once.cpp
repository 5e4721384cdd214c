#include "properties/mutants.h"
#include "properties/mutants/stateful_extension.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "hands-out-once";
constexpr std::string_view kBug =
    "An extension gives away the instance that it was registered with, and has none for the second "
    "list.";

Subject subject() {
  return stateful_subject(kName, kBug, [] {
    return [given = std::make_shared<bool>(false)](
               std::string_view, const auto& make) -> Result<std::unique_ptr<StreamTransform>> {
      if (*given) {
        note_fault();
        return fail(Code::kInvalidArgument, "in use");
      }
      auto made = make();
      *given = made.has_value();
      return made;
    };
  });
}

}  // namespace

const Mutant hands_out_once = {
    kName,
    kBug,
    "registry-hygiene",
    "chain list-atomic",
    "chain     subject\n",
    "registry-hygiene",
    subject,
};

}  // namespace weir::properties::mutant
