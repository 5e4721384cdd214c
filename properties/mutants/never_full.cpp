#include "properties/mutants.h"
#include "properties/mutants/blocks.h"
#include "properties/mutants/hoarding_sink.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "never-full";
constexpr std::string_view kBug =
    "A sink that says that it holds back a block holds back all that it is given.";

constexpr std::uint64_t kHeldBytesMax = 16;

class Layer final : public HoardingSink {
 public:
  using HoardingSink::HoardingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    const auto result = HoardingSink::write(input);
    if (result.has_value() && *result > kHeldBytesMax) note_fault();
    return result;
  }
};

Subject subject() {
  Recipe recipe;
  recipe.above_sink = wrap_sink<Layer>;
  recipe.bounds.write_behind_bytes = kHeldBytesMax;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant never_full = {
    kName,   kBug, "write-behind-bound", "", "payload   literal \"a\"\n", "write-behind-bound",
    subject,
};

}  // namespace weir::properties::mutant
