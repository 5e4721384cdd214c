#include "properties/kill.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <utility>

#include "properties/payload.h"
#include "weir/check.h"

namespace weir::properties {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kNapSeconds = 0.001;
constexpr std::uint64_t kWithoutEnd = StageCases::kAll;
// A declaration that an engine cannot reach a bug is tried with so many cases: a number, not a
// time, so that a fixed seed always comes to the same result.
constexpr std::uint64_t kBeyondCases = 2000;
// Each evaluation of what takes the process down costs a new one, or a limit.
constexpr std::uint64_t kSlowEvaluationsMax = 30;
constexpr double kSlowShrinkSeconds = 3;
constexpr double kPatientSeconds = 10;

std::string text(std::string_view view) { return std::string(view); }

class Hunter {
 public:
  Hunter(const KillPlan& plan, const std::function<void(const KillProgress&)>& on_progress,
         const std::atomic<bool>& stop)
      : plan_(plan),
        on_progress_(on_progress),
        stop_(stop),
        factory_({{}, plan.exhaustive_cases_max, plan.random, nullptr}),
        context_{{clauses().begin(), clauses().end()}, plan.subjects, nullptr, &factory_},
        worker_(context_, wake_up_) {}

  KillReport run();
  std::vector<Proof> prove(std::vector<Proof> proofs, std::string& could_not_run);

 private:
  struct Part {
    EngineId engine;
    std::uint64_t first;
    std::uint64_t end;  // cut to what the engine has
  };

  double now() const { return std::chrono::duration<double>(Clock::now() - begun_).count(); }
  bool stopped() const {
    return stop_.load(std::memory_order_relaxed) || !report_.could_not_run.empty();
  }
  void show(std::string_view engine);
  Answer run_job(const Job& job, double seconds);
  Hunt hunt(KillRow& row, std::size_t subject, std::string_view name, std::optional<EngineId> only,
            std::uint64_t seed);
  void pursue(KillRow& row, Hunt& hunt, const std::vector<Part>& parts, std::size_t subject,
              std::uint64_t seed);
  void look_at_others(KillRow& row, std::size_t subject);
  Case shrunk(const Case& value, const Signature& signature, std::uint64_t& evaluations);
  Hunt guided_hunt(KillRow& row, std::uint64_t seed);
  void confirm(Hunt& hunt);
  bool only_slow(const Case& value);
  void measure(Hunt& hunt, const Clause& clause);
  std::uint64_t random_max() const { return plan_.cases.value_or(kWithoutEnd); }
  std::size_t index_of(const Clause& clause) const;

