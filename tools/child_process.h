// A program that runs to its end while this one waits.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::cli {

struct ChildOptions {
  std::string folder;  ///< where it runs; empty: here
  /// Variables of its environment; an empty value takes one away.
  std::vector<std::pair<std::string, std::string>> environment;
  /// Hears each line of its standard output, without the line feed.
  std::function<void(std::string_view)> on_line;
  /// Whether a signal ends it; what cleans up behind one goes on.
  bool ends_on_signal = true;
  /// How long it may take to end itself once a signal came, before it is ended.
  double leaving_seconds = 2;
  double seconds_max = 0;  ///< 0: no limit
  /// What it says goes to our standard error as well: a terminal it has for itself, so that nothing
  /// of it is kept then.
  bool shows = false;
  /// Its standard error goes to `errors`: what it answers is to be read.
  bool errors_apart = false;
  std::function<void(pid_t group)> on_start{};  ///< hears of the group that it is
};

struct ChildEnd {
  int code = 127;            ///< its exit code, 128 + number for a signal, 127 when not to be had
  bool interrupted = false;  ///< a signal came: it was ended
  bool timed_out = false;    ///< likewise after `seconds_max`
  std::string output;        ///< the last mebibyte of its standard output and error, in order
  std::string errors;        ///< of its standard error, where that was to be apart

  bool well() const noexcept { return code == 0 && !interrupted && !timed_out; }
  /// What it had to say: its errors, or where there are none, the rest.
  const std::string& words() const noexcept { return errors.empty() ? output : errors; }
  /// Why it did not end well, with the last line that it wrote; one line.
  std::string problem() const;
};

/// Whether one of the signals that end this program has come, also while they are held back.
bool signal_came() noexcept;

/// Runs `arguments`, the first of which is looked up in PATH. It has no standard input, and a group
/// of its own: a signal comes to this program alone, which then ends everybody in that group.
ChildEnd run_child(const std::vector<std::string>& arguments, const ChildOptions& options = {});

}  // namespace weir::cli
