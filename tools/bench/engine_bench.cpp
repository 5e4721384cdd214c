// Cases a second of each engine: made only, made and run in this process, made and run in a worker.
// All contestants of a row go through the same cases in the same order. Besides, what it costs to
// draw a case, against a property that draws its payload element by element.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "properties/case_text.h"
#include "properties/clause.h"
#include "properties/engine.h"
#include "properties/payload.h"
#include "properties/random_engine.h"
#include "properties/subject.h"
#include "properties/worker.h"
#include "tools/bench/comparison.h"

#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#pragma GCC diagnostic ignored "-Wextra"
#endif
#include <rapidcheck.h>
#include <rapidcheck/detail/TestListenerAdapter.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

namespace weir::bench {
namespace {

using properties::Answer;
using properties::CaseFactory;
using properties::Clause;
using properties::CorpusCase;
using properties::EngineId;
using properties::Job;
using properties::PayloadFiles;
using properties::Subject;
using properties::WakeUp;
using properties::Worker;
using properties::WorkerContext;
using properties::WorkerLimits;
using properties::Workspace;

constexpr std::string_view kClauses[] = {"round-trip", "short-source-reads", "seek-model"};
constexpr std::string_view kSubjects[] = {"stream.identity/1", "stream.rot13/1", "stream.zstd/1"};
constexpr std::uint64_t kSeed = 1;
// Long enough for the start of a worker's job not to count.
constexpr double kTurnSeconds = 10e-3;
// Replay has a handful of cases for a pair, and starting a job is dear: they are listed repeatedly.
constexpr std::size_t kReplayCases = 500;

/// What all rows share. Outlives them.
struct Bench {
  PayloadFiles no_files;
  std::vector<CorpusCase> corpus;
  WorkerContext context;
  std::unique_ptr<CaseFactory> factory;
  WakeUp wake_up;
  std::unique_ptr<Worker> worker;
};

/// Where one contestant of a row is in the engine's cases.
struct Place {
  EngineId engine;
  const Clause* clause;
  const Subject* subject;
  std::size_t clause_index;
  std::size_t subject_index;
  std::uint64_t size;
  std::uint64_t next = 0;

