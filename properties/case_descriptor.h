// From descriptor edits to an edited descriptor.
#pragma once

#include <string>
#include <string_view>

#include "properties/case.h"

namespace weir::properties {

/// `own` after the descriptor field of `value`, edit by edit. Places count modulo the length at
/// that moment, so that -1 is the last byte; what reaches beyond the end stops there. The result
/// may be any text, longer than a descriptor may be, or equal to `own`.
std::string edited_descriptor(const Case& value, std::string_view own);

}  // namespace weir::properties
