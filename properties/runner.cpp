#include "properties/runner.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <utility>

#include "properties/case_text.h"
#include "weir/check.h"

namespace weir::properties {
namespace {

using Clock = std::chrono::steady_clock;

// The first part of a pair's exhaustive scope, before the minimum of random cases: the smallest
// cases find most bugs, and no pair waits for the whole scopes of the others.
constexpr std::uint64_t kExhaustiveFirstCases = 2000;
// Shares of the budget after which the stages that can be cut make room for the next.
constexpr double kExhaustiveFirstShare = 0.35;
constexpr double kExhaustiveRestShare = 0.65;
// The minimum of every pair may go beyond the budget, but not without end.
constexpr double kMinimumFactor = 1.5;
constexpr double kMinimumSeconds = 5;
constexpr double kSliceSecondsMin = 0.02;
constexpr double kProgressSeconds = 0.1;
constexpr double kNapSeconds = 0.001;
// Every try at a hang or a memory hog costs its limit.
constexpr double kSlowShrinkSecondsMax = 10;
constexpr double kLateShrinkSecondsMax = 1;
constexpr std::uint64_t kWithoutEnd = std::uint64_t{1} << 48;

/// The stages of a run; every pair goes through them in this order.
enum class Stage : std::uint8_t {
  kReplay,
  kExhaustiveFirst,
  kRandomMinimum,
  kExhaustiveRest,
  kRandomRest
};

constexpr EngineId engine_of(Stage stage) {
  switch (stage) {
    case Stage::kReplay:
      return EngineId::kReplay;
    case Stage::kExhaustiveFirst:
    case Stage::kExhaustiveRest:
      return EngineId::kExhaustive;
    case Stage::kRandomMinimum:
    case Stage::kRandomRest:
      break;
  }
  return EngineId::kRandom;
}

void add_tally(std::vector<Tally>& tallies, const Tally& tally) {
  for (Tally& t : tallies) {
    if (t.reason == tally.reason) {
      t.count += tally.count;
      return;
    }
  }
  tallies.push_back(tally);
}

class Runner {
 public:
  Runner(const Plan& plan, Observer& observer, const std::atomic<bool>& stop)
      : plan_(plan),
        observer_(observer),
        stop_(stop),
        factory_({plan.corpus, plan.exhaustive_cases_max, plan.random, plan.files}),
        begun_(Clock::now()),
        progress_at_(begun_) {
    context_.clauses = plan.clauses;
    context_.subjects = plan.subjects;
    context_.files = plan.files;
    context_.factory = &factory_;
  }

  Report run();

 private:
  struct Slot {
    std::unique_ptr<Worker> worker;
    std::size_t pair = 0;
    Stage stage = Stage::kReplay;
    double begun = 0;
    double until = 0;  // seconds of the run after which the job is cancelled; 0: never
    bool cancelled = false;
  };

  double now() const { return std::chrono::duration<double>(Clock::now() - begun_).count(); }
  bool stopped() const { return stop_.load(std::memory_order_relaxed); }
  bool planned(EngineId engine) const {
    return std::find(plan_.engines.begin(), plan_.engines.end(), engine) != plan_.engines.end();
  }
  bool alive(const PairReport& pair) const { return !pair.skipped() && !pair.finding; }

  void list_pairs();
  std::uint64_t target(Stage stage, const PairReport& pair) const;
  double deadline(Stage stage) const;
  void run_stage(Stage stage);
  void start(Slot& slot, std::size_t pair, Stage stage, double until);
  void finish(Slot& slot, const Answer& answer);
  void file(Slot& slot, std::size_t pair, EngineId engine, const Violation& violation);
  void write(Finding& finding);
  void tick();
  void conclude();

