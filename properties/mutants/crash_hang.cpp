#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "crash-hang";
constexpr std::string_view kBug = "Three bytes in one read send the decoder into an endless loop.";

// The counter is volatile so that the loop may not be optimised away.
void spin() {
  for (volatile bool forever = true; forever;) {
  }
}

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    const auto result = inner().read(output);
    if (result.has_value() && *result >= 3) {
      note_fault();
      spin();
    }
    return result;
  }
};

Subject subject() {
  Recipe recipe;
  recipe.above_source = wrap_source<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant crash_hang = {
    kName, kBug, "round-trip", "*", "payload   literal \"aaa\"\n", "*", subject,
};

}  // namespace weir::properties::mutant
