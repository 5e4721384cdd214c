#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "leftover-unchecked";
constexpr std::string_view kBug =
    "What a short write of the buffer left over is written again without a look at whether that "
    "worked.";

class Layer final : public BufferingSink {
 public:
  using BufferingSink::BufferingSink;

 protected:
  Result<void> drain() override {
    for (bool first = true; !held().empty(); first = false) {
      const auto taken = write_below(inner(), held());
      if (taken.has_value()) {
        passed(*taken);
        continue;
      }
      if (first || taken.error().code == Code::kWouldBlock) return fail(taken.error());
      note_fault();
      passed(held().size());
    }
    return {};
  }
};

Subject subject() { return sink_subject<Layer>(kName, kBug); }

}  // namespace

const Mutant leftover_unchecked = {
    kName,
    kBug,
    "flush-fault",
    "close-reports distrust",
    "payload   literal \"ab\"\nwrites    2, flush\nsink      take 1, fail-once EIO\n",
    "flush-fault",
    subject,
    // Needs five operations: a write, a flush, and a short write before a passing fault.
    "exhaustive sweep",
};

}  // namespace weir::properties::mutant
