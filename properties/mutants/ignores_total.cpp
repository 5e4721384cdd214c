#include "properties/mutants.h"
#include "properties/mutants/framed.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "ignores-total";
constexpr std::string_view kBug =
    "The reader checks every block, but compares no checksum over the whole payload, so the "
    "order and number of blocks may be anything.";

Subject subject() {
  Framed::Options options;
  options.fault = FramedFault::kIgnoresTotal;
  return framed_subject(kName, kBug, options);
}

}  // namespace

const Mutant ignores_total = {
    kName,
    kBug,
    "splice",
    "corruption",
    "payload   literal \"aaaaaaaa\"\ndamage    cut 7\n",
    "splice",
    subject,
    // Needs a payload of more than one block, and a splice.
    "exhaustive",
};

}  // namespace weir::properties::mutant
