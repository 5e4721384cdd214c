#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "block-takes-nothing";
constexpr std::string_view kBug =
    "When the sink below would block, write returns 0 instead of would_block.";

class Layer final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    const auto result = inner().write(input);
    if (failed_with(result, Code::kWouldBlock)) {
      note_fault();
      return std::size_t{0};
    }
    return result;
  }
};

Subject subject() {
  Recipe recipe;
  recipe.above_sink = wrap_sink<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant block_takes_nothing = {
    kName,
    kBug,
    "count-bounds",
    "would-block-write input-untouched progress sink-fault close-once",
    "payload   literal \"a\"\nsink      block\n",
    "would-block-write count-bounds",
    subject,
};

}  // namespace weir::properties::mutant
