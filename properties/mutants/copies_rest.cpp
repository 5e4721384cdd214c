#include "properties/mutants.h"
#include "properties/mutants/framed.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "copies-rest";
constexpr std::string_view kBug =
    "What stands behind a member and has not its magic number is passed on as it is, as gzip "
    "once did with what followed a file.";

Subject subject() {
  Framed::Options options;
  options.fault = FramedFault::kRestIsRaw;
  return framed_subject(kName, kBug, options);
}

}  // namespace

const Mutant copies_rest = {
    kName,
    kBug,
    "trailing-garbage",
    "",
    "payload   literal \"a\"\ndamage    append \"x\"\n",
    "trailing-garbage",
    subject,
};

}  // namespace weir::properties::mutant
