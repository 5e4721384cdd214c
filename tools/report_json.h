// Parts of reports for programs, for verbs that put them into one of their own.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "fuzz_session.h"
#include "properties/finding.h"
#include "report.h"

namespace weir::cli {

nlohmann::ordered_json finding_json(const properties::Finding& finding);
/// What finding_json wrote. Throws std::runtime_error where its case cannot be read, and what the
/// JSON library throws for a field that is missing or of another type.
properties::Finding read_finding(const nlohmann::ordered_json& from);
nlohmann::ordered_json targets_json(std::span<const FuzzTargetReport> targets);

/// What report_json writes.
nlohmann::ordered_json report_object(const properties::Plan& plan, const properties::Report& report,
                                     const GoldenReplays& goldens,
                                     const std::vector<OpenCase>& open,
                                     const FindingTimes& found_after, int exit_code);

/// What `weir fuzz --json` writes: one object, ending with a newline.
std::string fuzz_json(const FuzzResults& results, std::uint64_t seed, bool was_interrupted,
                      int exit_code);

}  // namespace weir::cli
