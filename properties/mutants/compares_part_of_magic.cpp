#include "properties/mutants.h"
#include "properties/mutants/framed.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "compares-part-of-magic";
constexpr std::string_view kBug =
    "Of the magic number only as many bytes are compared as the first read happened to give.";

Subject subject() {
  Framed::Options options;
  options.fault = FramedFault::kPrefixOfMagic;
  return framed_subject(kName, kBug, options);
}

}  // namespace

const Mutant compares_part_of_magic = {
    kName,
    kBug,
    "first-read",
    "",
    "payload   literal \"a\"\ndamage    flip 1 bit 0\nsource    give 1\n",
    "first-read",
    subject,
    // Needs an encoded stream that is damaged; the sweep puts faults only.
    "sweep",
};

}  // namespace weir::properties::mutant
