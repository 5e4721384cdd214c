#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "block-loses-piece";
constexpr std::string_view kBug =
    "When the sink below would block, the piece is dropped as if it had been taken.";

class Layer final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    const auto result = inner().write(input);
    if (failed_with(result, Code::kWouldBlock)) {
      note_fault();
      return input.size();
    }
    return result;
  }
};

Subject subject() {
  Recipe recipe;
  recipe.below_sink = wrap_sink<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant block_loses_piece = {
    kName,
    kBug,
    "would-block-write",
    "sink-fault close-once count-bounds progress input-untouched",
    "payload   literal \"a\"\nsink      block\n",
    "would-block-write",
    subject,
};

}  // namespace weir::properties::mutant
