// Seen in the field: boostorg/iostreams pull request 29: Do not check length_ before computing CRC.
// gzip_decompressor computed no checksum where nothing was given, so that an empty part behind
// another failed its check.
#include "properties/mutants.h"
#include "properties/mutants/framed.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "empty-member-keeps-total";
constexpr std::string_view kBug =
    "The checksum over a member starts anew with its first block: a member without any has that "
    "of the member before it.";

Subject subject() {
  Framed::Options options;
  options.fault = FramedFault::kEmptyKeepsTotal;
  return framed_subject(kName, kBug, options);
}

}  // namespace

const Mutant empty_member_keeps_total = {
    kName,
    kBug,
    "concatenation",
    "multi-member",
    "payload   literal \"a\"\n"
    "writes    1\n",
    "concatenation",
    subject,
    "",
    "boostorg/iostreams pull request 29: Do not check length_ before computing CRC",
};

}  // namespace weir::properties::mutant
