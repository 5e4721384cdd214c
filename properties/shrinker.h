// The shrinker: from a failing case to the smallest one that fails in the same way. One for all
// engines.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "properties/case.h"
#include "properties/signature.h"
#include "properties/worker.h"

namespace weir::properties {

/// When to be content.
struct ShrinkLimits {
  std::uint64_t evaluations_max = 5000;
  double seconds_max = 60;
  std::uint64_t stall_max = 2000;  ///< evaluations in a row without an improvement
};

/// Why shrinking ended.
enum class ShrinkEnd : std::uint8_t {
  kMinimal,      ///< no simpler variant fails in the same way
  kEvaluations,  ///< a cap on evaluations was reached
  kTime,         ///< seconds_max was reached
  kStopped,      ///< the caller said so
};
std::string_view to_string(ShrinkEnd end) noexcept;

/// The smallest case found.
struct ShrinkOutcome {
  Case minimal;
  std::uint64_t evaluations = 0;
  std::uint64_t improvements = 0;
  ShrinkEnd end = ShrinkEnd::kMinimal;
  /// The text form of `minimal`, parsed again, was run once more and failed with the signature.
  bool reproduces = false;
};

/// What shrink tells its caller, and how it is told to stop. All may be empty.
struct ShrinkHooks {
  std::function<void(const Case& improved)> on_improvement{};
  const std::atomic<bool>* stop = nullptr;
  Tick tick{};
};

/// Shrinks `value` by asking `fails` whether a candidate still fails in the same way;
/// deterministic, as `fails` is. Precondition: fails(value). `reproduces` of the outcome is not
/// set.
ShrinkOutcome shrink_with(const Case& value, const std::function<bool(const Case&)>& fails,
                          const ShrinkLimits& limits, const ShrinkHooks& hooks = {});

/// Shrinks `value` in `worker`, keeping `signature`. Also for cases that take the worker down:
/// those are tried with smaller limits (a hang would take minutes otherwise) and verified with
/// `limits` of the worker at the end; if the smallest case does not stand that, or there is no time
/// for it, the result is `value` itself. A stop in the middle of the last run says nothing of the
/// smallest case, which is kept. Ends as stopped when no process can be started.
/// `seconds_max` is that of the whole search; the last run comes on top. Precondition: `worker`
/// knows the names of `value` and is not busy.
ShrinkOutcome shrink(const Case& value, const Signature& signature, Worker& worker,
                     const WorkerLimits& worker_limits, const ShrinkLimits& limits,
                     const ShrinkHooks& hooks = {});

}  // namespace weir::properties
