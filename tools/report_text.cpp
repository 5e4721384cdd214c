// The report for people.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>

#include "files.h"
#include "foreign.h"
#include "names.h"
#include "properties/case_text.h"
#include "report.h"
#include "text.h"

namespace weir::cli {

using properties::Clause;
using properties::Counter;
using properties::EngineId;
using properties::EngineRun;
using properties::Finding;
using properties::PairReport;
using properties::Plan;
using properties::Report;
using properties::Subject;

namespace {

const EngineRun& engine_of(const PairReport& pair, EngineId id) {
  return pair.engines[static_cast<std::size_t>(id)];
}

std::string vacuous_reason(const PairReport& pair) {
  if (pair.nothing_checked) {
    const std::string most =
        pair.tallies.empty()
            ? std::string()
            : " (" +
                  std::max_element(pair.tallies.begin(), pair.tallies.end(),
                                   [](const auto& a, const auto& b) { return a.count < b.count; })
                      ->reason +
                  ")";
    return "every case was discarded" + most;
  }
  std::vector<std::string> names;
  for (const Counter counter : pair.vacuous) names.emplace_back(properties::to_string(counter));
  return join(names, ", ") + " stayed at zero";
}

// The cell of a pair, and how it looks.
std::string cell(const Terminal& terminal, const PairReport& pair, std::size_t width) {
  const bool unicode = terminal.unicode();
  // What a clause had to discard says nothing about it.
  const std::string cases = with_commas(pair.cases - pair.discarded);
  if (pair.elsewhere) return std::string(width, ' ');
  switch (state_of(pair)) {
    case PairState::kSkipped:
      return terminal.styled(Style::kDim, pad_left(unicode ? "–" : "-", width));
    case PairState::kNotRun:
      return terminal.styled(Style::kDim, pad_left("not run", width));
    case PairState::kHeld: {
      const std::string text = pad_left(cases, width - 2);
      return text + " " + terminal.styled(Style::kGood, unicode ? "✓" : "+");
    }
    case PairState::kVacuous:
      return terminal.styled(Style::kWarn, pad_left(cases, width - 2) + " ?");
    case PairState::kViolated:
      return terminal.styled(Style::kBad, pad_left(cases, width - 2) + (unicode ? " ✗" : " X"));
  }
  return {};
}

const PairReport& pair_at(const Plan& plan, const Report& report, std::size_t clause,
                          std::size_t subject) {
  return report.pairs[clause * plan.subjects.size() + subject];
}

// Indices into the plan's clauses, those of one group together.
std::vector<std::size_t> clauses_by_group(const Plan& plan) {
  std::vector<std::size_t> order(plan.clauses.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return plan.clauses[a]->group < plan.clauses[b]->group;
  });
  return order;
}

// One block of the table: the subjects from `first` on for which there is a width.
std::string table_block(const Terminal& terminal, const Plan& plan, const Report& report,
                        std::size_t first, const std::vector<std::size_t>& widths,
                        std::size_t name_width) {
  std::string text = "\n" + std::string(name_width, ' ');
  for (std::size_t i = 0; i < widths.size(); ++i) {
    text += "  " +
            terminal.styled(Style::kTitle,
                            pad_left(clip(plan.subjects[first + i]->name, widths[i]), widths[i]));
  }
  text += "\n";
  const properties::Group* group = nullptr;
  for (const std::size_t c : clauses_by_group(plan)) {
    const Clause& clause = *plan.clauses[c];
    bool empty = true;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      empty = empty && pair_at(plan, report, c, first + i).elsewhere;
    }
    if (empty) continue;
    if (group == nullptr || *group != clause.group) {
      text += terminal.styled(Style::kDim, group_title(clause.group)) + "\n";
      group = &clause.group;
    }
    text += pad("  " + std::string(clause.id), name_width);
    for (std::size_t i = 0; i < widths.size(); ++i) {
      text += "  " + cell(terminal, pair_at(plan, report, c, first + i), widths[i]);
    }
    text += "\n";
  }
  return text;
}

std::string clause_list(const std::vector<const Clause*>& clauses) {
  std::vector<std::string> ids;
  for (const Clause* clause : clauses) ids.emplace_back(clause->id);
  return join(ids, ", ");
}

}  // namespace

PairState state_of(const PairReport& pair) noexcept {
  if (pair.skipped()) return PairState::kSkipped;
  if (pair.finding) return PairState::kViolated;
  if (pair.not_run() || pair.cases == 0) return PairState::kNotRun;
  if (pair.is_vacuous()) return PairState::kVacuous;
  return PairState::kHeld;
}

