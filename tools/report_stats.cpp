// What a run's cases were made of, what would run, and what might be claimed.
#include <algorithm>
#include <map>
#include <numeric>

#include "foreign.h"
#include "properties/engine.h"
#include "report.h"
#include "text.h"

namespace weir::cli {

using properties::Counter;
using properties::Counters;
using properties::EngineId;
using properties::Hint;
using properties::PairReport;
using properties::Plan;
using properties::Report;
using properties::Stats;
using properties::VerbKind;

namespace {

constexpr std::size_t kBarWidth = 30;
// Fewer cases than this are too few to speak of a distribution.
constexpr std::uint64_t kCasesMin = 1000;
constexpr std::uint64_t kDominantPercent = 90;

bool planned(const Plan& plan, EngineId id) {
  return std::find(plan.engines.begin(), plan.engines.end(), id) != plan.engines.end();
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  const double share =
      whole == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(whole);
  return fmt::format("{:5.1f} %", share);
}

// "  NAME      12,345   3.4 %  ####"
std::string histogram_line(std::string_view name, std::uint64_t part, std::uint64_t whole) {
  const std::size_t length = whole == 0 ? 0 : static_cast<std::size_t>(part * kBarWidth / whole);
  std::string line =
      fmt::format("    {:<16}{:>14}  {}", name, with_commas(part), percent(part, whole));
  if (length > 0) line += "  " + std::string(length, '#');
  return line + "\n";
}

/// What the pairs of one clause came to.
struct ClauseTotals {
  std::uint64_t cases = 0;
  std::uint64_t discarded = 0;
  Counters counters;
  std::map<std::string, std::uint64_t> reasons;
};

ClauseTotals totals_of(const Plan& plan, const Report& report, std::size_t clause) {
  ClauseTotals totals;
  for (std::size_t s = 0; s < plan.subjects.size(); ++s) {
    const PairReport& pair = report.pairs[clause * plan.subjects.size() + s];
    totals.cases += pair.cases;
    totals.discarded += pair.discarded;
    totals.counters += pair.counters;
    for (const properties::Tally& tally : pair.tallies) totals.reasons[tally.reason] += tally.count;
  }
  return totals;
}

}  // namespace

Stats total_stats(const Report& report) noexcept {
  Stats stats;
  for (const PairReport& pair : report.pairs) stats += pair.stats;
  return stats;
}

std::vector<std::string> skew_warnings(const Plan& plan, const Report& report) {
  std::vector<std::string> warnings;
  const Stats stats = total_stats(report);
  if (stats.with_payload >= kCasesMin) {
    for (std::size_t i = 0; i < properties::kBoundaryBytes.size(); ++i) {
      if (stats.crossed[i] > 0) continue;
      warnings.push_back(
          fmt::format("no case crossed {}", human_bytes(properties::kBoundaryBytes[i])));
    }
    for (std::size_t i = 0; i < properties::kSizeClassCount; ++i) {
      if (stats.payload_sizes[i] * 100 <= stats.with_payload * kDominantPercent) continue;
      warnings.push_back(fmt::format("{}of the payloads are of one size class, {}",
                                     percent(stats.payload_sizes[i], stats.with_payload) + " ",
                                     properties::size_class_name(i)));
    }
  }
  // What the clauses in the plan are about, and no case had.
  for (std::size_t k = 0; k < properties::kVerbKindCount; ++k) {
    const auto kind = static_cast<VerbKind>(k);
    const bool needed = std::any_of(report.pairs.begin(), report.pairs.end(), [&](const auto& p) {
      return p.cases >= kCasesMin && properties::has(p.clause->uses.needs, kind);
    });
    if (needed && stats.cases_with_kind[k] == 0) {
      warnings.push_back(fmt::format("no case had an operation of the kind '{}'", to_string(kind)));
    }
  }
  for (std::size_t c = 0; c < plan.clauses.size(); ++c) {
    const ClauseTotals totals = totals_of(plan, report, c);
    if (totals.cases < kCasesMin || totals.discarded * 2 <= totals.cases) continue;
    warnings.push_back(fmt::format("more than half of the cases of {} were discarded ({} of {})",
                                   plan.clauses[c]->id, with_commas(totals.discarded),
                                   with_commas(totals.cases)));
  }
  return warnings;
}

std::string stats_block(const Plan& plan, const Report& report) {
  const Stats stats = total_stats(report);
  std::string text = fmt::format("Cases: {} ran, {} of them of clauses with a payload\n",
                                 with_commas(stats.cases), with_commas(stats.with_payload));
  text += "  payload size\n";
  for (std::size_t i = 0; i < properties::kSizeClassCount; ++i) {
    text +=
        histogram_line(properties::size_class_name(i), stats.payload_sizes[i], stats.with_payload);
  }
  text += "  payload beyond a boundary\n";
  for (std::size_t i = 0; i < properties::kBoundaryBytes.size(); ++i) {
    text += histogram_line(human_bytes(properties::kBoundaryBytes[i]), stats.crossed[i],
                           stats.with_payload);
  }
  text += "  cases with an operation in a field, and how many such a case has\n";
  for (const properties::Field& field : properties::schema()) {
    const auto f = static_cast<std::size_t>(field.id);
    if (stats.cases_with[f] == 0) continue;
    std::string line = histogram_line(field.name, stats.cases_with[f], stats.cases);
    line.pop_back();
    text += fmt::format(
        "{}  {:.1f}\n", line,
        static_cast<double>(stats.operations[f]) / static_cast<double>(stats.cases_with[f]));
  }
  text += "  cases with an operation of a kind\n";
  for (std::size_t k = 0; k < properties::kVerbKindCount; ++k) {
    text +=
        histogram_line(to_string(static_cast<VerbKind>(k)), stats.cases_with_kind[k], stats.cases);
  }
  text += "Clauses: what their cases counted, and why cases were discarded\n";
  for (std::size_t c = 0; c < plan.clauses.size(); ++c) {
    const ClauseTotals totals = totals_of(plan, report, c);
    if (totals.cases == 0) continue;
    text += fmt::format("  {}: {}", plan.clauses[c]->id, plural(totals.cases, "case"));
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < properties::kCounterCount; ++i) {
      if (totals.counters.values[i] == 0) continue;
      parts.push_back(fmt::format("{} {}", properties::to_string(static_cast<Counter>(i)),
                                  with_commas(totals.counters.values[i])));
    }
    if (!parts.empty()) text += "; " + join(parts, ", ");
    parts.clear();
    for (const auto& [reason, count] : totals.reasons) {
      parts.push_back(fmt::format("{} {}", with_commas(count), reason));
    }
    if (!parts.empty()) text += "; discarded: " + join(parts, ", ");
    text += "\n";
  }
  for (const std::string& warning : skew_warnings(plan, report)) {
    text += "warning: " + warning + "\n";
  }
  return text;
}