  const KillPlan& plan_;
  const std::function<void(const KillProgress&)>& on_progress_;
  const std::atomic<bool>& stop_;
  CaseFactory factory_;
  WorkerContext context_;
  WakeUp wake_up_;
  Worker worker_;
  PayloadFiles no_files_;
  KillReport report_;
  KillProgress progress_;
  Clock::time_point begun_ = Clock::now();
};

std::size_t Hunter::index_of(const Clause& clause) const {
  const auto found = std::find(context_.clauses.begin(), context_.clauses.end(), &clause);
  WEIR_CHECK(found != context_.clauses.end(), "a clause of the contract");
  return static_cast<std::size_t>(found - context_.clauses.begin());
}

void Hunter::show(std::string_view engine) {
  progress_.engine = engine;
  progress_.cases = report_.cases + (worker_.busy() ? worker_.current_cases() : 0);
  progress_.seconds = now();
  if (on_progress_) on_progress_(progress_);
}

Answer Hunter::run_job(const Job& job, double seconds) {
  const double begun = now();
  bool cancelled = false;
  worker_.start(job, plan_.limits);
  for (;;) {
    std::optional<Answer> answer = worker_.poll();
    if (!answer && stopped()) answer = worker_.abandon();
    if (answer) {
      if (!answer->could_not_run.empty()) report_.could_not_run = answer->could_not_run;
      report_.cases += answer->cases;
      return std::move(*answer);
    }
    if (seconds > 0 && !cancelled && now() - begun > seconds) {
      worker_.cancel();
      cancelled = true;
    }
    show(progress_.engine);
    wake_up_.wait(kNapSeconds);
  }
}

// Runs the parts one behind the other until the primary clause fires.
void Hunter::pursue(KillRow& row, Hunt& hunt, const std::vector<Part>& parts, std::size_t subject,
                    std::uint64_t seed) {
  const double begun = now();
  for (const Part& part : parts) {
    Job job;
    job.engine = part.engine;
    job.clause = index_of(*row.primary);
    job.subject = subject;
    job.seed = seed;
    job.first = part.first;
    const std::uint64_t end =
        std::min(part.end, factory_.size(part.engine, *row.primary, *row.subject));
    if (end <= part.first) continue;
    job.count = end - part.first;
    double left = 0;
    if (plan_.budget_seconds > 0) {
      left = plan_.budget_seconds - (now() - begun);
      if (left <= 0) break;
    }
    const Answer answer = run_job(job, left);
    hunt.cases += answer.cases;
    hunt.seconds = now() - begun;
    hunt.faulty_steps += answer.counters[Counter::kFaultySteps];
    row.cases += answer.cases;
    if (answer.violation) {
      hunt.fate = Fate::kKilled;
      hunt.kind = answer.violation->kind;
      Case& found = hunt.found.emplace();
      factory_.make(part.engine, *row.primary, *row.subject, seed, answer.violation->index, found);
      return;
    }
    if (stopped()) return;
  }
}

Hunt Hunter::hunt(KillRow& row, std::size_t subject, std::string_view name,
                  std::optional<EngineId> only, std::uint64_t seed) {
  Hunt result;
  result.engine = name;
  if (only == EngineId::kRandom) result.seed = seed;
  show(name);
  if (const std::string reason = skip_reason(*row.primary, *row.subject); !reason.empty()) {
    result.fate = Fate::kSkipped;
    result.why = reason;
    return result;
  }
  const bool beyond = only && is_beyond(*row.mutant, name);
  std::vector<Part> parts;
  if (!only) {
    for (const StageCases& stage : kStages) {
      if (stage.engine == EngineId::kReplay) continue;
      const bool random = stage.engine == EngineId::kRandom;
      parts.push_back(
          {stage.engine, stage.first, random ? std::min(stage.end, random_max()) : stage.end});
    }
  } else if (factory_.size(*only, *row.primary, *row.subject) == 0) {
    result.fate = Fate::kNoCase;
    return result;
  } else {
    std::uint64_t end = kWithoutEnd;
    if (*only == EngineId::kRandom) end = random_max();
    // What is declared out of reach is tried all the same: a declaration has to stay true.
    if (*only == EngineId::kRandom && beyond) end = std::min(end, kBeyondCases);
    parts = {{*only, 0, end}};
  }
  pursue(row, result, parts, subject, seed);
  if (beyond && result.fate == Fate::kSurvived) result.fate = Fate::kBeyond;
  return result;
}

Case Hunter::shrunk(const Case& value, const Signature& signature, std::uint64_t& evaluations) {
  show("shrinking");
  ShrinkLimits limits = plan_.shrink;
  if (signature.kind == "hang" || signature.kind == "out-of-memory") {
    limits.evaluations_max = std::min(limits.evaluations_max, kSlowEvaluationsMax);
    limits.seconds_max = std::min(limits.seconds_max, kSlowShrinkSeconds);
  }
  ShrinkHooks hooks;
  hooks.stop = &stop_;
  hooks.tick = [this] { show("shrinking"); };
  const ShrinkOutcome outcome = shrink(value, signature, worker_, plan_.limits, limits, hooks);
  evaluations = outcome.evaluations;
  return outcome.minimal;
}

// Whether a case that took too long comes to its end after all: a mutant that goes byte by byte is
// no hang.
bool Hunter::only_slow(const Case& value) {
  WorkerLimits limits = plan_.limits;
  limits.cpu_seconds = kPatientSeconds;
  limits.blocked_seconds = kPatientSeconds;
  const Answer answer = worker_.evaluate(value, limits, &stop_);
  return answer.could_not_run.empty() && !answer.violation;
}

Hunt Hunter::guided_hunt(KillRow& row, std::uint64_t seed) {
  const std::string_view name = to_string(EngineId::kGuided);
  show(name);
  Hunt result;
  if (std::string reason = skip_reason(*row.primary, *row.subject); !reason.empty()) {
    result.fate = Fate::kSkipped;
    result.why = std::move(reason);
  } else {
    result = plan_.guided(row, seed);
    report_.cases += result.cases;
    row.cases += result.cases;
    confirm(result);
    if (result.fate == Fate::kSurvived && is_beyond(*row.mutant, name)) result.fate = Fate::kBeyond;
  }
  result.engine = name;
  result.seed = seed;
  return result;
}

// What broke a program of its own has to break the clause here, too.
void Hunter::confirm(Hunt& hunt) {
  if (!hunt.found || hunt.fate != Fate::kKilled) return;
  const Answer answer = worker_.evaluate(*hunt.found, plan_.limits, &stop_);
  if (answer.violation) {
    hunt.kind = answer.violation->kind;
    return;
  }
  hunt.fate = Fate::kSurvived;
  hunt.why = "what it found held when it was run again";
}

void Hunter::measure(Hunt& hunt, const Clause& clause) {
  if (!hunt.found || hunt.fate != Fate::kKilled) return;
  hunt.smallest = hunt.found;
  if (plan_.shrinks && !stopped()) {
    hunt.smallest = shrunk(*hunt.found, {text(clause.id), hunt.kind}, hunt.evaluations);
  }
  hunt.operations = hunt.smallest->op_count();
  std::vector<std::byte> payload;
  if (materialise(*hunt.smallest, no_files_, std::size_t{64} << 20, payload)) {
    hunt.payload_bytes = payload.size();
  }
}

void Hunter::look_at_others(KillRow& row, std::size_t subject) {
  // Where anything may fire there is nothing to learn.
  if (row.mutant != nullptr && row.mutant->allowed == "*") return;
  const std::uint64_t factor = row.mutant == nullptr ? plan_.correct_factor : 1;
  for (const Clause* clause : context_.clauses) {
    if (clause == row.primary || !skip_reason(*clause, *row.subject).empty()) continue;
    for (const EngineId engine : plan_.engines) {
      if (engine == EngineId::kReplay || engine == EngineId::kGuided) continue;
      const bool random = engine == EngineId::kRandom;
      const std::vector<std::uint64_t> once{plan_.seeds.empty() ? 1 : plan_.seeds.front()};
      for (const std::uint64_t seed : random ? plan_.seeds : once) {
        if (stopped()) return;
        Job job;
        job.engine = engine;
        job.clause = index_of(*clause);
        job.subject = subject;
        job.seed = seed;
        job.count = std::min(factory_.size(engine, *clause, *row.subject),
                             factor * (random ? plan_.others_random : plan_.others_exhaustive));
        if (job.count == 0) continue;
        show("others");
        const Answer answer = run_job(job, 0);
        row.cases += answer.cases;
        if (!answer.violation) continue;
        Fired fired;
        fired.clause = clause;
        fired.engine = engine;
        fired.seed = seed;
        fired.cases = answer.cases;
        fired.kind = answer.violation->kind;
        fired.declared = row.mutant != nullptr && declares(*row.mutant, clause->id);
        factory_.make(engine, *clause, *row.subject, seed, answer.violation->index, fired.value);
        if (fired.kind == "hang" && !fired.declared && only_slow(fired.value)) continue;
        if (!fired.declared && plan_.shrinks && !stopped()) {
          std::uint64_t evaluations = 0;
          fired.value = shrunk(fired.value, {text(clause->id), fired.kind}, evaluations);
        }
        row.fired.push_back(std::move(fired));
      }
    }
  }
}

KillReport Hunter::run() {
  progress_.total = plan_.subjects.size();
  for (std::size_t i = 0; i < plan_.subjects.size() && !stopped(); ++i) {
    KillRow row;
    row.subject = plan_.subjects[i];
    row.mutant = mutant_of(*row.subject);
    if (row.mutant != nullptr) {
      row.primary = find_clause(row.mutant->primary);
      WEIR_CHECK(row.primary != nullptr, "a mutant's primary clause is one of the contract");
    }
    progress_.done = i;
    progress_.subject = row.subject->name;
    // A process of its own for each: what the pools of the others hold would count against it.
    worker_.end();
    if (row.primary != nullptr) {
      const std::uint64_t first_seed = plan_.seeds.empty() ? 1 : plan_.seeds.front();
      if (plan_.standard) {
        row.standard = hunt(row, i, "default", std::nullopt, first_seed);
        measure(*row.standard, *row.primary);
      }
      for (const EngineId engine : plan_.engines) {
        if (stopped()) break;
        if (engine == EngineId::kReplay) continue;
        if (engine == EngineId::kGuided) {
          if (!plan_.guided) continue;
          for (const std::uint64_t seed : plan_.seeds) {
            if (stopped()) break;
            row.hunts.push_back(guided_hunt(row, seed));
            measure(row.hunts.back(), *row.primary);
          }
          continue;
        }
        const std::vector<std::uint64_t> once{first_seed};
        for (const std::uint64_t seed : engine == EngineId::kRandom ? plan_.seeds : once) {
          if (stopped()) break;
          row.hunts.push_back(hunt(row, i, to_string(engine), engine, seed));
          measure(row.hunts.back(), *row.primary);
        }
      }
    }
    if (plan_.others && !stopped()) look_at_others(row, i);
    const auto name_other = [&](Hunt& each) {
      if (each.fate != Fate::kSurvived) return;
      for (const Fired& fired : row.fired) {
        if (each.engine != "default" && to_string(fired.engine) != each.engine) continue;
        each.fate = Fate::kByOther;
        each.why = fired.clause->id;
        return;
      }
    };
    if (row.standard) name_other(*row.standard);
    for (Hunt& each : row.hunts) name_other(each);
    if (stop_.load(std::memory_order_relaxed)) break;
    report_.rows.push_back(std::move(row));
    progress_.done = i + 1;
    show("");
  }
  report_.interrupted = stop_.load(std::memory_order_relaxed);
  report_.seconds = now();
  return std::move(report_);
}

// `proofs` stand for the plan's subjects, one by one; of those that do not apply there is none.
std::vector<Proof> Hunter::prove(std::vector<Proof> proofs, std::string& could_not_run) {
  // A little of everything first: most faults are seen at once by some clause.
  constexpr std::uint64_t kRandomMax = 2000;
  const std::uint64_t random_max = plan_.cases.value_or(kRandomMax);
  const std::array<Part, 7> parts = {
      {{EngineId::kExhaustive, 0, 50},
       {EngineId::kRandom, 0, std::min<std::uint64_t>(20, random_max)},
       {EngineId::kExhaustive, 50, 400},
       {EngineId::kRandom, 20, std::min<std::uint64_t>(200, random_max)},
       {EngineId::kExhaustive, 400, kExhaustiveFirstCases},
       {EngineId::kSweep, 0, kWithoutEnd},
       {EngineId::kRandom, 200, random_max}}};
  progress_.total = proofs.size();
  std::size_t next_subject = 0;
  for (Proof& proof : proofs) {
    if (stopped()) break;
    progress_.subject = proof.fault == nullptr ? std::string_view("no fault") : proof.fault->name;
    show("");
    if (proof.applies()) {
      const std::size_t index = next_subject++;
      const Subject& subject = *plan_.subjects[index];
      const double begun = now();
      const auto search = [&] {
        for (const Part& part : parts) {
          for (const Clause* clause : context_.clauses) {
            if (stopped() || !skip_reason(*clause, subject).empty()) continue;
            const std::uint64_t end =
                std::min(part.end, factory_.size(part.engine, *clause, subject));
            if (end <= part.first) continue;
            if (plan_.budget_seconds > 0 && now() - begun > plan_.budget_seconds) return;
            Job job;
            job.engine = part.engine;
            job.clause = index_of(*clause);
            job.subject = index;
            job.seed = plan_.seeds.empty() ? 1 : plan_.seeds.front();
            job.first = part.first;
            job.count = end - part.first;
            show(to_string(part.engine));
            const double left =
                plan_.budget_seconds > 0 ? plan_.budget_seconds - (now() - begun) : 0;
            if (left < 0) return;
            const Answer answer = run_job(job, left);
            proof.cases += answer.cases;
            proof.faulty_steps += answer.counters[Counter::kFaultySteps];
            if (!answer.violation) continue;
            proof.clause = clause;
            proof.engine = part.engine;
            proof.kind = answer.violation->kind;
            return;
          }
        }
      };
      search();
      proof.seconds = now() - begun;
    }
    ++progress_.done;
  }
  could_not_run = report_.could_not_run;
  return proofs;
}

std::string how_found(std::string_view engine, std::optional<std::uint64_t> seed) {
  return text(engine) + (seed ? ", seed " + std::to_string(*seed) : "");
}

void add_problem(const KillRow& row, const Hunt& hunt, std::vector<std::string>& problems) {
  const std::string who = text(row.mutant->name) + ", " + how_found(hunt.engine, hunt.seed) + ": ";
  const std::string clause = text(row.primary->id);
  std::string seen = hunt.faulty_steps == 0
                         ? "never reached"
                         : "reached " + std::to_string(hunt.faulty_steps) + " times, not noticed";
  // Its process does not tell how often the fault was reached.
  if (hunt.engine == to_string(EngineId::kGuided)) {
    seen = hunt.fate == Fate::kSurvived && !hunt.why.empty() ? hunt.why : "no input broke it";
  }
  switch (hunt.fate) {
    case Fate::kSurvived:
      problems.push_back(who + "survives " + clause + " over " + std::to_string(hunt.cases) +
                         " cases: " + seen);
      break;
    case Fate::kByOther:
      problems.push_back(who + "survives " + clause + " over " + std::to_string(hunt.cases) +
                         " cases: " + seen + "; only " + hunt.why + " fires");
      break;
    case Fate::kKilled:
      if (is_beyond(*row.mutant, hunt.engine)) {
        problems.push_back(who + "declared out of reach, and killed all the same after " +
                           std::to_string(hunt.cases) + " cases");
      }
      break;
    case Fate::kBeyond:
    case Fate::kNoCase:
    case Fate::kSkipped:
    case Fate::kFailed:  // see add_failures
      break;
  }
}

// What keeps an engine from running keeps it from most mutants: said once.
void add_failures(const KillReport& report, std::vector<std::string>& problems) {
  std::vector<std::pair<std::string, std::size_t>> failures;
  for (const KillRow& row : report.rows) {
    for (const Hunt& hunt : row.hunts) {
      if (hunt.fate != Fate::kFailed) continue;
      const std::string what = hunt.engine + " could not run: " + hunt.why;
      const auto known = std::find_if(failures.begin(), failures.end(),
                                      [&](const auto& each) { return each.first == what; });
      if (known == failures.end()) {
        failures.emplace_back(what, 1);
      } else {
        ++known->second;
      }
    }
  }
  for (const auto& [what, count] : failures) {
    problems.push_back(what + " (" + std::to_string(count) + (count == 1 ? " hunt)" : " hunts)"));
  }
}

}  // namespace

