#include "check_run.h"

#include <algorithm>
#include <cstdio>

#include "foreign.h"
#include "processors.h"
#include "properties/random_engine.h"
#include "text.h"

namespace weir::cli {

using properties::Finding;
using properties::Plan;
using properties::Report;

namespace {

// Without a terminal a sign of life now and then, or CI systems think that nothing happens.
constexpr double kHeartbeatSeconds = 10;
// Of random cases of a pair, where each of them takes a few processes.
constexpr std::uint64_t kCommandCasesMin = 50;

std::string numbers(const properties::Progress& at) {
  std::string text =
      fmt::format("{} of {} pairs, {} cases", at.pairs_done, at.pairs_total, human_count(at.cases));
  if (at.findings > 0) {
    text += fmt::format(", {}", plural(at.findings, "finding"));
  }
  if (at.seconds_left > 0) text += fmt::format(", {:.0f} s left", at.seconds_left);
  return text;
}

}  // namespace

void RunDisplay::on_progress(const properties::Progress& at) {
  if (quiet_) return;
  if (!progress_.terminal().interactive()) {
    if (at.seconds - last_sign_ < kHeartbeatSeconds) return;
    last_sign_ = at.seconds;
    std::fprintf(stderr, "weir: %s\n", numbers(at).c_str());
    return;
  }
  if (!progress_.due()) return;
  const Terminal& terminal = progress_.terminal();
  const double whole = at.seconds + at.seconds_left;
  const auto scale = [](double seconds) { return static_cast<std::uint64_t>(seconds * 1000); };
  std::string first = "checking  ";
  if (at.seconds_left > 0 || at.pairs_total == 0) {
    first += bar(terminal, scale(at.seconds), scale(whole), 20);
  } else {
    first += bar(terminal, at.pairs_done, at.pairs_total, 20);
  }
  first += "  " + numbers(at);
  std::string second = "          ";
  if (at.clause != nullptr && at.subject != nullptr) {
    second += terminal.styled(
        Style::kDim,
        fmt::format("{} {}  {}  {}",
                    at.shrinking ? "shrinking" : std::string(properties::to_string(at.engine)),
                    at.shrinking ? "what broke" : "", at.clause->id, at.subject->name));
  }
  progress_.draw({first, second});
}

void RunDisplay::on_finding(const Finding& finding) {
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  found_after_.push_back({finding.path, seconds});
  if (fail_fast_ && !interrupted()) {
    ended_itself_ = true;
    request_stop();
  }
  if (quiet_) return;
  progress_.clear();
  const Terminal terminal(2);
  std::fprintf(stderr, "%s %s %s: %s, after %.2f s\n",
               terminal.styled(Style::kBad, "violated").c_str(), finding.subject.c_str(),
               finding.signature.clause.c_str(), finding.signature.kind.c_str(), seconds);
}

void prepare_search(const SearchOptions& options, Plan& plan) {
  plan.seed = options.seed;
  plan.cases = options.cases;
  plan.budget_seconds = options.budget_seconds;
  plan.jobs = static_cast<int>(options.jobs == 0 ? processors() : options.jobs);
  plan.random = properties::make_random_case;
  plan.limits = case_limits();
  const bool commands =
      std::any_of(plan.subjects.begin(), plan.subjects.end(),
                  [](const properties::Subject* s) { return static_cast<bool>(s->run_command); });
  if (commands) plan.random_cases_min = kCommandCasesMin;
}

}  // namespace weir::cli
