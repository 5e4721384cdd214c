#include "properties/mutants.h"
#include "properties/mutants/blocks.h"
#include "properties/mutants/framed.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "grows-a-frame";
constexpr std::string_view kBug =
    "The format got a frame with checksums; that it keeps the size is still claimed.";

class Layer final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<void> close() override {
    note_fault();
    return inner().close();
  }
};

Subject subject() {
  Recipe recipe;
  recipe.traits = framed_traits({}) | traits(Trait::kSizePreserving);
  recipe.make_base = [] { return std::make_unique<Framed>(Framed::Options{}); };
  recipe.above_sink = wrap_sink<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant grows_a_frame = {
    kName, kBug, "round-trip", "", "payload   literal \"\"\n", "round-trip", subject,
};

}  // namespace weir::properties::mutant