std::string_view to_string(Fate fate) noexcept {
  switch (fate) {
    case Fate::kKilled:
      return "killed";
    case Fate::kByOther:
      return "killed-by-other";
    case Fate::kSurvived:
      return "survived";
    case Fate::kBeyond:
      return "beyond";
    case Fate::kNoCase:
      return "no-case";
    case Fate::kFailed:
      return "failed";
    case Fate::kSkipped:
      break;
  }
  return "skipped";
}

const Hunt* KillRow::smallest() const noexcept {
  const Hunt* best = nullptr;
  const auto consider = [&](const Hunt& hunt) {
    if (!hunt.smallest) return;
    if (best == nullptr || std::pair(hunt.operations, hunt.payload_bytes) <
                               std::pair(best->operations, best->payload_bytes)) {
      best = &hunt;
    }
  };
  if (standard) consider(*standard);
  for (const Hunt& hunt : hunts) consider(hunt);
  return best;
}

std::vector<std::string> problems(const KillReport& report) {
  std::vector<std::string> found;
  add_failures(report, found);
  for (const KillRow& row : report.rows) {
    if (row.mutant != nullptr) {
      // A primary clause that does not apply proves nothing; what the build lacks is no such case.
      const std::string reason = skip_reason(*row.primary, *row.subject);
      if (!reason.empty() && !row.primary->meters) {
        found.push_back(text(row.mutant->name) + ": its primary clause " + text(row.primary->id) +
                        " does not apply to it: " + reason);
      }
      if (row.standard) add_problem(row, *row.standard, found);
      for (const Hunt& hunt : row.hunts) add_problem(row, hunt, found);
    }
    std::vector<const Clause*> named;
    for (const Fired& fired : row.fired) {
      if (fired.declared || std::find(named.begin(), named.end(), fired.clause) != named.end()) {
        continue;
      }
      named.push_back(fired.clause);
      const bool random = fired.engine == EngineId::kRandom;
      found.push_back(
          text(row.mutant != nullptr ? row.mutant->name : std::string_view(row.subject->name)) +
          ": " + text(fired.clause->id) + " fires (" + fired.kind + "; " +
          how_found(to_string(fired.engine),
                    random ? std::optional<std::uint64_t>(fired.seed) : std::nullopt) +
          ")" + (row.mutant != nullptr ? " and is not declared" : ", and the subject is correct"));
    }
  }
  return found;
}