  const Plan& plan_;
  Observer& observer_;
  const std::atomic<bool>& stop_;
  CaseFactory factory_;
  WorkerContext context_;
  WakeUp wake_up_;
  std::vector<Slot> slots_;
  Report report_;
  Progress progress_;
  Clock::time_point begun_;
  Clock::time_point progress_at_;
  double shrinking_seconds_ = 0;
};

void Runner::list_pairs() {
  for (const Clause* clause : plan_.clauses) {
    for (const Subject* subject : plan_.subjects) {
      PairReport& pair = report_.pairs.emplace_back();
      pair.clause = clause;
      pair.subject = subject;
      pair.skip_reason = skip_reason(*clause, *subject);
      if (pair.skipped()) continue;
      ++progress_.pairs_total;
      for (const EngineId engine : plan_.engines) {
        EngineRun& run = pair.engines[static_cast<std::size_t>(engine)];
        run.planned = true;
        const std::uint64_t size = factory_.size(engine, *clause, *subject);
        run.of = size == CaseFactory::kUnbounded ? plan_.cases.value_or(0) : size;
      }
      if (planned(EngineId::kExhaustive)) pair.exhaustive_bound = factory_.bound(*clause);
    }
  }
}

// How many cases of its engine a pair shall have had after `stage`.
std::uint64_t Runner::target(Stage stage, const PairReport& pair) const {
  const EngineRun& run = pair.engines[static_cast<std::size_t>(engine_of(stage))];
  if (!run.planned) return 0;
  switch (stage) {
    case Stage::kReplay:
    case Stage::kExhaustiveRest:
      return run.of;
    case Stage::kExhaustiveFirst:
      return std::min(run.of, kExhaustiveFirstCases);
    case Stage::kRandomMinimum:
      return std::min(plan_.random_cases_min, plan_.cases.value_or(plan_.random_cases_min));
    case Stage::kRandomRest:
      break;
  }
  return plan_.cases.value_or(kWithoutEnd);
}

// Seconds of the run after which a stage starts nothing more; 0: none.
double Runner::deadline(Stage stage) const {
  const double budget = plan_.budget_seconds;
  if (budget <= 0) return 0;
  switch (stage) {
    case Stage::kExhaustiveFirst:
      return planned(EngineId::kRandom) ? kExhaustiveFirstShare * budget : budget;
    case Stage::kExhaustiveRest:
      return planned(EngineId::kRandom) ? kExhaustiveRestShare * budget : budget;
    case Stage::kReplay:
    case Stage::kRandomMinimum:
      return kMinimumFactor * budget + kMinimumSeconds;
    case Stage::kRandomRest:
      break;
  }
  return budget;
}

void Runner::start(Slot& slot, std::size_t pair_index, Stage stage, double until) {
  const PairReport& pair = report_.pairs[pair_index];
  const EngineRun& run = pair.engines[static_cast<std::size_t>(engine_of(stage))];
  Job job;
  job.engine = engine_of(stage);
  job.clause = pair_index / plan_.subjects.size();
  job.subject = pair_index % plan_.subjects.size();
  job.seed = plan_.seed;
  job.first = run.cases;
  job.count = target(stage, pair) - run.cases;
  slot.pair = pair_index;
  slot.stage = stage;
  slot.begun = now();
  slot.until = until;
  slot.cancelled = false;
  progress_.clause = pair.clause;
  progress_.subject = pair.subject;
  progress_.engine = job.engine;
  slot.worker->start(job, plan_.limits);
}

void Runner::finish(Slot& slot, const Answer& answer) {
  PairReport& pair = report_.pairs[slot.pair];
  const EngineId engine = engine_of(slot.stage);
  pair.engines[static_cast<std::size_t>(engine)].cases += answer.cases;
  pair.cases += answer.cases;
  pair.discarded += answer.discarded;
  pair.counters += answer.counters;
  pair.seconds += now() - slot.begun;
  for (const Tally& t : answer.tallies) add_tally(pair.tallies, t);
  report_.cases += answer.cases;
  if (answer.violation) file(slot, slot.pair, engine, *answer.violation);
}

void Runner::run_stage(Stage stage) {
  const double end = deadline(stage);
  bool again = true;
  while (again && !stopped()) {
    again = false;
    std::deque<std::size_t> waiting;
    for (std::size_t i = 0; i < report_.pairs.size(); ++i) {
      const PairReport& pair = report_.pairs[i];
      const EngineRun& run = pair.engines[static_cast<std::size_t>(engine_of(stage))];
      if (alive(pair) && run.cases < target(stage, pair)) waiting.push_back(i);
    }
    // Two rounds at least in the open end of a run, so that what quick pairs leave over is shared
    // out again.
    const double share = stage == Stage::kRandomRest && !plan_.cases ? 0.5 : 1.0;
    for (;;) {
      if (stopped()) {
        for (Slot& slot : slots_) slot.worker->end();
        return;
      }
      bool busy = false;
      for (Slot& slot : slots_) {
        if (std::optional<Answer> answer = slot.worker->poll()) finish(slot, *answer);
        if (!slot.worker->busy() && !waiting.empty() && !stopped()) {
          const double left = end - now();
          if (end > 0 && left <= 0) {
            waiting.clear();
          } else {
            double until = 0;
            if (end > 0) {
              const double slice = share * left * static_cast<double>(slots_.size()) /
                                   static_cast<double>(waiting.size() + slots_.size() - 1);
              until = now() + std::max(kSliceSecondsMin, std::min(slice, left));
            }
            const std::size_t pair = waiting.front();
            waiting.pop_front();
            start(slot, pair, stage, until);
          }
        }
        if (!slot.worker->busy()) continue;
        busy = true;
        if (slot.until > 0 && now() > slot.until && !slot.cancelled) {
          slot.cancelled = true;
          slot.worker->cancel();
        }
      }
      tick();
      if (!busy && waiting.empty()) break;
      if (busy) wake_up_.wait(kNapSeconds);
    }
    if (end > 0 && now() < end) {
      for (const PairReport& pair : report_.pairs) {
        const EngineRun& run = pair.engines[static_cast<std::size_t>(engine_of(stage))];
        if (alive(pair) && run.cases < target(stage, pair)) again = true;
      }
    }
  }
}

// A finding is on disk before it is shrunk: what happens then may take long, or end the run.
void Runner::file(Slot& slot, std::size_t pair_index, EngineId engine, const Violation& violation) {
  PairReport& pair = report_.pairs[pair_index];
  Worker& worker = *slot.worker;
  Finding finding;
  finding.subject = pair.subject->name;
  finding.signature = {std::string(pair.clause->id), violation.kind};
  finding.step = violation.step;
  finding.expected = violation.expected;
  finding.seen = violation.seen;
  finding.report = violation.report;
  switch (engine) {
    case EngineId::kReplay:
      finding.origin =
          "replay of " + factory_.corpus_path(*pair.clause, *pair.subject, violation.index);
      break;
    case EngineId::kRandom:
      finding.origin = "random, seed " + std::to_string(plan_.seed) + ", case " +
                       std::to_string(violation.index);
      break;
    case EngineId::kExhaustive:
    case EngineId::kGuided:
      finding.origin = std::string(to_string(engine)) + ", case " + std::to_string(violation.index);
      break;
  }
  factory_.make(engine, *pair.clause, *pair.subject, plan_.seed, violation.index, finding.value);
  if (plan_.files != nullptr) {
    Case embedded = finding.value;
    if (const Result<void> done = embed_files(embedded, *plan_.files); done.has_value()) {
      finding.value = std::move(embedded);
    } else {
      report_.errors.push_back("the case of " + to_string(finding.signature) + " on " +
                               finding.subject +
                               " still needs its payload file: " + describe(done.error()));
    }
  }
  write(finding);

  progress_.clause = pair.clause;
  progress_.subject = pair.subject;
  progress_.engine = engine;
  progress_.shrinking = true;
  ++progress_.findings;
  const double begun = now();
  const Tick ticking = [this] { tick(); };
  const bool slow = violation.kind == "hang" || violation.kind == "out-of-memory";
  // What a subject does may depend on what it did before: such a finding is kept, and said to be
  // flaky. A hang costs seconds a try; there the last run of the shrinker decides.
  constexpr int kTries = 3;
  finding.reproduces = slow;
  for (int i = 0; i < kTries && !finding.reproduces && !stopped(); ++i) {
    const Answer answer = worker.evaluate(finding.value, plan_.limits, &stop_, ticking);
    finding.reproduces = answer.violation && answer.violation->kind == finding.signature.kind;
  }
  if (finding.reproduces && !stopped()) {
    ShrinkLimits limits = plan_.shrink;
    if (slow) {
      limits.seconds_max = std::min(limits.seconds_max, kSlowShrinkSecondsMax);
    }
    if (plan_.budget_seconds > 0 && shrinking_seconds_ > plan_.budget_seconds / 2) {
      limits.seconds_max = std::min(limits.seconds_max, kLateShrinkSecondsMax);
    }
    ShrinkHooks hooks;
    hooks.on_improvement = [&](const Case& improved) {
      finding.value = improved;
      write(finding);
    };
    hooks.stop = &stop_;
    hooks.tick = ticking;
    const ShrinkOutcome outcome =
        shrink(finding.value, finding.signature, worker, plan_.limits, limits, hooks);
    finding.value = outcome.minimal;
    finding.shrink_evaluations = outcome.evaluations;
    finding.shrunk_fully = outcome.end == ShrinkEnd::kMinimal;
    // Interrupted, the last improvement stands as it was seen to fail.
    finding.reproduces = outcome.reproduces || outcome.end == ShrinkEnd::kStopped;
    if (!stopped() && !slow) {
      // Expected and seen of the smallest case are what people read.
      const Answer last = worker.evaluate(finding.value, plan_.limits, &stop_, ticking);
      if (last.violation && last.violation->kind == finding.signature.kind) {
        finding.step = last.violation->step;
        finding.expected = last.violation->expected;
        finding.seen = last.violation->seen;
        finding.report = last.violation->report;
      }
    }
    write(finding);
  }
  shrinking_seconds_ += now() - begun;
  progress_.shrinking = false;
  pair.finding = report_.findings.size();
  report_.findings.push_back(finding);
  observer_.on_finding(finding);
}

void Runner::write(Finding& finding) {
  Result<std::string> path =
      write_file(plan_.findings_folder, file_name(finding), file_text(finding));
  if (path.has_value()) {
    finding.path = std::move(*path);
    return;
  }
  // The same trouble comes with every improvement of every finding; once is enough.
  std::string message =
      "findings cannot be written to " + plan_.findings_folder + ": " + describe(path.error());
  if (std::find(report_.errors.begin(), report_.errors.end(), message) == report_.errors.end()) {
    report_.errors.push_back(std::move(message));
  }
}

void Runner::tick() {
  const Clock::time_point at = Clock::now();
  if (std::chrono::duration<double>(at - progress_at_).count() < kProgressSeconds) return;
  progress_at_ = at;
  progress_.cases = report_.cases;
  for (const Slot& slot : slots_) progress_.cases += slot.worker->current_cases();
  progress_.seconds = now();
  progress_.seconds_left =
      plan_.budget_seconds > 0 ? std::max(0.0, plan_.budget_seconds - progress_.seconds) : 0;
  if (progress_.pairs_done < progress_.pairs_total) {
    const Stage minimum = planned(EngineId::kRandom)       ? Stage::kRandomMinimum
                          : planned(EngineId::kExhaustive) ? Stage::kExhaustiveRest
                                                           : Stage::kReplay;
    progress_.pairs_done = 0;
    for (const PairReport& pair : report_.pairs) {
      if (pair.skipped()) continue;
      const EngineRun& run = pair.engines[static_cast<std::size_t>(engine_of(minimum))];
      if (pair.finding || run.cases >= target(minimum, pair)) ++progress_.pairs_done;
    }
  }
  observer_.on_progress(progress_);
}

void Runner::conclude() {
  report_.interrupted = stopped();
  report_.seed = plan_.seed;
  // Which pair found something first depends on the number of jobs: the report does not.
  std::vector<Finding> findings;
  for (PairReport& pair : report_.pairs) {
    if (!pair.finding) continue;
    findings.push_back(std::move(report_.findings[*pair.finding]));
    pair.finding = findings.size() - 1;
  }
  report_.findings = std::move(findings);
  // Replay alone runs what is there; it does not set out to exercise everything.
  const bool judged =
      !report_.interrupted && (planned(EngineId::kExhaustive) || planned(EngineId::kRandom));
  for (PairReport& pair : report_.pairs) {
    if (!alive(pair)) continue;
    if (pair.cases == 0) {
      pair.skip_reason = report_.interrupted ? "the run was interrupted before its turn"
                         : judged            ? "the budget ran out before its turn"
                                             : "no case in the corpus";
      continue;
    }
    if (!judged) continue;
    pair.nothing_checked = pair.discarded == pair.cases;
    for (std::size_t c = 0; c < kCounterCount; ++c) {
      const bool required = (pair.clause->required >> c) & 1u;
      if (required && pair.counters.values[c] == 0) {
        pair.vacuous.push_back(static_cast<Counter>(c));
      }
    }
  }
  report_.seconds = now();
}

Report Runner::run() {
  WEIR_CHECK(!planned(EngineId::kRandom) || plan_.random != nullptr,
             "the random engine needs a maker");
  WEIR_CHECK(!planned(EngineId::kRandom) || plan_.cases || plan_.budget_seconds > 0,
             "random cases need a number or a budget");
  list_pairs();
  slots_.resize(static_cast<std::size_t>(std::max(1, plan_.jobs)));
  for (Slot& slot : slots_) slot.worker = std::make_unique<Worker>(context_, wake_up_);
  for (const Stage stage : {Stage::kReplay, Stage::kExhaustiveFirst, Stage::kRandomMinimum,
                            Stage::kExhaustiveRest, Stage::kRandomRest}) {
    if (!stopped()) run_stage(stage);
  }
  slots_.clear();
  conclude();
  return std::move(report_);
}

}  // namespace

bool Report::vacuous() const noexcept {
  return std::any_of(pairs.begin(), pairs.end(),
                     [](const PairReport& pair) { return pair.is_vacuous(); });
}

Report run(const Plan& plan, Observer& observer, const std::atomic<bool>& stop) {
  return Runner(plan, observer, stop).run();
}

}  // namespace weir::properties
