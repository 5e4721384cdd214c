#include "properties/runner.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include "properties/case_generate.h"
#include "properties/case_text.h"
#include "weir/check.h"

namespace weir::properties {
namespace {

using Clock = std::chrono::steady_clock;

// Shares of the budget after which the stages that can be cut make room for the next.
constexpr double kExhaustiveFirstShare = 0.35;
constexpr double kSweepShare = 0.55;
constexpr double kExhaustiveRestShare = 0.65;
constexpr double kHintShare = 0.7;
// The minimum of every pair may go beyond the budget, but not without end.
constexpr double kMinimumFactor = 1.25;
constexpr double kMinimumSeconds = 2;
// When a run with a budget ends at the latest, in the middle of a case if need be.
constexpr double kEndFactor = 1.25;
constexpr double kEndSeconds = 5;
// Little enough that in a run of a second every pair has its turn.
constexpr double kSliceSecondsMin = 0.002;
constexpr double kProgressSeconds = 0.1;
constexpr double kNapSeconds = 0.001;
// Every try at a hang or a memory hog costs its limit: the share of the budget for all of them.
constexpr double kSlowShare = 0.25;
constexpr double kSlowSeconds = 2;
constexpr double kSlowShrinkSecondsMax = 10;
// And for shrinking whatever else was found, until each finding gets the least.
constexpr double kShrinkShare = 0.5;
constexpr double kShrinkSecondsMin = 1;
constexpr double kLastSeconds = 0.5;
// A machine has other things to do than the case that is timed.
constexpr double kWallPerCpu = 1.5;
constexpr double kMemoryTrySeconds = 1;
// After so many pairs in which a subject hung, the others get a share of the limits.
constexpr std::size_t kHangsMax = 3;
constexpr double kHungShare = 0.25;
// What a trait that is not claimed is tried with: a case that breaks it is mostly among the first.
constexpr std::uint64_t kTrialCases = 300;
// And where each of them takes a few processes.
constexpr std::uint64_t kCommandTrialCases = 25;
// How many cases of a scope are timed: as many at its beginning, its middle and its end.
constexpr std::uint64_t kSampleCases = 16;
constexpr double kEstimateSecondsMax = 1;

constexpr const StageCases& cases_of(Stage stage) {
  return kStages[static_cast<std::size_t>(stage)];
}
constexpr EngineId engine_of(Stage stage) { return cases_of(stage).engine; }

void add_tally(std::vector<Tally>& tallies, const Tally& tally) {
  for (Tally& t : tallies) {
    if (t.reason == tally.reason) {
      t.count += tally.count;
      return;
    }
  }
  tallies.push_back(tally);
}

// Whether all that went far enough to tell found that the clause has nothing to check. Of a pair of
// which all cases were discarded.
bool is_moot(const PairReport& pair) {
  if (pair.clause->moot.empty()) return false;
  for (std::size_t c = 0; c < kCounterCount; ++c) {
    if (((pair.clause->required >> c) & 1u) && pair.counters.values[c] > 0) return false;
  }
  return std::any_of(pair.tallies.begin(), pair.tallies.end(),
                     [&](const Tally& tally) { return tally.reason == pair.clause->moot; });
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
    hangs_.resize(plan.subjects.size());
    if (plan.hints && planned(EngineId::kRandom)) list_trials();
    // Behind the subjects themselves, whose names they share.
    for (const Trial& trial : trials_) context_.subjects.push_back(&trial.copy);
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
    bool reduced = false;            // the job runs with a share of the limits
    bool lost = false;               // has no process and gets none
    std::optional<Answer> answer{};  // came while a finding of another slot was looked into

    bool busy() const { return answer.has_value() || worker->busy(); }
    std::optional<Answer> poll() {
      return answer ? std::exchange(answer, std::nullopt) : worker->poll();
    }
  };

  /// A subject with one claim more or less, and the clauses that tell whether that changes
  /// anything.
  struct Trial {
    Subject copy;
    Hint hint;
    std::vector<std::size_t> clauses;  // indexes into the plan's
  };

  /// How far the sweep of a pair is.
  struct SweepState {
    std::uint64_t size = 0;  // of its numbers
    std::uint64_t unreached = 0;
    SweepCalls calls{};
  };

