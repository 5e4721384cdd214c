#include "properties/mutants.h"
#include "properties/mutants/framed.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "stops-at-first-member";
constexpr std::string_view kBug =
    "The reader stops behind the first member and passes over all that follows.";

Subject subject() {
  Framed::Options options;
  options.fault = FramedFault::kStopsAtFirstEnd;
  return framed_subject(kName, kBug, options);
}

}  // namespace

const Mutant stops_at_first_member = {
    kName,
    kBug,
    "concatenation",
    "trailing-garbage multi-member",
    "payload   literal \"ab\"\n",
    "concatenation multi-member",
    subject,
};

}  // namespace weir::properties::mutant
