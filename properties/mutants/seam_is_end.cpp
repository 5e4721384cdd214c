#include "properties/mutants.h"
#include "properties/mutants/framed.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "seam-is-end";
constexpr std::string_view kBug =
    "A member that ends exactly where the bytes read so far end is taken for the last one, "
    "as readers of gzip did that asked the stream below what was available.";

Subject subject() {
  Framed::Options options;
  options.fault = FramedFault::kSeamIsEnd;
  return framed_subject(kName, kBug, options);
}

}  // namespace

const Mutant seam_is_end = {
    kName,
    kBug,
    "concatenation",
    "trailing-garbage first-read multi-member",
    "payload   literal \"ab\"\n",
    "concatenation multi-member",
    subject,
};

}  // namespace weir::properties::mutant
