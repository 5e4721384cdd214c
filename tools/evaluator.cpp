#include "evaluator.h"

#include "foreign.h"
#include "terminal.h"

namespace weir::cli {

using properties::Answer;
using properties::Case;
using properties::Finding;
using properties::ShrinkOutcome;

Evaluator::Evaluator(std::vector<const properties::Clause*> clauses,
                     std::vector<const properties::Subject*> subjects,
                     const properties::PayloadFiles& files)
    : context_{std::move(clauses), std::move(subjects), &files, nullptr},
      limits_(case_limits()),
      worker_(context_, wake_up_) {}

Answer Evaluator::evaluate(const Case& value, const properties::Tick& tick) {
  return worker_.evaluate(value, limits_, &interrupted(), tick);
}

ShrinkOutcome Evaluator::shrink(Finding& finding, const std::function<void(const Finding&)>& keep,
                                const properties::Tick& tick) {
  keep(finding);
  properties::ShrinkHooks hooks;
  hooks.on_improvement = [&](const Case& improved) {
    finding.value = improved;
    keep(finding);
  };
  hooks.stop = &interrupted();
  hooks.tick = tick;
  const Case start = finding.value;
  ShrinkOutcome outcome = properties::shrink(start, finding.signature, worker_, limits_, {}, hooks);
  finding.value = outcome.minimal;
  finding.shrink_evaluations = outcome.evaluations;
  finding.shrunk_fully = outcome.end == properties::ShrinkEnd::kMinimal;
  // Stopped before it was run again: neither confirmed nor flaky.
  finding.unverified = outcome.end == properties::ShrinkEnd::kStopped;
  if (!finding.unverified) finding.reproduces = outcome.reproduces;
  // The words of the first case do not fit the smallest one.
  if (!interrupted()) {
    const Answer answer = evaluate(finding.value, tick);
    if (answer.violation && answer.violation->kind == finding.signature.kind) {
      describe_violation(*answer.violation, finding);
    }
  }
  keep(finding);
  return outcome;
}

void describe_violation(const properties::Violation& violation, Finding& finding) {
  finding.step = violation.step;
  finding.expected = violation.expected;
  finding.seen = violation.seen;
  finding.report = violation.report;
}

}  // namespace weir::cli
