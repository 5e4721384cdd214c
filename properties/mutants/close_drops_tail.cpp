#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "close-drops-tail";
constexpr std::string_view kBug =
    "close writes what is still held back, and closes whether or not that worked.";

class Layer final : public BufferingSink {
 public:
  using BufferingSink::BufferingSink;
  Result<void> close() override {
    if (state().open()) {
      const auto drained = drain();
      if (failed_with(drained, Code::kWouldBlock)) return drained;
      if (!drained.has_value()) {
        note_fault();
        passed(held().size());
      }
    }
    return BufferingSink::close();
  }
};

Subject subject() { return sink_subject<Layer>(kName, kBug); }

}  // namespace

const Mutant close_drops_tail = {
    kName,
    kBug,
    "close-reports",
    "distrust",
    "payload   literal \"a\"\nsink      fail-once EIO\n",
    "close-reports",
    subject,
};

}  // namespace weir::properties::mutant
