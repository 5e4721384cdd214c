#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "ignores-count";
constexpr std::string_view kBug =
    "The encoder writes to the sink below once and does not look how much was taken.";

class Layer final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    const auto result = inner().write(input);
    if (!result.has_value()) return result;
    if (*result < input.size()) note_fault();
    return input.size();
  }
};

Subject subject() {
  Recipe recipe;
  recipe.below_sink = wrap_sink<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant ignores_count = {
    kName,
    kBug,
    "short-sink-writes",
    "would-block-write sink-fault close-once input-untouched count-bounds progress chain distrust "
    "flush-readable",
    "payload   literal \"ab\"\nsink      take 1\n",
    "short-sink-writes would-block-write",
    subject,
};

}  // namespace weir::properties::mutant
