#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "believes-taken";
constexpr std::string_view kBug =
    "A sink below that says it took more than it was offered is believed to have taken all.";

class Layer final : public BufferingSink {
 public:
  using BufferingSink::BufferingSink;

 protected:
  Result<void> drain() override {
    while (!held().empty()) {
      const auto taken = inner().write(held());
      if (!taken.has_value()) return fail(taken.error());
      if (*taken > held().size()) note_fault();
      passed(std::min(*taken, held().size()));
    }
    return {};
  }
};

Subject subject() { return sink_subject<Layer>(kName, kBug); }

}  // namespace

const Mutant believes_taken = {
    kName,      kBug,    "distrust", "", "payload   literal \"a\"\nsink      claim more 1\n",
    "distrust", subject,
};

}  // namespace weir::properties::mutant
