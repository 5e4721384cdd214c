// A run's report in the forms that people and machines read.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "golden_replays.h"
#include "open_cases.h"
#include "properties/runner.h"
#include "terminal.h"

namespace weir::cli {

/// What became of a clause on a subject.
enum class PairState { kSkipped, kNotRun, kHeld, kVacuous, kViolated };
PairState state_of(const properties::PairReport& pair) noexcept;
/// As in lists and reports, e.g. "not-run".
std::string_view to_string(PairState state) noexcept;

/// The command that repeats a finding. Precondition: it has a file.
std::string repro_command(const properties::Finding& finding);

/// What there is to know of a finding: what was promised, expected and seen, the smallest case, how
/// to repeat it.
std::string finding_block(const Terminal& terminal, const properties::Finding& finding);

/// What every other clause's violation may show in as well.
inline constexpr std::string_view kChainClause = "chain";
/// By which findings go from what is simple to what is not: the place of their clause in the
/// contract; a chain comes last.
std::pair<std::size_t, std::size_t> rank_of(std::string_view clause);

/// Clauses that one subject breaks in the same way, probably for one cause.
struct SharedCause {
  std::string subject;
  std::string kind;                                  ///< of violation
  std::vector<const properties::Finding*> findings;  ///< two or more, by rank
};
/// Of the findings in `report`, which outlives the result.
std::vector<SharedCause> shared_causes(const properties::Report& report);
/// One line each, wrapped: where to start.
std::string cause_lines(const Terminal& terminal, const properties::Report& report);

/// Cases whose payload took pieces of real files.
std::uint64_t cases_with_files(const properties::Report& report) noexcept;
/// One line that says so; nothing where no file was given.
std::string payload_line(const Terminal& terminal, const properties::Report& report);

/// Clauses by subjects as a table, with what was skipped and why below it. Subjects that do not fit
/// the terminal beside each other stand in blocks below each other.
std::string report_table(const Terminal& terminal, const properties::Plan& plan,
                         const properties::Report& report);
/// The same as one line a pair.
std::string report_lines(const properties::Plan& plan, const properties::Report& report);
/// What the cases were made of: sizes, operations, counters and discards by clause; then warnings
/// of what is lopsided.
std::string stats_block(const properties::Plan& plan, const properties::Report& report);
/// What is lopsided in the distribution of cases, a sentence each.
std::vector<std::string> skew_warnings(const properties::Plan& plan,
                                       const properties::Report& report);
/// Traits that might be claimed or dropped, one line each.
std::string hint_lines(const Terminal& terminal, const properties::Report& report);
/// One sentence, e.g. "stream.x/1 claims short_writes, and none of 412 cases made use of it: it may
/// not need it".
std::string hint_text(const properties::Hint& hint);
/// The exhaustive scopes: "exhaustive: 736,759 cases in 93 pairs, about 12 s".
std::string estimate_line(const properties::Plan& plan, const properties::Estimate& estimate);
/// Clauses with the number of their pairs, the size and the bound of their scope, what the sweep
/// has; what `check` would run with so many seeds.
std::string plan_lines(const properties::Plan& plan, std::uint64_t seeds, std::size_t width);
/// What the engines did in all, one line each.
std::string engine_lines(const Terminal& terminal, const properties::Report& report);

/// Paths of findings, and seconds from the start of the run until they were filed.
using FindingTimes = std::vector<std::pair<std::string, double>>;

/// What was collected over all pairs.
properties::Stats total_stats(const properties::Report& report) noexcept;

/// One JSON object, ending with a newline.
std::string report_json(const properties::Plan& plan, const properties::Report& report,
                        const GoldenReplays& goldens, const std::vector<OpenCase>& open,
                        const FindingTimes& found_after, int exit_code);
/// JUnit XML: a suite a subject, a test a clause; one suite for golden streams and one for open
/// cases, where there are any.
std::string report_junit(const properties::Plan& plan, const properties::Report& report,
                         const GoldenReplays& goldens, const std::vector<OpenCase>& open);

}  // namespace weir::cli
