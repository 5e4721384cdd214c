#include "properties/mutants.h"
#include "properties/mutants/framed.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "own-byte-order";
constexpr std::string_view kBug =
    "Writer and reader put checksums in another byte order than the format has: they understand "
    "each "
    "other, and nobody else.";

Subject subject() {
  Framed::Options options;
  options.fault = FramedFault::kOwnByteOrder;
  return framed_pair(kName, kBug, options);
}

}  // namespace

const Mutant own_byte_order = {
    kName,
    kBug,
    "interop-decodes",
    "interop-accepts",
    "payload   literal \"a\"\n",
    "interop-decodes",
    subject,
};

}  // namespace weir::properties::mutant
