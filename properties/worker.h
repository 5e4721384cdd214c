// Worker: a child process in which subjects run, so that whatever they do to it is a finding and
// the run goes on.
//
// The child is a fork without exec and lives for many cases. Parent and child talk through one
// anonymous shared mapping: a subject that closes every descriptor does not break it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "properties/case.h"
#include "properties/clause.h"
#include "properties/engine.h"
#include "properties/stats.h"
#include "properties/subject.h"
#include "properties/sweep.h"
#include "properties/verdict.h"

namespace weir::properties {

/// What a worker knows. Everything in it is fixed before the first worker starts and outlives the
/// last.
struct WorkerContext {
  std::vector<const Clause*> clauses;
  std::vector<const Subject*> subjects;
  const PayloadFiles* files = nullptr;  ///< null: none
  CaseFactory* factory = nullptr;       ///< may be null when only single cases are evaluated
};

/// When a case is taken for a hang or for out of memory.
struct WorkerLimits {
  double cpu_seconds = 2.0;       ///< processor time of one case
  double blocked_seconds = 10.0;  ///< wall time that one case sleeps without using the processor
  /// Memory beyond what the child starts with: address space, or resident size under sanitizers
  /// (whose shadow fills the address space).
  std::uint64_t memory_bytes = std::uint64_t{1} << 30;
};

/// Cases [first, first + count) of an engine for a pair.
struct Job {
  EngineId engine = EngineId::kRandom;
  std::size_t clause = 0;   ///< index into the context's clauses
  std::size_t subject = 0;  ///< index into the context's subjects
  std::uint64_t seed = 1;
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  SweepCalls sweep_calls{};  ///< kSweep: what earlier jobs of the pair counted
  bool collects = false;     ///< whether the answer gets `stats`
};

/// How often cases were discarded for one reason.
struct Tally {
  std::string reason;
  std::uint64_t count = 0;
};

/// A broken clause, as the worker saw it.
struct Violation {
  std::uint64_t index = 0;  ///< number of the case; 0 for a single case
  std::string kind;         ///< see Signature::kind
  std::size_t step = Verdict::kNoStep;
  std::string expected;  ///< one line
  std::string seen;      ///< one line
  /// What the child wrote to standard error: from the last sanitizer report on, or without one the
  /// end of it; at most 16 KiB. Only when it died.
  std::string report;
  bool died = false;   ///< the child was lost (and has been replaced)
  bool slept = false;  ///< a hang that waited for blocked_seconds instead of computing
};

/// What a job or a single case came to.
struct Answer {
  std::uint64_t cases = 0;  ///< run to their end, or to the child's; discarded ones included
  std::uint64_t discarded = 0;
  std::vector<Tally> tallies;  ///< by reason; reasons beyond a small table are counted as "other"
  Counters counters;           ///< summed over cases that ran to their end
  Stats stats;                 ///< of cases that ran to their end, when the job asked for them
  /// The number of the first case that was not begun. Beyond first + `cases` in a sweep, where
  /// numbers that are no points are passed over and the runs that count are no cases.
  std::uint64_t next = 0;
  SweepCalls sweep_calls{};  ///< kSweep: the job's, and what was counted besides
  /// kSweep: points that turned out to lie behind the last call, and so are no cases.
  std::uint64_t unreached = 0;
  std::optional<Violation> violation;
  bool cancelled = false;  ///< ended early because cancel was called (with violation empty)
  /// Why no process could be started, e.g. "cannot start a process: Resource temporarily
  /// unavailable", or that the case is too large for a worker; then nothing ran. Empty otherwise.
  std::string could_not_run;
};

/// Called about a hundred times a second by whatever waits for a worker.
using Tick = std::function<void()>;

/// Wakes a parent that waits for any of several workers.
class WakeUp {
 public:
  WakeUp();
  ~WakeUp();
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;
  /// Waits until a worker may have something to say, at most `seconds`.
  void wait(double seconds);
  void post() noexcept;

 private:
  void* semaphore_;
};

/// One child process. Single-threaded use; the parent must have one thread when a child is started.
class Worker {
 public:
  /// `context` and `wake_up` outlive the worker. The child is forked at the first job.
  Worker(const WorkerContext& context, WakeUp& wake_up);
  /// Ends the child and everything that it started.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Begins a job. Precondition: not busy; the context has a factory.
  void start(const Job& job, const WorkerLimits& limits);
  /// Begins one case, whose clause and subject are in the context (see knows). Precondition: not
  /// busy.
  void start(const Case& value, const WorkerLimits& limits);
  bool busy() const noexcept;
  /// Asks a running job to end after the current case. Limits stay in force.
  void cancel() noexcept;
  /// Looks after the child; the answer when the job has ended.
  std::optional<Answer> poll();
  /// Waits for the answer. When `stop` becomes true meanwhile, the child is ended and the answer is
  /// cancelled.
  Answer wait(const std::atomic<bool>* stop = nullptr, const Tick& tick = {});

  /// Runs one case to its end: start and wait.
  Answer evaluate(const Case& value, const WorkerLimits& limits,
                  const std::atomic<bool>* stop = nullptr, const Tick& tick = {});
  /// Whether the names of `value` are in the context.
  bool knows(const Case& value) const noexcept;
  /// Process id of the child, 0 without one.
  int process_id() const noexcept;
  /// The breadcrumb: number of the case that is running or ran last.
  std::uint64_t current_index() const noexcept;
  /// Cases completed by the job that is running.
  std::uint64_t current_cases() const noexcept;
  /// Ends the child now; it is replaced at the next job.
  void end() noexcept;
  /// Ends the child now, in the middle of a case if need be. The answer has the cases that ran to
  /// their end, and is cancelled unless the job had just ended. Precondition: busy.
  Answer abandon();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace weir::properties
