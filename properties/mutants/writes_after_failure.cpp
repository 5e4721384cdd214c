#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "writes-after-failure";
constexpr std::string_view kBug =
    "A write that failed is forgotten: the next one goes to the sink below.";

class Layer final : public BareSink {
 public:
  using BareSink::BareSink;

 protected:
  bool refuses() const override {
    if (state().failed() && !state().closed()) note_fault();
    return state().closed();
  }
};

Subject subject() { return bare_subject<Layer, BareSource>(kName, kBug); }

}  // namespace

const Mutant writes_after_failure = {
    kName,
    kBug,
    "after-fault",
    "flush-fault distrust",
    "payload   literal \"a\"\nsink      fail-once EIO\n",
    "after-fault",
    subject,
};

}  // namespace weir::properties::mutant
