#include "check_report.h"

#include <algorithm>
#include <cstdlib>

#include "exit_code.h"
#include "files.h"
#include "text.h"

namespace weir::cli {

using properties::Finding;
using properties::Plan;
using properties::Report;

namespace {

std::size_t count(const Report& report, PairState state) {
  return static_cast<std::size_t>(
      std::count_if(report.pairs.begin(), report.pairs.end(),
                    [&](const auto& pair) { return state_of(pair) == state; }));
}

// The last line: what it came to.
std::string conclusion(const Terminal& terminal, const CheckOutcome& outcome, int code) {
  const Report& report = outcome.report;
  const std::size_t not_run = count(report, PairState::kNotRun);
  const std::size_t applying = report.pairs.size() - count(report, PairState::kSkipped);
  const std::string gap =
      not_run == 0 ? std::string() : fmt::format("{} of {} pairs not run; ", not_run, applying);
  const std::string all = scope_text(outcome.plan, report);
  const std::size_t otherwise = count_otherwise(outcome.open);
  switch (code) {
    case kExitHeld:
      if (outcome.idle) return terminal.styled(Style::kGood, "nothing to do") + ": " + outcome.part;
      return terminal.styled(Style::kGood, "held") + ": " + all;
    case kExitViolated:
      return terminal.styled(Style::kBad, "violated") +
             fmt::format(": {}; {}{}{}{}", plural(report.findings.size(), "finding"),
                         outcome.goldens.broken.empty()
                             ? ""
                             : plural(outcome.goldens.broken.size(), "golden stream") + " broken; ",
                         otherwise == 0
                             ? ""
                             : plural(otherwise, "open case") + " violated in another way; ",
                         gap, all);
    case kExitInterrupted:
      return terminal.styled(Style::kWarn, "interrupted") +
             fmt::format(": {} kept; {}{}", plural(report.findings.size(), "finding"), gap, all);
    default:
      break;
  }
  if (not_run > 0) {
    return terminal.styled(Style::kWarn, "incomplete") +
           fmt::format(": {}the reasons stand above; {}", gap, all);
  }
  if (report.nothing_ran()) {
    return terminal.styled(Style::kWarn, "nothing ran") +
           ": no clause applies, or no engine had a case; the reasons stand above";
  }
  if (report.vacuous()) {
    return terminal.styled(Style::kWarn, "vacuous") +
           fmt::format(": {} proved nothing; {}",
                       plural(count(report, PairState::kVacuous), "pair"), all);
  }
  return terminal.styled(Style::kWarn, "could not run all") + ": " + all;
}

}  // namespace

std::string scope_text(const Plan& plan, const Report& report) {
  if (report.pairs.empty()) return "nothing ran";
  const std::uint64_t discarded = report.discarded();
  std::size_t clauses = 0;
  std::size_t others = 0;
  for (std::size_t c = 0; c < plan.clauses.size(); ++c) {
    const auto first = report.pairs.begin() + static_cast<std::ptrdiff_t>(c * plan.subjects.size());
    const auto end = first + static_cast<std::ptrdiff_t>(plan.subjects.size());
    // Those that have something to say of one of the subjects.
    if (std::any_of(first, end, [](const auto& pair) { return !pair.skipped(); })) {
      ++clauses;
    } else if (std::none_of(first, end, [](const auto& pair) { return pair.elsewhere; })) {
      ++others;
    }
  }
  return fmt::format(
      "{} on {}{}, {} in {}{}", plural(clauses, "clause"), plural(plan.subjects.size(), "subject"),
      others == 0   ? std::string()
      : others == 1 ? std::string(" (1 does not apply)")
                    : fmt::format(" ({} do not apply)", others),
      plural(report.cases - discarded, "case"), human_seconds(report.seconds),
      discarded == 0 ? "" : fmt::format(", {} more discarded", with_commas(discarded)));
}

int completeness_of(const Report& report) {
  const bool whole = report.errors.empty() && count(report, PairState::kNotRun) == 0;
  return whole && !report.nothing_ran() && !report.vacuous() ? kExitHeld : kExitCouldNotRun;
}

int exit_code_of(const CheckOutcome& outcome) {
  const Report& report = outcome.report;
  if (report.interrupted) return kExitInterrupted;
  if (!report.findings.empty() || !outcome.goldens.broken.empty() ||
      count_otherwise(outcome.open) > 0) {
    return kExitViolated;
  }
  if (!report.errors.empty() || count(report, PairState::kNotRun) > 0) return kExitCouldNotRun;
  if (outcome.idle) return kExitHeld;
  // Of several seeds a part has some: whether a pair is vacuous is for the whole to say.
  const bool judged = outcome.part.empty() || report.seeds == 1;
  if (report.nothing_ran() || (judged && report.vacuous())) return kExitCouldNotRun;
  return kExitHeld;
}

void print_outcome(const CheckOutcome& outcome, int code) {
  const Terminal terminal(1);
  const Plan& plan = outcome.plan;
  const Report& report = outcome.report;
  // Who sets the width has a use for the table, wherever it goes.
  if (terminal.interactive() || std::getenv("COLUMNS") != nullptr) {
    write_out(report_table(terminal, plan, report));
  } else {
    write_out(report_lines(plan, report));
  }
  for (const Finding& finding : report.findings) {
    write_out("\n" + finding_block(terminal, finding));
  }
  if (!outcome.goldens.broken.empty()) print("\n{}", golden_lines(outcome.goldens));
  print("\n{}{}{}{}", golden_count_line(terminal, outcome.goldens), engine_lines(terminal, report),
        open_lines(terminal, outcome.open), payload_line(terminal, report));
  if (!outcome.part.empty()) {
    print("  {}  {}\n", terminal.styled(Style::kDim, pad("part", 10)), outcome.part);
  }
  for (const std::string& note : outcome.notes) print("  note: {}\n", note);
  if (plan.collects) print("\n{}", stats_block(plan, report));
  const std::string hints = hint_lines(terminal, report);
  if (!hints.empty()) print("\n{}", hints);
  const std::string causes = cause_lines(terminal, report);
  if (!causes.empty()) print("\n{}", causes);
  print("\n{}\n", conclusion(terminal, outcome, code));
}

std::string outputs_problem(const std::string& json, const std::string& junit, int& code) {
  if (!json.empty() && !junit.empty() && same_place(json, junit)) {
    code = kExitUsage;
    return fmt::format("--json and --junit name the same place, '{}': each needs one of its own",
                       printable(json));
  }
  for (const std::string& path : {json, junit}) {
    if (path.empty() || path == "-") continue;
    const FileOutcome writable = check_writable(path);
    if (writable.ok()) continue;
    code = kExitCouldNotRun;
    return writable.error;
  }
  return {};
}

}  // namespace weir::cli