  double now() const { return std::chrono::duration<double>(Clock::now() - begun_).count(); }
  bool stopped() const { return stop_.load(std::memory_order_relaxed); }
  bool planned(EngineId engine) const {
    return std::find(plan_.engines.begin(), plan_.engines.end(), engine) != plan_.engines.end();
  }
  bool alive(const PairReport& pair) const {
    return !pair.skipped() && !pair.not_run() && !pair.finding;
  }
  bool has_budget() const { return plan_.budget_seconds > 0; }
  double last_end() const { return kEndFactor * plan_.budget_seconds + kEndSeconds; }
  bool over() const {
    return stopped() || lost_ || (plan_.first_only && !report_.findings.empty()) ||
           (has_budget() && !plan_.first_only && now() > last_end());
  }
  bool enough() const { return stopped() || (has_budget() && now() > enough_at_); }

  void list_pairs();
  void list_trials();
  void try_traits();
  bool holds(const Trial& trial, std::size_t subject, std::uint64_t& cases);
  std::uint64_t target(Stage stage, const PairReport& pair) const;
  double deadline(Stage stage) const;
  void run_stage(Stage stage);
  void start(Slot& slot, std::size_t pair, Stage stage, double until);
  void finish(Slot& slot, const Answer& answer);
  void retire(Slot& slot, const std::string& reason);
  void file(Slot& slot, std::size_t pair, EngineId engine, const Violation& violation);
  std::string origin(const PairReport& pair, EngineId engine, std::uint64_t index);
  double seconds_for_tries(bool slow) const;
  bool fails_again(Worker& worker, Finding& finding, const Case& value, bool& ran);
  void settle(Worker& worker, Finding& finding, std::optional<Case>& filed, bool slow,
              double seconds, double reserve);
  Result<void> embed_late(Worker& worker, Finding& finding, std::optional<Case>& filed,
                          bool in_time);
  void write(Finding& finding, std::optional<Case>& filed);
  void tick();
  void conclude();

