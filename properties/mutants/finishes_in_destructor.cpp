#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "finishes-in-destructor";
constexpr std::string_view kBug =
    "The destructor of the writer closes what was not closed, so that an aborted stream looks "
    "complete.";

class Layer final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  ~Layer() override {
    note_fault();
    static_cast<void>(inner().close());
  }
};

Subject subject() {
  Recipe recipe;
  recipe.above_sink = wrap_sink<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant finishes_in_destructor = {
    kName, kBug, "abandon", "", "payload   literal \"a\"\n", "abandon", subject,
};

}  // namespace weir::properties::mutant
