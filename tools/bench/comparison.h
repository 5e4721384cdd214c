// Comparison: contestants that do the same job, measured in turn, so that what the machine does
// meanwhile meets all of them.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::bench {

/// One way of doing the job.
struct Contestant {
  std::string name;                      ///< the column's heading
  std::function<void(std::size_t)> run;  ///< does the job so many times
};

/// Which clock is read around a contestant.
enum class Clock : unsigned char {
  kProcessor,  ///< processor time of this thread: other programs do not count
  kWall,       ///< for work that other processes do
};

/// A row of a table: one contestant held against the best of others.
struct Comparison {
  std::string table;  ///< rows of the same table have the same contestants
  std::string row;
  double work = 0;        ///< of one job, in units of `unit`
  std::string_view unit;  ///< of the rates printed, e.g. "GB/s"
  std::vector<Contestant> contestants;
  std::size_t subject = 0;                 ///< index of the one that is judged
  std::vector<std::size_t> yardsticks{1};  ///< indexes of those it is held against: the best counts
  double target = 0;                       ///< least ratio that is good enough; 0: just told
  Clock clock = Clock::kProcessor;
  std::size_t jobs = 0;     ///< in a turn; 0: as many as take a fraction of a millisecond
  std::size_t rounds = 40;  ///< a repetition is so many rounds, in each of which all have a turn
};

/// Adds a row. Rows are measured in the order in which they were added.
void add(Comparison comparison);

/// Ends the program with `what`: a contestant does not do its job.
[[noreturn]] void give_up(const std::string& what);

/// Measures all rows and prints their tables to standard output; takes Google Benchmark's flags
/// and `--require`, with which a missed target is exit code 1. A ratio is the subject's rate by
/// that of its yardstick: the median over rounds within a repetition, then over repetitions.
int run_comparisons(int argc, char** argv);

}  // namespace weir::bench
