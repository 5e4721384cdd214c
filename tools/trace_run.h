// The calls of one case, in order, also when the case takes its process down.
#pragma once

#include <vector>

#include "properties/case.h"
#include "properties/clause.h"
#include "properties/emit_test.h"
#include "properties/trace.h"

namespace weir::cli {

/// Runs `value` in a child of its own and returns its trace, as far as it came. Ends the child
/// after `seconds` of processor time or ten times as long asleep. Empty when there is nothing to be
/// had.
std::vector<properties::Event> record_trace(const properties::Clause& clause,
                                            const properties::Subject& subject,
                                            const properties::Case& value,
                                            const properties::PayloadFiles& files,
                                            unsigned seconds);

/// As record_trace, with the bytes of the run as far as they are not too long to be shown.
properties::RunRecord record_run(const properties::Clause& clause,
                                 const properties::Subject& subject, const properties::Case& value,
                                 const properties::PayloadFiles& files, unsigned seconds);

}  // namespace weir::cli
