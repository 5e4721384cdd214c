#include "properties/mutants.h"
#include "properties/mutants/framed.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "forgives-rest";
constexpr std::string_view kBug =
    "Behind the first member the reader takes what is no further member for padding and ends "
    "without a word.";

Subject subject() {
  Framed::Options options;
  options.fault = FramedFault::kForeignRestIgnored;
  return framed_subject(kName, kBug, options);
}

}  // namespace

const Mutant forgives_rest = {
    kName,
    kBug,
    "trailing-garbage",
    "",
    "payload   literal \"a\"\ndamage    append \"x\"\n",
    "trailing-garbage",
    subject,
};

}  // namespace weir::properties::mutant
