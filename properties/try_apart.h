// What comes from outside is looked at by another process first: it may crash, end the process,
// wait for ever or print, before there is a worker to bear that.
#pragma once

#include <functional>
#include <string>

namespace weir::properties {

/// What another process said.
struct ToldApart {
  std::string answer;
  std::string fate;  ///< where it ended without an answer: how, as a sentence; else empty
};

/// How long something may take to load: what takes longer waits for something that will not come.
inline constexpr int kLoadMilliseconds = 20000;

/// Asks `question` in a fork of this process, with nothing to read, and keeps to itself what that
/// prints. Ends the fork and all that it started.
ToldApart ask_apart(const std::function<std::string()>& question,
                    int milliseconds = kLoadMilliseconds);

}  // namespace weir::properties