std::string_view to_string(PairState state) noexcept {
  switch (state) {
    case PairState::kSkipped:
      return "skipped";
    case PairState::kNotRun:
      return "not-run";
    case PairState::kHeld:
      return "held";
    case PairState::kVacuous:
      return "vacuous";
    case PairState::kViolated:
      return "violated";
  }
  return "";
}

std::string repro_command(const Finding& finding) {
  // What a sanitizer finds shows in a build with that sanitizer only: this program's, which the
  // wrapper takes for others than `fuzz` when it is told to.
  const char* const wrapper = std::getenv("WEIR_COMMAND");
  // So is a plug-in that was built for it.
  const bool told =
      wrapper != nullptr && *wrapper != '\0' &&
      (finding.signature.kind.rfind("sanitizer", 0) == 0 ||
       (WEIR_HAS_FUZZ_ENGINE && foreign_words().find(" --plugin ") != std::string::npos));
  return fmt::format("{} {}repro {}{}", program_command(), told ? "--fuzz-build " : "",
                     shell_word(finding.path), foreign_words());
}

std::string finding_block(const Terminal& terminal, const Finding& finding) {
  const std::size_t width = std::min<std::size_t>(terminal.width(), 100);
  const std::string mark = terminal.unicode() ? "✗" : "X";
  std::string text =
      fmt::format("{} {} breaks {}: {}\n", terminal.styled(Style::kBad, mark),
                  terminal.styled(Style::kTitle, finding.subject),
                  terminal.styled(Style::kTitle, finding.signature.clause), finding.signature.kind);
  const auto line = [&](std::string_view label, Style style, std::string_view body) {
    if (body.empty()) return;
    text += fmt::format("  {}  {}\n", terminal.styled(style, pad(label, 8)),
                        wrap_hanging(printable(body), width, 12));
  };
  const Clause* clause = properties::find_clause(finding.signature.clause);
  if (clause != nullptr) line("promise", Style::kDim, clause->statement);
  line("expected", Style::kGood, finding.expected);
  line("seen", Style::kBad, finding.seen);
  text += "\n";
  const std::string body = properties::print(finding.value);
  std::string_view rest = body;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    text += "    " + clip(rest.substr(0, end), 400) + "\n";
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  text += "\n";
  std::string how = "found by " + finding.origin;
  if (finding.shrink_evaluations > 0) {
    how += fmt::format(", shrunk in {}{}", plural(finding.shrink_evaluations, "evaluation"),
                       finding.shrunk_fully ? "" : " (cut short)");
  }
  text += fmt::format("  {}\n", terminal.styled(Style::kDim, wrap_hanging(how, width, 2)));
  if (finding.unverified) {
    text += fmt::format(
        "  {}\n", terminal.styled(Style::kWarn, "seen once: there was no time to run it again"));
  } else if (!finding.reproduces) {
    text += fmt::format(
        "  {}\n", terminal.styled(Style::kWarn, "flaky: it did not fail again when run once more"));
  }
  if (finding.path.empty()) {
    text += fmt::format(
        "  {}\n",
        terminal.styled(Style::kWarn, "not written: keep the case above as a .case file"));
  } else {
    text += fmt::format("  file       {}\n", printable(finding.path));
    text +=
        fmt::format("  reproduce  {}\n", terminal.styled(Style::kTitle, repro_command(finding)));
  }
  return text;
}

std::pair<std::size_t, std::size_t> rank_of(std::string_view clause) {
  const auto all = properties::clauses();
  const auto at =
      std::find_if(all.begin(), all.end(), [&](const Clause* each) { return each->id == clause; });
  if (at == all.end() || clause == kChainClause) return {properties::kGroupCount, all.size()};
  return {static_cast<std::size_t>((*at)->group), static_cast<std::size_t>(at - all.begin())};
}

std::vector<SharedCause> shared_causes(const Report& report) {
  std::vector<SharedCause> causes;
  for (const Finding& finding : report.findings) {
    const auto known = std::find_if(causes.begin(), causes.end(), [&](const SharedCause& cause) {
      return cause.subject == finding.subject && cause.kind == finding.signature.kind;
    });
    if (known == causes.end()) {
      causes.push_back({finding.subject, finding.signature.kind, {&finding}});
    } else {
      known->findings.push_back(&finding);
    }
  }
  causes.erase(std::remove_if(causes.begin(), causes.end(),
                              [](const SharedCause& cause) { return cause.findings.size() < 2; }),
               causes.end());
  for (SharedCause& cause : causes) {
    std::stable_sort(cause.findings.begin(), cause.findings.end(),
                     [](const Finding* a, const Finding* b) {
                       return rank_of(a->signature.clause) < rank_of(b->signature.clause);
                     });
  }
  return causes;
}

