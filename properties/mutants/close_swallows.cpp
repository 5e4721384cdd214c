#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "close-swallows";
constexpr std::string_view kBug =
    "close always reports success: an error while the last bytes are written goes unnoticed.";

class Layer final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<void> close() override {
    const auto result = inner().close();
    if (failed_with(result, Code::kWouldBlock)) return result;
    if (!result.has_value()) note_fault();
    return {};
  }
};

Subject subject() {
  Recipe recipe;
  recipe.base = "stream.zstd/1";
  recipe.above_sink = wrap_sink<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant close_swallows = {
    kName,
    kBug,
    "sink-fault",
    "close-once flush-fault close-fault close-reports after-fault allocation-fault distrust",
    "payload   literal \"a\"\nsink      fail ENOSPC\n",
    "sink-fault close-fault close-reports",
    subject,
};

}  // namespace weir::properties::mutant
