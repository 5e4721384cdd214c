// A program that runs to its end while this one waits.
#pragma once

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
};

struct ChildEnd {
  int code = 127;            ///< its exit code, 128 + number for a signal, 127 when not to be had
  bool interrupted = false;  ///< a signal came: it was ended
  std::string output;        ///< the last mebibyte of its standard output and error, in order
};

/// Whether one of the signals that end this program has come, also while they are held back.
bool signal_came() noexcept;

/// Runs `arguments`, the first of which is looked up in PATH. It has no standard input, and a group
/// of its own: a signal comes to this program alone, which then ends everybody in that group.
ChildEnd run_child(const std::vector<std::string>& arguments, const ChildOptions& options = {});

}  // namespace weir::cli
