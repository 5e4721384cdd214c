// What is tested, and what it claims (`@NAME@_contract list --traits` has all claims).
#include "properties/contract.h"

#include "codec.h"

using weir::properties::Trait;

std::vector<weir::properties::Subject> weir_subjects() {
  return {weir::properties::subject_of<Rot13>(
      "rotates letters by thirteen places",
      weir::properties::traits(Trait::kSizePreserving, Trait::kDeterministic, Trait::kFlushable,
                               Trait::kConcatenable, Trait::kMultiMember, Trait::kNonblocking,
                               Trait::kShortWrites, Trait::kPartialBelow))};
}
