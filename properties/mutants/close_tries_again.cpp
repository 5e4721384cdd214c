#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "close-tries-again";
constexpr std::string_view kBug =
    "When closing the sink below fails it is tried once more, and what that gives counts.";

class Layer final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<void> close() override {
    const auto result = inner().close();
    if (result.has_value() || result.error().code == Code::kWouldBlock) return result;
    note_fault();
    return inner().close();
  }
};

Subject subject() { return sink_subject<Layer>(kName, kBug); }

}  // namespace

const Mutant close_tries_again = {
    kName,
    kBug,
    "close-fault",
    "close-reports close-once after-fault",
    "payload   literal \"a\"\nsink      fail-once EIO\n",
    "close-fault close-reports",
    subject,
};

}  // namespace weir::properties::mutant
