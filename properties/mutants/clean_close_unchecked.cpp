#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "clean-close-unchecked";
constexpr std::string_view kBug =
    "Where nothing was written since the last flush, close thinks that it has nothing to lose and "
    "does not look at errors.";

class Layer final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    dirty_ = dirty_ || !input.empty();
    return inner().write(input);
  }
  Result<void> flush() override {
    const auto result = inner().flush();
    if (result.has_value()) dirty_ = false;
    return result;
  }
  Result<void> close() override {
    const auto result = inner().close();
    if (dirty_ || result.has_value() || result.error().code == Code::kWouldBlock) return result;
    note_fault();
    return {};
  }

 private:
  bool dirty_ = false;
};

Subject subject() {
  Recipe recipe;
  recipe.base = "stream.zstd/1";
  recipe.above_sink = wrap_sink<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant clean_close_unchecked = {
    kName,
    kBug,
    "close-reports",
    "close-fault sink-fault flush-fault after-fault allocation-fault distrust",
    "payload   literal \"a\"\nwrites    1, flush\nsink      fail-once EIO\n",
    "close-reports close-fault",
    subject,
};

}  // namespace weir::properties::mutant