std::string hint_text(const Hint& hint) {
  if (hint.claim) {
    return fmt::format("{} does not claim {}, and none of {} cases showed otherwise: it may hold",
                       hint.subject->name, properties::to_string(hint.trait),
                       with_commas(hint.cases));
  }
  return fmt::format("{} claims {}, and none of {} cases made use of it: it may not need it",
                     hint.subject->name, properties::to_string(hint.trait),
                     with_commas(hint.cases));
}

std::string hint_lines(const Terminal& terminal, const Report& report) {
  const std::size_t width = std::min<std::size_t>(terminal.width(), 100);
  std::string text;
  const auto add = [&](const std::string& hint) {
    const std::string line = "hint: " + hint;
    text += (terminal.interactive() ? wrap_hanging(line, width, 6) : line) + "\n";
  };
  bool claims = false;
  for (const Hint& hint : report.hints) {
    add(hint_text(hint));
    claims = claims || hint.claim;
  }
  if (claims && !foreign_words().empty()) {
    add("`--claim TRAIT` puts it to the test. Claim all that is true of the format: for one that "
        "is concatenable, say, a second stream behind the first is no corruption");
  }
  return text;
}

std::string estimate_line(const Plan& plan, const properties::Estimate& estimate) {
  std::string text = fmt::format("exhaustive: {} in {}, about {}", plural(estimate.cases, "case"),
                                 plural(estimate.pairs, "pair"), human_seconds(estimate.seconds));
  if (plan.budget_seconds > 0 && estimate.seconds > plan.budget_seconds) {
    text += fmt::format(", more than the budget of {}", human_seconds(plan.budget_seconds));
  }
  return text + "\n";
}