std::vector<EngineScore> scores(const KillReport& report) {
  std::vector<EngineScore> all;
  for (const KillRow& row : report.rows) {
    std::vector<std::string> seen;
    const auto add = [&](const std::string& engine) {
      if (std::find(seen.begin(), seen.end(), engine) != seen.end()) return;
      seen.push_back(engine);
      auto score = std::find_if(all.begin(), all.end(),
                                [&](const EngineScore& each) { return each.engine == engine; });
      if (score == all.end()) score = all.insert(all.end(), {engine});
      std::size_t ran = 0;
      std::size_t killed = 0;
      Fate fate = Fate::kSurvived;
      const auto take = [&](const Hunt& hunt) {
        if (hunt.engine != engine) return;
        fate = hunt.fate;
        if (hunt.counts()) ++ran;
        if (hunt.fate == Fate::kKilled) ++killed;
      };
      if (row.standard) take(*row.standard);
      for (const Hunt& hunt : row.hunts) take(hunt);
      if (ran > 0) {
        ++score->able;
        if (killed == ran) ++score->killed;
      } else if (fate == Fate::kBeyond) {
        ++score->beyond;
      } else if (fate == Fate::kNoCase) {
        ++score->no_case;
      } else {
        ++score->skipped;
      }
    };
    if (row.standard) add(row.standard->engine);
    for (const Hunt& hunt : row.hunts) add(hunt.engine);
  }
  return all;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> found;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    if (end > begin) found.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return found;
}

