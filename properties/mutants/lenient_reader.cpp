#include "properties/mutants.h"
#include "properties/mutants/framed.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "lenient-reader";
constexpr std::string_view kBug =
    "What stands behind a member and is none is skipped, where other readers of the format refuse "
    "the stream.";

Subject subject() {
  Framed::Options options;
  options.fault = FramedFault::kForeignRestIgnored;
  return framed_pair(kName, kBug, options);
}

}  // namespace

const Mutant lenient_reader = {
    kName,
    kBug,
    "interop-accepts",
    "",
    "payload   literal \"a\"\ndamage    append \"b\"\n",
    "interop-accepts",
    subject,
};

}  // namespace weir::properties::mutant
