// What is tested, and what it claims (`@NAME@_contract list --traits` has all claims).
#include "properties/contract.h"

#include "properties/shapes/iostream.h"
#include "streams.h"

using namespace weir::properties;

std::vector<Subject> weir_subjects() {
  return {shapes::iostream_subject(
      "example.@NAME@/1", "rotates letters by thirteen places",
      shapes::kIostreamTraits | traits(Trait::kSizePreserving, Trait::kDeterministic,
                                       Trait::kFlushable, Trait::kConcatenable,
                                       Trait::kMultiMember),
      {[](std::ostream& below) { return std::make_unique<Rot13Ostream>(below); },
       [](std::istream& below) { return std::make_unique<Rot13Istream>(below); }})};
}
