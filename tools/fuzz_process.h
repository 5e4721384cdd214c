// One fuzz target while it runs: a libFuzzer program of its own, watched through its standard
// error.
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weir::cli {

/// What libFuzzer says of itself.
struct FuzzNumbers {
  std::uint64_t executions = 0;
  std::uint64_t coverage = 0;
  std::uint64_t features = 0;
  std::uint64_t features_at_start = 0;  ///< once it had read its corpus
  std::uint64_t new_paths = 0;          ///< inputs that it has kept for what is new in them
  std::uint64_t corpus = 0;
  std::uint64_t per_second = 0;
};

/// Takes what `line` of libFuzzer's output says into `numbers`. Returns the path of the file that
/// it says it wrote, if any.
std::string read_fuzz_line(const std::string& line, FuzzNumbers& numbers);

/// The option that has libFuzzer draw with `seed`. Its seeds are 32 bits wide, and its 0 stands for
/// the clock: those beyond share one with another seed, 0 with 1.
std::string seed_option(std::uint64_t seed);

/// What every search passes to libFuzzer besides. Cases are short: libFuzzer's entropic schedule
/// would take a third of the time, and finds no more for it.
inline constexpr std::array<const char*, 3> kSearchOptions = {"-entropic=0", "-print_final_stats=1",
                                                              "-reload=0"};

/// What it is told behind them for plug-ins, which have little code: how near a compared value is
/// counts, or bytes that have to be right are met by chance alone; and rare features are sought.
inline constexpr std::array<const char*, 2> kPluginOptions = {"-use_value_profile=1",
                                                              "-entropic=1"};

/// A child process. The destructor ends it.
class FuzzProcess {
 public:
  /// Starts `arguments` (the first is the program) with WEIR_SUBJECT set to `subject`, unset when
  /// empty.
  FuzzProcess(const std::vector<std::string>& arguments, const std::string& subject);
  ~FuzzProcess();
  FuzzProcess(const FuzzProcess&) = delete;
  FuzzProcess& operator=(const FuzzProcess&) = delete;

  /// Its standard error, -1 when it could not be started.
  int descriptor() const noexcept { return descriptor_; }
  /// Reads what there is, without waiting.
  void pump();
  /// Its exit code when it has ended (128 + number for a signal).
  std::optional<int> ended();
  /// The signal that ended it, unless `end` did; 0 without one.
  int killed_by() const noexcept { return killed_by_; }
  /// Ends it and what it started.
  void end() noexcept;

  const FuzzNumbers& numbers() const noexcept { return numbers_; }
  /// The file that holds the input that broke it; empty without one.
  const std::string& artifact() const noexcept { return artifact_; }
  /// The last 16 KiB that it said.
  const std::string& tail() const noexcept { return tail_; }
  double seconds() const noexcept;

 private:
  pid_t process_ = -1;
  int descriptor_ = -1;
  std::optional<int> exit_code_;
  int killed_by_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  FuzzNumbers numbers_;
  std::string artifact_;
  std::string line_;
  std::string tail_;
};

}  // namespace weir::cli
