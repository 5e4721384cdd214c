#include "properties/shrinker.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <unordered_set>
#include <utility>
#include <vector>

#include "properties/case_generate.h"
#include "properties/case_text.h"
#include "properties/random_bits.h"
#include "weir/check.h"

namespace weir::properties {
namespace {

using Clock = std::chrono::steady_clock;

std::uint64_t hash_of(const Case& value) {
  std::uint64_t hash = 0x9e3779b97f4a7c15u;
  const auto mix = [&hash](std::uint64_t v) { hash = RandomBits::mix(hash + v) + 0x9e37u; };
  for (std::size_t f = 0; f < kFieldCount; ++f) {
    const std::vector<Op>& ops = value.ops(static_cast<FieldId>(f));
    mix(ops.size());
    for (const Op& op : ops) {
      mix(op.verb);
      for (const std::int64_t arg : op.args) mix(static_cast<std::uint64_t>(arg));
      const std::span<const std::byte> bytes = value.bytes(op);
      mix(bytes.size());
      mix(stable_hash(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    }
  }
  return hash;
}

/// The search for a smaller case. Large steps first: whole fields, spans of operations and bytes in
/// halves, numbers by bisection; what remains is left to the variants of the case description.
class Search {
 public:
  Search(const Case& value, const std::function<bool(const Case&)>& fails,
         const ShrinkLimits& limits, const ShrinkHooks& hooks)
      : fails_(fails), limits_(limits), hooks_(hooks), begun_(Clock::now()) {
    outcome_.minimal = value;
    seen_.insert(hash_of(value));
  }

  ShrinkOutcome run() {
    bool again = true;
    while (again && !over_) {
      const std::uint64_t improvements = outcome_.improvements;
      drop_fields();
      drop_operations();
      drop_bytes();
      lower_numbers();
      lower_equal_numbers();
      again = outcome_.improvements != improvements;
      if (again) continue;
      again = take_variant();
    }
    return std::move(outcome_);
  }

 private:
  const Case& current() const { return outcome_.minimal; }

  bool attempt(const Case& candidate) {
    if (over_ || !simpler_than(candidate, current())) return false;
    return evaluate(candidate);
  }

  bool evaluate(const Case& candidate) {
    if (over_ || !seen_.insert(hash_of(candidate)).second) return false;
    if (outcome_.evaluations >= limits_.evaluations_max || stalled_ >= limits_.stall_max) {
      return finish(ShrinkEnd::kEvaluations);
    }
    if (std::chrono::duration<double>(Clock::now() - begun_).count() > limits_.seconds_max) {
      return finish(ShrinkEnd::kTime);
    }
    ++outcome_.evaluations;
    ++stalled_;
    const bool fails = fails_(candidate);
    // A stop in the middle of an evaluation says nothing about the candidate.
    if (hooks_.stop != nullptr && hooks_.stop->load()) return finish(ShrinkEnd::kStopped);
    if (!fails) return false;
    stalled_ = 0;
    ++outcome_.improvements;
    outcome_.minimal = candidate;
    if (hooks_.on_improvement) hooks_.on_improvement(outcome_.minimal);
    return true;
  }

  bool finish(ShrinkEnd end) {
    over_ = true;
    outcome_.end = end;
    return false;
  }

  void drop_fields() {
    for (std::size_t f = 0; f < kFieldCount; ++f) {
      const auto id = static_cast<FieldId>(f);
      if (current().ops(id).empty()) continue;
      Case candidate = current();
      candidate.ops(id).clear();
      candidate.compact();
      attempt(candidate);
    }
  }

  void drop_operations() {
    for (std::size_t f = 0; f < kFieldCount; ++f) {
      const auto id = static_cast<FieldId>(f);
      for (std::size_t span = current().ops(id).size(); span >= 1; span /= 2) {
        std::size_t at = 0;
        while (at < current().ops(id).size() && !over_) {
          Case candidate = current();
          std::vector<Op>& ops = candidate.ops(id);
          const std::size_t end = std::min(at + span, ops.size());
          ops.erase(ops.begin() + static_cast<std::ptrdiff_t>(at),
                    ops.begin() + static_cast<std::ptrdiff_t>(end));
          candidate.compact();
          if (!attempt(candidate)) at += span;
        }
      }
    }
  }

  // Calls `visit(id, index)` for every operation that stands when its turn comes.
  template <class Visit>
  void for_each_operation(const Visit& visit) {
    for (std::size_t f = 0; f < kFieldCount; ++f) {
      const auto id = static_cast<FieldId>(f);
      for (std::size_t i = 0; i < current().ops(id).size() && !over_; ++i) visit(id, i);
    }
  }

  void drop_bytes() {
    for_each_operation([this](FieldId id, std::size_t i) {
      for (std::size_t span = current().ops(id)[i].bytes_size; span >= 1; span /= 2) {
        std::size_t at = 0;
        while (at < current().ops(id)[i].bytes_size && !over_) {
          Case candidate = current();
          Op& op = candidate.ops(id)[i];
          const std::span<const std::byte> bytes = current().bytes(current().ops(id)[i]);
          const std::size_t end = std::min(at + span, bytes.size());
          std::vector<std::byte> kept(bytes.begin(),
                                      bytes.begin() + static_cast<std::ptrdiff_t>(at));
          kept.insert(kept.end(), bytes.begin() + static_cast<std::ptrdiff_t>(end), bytes.end());
          candidate.set_bytes(op, kept);
          candidate.compact();
          if (!attempt(candidate)) at += span;
        }
      }
    });
  }

  // Bisects between the simplest number, which does not fail, and the present one, which does.
  // Where failing is not a matter of a threshold the variants of the description have the last
  // word.
  template <class Try>
  static void bisect(std::int64_t simplest, std::int64_t present, const Try& attempt_number) {
    if (present == simplest || attempt_number(simplest)) return;
    // Differences of 64-bit numbers do not fit into one of them.
    const bool up = present > simplest;
    const auto distance =
        up ? static_cast<std::uint64_t>(present) - static_cast<std::uint64_t>(simplest)
           : static_cast<std::uint64_t>(simplest) - static_cast<std::uint64_t>(present);
    std::uint64_t held = 0;
    std::uint64_t failing = distance;
    while (failing - held > 1) {
      const std::uint64_t middle = held + (failing - held) / 2;
      const auto number =
          static_cast<std::int64_t>(up ? static_cast<std::uint64_t>(simplest) + middle
                                       : static_cast<std::uint64_t>(simplest) - middle);
      if (attempt_number(number)) {
        failing = middle;
      } else {
        held = middle;
      }
    }
  }

  static std::span<const Arg> args_of(FieldId id, const Op& op) {
    return schema()[static_cast<std::size_t>(id)].verbs[op.verb].args;
  }

  void lower_numbers() {
    for_each_operation([this](FieldId id, std::size_t i) {
      const std::size_t count = args_of(id, current().ops(id)[i]).size();
      for (std::size_t a = 0; a < count && !over_; ++a) {
        const Arg& arg = args_of(id, current().ops(id)[i])[a];
        if (arg.shape == Shape::kName || arg.shape == Shape::kHash) continue;
        const auto attempt_number = [&](std::int64_t number) {
          Case candidate = current();
          candidate.ops(id)[i].args[a] = number;
          return attempt(candidate);
        };
        const std::int64_t present = current().ops(id)[i].args[a];
        if (arg.shape == Shape::kSeed) {
          if (present != arg.simplest) attempt_number(arg.simplest);
        } else {
          bisect(arg.simplest, present, attempt_number);
        }
      }
    });
  }

  // A payload of n bytes and a read of n bytes fail together or not at all.
  void lower_equal_numbers() {
    struct Place {
      FieldId id;
      std::size_t op;
      std::size_t arg;
      std::int64_t number;
      std::int64_t simplest;
    };
    std::vector<Place> places;
    for (std::size_t f = 0; f < kFieldCount; ++f) {
      const auto id = static_cast<FieldId>(f);
      for (std::size_t i = 0; i < current().ops(id).size(); ++i) {
        const Op& op = current().ops(id)[i];
        const std::span<const Arg> args = args_of(id, op);
        for (std::size_t a = 0; a < args.size(); ++a) {
          if (args[a].shape != Shape::kSize && args[a].shape != Shape::kOffset) continue;
          if (op.args[a] != args[a].simplest) {
            places.push_back({id, i, a, op.args[a], args[a].simplest});
          }
        }
      }
    }
    std::stable_sort(places.begin(), places.end(),
                     [](const Place& a, const Place& b) { return a.number < b.number; });
    for (std::size_t from = 0; from < places.size() && !over_;) {
      std::size_t to = from;
      while (to < places.size() && places[to].number == places[from].number) ++to;
      if (to - from > 1) {
        bisect(places[from].simplest, places[from].number, [&](std::int64_t number) {
          Case candidate = current();
          for (std::size_t p = from; p < to; ++p) {
            const Place& place = places[p];
            const Arg& arg = args_of(place.id, candidate.ops(place.id)[place.op])[place.arg];
            candidate.ops(place.id)[place.op].args[place.arg] =
                std::clamp(number, arg.min, arg.max);
          }
          return attempt(candidate);
        });
      }
      from = to;
    }
  }

  bool take_variant() {
    // The variants are made from a copy, since taking one replaces the present case.
    const Case from = current();
    bool taken = false;
    visit_simpler(from, [&](const Case& variant) {
      taken = evaluate(variant);
      return taken || over_;
    });
    return taken;
  }

  const std::function<bool(const Case&)>& fails_;
  const ShrinkLimits& limits_;
  const ShrinkHooks& hooks_;
  const Clock::time_point begun_;
  ShrinkOutcome outcome_;
  std::unordered_set<std::uint64_t> seen_;
  std::uint64_t stalled_ = 0;
  bool over_ = false;
};

}  // namespace

std::string_view to_string(ShrinkEnd end) noexcept {
  switch (end) {
    case ShrinkEnd::kMinimal:
      return "minimal";
    case ShrinkEnd::kEvaluations:
      return "evaluations";
    case ShrinkEnd::kTime:
      return "time";
    case ShrinkEnd::kStopped:
      return "stopped";
  }
  return "unknown";
}

ShrinkOutcome shrink_with(const Case& value, const std::function<bool(const Case&)>& fails,
                          const ShrinkLimits& limits, const ShrinkHooks& hooks) {
  return Search(value, fails, limits, hooks).run();
}

ShrinkOutcome shrink(const Case& value, const Signature& signature, Worker& worker,
                     const WorkerLimits& worker_limits, const ShrinkLimits& limits,
                     const ShrinkHooks& hooks) {
  WEIR_CHECK(worker.knows(value), "the worker does not know the names of the case");
  bool lost = false;  // no process could be started: what is asked for now says nothing
  const auto fails_within = [&](const Case& candidate, const WorkerLimits& within) {
    if (lost) return false;
    const Answer answer = worker.evaluate(candidate, within, hooks.stop, hooks.tick);
    lost = !answer.could_not_run.empty();
    return answer.violation.has_value() && answer.violation->kind == signature.kind;
  };
  const auto stopped = [&] { return lost || (hooks.stop != nullptr && hooks.stop->load()); };
  // What is written to the file, read again.
  const auto reproduces = [&](const Case& candidate) {
    Case parsed;
    if (!parse(print(candidate), parsed).ok || parsed != candidate) return false;
    return fails_within(parsed, worker_limits);
  };

  // A hang costs its whole limit at every try. The smaller limits may take a slow case for one,
  // which the last run shows.
  std::vector<WorkerLimits> trials;
  WorkerLimits trial = worker_limits;
  if (signature.kind == "hang") {
    trial.cpu_seconds = std::min(trial.cpu_seconds, 0.1);
    trial.blocked_seconds = std::min(trial.blocked_seconds, 0.25);
    trials.push_back(trial);
    trial.cpu_seconds = std::min(worker_limits.cpu_seconds, 0.5);
    trial.blocked_seconds = std::min(worker_limits.blocked_seconds, 1.0);
  } else if (signature.kind == "out-of-memory") {
    trial.memory_bytes = std::min(trial.memory_bytes, std::uint64_t{256} << 20);
  }
  trials.push_back(trial);

  const bool smaller_limits = signature.kind == "hang" || signature.kind == "out-of-memory";
  const Clock::time_point begun = Clock::now();
  ShrinkOutcome outcome;
  std::uint64_t evaluations = 0;
  const auto stand_back = [&](ShrinkEnd end) {
    // The file holds the last improvement, which has not stood a run with the worker's own limits.
    if (outcome.improvements > 0 && hooks.on_improvement) hooks.on_improvement(value);
    outcome.minimal = value;
    outcome.improvements = 0;
    outcome.evaluations = evaluations;
    outcome.reproduces = false;
    outcome.end = end;
  };
  for (const WorkerLimits& within : trials) {
    ShrinkLimits left = limits;
    left.seconds_max -= std::chrono::duration<double>(Clock::now() - begun).count();
    if (evaluations > 0 && left.seconds_max <= 0) break;
    // Begins anew: what the file holds of the trial before did not stand.
    if (outcome.improvements > 0 && hooks.on_improvement) hooks.on_improvement(value);
    outcome = shrink_with(
        value, [&](const Case& candidate) { return fails_within(candidate, within); }, left, hooks);
    evaluations += outcome.evaluations;
    outcome.evaluations = evaluations;
    if (stopped()) {
      outcome.end = ShrinkEnd::kStopped;
      if (smaller_limits) stand_back(ShrinkEnd::kStopped);
      return outcome;
    }
    outcome.reproduces = reproduces(outcome.minimal);
    ++evaluations;
    if (outcome.reproduces) return outcome;
    if (stopped()) {
      outcome.end = ShrinkEnd::kStopped;
      return outcome;
    }
  }
  stand_back(ShrinkEnd::kEvaluations);
  outcome.reproduces = reproduces(value);
  if (stopped()) outcome.end = ShrinkEnd::kStopped;
  return outcome;
}

}  // namespace weir::properties
