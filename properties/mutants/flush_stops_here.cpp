#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "flush-stops-here";
constexpr std::string_view kBug =
    "flush passes on what is held back and does not flush the sink below.";

class Layer final : public BufferingSink {
 public:
  using BufferingSink::BufferingSink;
  Result<void> flush() override {
    if (!state().open()) return state().refusal();
    note_fault();
    const auto drained = drain();
    if (!drained.has_value()) return state().failing(drained.error());
    return {};
  }
};

Subject subject() { return sink_subject<Layer>(kName, kBug); }

}  // namespace

const Mutant flush_stops_here = {
    kName,
    kBug,
    "flush-forwards",
    "",
    "payload   literal \"a\"\nwrites    1, flush\n",
    "flush-forwards",
    subject,
};

}  // namespace weir::properties::mutant
