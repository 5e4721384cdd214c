#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "flush-swallows";
constexpr std::string_view kBug =
    "flush reports success although the flush of the sink below failed.";

class Layer final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<void> flush() override {
    const auto result = inner().flush();
    if (result.has_value() || result.error().code == Code::kWouldBlock) return result;
    note_fault();
    return {};
  }
};

Subject subject() { return sink_subject<Layer>(kName, kBug); }

}  // namespace

const Mutant flush_swallows = {
    kName,
    kBug,
    "flush-fault",
    "",
    "payload   literal \"a\"\nwrites    1, flush\nsink      fail-once EIO\n",
    "flush-fault",
    subject,
};

}  // namespace weir::properties::mutant