std::string cause_lines(const Terminal& terminal, const Report& report) {
  const std::size_t width = std::min<std::size_t>(terminal.width(), 100);
  std::string text;
  for (const SharedCause& cause : shared_causes(report)) {
    const Finding& first = *cause.findings.front();
    const std::string line =
        fmt::format("{} clauses fail on {} with {}, probably for one cause: start with {}{}",
                    cause.findings.size(), cause.subject, cause.kind, first.signature.clause,
                    first.path.empty() ? std::string() : " (" + printable(first.path) + ")");
    // A program that reads lines wants it whole.
    text += (terminal.interactive() ? wrap_hanging(line, width, 2) : line) + "\n";
  }
  return text;
}

std::uint64_t cases_with_files(const Report& report) noexcept {
  std::uint64_t cases = 0;
  for (const PairReport& pair : report.pairs) cases += pair.counters[Counter::kFilePayloads];
  return cases;
}

std::string payload_line(const Terminal& terminal, const Report& report) {
  const std::size_t files = report.payload_files;
  if (files == 0) return {};
  return fmt::format("  {}  {} of {} cases took pieces of {} payload {}\n",
                     terminal.styled(Style::kDim, pad("payloads", 10)),
                     with_commas(cases_with_files(report)), with_commas(report.cases), files,
                     files == 1 ? "file" : "files");
}

std::string report_table(const Terminal& terminal, const Plan& plan, const Report& report) {
  std::size_t name_width = 12;
  for (const Clause* clause : plan.clauses)
    name_width = std::max(name_width, clause->id.size() + 2);
  // For 999,999,999 and a mark.
  constexpr std::size_t kCellWidthMin = 13;
  const std::size_t room = std::max(terminal.width(), name_width + kCellWidthMin + 2) - name_width;
  std::string text;
  for (std::size_t first = 0; first < plan.subjects.size();) {
    std::vector<std::size_t> widths;
    for (std::size_t left = room; first + widths.size() < plan.subjects.size();) {
      const std::size_t wanted =
          std::max(kCellWidthMin, plan.subjects[first + widths.size()]->name.size());
      if (wanted + 2 > left && !widths.empty()) break;
      widths.push_back(std::min(wanted, left - 2));
      left -= widths.back() + 2;
    }
    text += table_block(terminal, plan, report, first, widths, name_width);
    first += widths.size();
  }

  // What the marks leave open, in words.
  const std::size_t width = std::min<std::size_t>(terminal.width(), 100);
  std::map<std::string, std::vector<const Clause*>> skips;
  std::vector<std::string> order;
  std::map<std::string, std::vector<const Clause*>> not_run;
  std::vector<std::string> not_run_order;
  std::string vacuous;
  for (std::size_t s = 0; s < plan.subjects.size(); ++s) {
    for (std::size_t c = 0; c < plan.clauses.size(); ++c) {
      const PairReport& pair = pair_at(plan, report, c, s);
      if (pair.elsewhere) continue;
      if (state_of(pair) == PairState::kSkipped) {
        const std::string key = plan.subjects[s]->name + " " + pair.skip_reason;
        if (skips.find(key) == skips.end()) order.push_back(key);
        skips[key].push_back(plan.clauses[c]);
      }
      if (state_of(pair) == PairState::kNotRun) {
        const std::string key = plan.subjects[s]->name + " " + pair.not_run_reason;
        if (not_run.find(key) == not_run.end()) not_run_order.push_back(key);
        not_run[key].push_back(plan.clauses[c]);
      }
      if (state_of(pair) == PairState::kVacuous) {
        const std::string line = fmt::format("{} on {}: {}", plan.clauses[c]->id,
                                             plan.subjects[s]->name, vacuous_reason(pair));
        vacuous += fmt::format("  {}\n", wrap_hanging(line, width - 2, 6));
      }
    }
  }
  if (!order.empty()) text += "\n" + terminal.styled(Style::kTitle, "Skipped") + "\n";
  for (const std::string& key : order) {
    text +=
        fmt::format("  {}\n      {}\n", wrap_hanging(key, width, 2),
                    terminal.styled(Style::kDim, wrap_hanging(clause_list(skips[key]), width, 6)));
  }
  if (!not_run_order.empty()) text += "\n" + terminal.styled(Style::kWarn, "Not run") + "\n";
  for (const std::string& key : not_run_order) {
    text += fmt::format(
        "  {}\n      {}\n", wrap_hanging(key, width, 2),
        terminal.styled(Style::kDim, wrap_hanging(clause_list(not_run[key]), width, 6)));
  }
  if (!vacuous.empty()) {
    text += "\n" + terminal.styled(Style::kWarn, "Vacuous: these proved nothing") + "\n" + vacuous;
  }
  return text;
}