  const Plan& plan_;
  Observer& observer_;
  const std::atomic<bool>& stop_;
  CaseFactory factory_;
  WorkerContext context_;
  std::deque<Trial> trials_;  // workers keep pointers into it
  WakeUp wake_up_;
  std::vector<Slot> slots_;
  Report report_;
  Progress progress_;
  Clock::time_point begun_;
  Clock::time_point progress_at_;
  std::vector<SweepState> sweeps_;    // by pair
  std::vector<std::size_t> hangs_;    // by subject: pairs in which it hung
  const Slot* settling_ = nullptr;    // whose finding is being looked into
  std::deque<std::size_t> put_back_;  // pairs whose worker had no process
  bool lost_ = false;                 // no worker has a process
  double shrinking_seconds_ = 0;      // spent on findings that come back quickly
  double slow_seconds_ = 0;           // and on the others
  double enough_at_ = 0;              // seconds of the run after which a finding is left as it is
  std::atomic<bool> enough_ = false;  // that, or the run was stopped
};

void Runner::list_pairs() {
  for (const Clause* clause : plan_.clauses) {
    for (const Subject* subject : plan_.subjects) {
      PairReport& pair = report_.pairs.emplace_back();
      pair.clause = clause;
      pair.subject = subject;
      pair.elsewhere = !plan_.runs(report_.pairs.size() - 1);
      sweeps_.emplace_back();
      if (!pair.elsewhere) pair.skip_reason = skip_reason(*clause, *subject);
      if (pair.skipped()) continue;
      ++progress_.pairs_total;
      for (const EngineId engine : plan_.engines) {
        EngineRun& run = pair.engines[static_cast<std::size_t>(engine)];
        run.planned = true;
        if (engine == EngineId::kSweep) continue;
        const std::uint64_t size = factory_.size(engine, *clause, *subject);
        run.of = size == CaseFactory::kUnbounded ? plan_.cases.value_or(0) : size;
      }
      sweeps_.back().size = factory_.size(EngineId::kSweep, *clause, *subject);
      if (planned(EngineId::kExhaustive)) pair.exhaustive_bound = factory_.bound(*clause);
    }
  }
}

// A trait is tried where the plan has all the clauses that need it and nothing else.
void Runner::list_trials() {
  const auto plan_has = [&](const Clause* clause) {
    return std::find(plan_.clauses.begin(), plan_.clauses.end(), clause) != plan_.clauses.end();
  };
  for (std::size_t s = 0; s < plan_.subjects.size(); ++s) {
    const Subject* const subject = plan_.subjects[s];
    // Of several runs that share a plan, the one that has the subject's first pair.
    std::size_t first = 0;
    while (first < plan_.clauses.size() && !skip_reason(*plan_.clauses[first], *subject).empty()) {
      ++first;
    }
    if (first == plan_.clauses.size()) first = 0;
    if (!plan_.runs(first * plan_.subjects.size() + s)) continue;
    for (std::size_t t = 0; t < kTraitCount; ++t) {
      const auto trait = static_cast<Trait>(t);
      const Traits bit = traits(trait);
      const bool claimed = has(subject->traits, trait);
      const bool permission = has(kPermissions, trait);
      if (claimed != permission) continue;
      // Who reads on to the end of the source stands there.
      if (trait == Trait::kReportsEndPosition && has(subject->traits, Trait::kMultiMember))
        continue;
      const auto tells = [&](const Clause& clause) {
        if (has(clause.heeds, trait)) return true;
        if (!permission) return clause.needs == bit;
        if (trait != Trait::kShortWrites) return false;
        return (clause.uses.fields & fields(FieldId::kWrites, FieldId::kSink)) != 0;
      };
      Trial trial{*subject, {subject, trait, !claimed, 0}, {}};
      trial.copy.traits = static_cast<Traits>(subject->traits ^ bit);
      for (std::size_t c = 0; c < plan_.clauses.size(); ++c) {
        const Clause& clause = *plan_.clauses[c];
        if (tells(clause) && skip_reason(clause, trial.copy).empty()) trial.clauses.push_back(c);
      }
      const auto all = clauses();
      const bool whole = std::all_of(all.begin(), all.end(), [&](const Clause* clause) {
        return !tells(*clause) || plan_has(clause);
      });
      if (whole && !trial.clauses.empty()) trials_.push_back(std::move(trial));
    }
  }
}

// Whether nothing breaks on the copy, which is subject number `subject` of the context.
bool Runner::holds(const Trial& trial, std::size_t subject, std::uint64_t& cases) {
  const auto slot =
      std::find_if(slots_.begin(), slots_.end(), [](const Slot& s) { return !s.lost; });
  if (slot == slots_.end()) return false;
  for (const std::size_t c : trial.clauses) {
    Counters counters;
    std::uint64_t held = 0;
    for (const EngineId engine : {EngineId::kExhaustive, EngineId::kRandom}) {
      const Clause& clause = *plan_.clauses[c];
      Job job;
      job.engine = engine;
      job.clause = c;
      job.subject = subject;
      job.seed = plan_.seed;
      job.count = std::min(trial.copy.run_command ? kCommandTrialCases : kTrialCases,
                           factory_.size(engine, clause, trial.copy));
      slot->worker->start(job, plan_.limits);
      const Answer answer = slot->worker->wait(&enough_, [this] { tick(); });
      if (answer.violation || answer.cancelled || !answer.could_not_run.empty()) return false;
      counters += answer.counters;
      held += answer.cases - answer.discarded;
    }
    if (held == 0) return false;
    // Whoever refuses every seek keeps many a promise about seeking.
    if (counters[Counter::kSeeks] > 0 &&
        counters[Counter::kSeeks] == counters[Counter::kSeekRefusals]) {
      return false;
    }
    for (std::size_t i = 0; i < kCounterCount; ++i) {
      const CounterSet required = required_counters(*plan_.clauses[c], trial.copy);
      if (((required >> i) & 1u) && counters.values[i] == 0) return false;
    }
    cases += held;
  }
  return true;
}

void Runner::try_traits() {
  enough_at_ = kHintShare * plan_.budget_seconds;
  enough_ = enough();
  for (std::size_t i = 0; i < trials_.size() && !enough_; ++i) {
    const Trial& trial = trials_[i];
    // Who breaks the contract has other worries.
    const bool broken =
        std::any_of(report_.pairs.begin(), report_.pairs.end(), [&](const PairReport& pair) {
          return pair.subject == trial.hint.subject && (pair.finding || pair.not_run());
        });
    if (broken) continue;
    Hint hint = trial.hint;
    if (holds(trial, plan_.subjects.size() + i, hint.cases)) report_.hints.push_back(hint);
  }
  enough_at_ = 0;
  enough_ = stopped();
}

// The number that a pair's next case of its engine shall have after `stage`.
std::uint64_t Runner::target(Stage stage, const PairReport& pair) const {
  const EngineRun& run = pair.engines[static_cast<std::size_t>(engine_of(stage))];
  if (!run.planned) return 0;
  switch (stage) {
    case Stage::kReplay:
    case Stage::kExhaustiveRest:
      return run.of;
    case Stage::kExhaustiveFirst:
      return std::min(run.of, cases_of(stage).end);
    case Stage::kSweep:
      return sweeps_[static_cast<std::size_t>(&pair - report_.pairs.data())].size;
    case Stage::kRandomMinimum:
      return std::min(plan_.random_cases_min, plan_.cases.value_or(plan_.random_cases_min));
    case Stage::kRandomRest:
      break;
  }
  return plan_.cases.value_or(cases_of(stage).end);
}

// Seconds of the run after which a stage starts nothing more; 0: none.
double Runner::deadline(Stage stage) const {
  const double budget = plan_.budget_seconds;
  if (budget <= 0) return 0;
  switch (stage) {
    case Stage::kExhaustiveFirst:
      return planned(EngineId::kRandom) ? kExhaustiveFirstShare * budget : budget;
    case Stage::kSweep:
      return planned(EngineId::kRandom) ? kSweepShare * budget : budget;
    case Stage::kExhaustiveRest:
      return planned(EngineId::kRandom) ? kExhaustiveRestShare * budget : budget;
    case Stage::kReplay:
    case Stage::kRandomMinimum:
      return plan_.first_only ? budget : kMinimumFactor * budget + kMinimumSeconds;
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
  job.first = run.next;
  job.count = target(stage, pair) - run.next;
  job.sweep_calls = sweeps_[pair_index].calls;
  job.collects = plan_.collects;
  slot.pair = pair_index;
  slot.stage = stage;
  slot.begun = now();
  slot.until = until;
  slot.cancelled = false;
  // Without a budget the result must not depend on which pair came first.
  slot.reduced = has_budget() && hangs_[job.subject] >= kHangsMax;
  WorkerLimits limits = plan_.limits;
  if (slot.reduced) {
    limits.cpu_seconds *= kHungShare;
    limits.blocked_seconds *= kHungShare;
  }
  progress_.clause = pair.clause;
  progress_.subject = pair.subject;
  progress_.engine = job.engine;
  slot.worker->start(job, limits);
}

void Runner::finish(Slot& slot, const Answer& answer) {
  if (!answer.could_not_run.empty()) return retire(slot, answer.could_not_run);
  PairReport& pair = report_.pairs[slot.pair];
  const EngineId engine = engine_of(slot.stage);
  const bool hung = answer.violation && answer.violation->kind == "hang";
  const bool given_up = hung && slot.reduced;
  // The case that was not waited for has no verdict.
  const std::uint64_t cases = answer.cases - (given_up ? 1 : 0);
  EngineRun& run = pair.engines[static_cast<std::size_t>(engine)];
  run.cases += cases;
  run.next = answer.next;
  if (engine == EngineId::kSweep) {
    SweepState& sweep = sweeps_[slot.pair];
    sweep.calls = answer.sweep_calls;
    sweep.unreached += answer.unreached;
    run.of = factory_.sweep(*pair.clause, *pair.subject).point_count(sweep.calls) - sweep.unreached;
  }
  pair.stats += answer.stats;
  pair.cases += cases;
  pair.discarded += answer.discarded;
  pair.counters += answer.counters;
  pair.seconds += now() - slot.begun;
  for (const Tally& t : answer.tallies) add_tally(pair.tallies, t);
  report_.cases += cases;
  if (given_up) {
    pair.not_run_reason = "given up: the subject hung in " + std::to_string(kHangsMax) +
                          " other pairs, and " + std::string(to_string(engine)) + " case " +
                          std::to_string(answer.violation->index) + " takes long as well";
    return;
  }
  if (hung) ++hangs_[slot.pair % plan_.subjects.size()];
  if (answer.violation) file(slot, slot.pair, engine, *answer.violation);
}

// Fewer workers do the same more slowly; without any the run is at its end.
void Runner::retire(Slot& slot, const std::string& reason) {
  slot.lost = true;
  put_back_.push_back(slot.pair);
  lost_ = std::all_of(slots_.begin(), slots_.end(), [](const Slot& s) { return s.lost; });
  if (lost_) report_.errors.push_back(reason);
}

void Runner::run_stage(Stage stage) {
  const double end = deadline(stage);
  bool again = true;
  while (again && !over()) {
    again = false;
    std::deque<std::size_t> waiting;
    for (std::size_t i = 0; i < report_.pairs.size(); ++i) {
      const PairReport& pair = report_.pairs[i];
      const EngineRun& run = pair.engines[static_cast<std::size_t>(engine_of(stage))];
      if (alive(pair) && run.next < target(stage, pair)) waiting.push_back(i);
    }
    // Two rounds at least in the open end of a run, so that what quick pairs leave over is shared
    // out again.
    const double share = stage == Stage::kRandomRest && !plan_.cases ? 0.5 : 1.0;
    for (;;) {
      if (over()) {
        for (Slot& slot : slots_) {
          if (std::optional<Answer> answer = slot.poll()) finish(slot, *answer);
          if (slot.busy()) finish(slot, slot.worker->abandon());
        }
        put_back_.clear();
        return;
      }
      bool busy = false;
      for (Slot& slot : slots_) {
        if (std::optional<Answer> answer = slot.poll()) finish(slot, *answer);
        waiting.insert(waiting.begin(), put_back_.begin(), put_back_.end());
        put_back_.clear();
        if (!slot.lost && !slot.busy() && !waiting.empty() && !over()) {
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
        if (!slot.busy()) continue;
        busy = true;
        if (slot.until > 0 && now() > slot.until && !slot.cancelled) {
          slot.cancelled = true;
          slot.worker->cancel();
        }
      }
      tick();
      if (!busy && waiting.empty() && !over()) break;
      if (busy) wake_up_.wait(kNapSeconds);
    }
    if (end > 0 && now() < end) {
      for (const PairReport& pair : report_.pairs) {
        const EngineRun& run = pair.engines[static_cast<std::size_t>(engine_of(stage))];
        if (alive(pair) && run.next < target(stage, pair)) again = true;
      }
    }
  }
}

std::string Runner::origin(const PairReport& pair, EngineId engine, std::uint64_t index) {
  switch (engine) {
    case EngineId::kReplay:
      return "replay of " + factory_.corpus_path(*pair.clause, *pair.subject, index);
    case EngineId::kRandom:
      return "random, seed " + std::to_string(plan_.seed) + ", case " + std::to_string(index);
    case EngineId::kExhaustive:
    case EngineId::kSweep:
    case EngineId::kGuided:
      break;
  }
  return std::string(to_string(engine)) + ", case " + std::to_string(index);
}

// How long a finding may be tried again and shrunk. Precondition: there is a budget.
double Runner::seconds_for_tries(bool slow) const {
  const double budget = plan_.budget_seconds;
  const double left = last_end() - now();
  if (slow) return std::min(left, kSlowShare * budget + kSlowSeconds - slow_seconds_);
  const double share = std::max(kShrinkSecondsMin, kShrinkShare * budget - shrinking_seconds_);
  return std::max(kLastSeconds, std::min(left, share));
}

// Whether `value` fails as the finding does; takes over what is seen. `ran` says whether it came to
// an end at all.
bool Runner::fails_again(Worker& worker, Finding& finding, const Case& value, bool& ran) {
  const Tick ticking = [this] { tick(); };
  const Answer answer = worker.evaluate(value, plan_.limits, &enough_, ticking);
  ran = !answer.cancelled && answer.could_not_run.empty();
  if (!answer.violation || answer.violation->kind != finding.signature.kind) return false;
  finding.step = answer.violation->step;
  finding.expected = answer.violation->expected;
  finding.seen = answer.violation->seen;
  finding.report = answer.violation->report;
  return true;
}

// Tries what was found again, shrinks it, and keeps its file up to date. `filed` is a case of the
// same signature that is no larger than what was found, if there is one. `seconds` bound all of it
// when there is a budget, of which `reserve` are for the last run.
void Runner::settle(Worker& worker, Finding& finding, std::optional<Case>& filed, bool slow,
                    double seconds, double reserve) {
  const bool in_time = !enough() && (!has_budget() || !slow || seconds >= reserve);
  bool ran = false;
  finding.reproduces = true;
  finding.unverified = true;
  if (filed && *filed != finding.value) {
    const bool fails = in_time && fails_again(worker, finding, *filed, ran);
    if (!fails && ran) {
      // Of another time: it makes room.
      filed.reset();
    } else if (slow || !fails) {
      // The smaller case is known already, and every try is dear, or there is no time for one.
      finding.value = *filed;
      finding.unverified = !fails;
      write(finding, filed);
      return;
    }
  }
  write(finding, filed);
  if (!in_time) return;
  if (!slow) {
    // What a subject does may depend on what it did before: such a finding is kept, and said to be
    // flaky. A hang costs seconds a try; there the last run of the shrinker decides.
    constexpr int kTries = 3;
    bool fails = false;
    for (int i = 0; i < kTries && !fails; ++i) {
      fails = fails_again(worker, finding, finding.value, ran);
      if (!ran) return;
    }
    finding.reproduces = fails;
    finding.unverified = false;
    if (!fails) return;
  }

  ShrinkLimits limits = plan_.shrink;
  if (slow) limits.seconds_max = std::min(limits.seconds_max, kSlowShrinkSecondsMax);
  if (has_budget()) {
    limits.seconds_max = std::min(limits.seconds_max, slow ? seconds - reserve : seconds);
  }
  ShrinkHooks hooks;
  hooks.on_improvement = [&](const Case& improved) {
    finding.value = improved;
    write(finding, filed);
  };
  hooks.stop = &enough_;
  hooks.tick = [this] { tick(); };
  const Case start = finding.value;
  const ShrinkOutcome outcome =
      shrink(start, finding.signature, worker, plan_.limits, limits, hooks);
  finding.value = outcome.minimal;
  finding.shrink_evaluations = outcome.evaluations;
  finding.shrunk_fully = outcome.end == ShrinkEnd::kMinimal;
  if (outcome.end != ShrinkEnd::kStopped) {
    finding.reproduces = outcome.reproduces;
    finding.unverified = false;
  }
  // The report shows what the file holds.
  if (filed && simpler_than(*filed, finding.value)) finding.value = *filed;
  // Expected and seen of the smallest case are what people read.
  if (!slow && !enough()) fails_again(worker, finding, finding.value, ran);
  write(finding, filed);
}

// What was too long to be embedded at first may fit now that it is shrunk. Errors: as embed_files;
// kInvalidArgument when the finding does not come back without the file.
Result<void> Runner::embed_late(Worker& worker, Finding& finding, std::optional<Case>& filed,
                                bool in_time) {
  Case embedded = finding.value;
  if (const Result<void> done = embed_files(embedded, *plan_.files); !done) return done;
  if (embedded == finding.value) return {};
  bool ran = false;
  // A flaky finding is not tried again.
  if (finding.reproduces && in_time && !enough()) {
    // What is written to the file, read again.
    Case parsed;
    const bool same = parse(print(embedded), parsed).ok && parsed == embedded;
    if (!same || (!fails_again(worker, finding, parsed, ran) && ran)) {
      return fail(Code::kInvalidArgument, "the case does not fail in the same way without it");
    }
  }
  finding.value = std::move(embedded);
  finding.unverified = finding.reproduces && !ran;
  // The bytes of the new literals have not been shrunk.
  finding.shrunk_fully = false;
  // The file holds slices, and counts as smaller.
  filed.reset();
  write(finding, filed);
  return {};
}

// A finding is on disk before it is shrunk: what happens then may take long, or end the run.
void Runner::file(Slot& slot, std::size_t pair_index, EngineId engine, const Violation& violation) {
  PairReport& pair = report_.pairs[pair_index];
  Finding finding;
  finding.subject = pair.subject->name;
  finding.signature = {std::string(pair.clause->id), violation.kind};
  finding.step = violation.step;
  finding.expected = violation.expected;
  finding.seen = violation.seen;
  finding.report = violation.report;
  finding.origin = origin(pair, engine, violation.index);
  factory_.make(engine, *pair.clause, *pair.subject, plan_.seed, violation.index, finding.value);
  if (plan_.first_only) {
    finding.unverified = true;
    pair.finding = report_.findings.size();
    report_.findings.push_back(std::move(finding));
    return;
  }
  const bool embedded =
      plan_.files == nullptr || embed_files(finding.value, *plan_.files).has_value();

  progress_.clause = pair.clause;
  progress_.subject = pair.subject;
  progress_.engine = engine;
  progress_.shrinking = true;
  ++progress_.findings;
  const bool slow = violation.kind == "hang" || violation.kind == "out-of-memory";
  const double reserve = violation.kind == "out-of-memory" ? kMemoryTrySeconds
                         : violation.slept ? plan_.limits.blocked_seconds + kMemoryTrySeconds
                                           : plan_.limits.cpu_seconds * kWallPerCpu;
  const double begun = now();
  const double seconds = has_budget() ? seconds_for_tries(slow) : 0;
  enough_at_ = begun + seconds;
  enough_ = stopped();
  std::optional<Case> filed = filed_case(plan_.findings_folder, finding);
  settling_ = &slot;
  settle(*slot.worker, finding, filed, slow, seconds, reserve);
  if (!embedded) {
    const bool in_time = !slow || !has_budget() || seconds - (now() - begun) >= reserve;
    if (const Result<void> done = embed_late(*slot.worker, finding, filed, in_time); !done) {
      report_.errors.push_back("the case of " + to_string(finding.signature) + " on " +
                               finding.subject +
                               " still needs its payload file: " + describe(done.error()));
    }
  }
  settling_ = nullptr;
  (slow ? slow_seconds_ : shrinking_seconds_) += now() - begun;
  enough_at_ = 0;
  progress_.shrinking = false;
  pair.finding = report_.findings.size();
  report_.findings.push_back(finding);
  observer_.on_finding(finding);
}

void Runner::write(Finding& finding, std::optional<Case>& filed) {
  const Result<void> done = file_finding(plan_.findings_folder, finding, filed);
  if (done) return;
  // The same trouble comes with every improvement of every finding; once is enough.
  std::string message =
      "findings cannot be written to " + plan_.findings_folder + ": " + describe(done.error());
  if (std::find(report_.errors.begin(), report_.errors.end(), message) == report_.errors.end()) {
    report_.errors.push_back(std::move(message));
  }
}

void Runner::tick() {
  if (enough()) enough_ = true;
  if (settling_ != nullptr) {
    // The others go on meanwhile: one that hangs must not take the processor until this is done.
    for (Slot& slot : slots_) {
      if (&slot != settling_ && !slot.answer) slot.answer = slot.worker->poll();
    }
  }
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
                          : planned(EngineId::kSweep)      ? Stage::kSweep
                                                           : Stage::kReplay;
    progress_.pairs_done = 0;
    for (const PairReport& pair : report_.pairs) {
      if (pair.skipped()) continue;
      const EngineRun& run = pair.engines[static_cast<std::size_t>(engine_of(minimum))];
      if (!alive(pair) || run.next >= target(minimum, pair)) ++progress_.pairs_done;
    }
  }
  observer_.on_progress(progress_);
}

void Runner::conclude() {
  report_.interrupted = stopped();
  report_.seed = plan_.seed;
  report_.payload_files = plan_.files == nullptr ? 0 : plan_.files->files().size();
  // Which pair found something first depends on the number of jobs: the report does not.
  std::vector<Finding> findings;
  for (PairReport& pair : report_.pairs) {
    if (!pair.finding) continue;
    findings.push_back(std::move(report_.findings[*pair.finding]));
    pair.finding = findings.size() - 1;
  }
  report_.findings = std::move(findings);
  // What was found after the trials.
  const auto broken = [&](const Hint& hint) {
    return std::any_of(report_.findings.begin(), report_.findings.end(),
                       [&](const Finding& f) { return f.subject == hint.subject->name; });
  };
  report_.hints.erase(std::remove_if(report_.hints.begin(), report_.hints.end(), broken),
                      report_.hints.end());
  // Replay and sweep alone run what is there; they do not set out to exercise everything.
  const bool searches = planned(EngineId::kExhaustive) || planned(EngineId::kRandom);
  const bool judged = !report_.interrupted && !lost_ && searches;
  for (PairReport& pair : report_.pairs) {
    const std::size_t index = static_cast<std::size_t>(&pair - report_.pairs.data());
    const EngineRun& sweep = pair.engines[static_cast<std::size_t>(EngineId::kSweep)];
    pair.sweep_complete =
        sweep.planned && sweep.next >= sweeps_[index].size && sweep.cases >= sweep.of;
    if (!alive(pair)) continue;
    if (pair.cases == 0) {
      const EngineRun& replay = pair.engines[static_cast<std::size_t>(EngineId::kReplay)];
      if (!searches && replay.of == 0 && (!sweep.planned || pair.sweep_complete)) {
        pair.skip_reason = !sweep.planned    ? "no case in the corpus"
                           : !replay.planned ? "nothing to sweep"
                                             : "no case in the corpus, nothing to sweep";
      } else {
        pair.not_run_reason = report_.interrupted ? "the run was interrupted before its turn"
                              : lost_             ? "no process could be started"
                              : has_budget()      ? "the budget ran out before its turn"
                                                  : "no engine had a case";
      }
      continue;
    }
    if (!judged) continue;
    pair.nothing_checked = pair.discarded == pair.cases;
    if (pair.nothing_checked && is_moot(pair)) {
      pair.nothing_checked = false;
      pair.skip_reason = pair.clause->moot;
      continue;
    }
    const CounterSet requirements = required_counters(*pair.clause, *pair.subject);
    for (std::size_t c = 0; c < kCounterCount; ++c) {
      const bool required = (requirements >> c) & 1u;
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
  WEIR_CHECK(
      plan_.share.empty() || plan_.share.size() == plan_.clauses.size() * plan_.subjects.size(),
      "a share says of every pair whether it is in it");
  list_pairs();
  slots_.resize(static_cast<std::size_t>(std::max(1, plan_.jobs)));
  for (Slot& slot : slots_) slot.worker = std::make_unique<Worker>(context_, wake_up_);
  for (const StageCases& each : kStages) {
    if (each.stage == Stage::kRandomRest && !over()) try_traits();
    if (!over()) run_stage(each.stage);
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

std::uint64_t Report::discarded() const noexcept {
  std::uint64_t sum = 0;
  for (const PairReport& pair : pairs) sum += pair.discarded;
  return sum;
}

Report run(const Plan& plan, Observer& observer, const std::atomic<bool>& stop) {
  return Runner(plan, observer, stop).run();
}

Estimate estimate_exhaustive(const Plan& plan, const std::atomic<bool>& stop) {
  CaseFactory factory({plan.corpus, plan.exhaustive_cases_max, plan.random, plan.files});
  const WorkerContext context{plan.clauses, plan.subjects, plan.files, &factory};
  WakeUp wake_up;
  Worker worker(context, wake_up);
  WorkerLimits limits = plan.limits;
  limits.cpu_seconds = std::min(limits.cpu_seconds, kEstimateSecondsMax / 4);
  limits.blocked_seconds = std::min(limits.blocked_seconds, kEstimateSecondsMax / 4);
  const Clock::time_point begun = Clock::now();
  const auto seconds_since = [](Clock::time_point from) {
    return std::chrono::duration<double>(Clock::now() - from).count();
  };
  Estimate estimate;
  std::uint64_t sampled = 0;
  for (std::size_t c = 0; c < plan.clauses.size(); ++c) {
    for (std::size_t s = 0; s < plan.subjects.size(); ++s) {
      if (!plan.runs(c * plan.subjects.size() + s)) continue;
      if (!skip_reason(*plan.clauses[c], *plan.subjects[s]).empty()) continue;
      const std::uint64_t size =
          factory.size(EngineId::kExhaustive, *plan.clauses[c], *plan.subjects[s]);
      ++estimate.pairs;
      estimate.cases += size;
      std::uint64_t ran = 0;
      double took = 0;
      const std::uint64_t count = std::min(size, kSampleCases);
      for (const std::uint64_t first : {std::uint64_t{0}, (size - count) / 2, size - count}) {
        if (stop.load(std::memory_order_relaxed) || seconds_since(begun) > kEstimateSecondsMax) {
          continue;
        }
        Job job;
        job.engine = EngineId::kExhaustive;
        job.clause = c;
        job.subject = s;
        job.first = first;
        // One case that is not timed: it may have to start a process, and to fill pools.
        job.count = 1;
        worker.start(job, limits);
        if (worker.wait(&stop).violation) continue;
        job.count = count;
        const Clock::time_point at = Clock::now();
        worker.start(job, limits);
        ran += worker.wait(&stop).cases;
        took += seconds_since(at);
      }
      if (ran == 0) continue;
      estimate.seconds += took / static_cast<double>(ran) * static_cast<double>(size);
      sampled += size;
    }
  }
  // Pairs for which there was no time are taken to be like the others.
  if (sampled > 0) {
    estimate.seconds *= static_cast<double>(estimate.cases) / static_cast<double>(sampled);
  }
  estimate.seconds /= std::max(1, plan.jobs);
  return estimate;
}

}  // namespace weir::properties