std::string plan_lines(const Plan& plan, std::uint64_t seeds, std::size_t width) {
  std::size_t name_width = std::string_view("clause").size();
  for (const properties::Clause* clause : plan.clauses) {
    name_width = std::max(name_width, clause->id.size());
  }
  constexpr std::size_t kSubjectsWidth = 8;
  constexpr std::size_t kCasesWidth = 11;
  const std::size_t indent = name_width + 2 + kSubjectsWidth + 2 + kCasesWidth + 2;
  const auto row = [&](std::string_view name, std::string_view subjects, std::string_view cases,
                       std::string_view made_of) {
    std::string line = pad(name, name_width) + "  " + pad_left(subjects, kSubjectsWidth);
    if (!cases.empty()) line += "  " + pad_left(cases, kCasesWidth) + "  ";
    return line + wrap_hanging(made_of, std::max(width, indent + 24), indent) + "\n";
  };
  properties::CaseFactory factory(
      {plan.corpus, plan.exhaustive_cases_max, plan.random, plan.files});
  const bool exhaustive = planned(plan, EngineId::kExhaustive);
  std::string text = row("clause", "subjects", exhaustive ? "small cases" : "",
                         exhaustive ? "for each subject, made of" : "");
  std::uint64_t replayed = 0;
  std::uint64_t bases = 0;
  std::size_t pairs_all = 0;
  std::size_t pairs_swept = 0;
  std::size_t index = 0;
  for (const properties::Clause* clause : plan.clauses) {
    std::size_t pairs = 0;
    std::uint64_t cases = 0;
    for (const properties::Subject* subject : plan.subjects) {
      if (!plan.runs(index++)) continue;
      if (!properties::skip_reason(*clause, *subject).empty()) continue;
      ++pairs;
      cases = factory.size(EngineId::kExhaustive, *clause, *subject);
      replayed += factory.size(EngineId::kReplay, *clause, *subject);
      const std::uint64_t of_pair = factory.sweep(*clause, *subject).base_count();
      bases += of_pair;
      if (of_pair > 0) ++pairs_swept;
    }
    pairs_all += pairs;
    const bool enumerated = exhaustive && pairs > 0;
    text += row(clause->id, std::to_string(pairs), enumerated ? with_commas(cases) : "",
                enumerated ? factory.bound(*clause) : "");
  }
  text += fmt::format("\n{}\n", plural(pairs_all, "pair"));
  if (planned(plan, EngineId::kReplay)) {
    text += fmt::format("replay: {} of the corpus\n", plural(replayed, "case"));
  }
  if (planned(plan, EngineId::kSweep)) {
    text += fmt::format("sweep: every fault point of {} in {} (counted as it runs)\n",
                        plural(bases, "stream"), plural(pairs_swept, "pair"));
  }
  if (planned(plan, EngineId::kRandom)) {
    const std::string from = seeds == 1
                                 ? fmt::format("seed {}", plan.seed)
                                 : fmt::format("seeds {} to {}", plan.seed, plan.seed + seeds - 1);
    text += plan.cases ? fmt::format("random: {} a pair{}, {}\n", plural(*plan.cases, "case"),
                                     seeds == 1 ? "" : " and seed", from)
                       : fmt::format("random: until {} are over, {}\n",
                                     human_seconds(plan.budget_seconds), from);
  }
  return text;
}

}  // namespace weir::cli
