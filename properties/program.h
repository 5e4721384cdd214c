// Program: a command line of a user, and a process that runs it between three pipes.
//
// Nothing that a process starts outlives it: it has a process group of its own, which ends with it,
// and a guard ends the group when whoever runs it is killed first.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "weir/result.h"

namespace weir::properties {

/// What a command line means.
struct Program {
  std::string text;                ///< as the user wrote it
  std::vector<std::string> words;  ///< argv
  bool by_shell = false;           ///< /bin/sh -c runs it: it has more than words and quotes
  std::string path;                ///< what is executed
};

/// Splits `text` into words as a shell would, or leaves it to /bin/sh where it has more in it than
/// words and quotes: pipes, variables, patterns. Finds the program in PATH. Errors:
/// kInvalidArgument for a line without a word; kIo with errno where there is no such program or it
/// is none.
Result<Program> parse_program(std::string_view text);

/// When a process is taken for lost.
struct ProgramLimits {
  double processor_seconds = 4;  ///< of it and all that it started
  double blocked_seconds = 5;    ///< wall time in which no byte moves and nothing computes
  std::uint64_t resident_bytes = std::uint64_t{1} << 30;  ///< of it and all that it started
  std::uint64_t file_bytes = std::uint64_t{256} << 20;    ///< of any file that it writes
};

/// How a process ended.
struct ProgramEnd {
  int code = 0;            ///< exit code; 128 + `signal` where a signal ended it
  int signal = 0;          ///< 0: it exited
  std::string last_words;  ///< the last line that it wrote to standard error

  bool well() const noexcept { return code == 0; }
};

/// "exit code 1: gzip: stdin: not in gzip format".
std::string describe(const ProgramEnd& end);

/// Where a process has its standard output.
enum class OutputTo : std::uint8_t {
  kPipe,        ///< what it writes can be read
  kFullDevice,  ///< a disk without room
  kClosedPipe,  ///< a pipe whose reader has gone
};

/// A running program. Whoever has it moves bytes in both directions and at once, so that neither
/// side waits for the other for ever. Single-threaded use.
class Process {
 public:
  /// Starts `program`. Errors: kIo with errno.
  static Result<Process> start(const Program& program, const ProgramLimits& limits,
                               OutputTo output = OutputTo::kPipe);
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) = delete;
  /// Ends the process and all that it started.
  ~Process();

  /// What one step moved.
  struct Moved {
    std::size_t taken = 0;  ///< bytes that went into the program's standard input
    std::size_t given = 0;  ///< bytes that came out of its standard output
  };
  /// Waits until something can be moved, at most `seconds_max`, and moves it. Throws ForeignBreach
  /// when the program is beyond its limits or a crash ended it.
  Moved step(std::span<const std::byte> input, std::span<std::byte> output,
             double seconds_max = kStepSeconds);

  /// Whether its standard input is there to be written to: it was not closed, by either side.
  bool takes() const noexcept { return input_ >= 0; }
  /// Whether there may be more of its standard output.
  bool gives() const noexcept { return output_ >= 0; }
  /// Whether it has read all that it was given, so that what is given next comes as a read of its
  /// own. Who reads late is not waited for without end: then this is true all the same, and
  /// take_merged() tells.
  bool has_read();
  /// For how long to wait, in a step, before that is worth asking again.
  double until_asked() const;
  /// Tells it that there is no more.
  void close_input() noexcept;
  /// How it ended, once a step saw that it has and moved what it had written. The rest of its group
  /// has been ended by then, whoever of it has the output too.
  const std::optional<ProgramEnd>& end() const noexcept { return end_; }

 private:
  Process() = default;
  void watch(bool moved);
  void read_errors();
  void reap();
  pid_t collect(int& status) noexcept;
  void kill_group() noexcept;
  [[noreturn]] void lose(std::string_view kind, std::string seen);

  using Clock = std::chrono::steady_clock;

  static constexpr double kStepSeconds = 0.02;

  std::string text_;
  bool by_shell_ = false;
  ProgramLimits limits_{};
  pid_t pid_ = 0;    // 0: reaped
  int handle_ = -1;  // pidfd
  int input_ = -1;
  int output_ = -1;
  int errors_ = -1;
  bool leader_ended_ = false;  // and may not be reaped yet
  std::size_t slot_ = 0;       // of the guard's list
  std::string words_;          // the end of standard error
  std::optional<ProgramEnd> end_{};
  Clock::time_point moved_at_{};
  Clock::time_point looked_at_{};
  std::uint64_t taken_ = 0;  // bytes that it was given
  bool begun_ = false;       // to read
  double patience_ = 0;      // seconds for which has_read may still say no, once it has begun
};

/// The most that any process had resident, of those that ended, or were ended, since this was last
/// called.
std::uint64_t take_peak_bytes() noexcept;

/// Whether a process, since this was last called, may have read two pieces as one: it did not read
/// the first, although it did nothing else either.
bool take_merged() noexcept;

/// What a process and those that it started are doing.
struct ProcessTree {
  bool runnable = false;  ///< one of them wants the processor, or waits for a disk
  double processor_seconds = 0;
  std::uint64_t resident_bytes = 0;
};
ProcessTree look_at(pid_t pid);

}  // namespace weir::properties