std::string report_lines(const Plan& plan, const Report& report) {
  std::string text;
  for (std::size_t s = 0; s < plan.subjects.size(); ++s) {
    for (std::size_t c = 0; c < plan.clauses.size(); ++c) {
      const PairReport& pair = pair_at(plan, report, c, s);
      if (pair.elsewhere) continue;
      const PairState state = state_of(pair);
      text +=
          fmt::format("{:<9} {} {}", to_string(state), plan.subjects[s]->name, plan.clauses[c]->id);
      if (state == PairState::kSkipped) {
        text += ": " + pair.skip_reason;
      } else if (pair.cases == 0) {
        text += ": " + pair.not_run_reason;
      } else if (pair.cases > 0) {
        std::vector<std::string> parts;
        const EngineRun& replay = engine_of(pair, EngineId::kReplay);
        const EngineRun& exhaustive = engine_of(pair, EngineId::kExhaustive);
        const EngineRun& random = engine_of(pair, EngineId::kRandom);
        if (replay.cases > 0) parts.push_back(fmt::format("replay {}", with_commas(replay.cases)));
        if (exhaustive.planned) {
          parts.push_back(fmt::format("exhausted {} of {}", with_commas(exhaustive.cases),
                                      with_commas(exhaustive.of)));
        }
        const EngineRun& sweep = engine_of(pair, EngineId::kSweep);
        if (sweep.of > 0) {
          parts.push_back(
              fmt::format("swept {} of {}", with_commas(sweep.cases), with_commas(sweep.of)));
        }
        if (random.cases > 0) parts.push_back(fmt::format("random {}", with_commas(random.cases)));
        text += fmt::format(": {}", plural(pair.cases - pair.discarded, "case"));
        if (pair.discarded > 0) {
          text += fmt::format(", {} more discarded", with_commas(pair.discarded));
        }
        if (!parts.empty()) text += " (" + join(parts, ", ") + ")";
        if (state == PairState::kNotRun) text += "; " + pair.not_run_reason;
        if (state == PairState::kVacuous) text += "; " + vacuous_reason(pair);
        if (state == PairState::kViolated) {
          text += "; " + report.findings[*pair.finding].signature.kind;
        }
      }
      text += "\n";
    }
  }
  return text;
}

std::string engine_lines(const Terminal& terminal, const Report& report) {
  std::string text;
  for (const properties::Engine& engine : properties::engines()) {
    std::uint64_t cases = 0;
    std::uint64_t of = 0;
    std::size_t pairs = 0;
    for (const PairReport& pair : report.pairs) {
      const EngineRun& run = engine_of(pair, engine.id);
      if (pair.skipped() || !run.planned) continue;
      cases += run.cases;
      of += run.of;
      ++pairs;
    }
    if (pairs == 0) continue;
    std::string what = plural(cases, "case");
    if (engine.id == EngineId::kReplay) {
      what = of == 0
                 ? "no case of the corpus fits"
                 : fmt::format("{} of {} cases of the corpus", with_commas(cases), with_commas(of));
    } else if (engine.id == EngineId::kExhaustive) {
      what = fmt::format("exhausted {} of {} small cases", with_commas(cases), with_commas(of));
    } else if (engine.id == EngineId::kSweep) {
      const auto cut = std::count_if(report.pairs.begin(), report.pairs.end(), [](const auto& p) {
        return !p.skipped() && !p.sweep_complete;
      });
      what = fmt::format("swept {} of {} fault points", with_commas(cases), with_commas(of));
      if (of == 0) what = cut == 0 ? "nothing to sweep" : "not begun";
      if (of > 0 && cut > 0) {
        what += fmt::format("; {} not to the end", plural(cut, "pair"));
      }
    } else if (engine.id == EngineId::kRandom) {
      what += report.seeds == 1
                  ? fmt::format(", seed {}", report.seed)
                  : fmt::format(", seeds {} to {}", report.seed, report.seed + report.seeds - 1);
    }
    text += fmt::format("  {}  {}\n", terminal.styled(Style::kDim, pad(engine.name, 10)), what);
  }
  return text;
}

}  // namespace weir::cli
