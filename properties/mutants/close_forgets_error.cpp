#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "close-forgets-error";
constexpr std::string_view kBug = "Closing again reports success, whatever the first close said.";

class Layer final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<void> close() override {
    if (closed_) {
      if (!inner().close().has_value()) note_fault();
      return {};
    }
    const auto result = inner().close();
    closed_ = !failed_with(result, Code::kWouldBlock);
    return result;
  }

 private:
  bool closed_ = false;
};

Subject subject() {
  Recipe recipe;
  recipe.above_sink = wrap_sink<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant close_forgets_error = {
    kName,
    kBug,
    "close-fault",
    "close-once after-fault",
    "payload   literal \"a\"\nsink      fail-once EIO\n",
    "close-fault close-once after-fault",
    subject,
};

}  // namespace weir::properties::mutant
