#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "close-loses-error";
constexpr std::string_view kBug = "close does not look at what closing the sink below gave.";

class Layer final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<void> close() override {
    const auto result = inner().close();
    if (result.has_value() || result.error().code == Code::kWouldBlock) return result;
    note_fault();
    return {};
  }
};

Subject subject() { return sink_subject<Layer>(kName, kBug); }

}  // namespace

const Mutant close_loses_error = {
    kName,
    kBug,
    "close-fault",
    "close-reports sink-fault",
    "payload   literal \"a\"\nsink      fail-once EIO\n",
    "close-fault close-reports",
    subject,
};

}  // namespace weir::properties::mutant
