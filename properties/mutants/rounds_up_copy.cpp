#include <algorithm>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "rounds-up-copy";
constexpr std::string_view kBug =
    "The decoder copies whole words of eight bytes into the span, beyond what it returns.";

constexpr std::size_t kWordBytes = 8;

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    const auto result = inner().read(output);
    if (!result.has_value() || *result == 0) return result;
    const std::size_t words = (*result + kWordBytes - 1) / kWordBytes * kWordBytes;
    if (*result < std::min(words, output.size())) note_fault();
    for (std::size_t i = *result; i < std::min(words, output.size()); ++i) output[i] = output[0];
    return result;
  }
};

Subject subject() {
  Recipe recipe;
  recipe.above_source = wrap_source<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant rounds_up_copy = {
    kName,   kBug, "output-bounds", "garbage", "payload   literal \"a\"\n", "output-bounds garbage",
    subject,
};

}  // namespace weir::properties::mutant
