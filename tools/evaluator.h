// One worker for one case after another, as `repro`, `shrink` and `fuzz` need it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "properties/finding.h"
#include "properties/shrinker.h"
#include "properties/worker.h"

namespace weir::cli {

/// Evaluates and shrinks cases of a set of clauses and subjects in a worker.
class Evaluator {
 public:
  /// `files` outlives the evaluator.
  Evaluator(std::vector<const properties::Clause*> clauses,
            std::vector<const properties::Subject*> subjects,
            const properties::PayloadFiles& files);

  /// Runs `value` once. The answer is cancelled when a signal came.
  properties::Answer evaluate(const properties::Case& value, const properties::Tick& tick = {});

  /// Shrinks `finding.value`, keeping its signature; calls `keep` before the start and at every
  /// improvement; then fills in what the smallest case shows. Returns what the shrinker said.
  properties::ShrinkOutcome shrink(properties::Finding& finding,
                                   const std::function<void(const properties::Finding&)>& keep,
                                   const properties::Tick& tick = {});

 private:
  properties::WorkerContext context_;
  properties::WakeUp wake_up_;
  properties::WorkerLimits limits_;
  properties::Worker worker_;
};

/// Copies what `violation` says into `finding`.
void describe_violation(const properties::Violation& violation, properties::Finding& finding);

}  // namespace weir::cli
