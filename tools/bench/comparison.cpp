#include "tools/bench/comparison.h"

#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

namespace weir::bench {
namespace {

// Short enough for most turns to pass undisturbed, long enough for the clock not to count.
constexpr double kTurnSeconds = 200e-6;

constexpr const char* kRatio = "ratio";
constexpr const char* kYardstick = "yardstick";

double now(Clock clock) {
  timespec time{};
  clock_gettime(clock == Clock::kProcessor ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double seconds_of(const Contestant& contestant, Clock clock, std::size_t jobs) {
  const double begin = now(clock);
  contestant.run(jobs);
  return now(clock) - begin;
}

std::size_t jobs_in_a_turn(const Contestant& contestant, Clock clock) {
  std::size_t jobs = 1;
  for (;;) {
    const double seconds = seconds_of(contestant, clock, jobs);
    if (seconds >= kTurnSeconds) return jobs;
    jobs = seconds < kTurnSeconds / 8
               ? 4 * jobs
               : static_cast<std::size_t>(static_cast<double>(jobs) * kTurnSeconds / seconds) + 1;
  }
}

void measure(const Comparison& comparison, benchmark::State& state) {
  const auto& contestants = comparison.contestants;
  std::vector<std::size_t> jobs;
  for (const Contestant& contestant : contestants) {
    jobs.push_back(comparison.jobs > 0 ? comparison.jobs
                                       : jobs_in_a_turn(contestant, comparison.clock));
  }
  std::vector<std::vector<double>> seconds(contestants.size());  // of one job, by round
  std::size_t first = 0;
  for (auto _ : state) {
    for (std::size_t turn = 0; turn < contestants.size(); ++turn) {
      const std::size_t i = (first + turn) % contestants.size();
      seconds[i].push_back(seconds_of(contestants[i], comparison.clock, jobs[i]) /
                           static_cast<double>(jobs[i]));
    }
    ++first;
    state.SetIterationTime(seconds[comparison.subject].back());
  }

  for (std::size_t i = 0; i < contestants.size(); ++i) {
    state.counters[contestants[i].name] = comparison.work / median(seconds[i]);
  }
  if (comparison.yardsticks.empty()) return;
  std::size_t best = comparison.yardsticks.front();
  for (const std::size_t i : comparison.yardsticks) {
    if (median(seconds[i]) < median(seconds[best])) best = i;
  }
  // Round by round: what slows the machine down slows both down.
  std::vector<double> ratios;
  for (std::size_t round = 0; round < seconds[best].size(); ++round) {
    ratios.push_back(seconds[best][round] / seconds[comparison.subject][round]);
  }
  state.counters[kRatio] = median(ratios);
  state.counters[kYardstick] = static_cast<double>(best);
}

std::vector<std::unique_ptr<const Comparison>>& comparisons() {
  static std::vector<std::unique_ptr<const Comparison>> all;
  return all;
}

std::string name_of(const Comparison& comparison) {
  return comparison.table + "/" + comparison.row;
}

const Comparison* find(const std::string& name) {
  for (const auto& comparison : comparisons()) {
    if (name_of(*comparison) == name) return comparison.get();
  }
  return nullptr;
}

int width_of(const std::string& heading) { return std::max(9, static_cast<int>(heading.size())); }

class Tables final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }

  void ReportRuns(const std::vector<Run>& runs) override {
    std::vector<const Run*> repetitions;
    for (const Run& run : runs) {
      if (run.run_type == Run::RT_Iteration && !run.error_occurred) repetitions.push_back(&run);
    }
    if (repetitions.empty()) return;
    const Comparison* comparison = find(repetitions.front()->run_name.function_name);
    if (comparison == nullptr) return;
    if (comparison->table != table_) print_head(*comparison);
    table_ = comparison->table;
    print_row(*comparison, repetitions);
    std::fflush(stdout);
  }

  int targets() const { return targets_; }
  int missed() const { return missed_; }

 private:
  static constexpr int kRowWidth = 34;

  static void print_head(const Comparison& comparison) {
    std::printf("\n%s\n%-*s", comparison.table.c_str(), kRowWidth, "");
    for (const Contestant& contestant : comparison.contestants) {
      std::printf("  %*s", width_of(contestant.name), contestant.name.c_str());
    }
    if (!comparison.yardsticks.empty()) std::printf("  ratio  (min .. max)    target");
    std::printf("\n");
  }

  static std::vector<double> values(const std::vector<const Run*>& repetitions,
                                    const std::string& name) {
    std::vector<double> all;
    for (const Run* run : repetitions) all.push_back(run->counters.at(name).value);
    return all;
  }

  void print_row(const Comparison& comparison, const std::vector<const Run*>& repetitions) {
    const std::string row = comparison.row + ", " + std::string(comparison.unit);
    std::printf("%-*s", kRowWidth, row.c_str());
    for (const Contestant& contestant : comparison.contestants) {
      const double rate = median(values(repetitions, contestant.name));
      std::printf("  %*.*f", width_of(contestant.name), rate < 100 ? 2 : 0, rate);
    }
    if (!comparison.yardsticks.empty()) {
      const std::vector<double> ratios = values(repetitions, kRatio);
      const auto [low, high] = std::minmax_element(ratios.begin(), ratios.end());
      const double ratio = median(ratios);
      std::printf("  %5.3f  (%5.3f .. %5.3f)", ratio, *low, *high);
      if (comparison.target > 0) {
        const bool met = ratio >= comparison.target;
        ++targets_;
        missed_ += met ? 0 : 1;
        std::printf("  %4.2f %s", comparison.target, met ? "met" : "MISSED");
      }
      if (comparison.yardsticks.size() > 1) {
        const auto best = static_cast<std::size_t>(median(values(repetitions, kYardstick)));
        std::printf("  against %s", comparison.contestants[best].name.c_str());
      }
    }
    std::printf("\n");
  }

  std::string table_;
  int targets_ = 0;
  int missed_ = 0;
};

}  // namespace

void add(Comparison comparison) {
  comparisons().push_back(std::make_unique<const Comparison>(std::move(comparison)));
}

void give_up(const std::string& what) {
  std::fprintf(stderr, "bench: %s\n", what.c_str());
  std::exit(3);
}

int run_comparisons(int argc, char** argv) {
  bool require = false;
  // The user's flags come behind ours and win.
  std::string repetitions = "--benchmark_repetitions=9";
  std::vector<char*> arguments{argv[0], repetitions.data()};
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--require") {
      require = true;
    } else {
      arguments.push_back(argv[i]);
    }
  }
  int count = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;

  for (const auto& comparison : comparisons()) {
    const Comparison* const one = comparison.get();
    benchmark::RegisterBenchmark(name_of(*one).c_str(),
                                 [one](benchmark::State& state) { measure(*one, state); })
        ->Iterations(static_cast<benchmark::IterationCount>(one->rounds))
        ->UseManualTime();
  }
  Tables tables;
  if (benchmark::RunSpecifiedBenchmarks(&tables) == 0) give_up("no comparison of that name");
  if (tables.targets() > 0) {
    std::printf("\n%d of %d targets met\n", tables.targets() - tables.missed(), tables.targets());
  }
  return require && tables.missed() > 0 ? 1 : 0;
}

}  // namespace weir::bench