bool declares(const Mutant& mutant, std::string_view id) {
  if (mutant.allowed == "*" || id == mutant.primary) return true;
  const std::vector<std::string_view> allowed = words(mutant.allowed);
  return std::find(allowed.begin(), allowed.end(), id) != allowed.end();
}

bool is_beyond(const Mutant& mutant, std::string_view engine) {
  const std::vector<std::string_view> beyond = words(mutant.beyond);
  return std::find(beyond.begin(), beyond.end(), engine) != beyond.end();
}

const Mutant* mutant_of(const Subject& subject) {
  for (const Mutant* mutant : mutants()) {
    if (&subject_of(*mutant) == &subject) return mutant;
  }
  return nullptr;
}

KillReport kill(const KillPlan& plan, const std::function<void(const KillProgress&)>& on_progress,
                const std::atomic<bool>& stop) {
  const auto planned = [&](EngineId engine) {
    return std::find(plan.engines.begin(), plan.engines.end(), engine) != plan.engines.end();
  };
  WEIR_CHECK(plan.random != nullptr || !(planned(EngineId::kRandom) || plan.standard),
             "the random engine needs a maker");
  WEIR_CHECK(plan.budget_seconds > 0 || plan.cases, "a hunt needs a bound");
  return Hunter(plan, on_progress, stop).run();
}

std::vector<Proof> prove(const Subject& subject, const KillPlan& plan,
                         const std::function<void(const KillProgress&)>& on_progress,
                         const std::atomic<bool>& stop, std::string& could_not_run) {
  WEIR_CHECK(plan.random != nullptr, "the random engine needs a maker");
  // Addresses stay: the worker and the factory hold on to them.
  std::deque<Subject> faulty;
  KillPlan with_faults = plan;
  with_faults.subjects = {&subject};
  std::vector<Proof> proofs(1);
  for (const GenericFault& fault : generic_faults()) {
    Proof& proof = proofs.emplace_back();
    proof.fault = &fault;
    proof.why_not = why_not(fault, subject);
    if (!proof.applies()) continue;
    with_faults.subjects.push_back(&faulty.emplace_back(with_fault(subject, fault)));
  }
  return Hunter(with_faults, on_progress, stop).prove(std::move(proofs), could_not_run);
}

}  // namespace weir::properties
