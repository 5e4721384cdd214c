#include "properties/mutants.h"
#include "properties/mutants/framed.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "cut-total-passes";
constexpr std::string_view kBug =
    "The checksum over all is compared when it has come; a stream that is cut within it is taken "
    "as it is.";

Subject subject() {
  Framed::Options options;
  options.fault = FramedFault::kCutTotalPasses;
  return framed_subject(kName, kBug, options);
}

}  // namespace

const Mutant cut_total_passes = {
    kName,
    kBug,
    "truncation",
    "splice",
    "payload   literal \"a\"\n"
    "damage    cut -1\n",
    "truncation",
    subject,
};

}  // namespace weir::properties::mutant
