#include "prove.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>

#include "exit_code.h"
#include "foreign.h"
#include "names.h"
#include "properties/kill.h"
#include "properties/random_engine.h"
#include "terminal.h"
#include "text.h"

namespace weir::cli {

namespace {

using properties::Proof;

constexpr double kFaultSeconds = 10;
constexpr std::size_t kNameColumns = 29;
constexpr std::size_t kClauseColumns = 25;

std::string what_was_seen(const Proof& proof) {
  return proof.faulty_steps == 0 ? std::string("never reached")
                                 : fmt::format("reached {} times", with_commas(proof.faulty_steps));
}

// One subject's table. Returns how many faults went unnoticed, the subject's own counted as one.
std::size_t print_proofs(const Terminal& terminal, const properties::Subject& subject,
                         const std::vector<Proof>& proofs) {
  std::size_t noticed = 0;
  std::size_t applying = 0;
  print("{}\n\n", terminal.styled(Style::kTitle, subject.name));
  print("{}\n", terminal.styled(Style::kDim, pad("fault", kNameColumns) +
                                                 pad("noticed by", kClauseColumns) +
                                                 pad_left("after cases", 11) + "  as"));
  for (const Proof& proof : proofs) {
    if (proof.fault == nullptr) continue;
    const std::string name = pad(proof.fault->name, kNameColumns);
    if (!proof.applies()) {
      print("{}\n", terminal.styled(Style::kDim, name + pad("does not apply", kClauseColumns) +
                                                     pad("", 11) + "  " + proof.why_not));
      continue;
    }
    ++applying;
    if (!proof.noticed()) {
      print("{}{}{}  {}\n", name, terminal.styled(Style::kBad, pad("not noticed", kClauseColumns)),
            pad_left(with_commas(proof.cases), 11), what_was_seen(proof));
      continue;
    }
    ++noticed;
    print("{}{}{}  {}\n", name, pad(proof.clause->id, kClauseColumns),
          pad_left(with_commas(proof.cases), 11), proof.kind);
  }
  const Proof& own = proofs.front();
  if (own.noticed()) {
    print("\n{}: {} breaks {} as it is ({}): the table proves nothing before that is mended\n\n",
          terminal.styled(Style::kBad, "violated"), subject.name, own.clause->id, own.kind);
    return 1;
  }
  print("\n{}: {} of {} faults noticed; without a fault it holds over {}\n\n",
        noticed == applying ? terminal.styled(Style::kGood, "proven")
                            : terminal.styled(Style::kBad, "not proven"),
        noticed, applying, plural(own.cases, "case"));
  return applying - noticed;
}

}  // namespace

int run_prove(const CheckOptions& options) {
  std::string error;
  // What was brought needs no name.
  if (options.subjects.empty() && foreign_words().empty()) {
    error = "--prove needs the name of a subject";
  }
  const std::string ignored = !options.clauses.empty()    ? "--clause"
                              : !options.groups.empty()   ? "--group"
                              : !options.engines.empty()  ? "--engine"
                              : !options.payloads.empty() ? "--payload"
                              : !options.json.empty()     ? "--json"
                              : !options.junit.empty()    ? "--junit"
                              : options.dry_run           ? "--dry-run"
                              : options.stats             ? "--stats"
                              : options.fail_fast         ? "--fail-fast"
                                                          : "";
  if (error.empty() && !ignored.empty()) error = "--prove runs the whole contract: no " + ignored;
  std::vector<const properties::Subject*> subjects;
  if (error.empty()) subjects = select_subjects(options.subjects, error);
  if (!error.empty()) return refuse(kExitUsage, error);
  properties::KillPlan plan;
  plan.random = properties::make_random_case;
  plan.seeds = {options.seed};
  plan.cases = options.cases;
  plan.budget_seconds = options.cases ? 0 : kFaultSeconds;
  if (!options.budget.empty()) plan.budget_seconds = parse_budget(options.budget).value_or(0);

  const Terminal terminal(1);
  std::size_t missed = 0;
  for (const properties::Subject* subject : subjects) {
    Progress progress;
    const auto draw = [&](const properties::KillProgress& at) {
      if (!progress.due()) return;
      progress.draw({fmt::format("proving  {}  {} of {} faults, {} cases",
                                 bar(progress.terminal(), at.done, at.total, 20), at.done, at.total,
                                 human_count(at.cases)),
                     progress.terminal().styled(Style::kDim, "         " + std::string(at.subject) +
                                                                 "  " + std::string(at.engine))});
    };
    std::string could_not_run;
    const std::vector<Proof> proofs =
        properties::prove(*subject, plan, draw, interrupted(), could_not_run);
    progress.clear();
    if (!could_not_run.empty()) return refuse(kExitCouldNotRun, could_not_run);
    if (interrupted()) return kExitInterrupted;
    missed += print_proofs(terminal, *subject, proofs);
  }
  return missed == 0 ? kExitHeld : kExitViolated;
}

}  // namespace weir::cli
