// What stands between the program and a terminal: output whose failure is noticed, colour, width, a
// progress display, and the signals that a person sends.
#pragma once

#include <fmt/core.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <string>
#include <string_view>
#include <vector>

#include "exit_code.h"

namespace weir::cli {

/// Appends to standard output. A failure is remembered for finish_output.
void write_out(std::string_view text) noexcept;
template <class... Args>
void print(fmt::format_string<Args...> format, Args&&... args) {
  write_out(fmt::format(format, std::forward<Args>(args)...));
}
/// Hands standard output to the system. Returns 0, or errno of the first failure: a closed pipe, a
/// full disk.
int finish_output() noexcept;

/// Prints "weir: MESSAGE", with the name of this program, to standard error, as one line.
void complain(std::string_view message) noexcept;
/// Complains and returns `code`: `return refuse(kExitUsage, ...)`.
ExitCode refuse(ExitCode code, std::string_view message) noexcept;

/// How a piece of text looks.
enum class Style { kPlain, kTitle, kDim, kGood, kWarn, kBad };

/// One of the program's two output streams, as far as its looks go.
class Terminal {
 public:
  /// `descriptor` is 1 or 2.
  explicit Terminal(int descriptor) noexcept;
  bool interactive() const noexcept { return interactive_; }
  /// Off without a terminal, on a dumb one, and when NO_COLOR is set and not empty.
  bool colour() const noexcept { return colour_; }
  /// Whether the locale prints more than ASCII.
  bool unicode() const noexcept { return unicode_; }
  /// Columns; 80 without a terminal.
  std::size_t width() const noexcept;
  /// Rows; 24 without a terminal.
  std::size_t height() const noexcept;
  std::string styled(Style style, std::string_view text) const;

 private:
  int descriptor_;
  bool interactive_;
  bool colour_;
  bool unicode_;
};

/// A few lines at the bottom of standard error that are drawn over and over, at most ten times a
/// second. Without a terminal it is silent. The destructor wipes it.
class Progress {
 public:
  Progress() noexcept : terminal_(2) {}
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  const Terminal& terminal() const noexcept { return terminal_; }
  /// Whether a drawing is due; making the lines is left out otherwise.
  bool due() const noexcept;
  /// Draws `lines`, cut to the terminal's width and height, over what was drawn before.
  void draw(const std::vector<std::string>& lines) noexcept;
  /// Wipes what was drawn; the cursor stands where it began.
  void clear() noexcept;

 private:
  Terminal terminal_;
  std::size_t drawn_ = 0;
  std::chrono::steady_clock::time_point last_{};
};

/// A bar of `width` columns for `part` of `whole`.
std::string bar(const Terminal& terminal, std::uint64_t part, std::uint64_t whole,
                std::size_t width);

/// From here on SIGINT, SIGTERM and SIGHUP set the flag below, a second one ends the program at
/// once, and a closed pipe (SIGPIPE) or a file at its largest (SIGXFSZ) is the error of a write.
void catch_signals() noexcept;
/// Takes the places of standard descriptors that are closed, so that no file that is opened later
/// is taken for one of them; reading or writing there still fails.
void fill_standard_descriptors() noexcept;
/// Set by the signals above.
const std::atomic<bool>& interrupted() noexcept;
/// Sets it from inside: whatever runs ends as if a signal had come.
void request_stop() noexcept;
/// From here on those signals remove `path` (at most 4095 bytes; empty for nothing) and end the
/// program with kExitInterrupted: for code that waits in system calls that resume. `path` is
/// copied.
void remove_on_signal(std::string_view path) noexcept;

/// Holds those signals back while it lives.
class SignalsHeld {
 public:
  SignalsHeld() noexcept;
  ~SignalsHeld();
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;

 private:
  sigset_t before_;
};

/// While it lives those signals end the program at once and silently: for reading what may keep
/// one waiting before there is anything to lose. What was printed is handed to the system before.
class LeaveOnSignal {
 public:
  LeaveOnSignal() noexcept;
  ~LeaveOnSignal();
  LeaveOnSignal(const LeaveOnSignal&) = delete;
  LeaveOnSignal& operator=(const LeaveOnSignal&) = delete;
};

}  // namespace weir::cli
