// Which descriptors a reader must accept and which it must refuse.
#pragma once

#include "weir/descriptor.h"

namespace weir::properties {

/// Whether a reader of `own` must read `edited`: the same name, and a version whose part before the
/// first '.' is the same.
inline bool is_compatible(const Descriptor& edited, const Descriptor& own) {
  if (edited.name() != own.name() || !edited.has_version() || !own.has_version()) return false;
  return edited.version().substr(0, edited.version().find('.')) ==
         own.version().substr(0, own.version().find('.'));
}

}  // namespace weir::properties
