// A guided search: fuzz targets side by side within one budget, what they find shrunk and filed.
// For the verbs that search.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "exit_code.h"
#include "files.h"
#include "foreign.h"
#include "properties/clause.h"
#include "properties/finding.h"

namespace weir::cli {

struct FuzzSettings {
  std::vector<properties::Group> targets;
  std::string subject;     ///< only this one; empty: all under test
  ForeignOptions foreign;  ///< what was brought, which the targets bring as well
  /// The folder of the targets' programs, perhaps of another build than this program's.
  std::string programs;
  /// A program, with its arguments, that runs a target's program and says what libFuzzer would
  /// (tools/afl_engine); empty: the targets bring their engine.
  std::vector<std::string> engine;
  /// One program for all targets, as a project has; empty: fuzz_NAME in that folder.
  std::string one_for_all;
  std::vector<CorpusFile> corpus;  ///< the cases to start from
  std::string findings = "findings";
  double budget = 60;  ///< seconds, for all
  std::uint64_t seed = 1;
  unsigned jobs = 1;  ///< targets at once
  /// Seconds beyond its time after which a target that has not ended is ended.
  double grace = 30;
};

/// A target's numbers at one time.
struct FuzzSample {
  double seconds = 0;  ///< since the session began
  std::uint64_t executions = 0;
  std::uint64_t coverage = 0;
  std::uint64_t corpus = 0;
};

/// A target's numbers over time: at most one sample a second, and at most kSamplesMax. When they
/// are too many every other one is dropped, and from then on they come half as often.
class FuzzHistory {
 public:
  static constexpr std::size_t kSamplesMax = 200;
  /// Keeps `sample` if it is time for one.
  void add(const FuzzSample& sample);
  /// Keeps it in any case, unless it says what the one before says.
  void add_last(const FuzzSample& sample);
  const std::vector<FuzzSample>& samples() const noexcept { return samples_; }

 private:
  std::vector<FuzzSample> samples_;
  double interval_ = 1;
};

/// What a target has come to.
struct FuzzTargetReport {
  std::string name;
  double seconds = 0;  ///< that it ran
  std::uint64_t executions = 0;
  std::uint64_t coverage = 0;  ///< edges
  std::uint64_t features = 0;  ///< edges with how often they are taken, and compared values
  std::uint64_t corpus = 0;    ///< inputs
  std::size_t findings = 0;
  bool started = false;
  std::string stopped;  ///< why it ended early
  std::string failure;  ///< why it could not run
  FuzzHistory history;

  /// Whether it neither held nor found anything.
  bool failed() const noexcept { return !failure.empty() || !started || executions == 0; }
};

/// What a session has come to.
struct FuzzResults {
  std::vector<std::string> subjects;  ///< under test, if they are not built in
  std::vector<std::string> left_out;  ///< targets of which no clause applies
  std::vector<std::string> notes;     ///< what a person should know before it starts
  double budget = 0;                  ///< that it takes: a target has a second at least
  unsigned jobs = 0;
  std::vector<FuzzTargetReport> targets;  ///< in the order of the settings
  std::vector<properties::Finding> findings;
  std::vector<std::string> errors;
  double seconds = 0;  ///< that it took

  std::uint64_t executions() const noexcept;
};

/// What there is to know of a target that waits for time.
struct FuzzShare {
  double seconds = 0;                ///< that it has had
  double slice_seconds = 0;          ///< the last time
  std::uint64_t slice_features = 0;  ///< that were new then
};
/// Which of `waiting` has slice number `slice` of the time. Precondition: there is one.
std::size_t next_target(std::span<const FuzzShare> waiting, std::uint64_t slice);

class FuzzSession {
 public:
  explicit FuzzSession(FuzzSettings settings);
  ~FuzzSession();
  FuzzSession(const FuzzSession&) = delete;
  FuzzSession& operator=(const FuzzSession&) = delete;

  struct Problem {
    ExitCode code;
    std::string message;
  };
  /// Finds the programs and writes the seeds. Returns what stands in the way. Before anything
  /// below.
  std::optional<Problem> prepare();
  /// Searches until the budget is spent, everything is stopped, or a signal comes (interrupted()).
  void run();

  const FuzzResults& results() const noexcept;

 private:
  class Search;
  std::unique_ptr<Search> search_;
};

}  // namespace weir::cli
