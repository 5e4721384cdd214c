#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "reads-after-failure";
constexpr std::string_view kBug =
    "A read that failed is forgotten: the next one asks the source below again.";

class Layer final : public BareSource {
 public:
  using BareSource::BareSource;

 protected:
  bool refuses() const override {
    if (state().failed() && !state().closed()) note_fault();
    return state().closed();
  }
};

Subject subject() { return bare_subject<BareSink, Layer>(kName, kBug); }

}  // namespace

const Mutant reads_after_failure = {
    kName,
    kBug,
    "after-fault",
    "distrust",
    "payload   literal \"a\"\nsource    fail-once EIO\n",
    "after-fault",
    subject,
};

}  // namespace weir::properties::mutant
