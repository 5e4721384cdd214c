// What is tested, and what it claims (`@NAME@_contract list --traits` has all claims).
#include "properties/contract.h"

#include "codec.h"

using weir::properties::Trait;

std::vector<weir::properties::Subject> weir_subjects() {
  return {weir::properties::subject_of<Zstd>(
      "compresses with libzstd",
      weir::properties::traits(Trait::kDeterministic, Trait::kDetectsTruncation,
                               Trait::kDetectsCorruption, Trait::kFlushable, Trait::kConcatenable,
                               Trait::kMultiMember, Trait::kNonblocking, Trait::kShortWrites,
                               Trait::kPartialBelow))};
}