  /// The next stretch of at most `count` cases; behind the last case comes the first.
  std::pair<std::uint64_t, std::uint64_t> stretch(std::uint64_t count) {
    const std::uint64_t first = next;
    const std::uint64_t taken = std::min(count, size - first);
    next = first + taken == size ? 0 : first + taken;
    return {first, taken};
  }
};

std::vector<CorpusCase> read_corpus() {
  namespace fs = std::filesystem;
  std::vector<std::string> paths;
  for (const auto& entry : fs::recursive_directory_iterator(WEIR_SOURCE_DIR "/corpus")) {
    if (entry.path().extension() == ".case") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<CorpusCase> corpus;
  for (const std::string& path : paths) {
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    CorpusCase one{path, {}};
    const auto outcome = properties::parse(text, one.value);
    if (!outcome.ok) give_up(path + ": " + outcome.error.message);
    corpus.push_back(std::move(one));
  }
  if (corpus.empty()) give_up("no .case files in the corpus");
  return corpus;
}

/// The cases of the corpus that rows use, each pair's repeated to kReplayCases or a little more.
std::vector<CorpusCase> repeated(const std::vector<CorpusCase>& corpus) {
  std::vector<CorpusCase> result;
  for (const std::string_view clause : kClauses) {
    for (const std::string_view subject : kSubjects) {
      std::vector<const CorpusCase*> pair;
      for (const CorpusCase& one : corpus) {
        if (one.value.clause == clause && one.value.subject == subject) pair.push_back(&one);
      }
      for (std::size_t i = 0; !pair.empty() && i < kReplayCases; i += pair.size()) {
        for (const CorpusCase* one : pair) result.push_back(*one);
      }
    }
  }
  return result;
}

Contestant making(Bench& bench, Place place) {
  const auto state = std::make_shared<Place>(place);
  const auto value = std::make_shared<properties::Case>();
  return {"made only", [&bench, state, value](std::size_t jobs) {
            while (jobs > 0) {
              const auto [first, count] = state->stretch(jobs);
              for (std::uint64_t i = first; i < first + count; ++i) {
                bench.factory->make(state->engine, *state->clause, *state->subject, kSeed, i,
                                    *value);
              }
              jobs -= static_cast<std::size_t>(count);
            }
          }};
}

Contestant running(Bench& bench, Place place) {
  struct State {
    Place place;
    properties::Case value;
    Workspace workspace;
  };
  const auto state = std::make_shared<State>();
  state->place = place;
  state->workspace.files = &bench.no_files;
  return {"in process", [&bench, state](std::size_t jobs) {
            while (jobs > 0) {
              const auto [first, count] = state->place.stretch(jobs);
              for (std::uint64_t i = first; i < first + count; ++i) {
                bench.factory->make(state->place.engine, *state->place.clause,
                                    *state->place.subject, kSeed, i, state->value);
                const auto verdict = properties::run_check(
                    *state->place.clause, *state->place.subject, state->value, state->workspace);
                if (verdict.outcome == properties::Outcome::kViolated) {
                  give_up("violated:\n" + properties::print(state->value));
                }
              }
              jobs -= static_cast<std::size_t>(count);
            }
          }};
}

Contestant working(Bench& bench, Place place) {
  const auto state = std::make_shared<Place>(place);
  return {"in worker", [&bench, state](std::size_t jobs) {
            while (jobs > 0) {
              const auto [first, count] = state->stretch(jobs);
              bench.worker->start(Job{state->engine, state->clause_index, state->subject_index,
                                      kSeed, first, count},
                                  WorkerLimits{});
              const Answer answer = bench.worker->wait();
              if (answer.violation || answer.cases != count) give_up("the worker did not finish");
              jobs -= static_cast<std::size_t>(count);
            }
          }};
}

/// The same for all contestants of a row: they must go through the same cases.
std::size_t cases_in_a_turn(const Contestant& contestant) {
  using Steady = std::chrono::steady_clock;
  constexpr std::size_t kTried = 100;
  constexpr double kCasesMin = 100;
  constexpr double kCasesMax = 20000;
  const auto begin = Steady::now();
  contestant.run(kTried);
  const std::chrono::duration<double> seconds = Steady::now() - begin;
  const double cases = kTried * kTurnSeconds / std::max(seconds.count(), 1e-9);
  return static_cast<std::size_t>(std::clamp(cases, kCasesMin, kCasesMax));
}

void add_row(Bench& bench, EngineId engine, std::size_t clause_index, std::size_t subject_index) {
  const Clause& clause = *bench.context.clauses[clause_index];
  const Subject& subject = *bench.context.subjects[subject_index];
  if (!properties::skip_reason(clause, subject).empty()) return;
  const std::uint64_t size = bench.factory->size(engine, clause, subject);
  if (size == 0) return;
  const Place place{engine, &clause, &subject, clause_index, subject_index, size};
  Comparison row;
  row.table = "engine " + std::string(properties::to_string(engine)) +
              ": thousand cases a second; the worker against this process";
  const std::string_view stream = "stream.";
  row.row = std::string(clause.id) + " " + subject.name.substr(stream.size());
  row.work = 1e-3;
  row.unit = "k/s";
  row.contestants = {working(bench, place), running(bench, place), making(bench, place)};
  row.clock = Clock::kWall;
  row.jobs = cases_in_a_turn(running(bench, place));
  row.rounds = 5;
  add(std::move(row));
}

constexpr std::size_t kDrawnBytes = 2048;

// The cases of the random engine for a clause that uses most fields; their payloads are recipes.
Contestant drawing(Bench& bench, Place place) {
  Contestant contestant = making(bench, place);
  contestant.name = "drawn";
  return contestant;
}

// The same, each with the bytes of a payload of kDrawnBytes laid out as well.
Contestant drawing_bytes(Bench& bench, Place place) {
  struct State {
    Place place;
    properties::Case value;
    properties::Case recipe;
    std::vector<std::byte> payload;
  };
  const auto state = std::make_shared<State>();
  state->place = place;
  return {"with bytes", [&bench, state](std::size_t jobs) {
            for (std::size_t job = 0; job < jobs; ++job) {
              const std::uint64_t i = state->place.stretch(1).first;
              bench.factory->make(state->place.engine, *state->place.clause, *state->place.subject,
                                  kSeed, i, state->value);
              state->recipe.clear();
              state->recipe.add(properties::FieldId::kPayload, "random",
                                {kDrawnBytes, static_cast<std::int64_t>(i % 4096)});
              state->payload.clear();
              if (!properties::materialise(state->recipe, bench.no_files, kDrawnBytes,
                                           state->payload) ||
                  state->payload.size() != kDrawnBytes) {
                give_up("a payload is not as long as its recipe says");
              }
            }
          }};
}

// A RapidCheck property over a vector of bytes, as its manual has it.
Contestant drawing_elements() {
  return {"RapidCheck", [](std::size_t jobs) {
            std::size_t ran = 0;
            const auto property = [&ran] {
              const auto payload = *rc::gen::container<std::vector<std::uint8_t>>(
                  kDrawnBytes, rc::gen::arbitrary<std::uint8_t>());
              RC_ASSERT(payload.size() == kDrawnBytes);
              ++ran;
            };
            rc::detail::TestParams params;
            params.seed = kSeed;
            params.maxSuccess = static_cast<int>(jobs);
            rc::detail::TestListenerAdapter silent;
            const std::unordered_map<std::string, rc::detail::Reproduce> none;
            const rc::detail::TestResult result = rc::detail::checkTestable(
                property, rc::detail::TestMetadata{}, params, silent, none);
            if (!result.is<rc::detail::SuccessResult>() || ran != jobs) {
              give_up("RapidCheck did not draw as many cases as it was asked for");
            }
          }};
}

void add_drawing_row(Bench& bench, std::size_t clause_index, std::size_t subject_index) {
  const Clause& clause = *bench.context.clauses[clause_index];
  const Subject& subject = *bench.context.subjects[subject_index];
  const EngineId engine = EngineId::kRandom;
  const Place place{engine,       &clause,       &subject,
                    clause_index, subject_index, bench.factory->size(engine, clause, subject)};
  Comparison row;
  row.table =
      "drawing: thousand cases a second; against a RapidCheck property that draws 2 KiB element by "
      "element";
  const std::string_view stream = "stream.";
  row.row = std::string(clause.id) + " " + subject.name.substr(stream.size());
  row.work = 1e-3;
  row.unit = "k/s";
  row.contestants = {drawing(bench, place), drawing_elements(), drawing_bytes(bench, place)};
  row.target = 100;
  row.jobs = 50;
  row.rounds = 10;
  add(std::move(row));
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  using namespace weir::bench;
  Bench bench;
  bench.corpus = repeated(read_corpus());
  for (const std::string_view id : kClauses) {
    const Clause* const clause = weir::properties::find_clause(id);
    if (clause == nullptr) give_up("no clause " + std::string(id));
    bench.context.clauses.push_back(clause);
  }
  for (const std::string_view name : kSubjects) {
    for (const Subject& subject : weir::properties::builtin_subjects()) {
      if (subject.name == name) bench.context.subjects.push_back(&subject);
    }
  }
  CaseFactory::Options options;
  options.corpus = bench.corpus;
  options.random = weir::properties::make_random_case;
  options.files = &bench.no_files;
  bench.factory = std::make_unique<CaseFactory>(std::move(options));
  bench.context.files = &bench.no_files;
  bench.context.factory = bench.factory.get();
  bench.worker = std::make_unique<Worker>(bench.context, bench.wake_up);

  for (const EngineId engine : {EngineId::kReplay, EngineId::kExhaustive, EngineId::kRandom}) {
    for (std::size_t clause = 0; clause < bench.context.clauses.size(); ++clause) {
      for (std::size_t subject = 0; subject < bench.context.subjects.size(); ++subject) {
        add_row(bench, engine, clause, subject);
      }
    }
  }
  for (std::size_t clause = 0; clause < bench.context.clauses.size(); ++clause) {
    add_drawing_row(bench, clause, 1);
  }
  return run_comparisons(argc, argv);
}
