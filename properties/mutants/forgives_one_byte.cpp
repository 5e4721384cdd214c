#include "properties/mutants.h"
#include "properties/mutants/framed.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "forgives-one-byte";
constexpr std::string_view kBug =
    "Behind a complete member the reader waits for a whole magic number, and a stream that "
    "ends after one byte of it ends without a word.";

Subject subject() {
  Framed::Options options;
  options.fault = FramedFault::kShortRestIgnored;
  return framed_subject(kName, kBug, options);
}

}  // namespace

const Mutant forgives_one_byte = {
    kName,
    kBug,
    "trailing-garbage",
    "",
    "payload   literal \"a\"\ndamage    flip 0 bit 0\n",
    "trailing-garbage",
    subject,
};

}  // namespace weir::properties::mutant
