#include "properties/mutants.h"
#include "properties/mutants/framed.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "swallows-unused";
constexpr std::string_view kBug =
    "The reader reads ahead and ends behind the first member, but does not give back to the source "
    "below what it read beyond it.";

Subject subject() {
  Framed::Options options;
  options.multi_member = false;
  options.stops_exactly = true;
  options.fault = FramedFault::kStopsAtFirstEnd;
  return framed_subject(kName, kBug, options);
}

}  // namespace

const Mutant swallows_unused = {
    kName, kBug, "end-position", "", "payload   literal \"a\"\n", "end-position", subject,
};

}  // namespace weir::properties::mutant
