#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "busy-wait";
constexpr std::string_view kBug =
    "A reader that is told would_block asks again until there is something, in a tight loop.";

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    for (;;) {
      const auto result = inner().read(output);
      if (!failed_with(result, Code::kWouldBlock)) return result;
      note_fault();
    }
  }
};

Subject subject() {
  Recipe recipe;
  recipe.below_source = wrap_source<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant busy_wait = {
    kName, kBug, "progress", "", "payload   literal \"a\"\nsource    block\n", "progress", subject,
};

}  // namespace weir::properties::mutant
