#include "properties/mutants.h"
#include "properties/mutants/framed.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "empty-member-is-end";
constexpr std::string_view kBug =
    "A member without payload is taken for the end mark, although further members stand "
    "behind it.";

Subject subject() {
  Framed::Options options;
  options.fault = FramedFault::kEmptyMemberIsEnd;
  return framed_subject(kName, kBug, options);
}

}  // namespace

const Mutant empty_member_is_end = {
    kName,
    kBug,
    "concatenation",
    "trailing-garbage multi-member",
    "payload   literal \"a\"\n",
    "concatenation",
    subject,
};

}  // namespace weir::properties::mutant
