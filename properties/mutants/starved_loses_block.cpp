#include "properties/mutants.h"
#include "properties/mutants/blocks.h"
#include "properties/mutants/hoarding_sink.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "starved-loses-block";
constexpr std::string_view kBug =
    "When a buffer that holds something cannot grow, what does not fit is dropped and counted as "
    "written.";

class Layer final : public HoardingSink {
 public:
  using HoardingSink::HoardingSink;

 protected:
  bool forgives(std::size_t held) const override {
    if (held == 0) return false;
    note_fault();
    return true;
  }
};

Subject subject() {
  Recipe recipe;
  recipe.above_sink = wrap_sink<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant starved_loses_block = {
    kName,
    kBug,
    "allocation-fault",
    "",
    "payload   literal \"aaaaa\"\nmemory    good 3, fail-once\n",
    "allocation-fault",
    subject,
    // Delays are not enumerated, and without one the first allocation fails.
    "exhaustive",
};

}  // namespace weir::properties::mutant
