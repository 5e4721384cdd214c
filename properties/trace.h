// Trace: what was called on whom, and what came back. Plain records; words are made only when
// someone asks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "weir/error.h"

namespace weir::properties {

/// Whose call it was.
enum class Actor : std::uint8_t {
  kWriter,       ///< the test, on the subject's sink
  kSinkBelow,    ///< the subject, on the scripted sink
  kReader,       ///< the test, on the subject's source
  kSourceBelow,  ///< the subject, on the scripted source
  kTest,         ///< what the test did in between: damage, making instances
};
enum class Call : std::uint8_t {
  kWrite,
  kReserve,
  kCommit,
  kFlush,
  kClose,
  kRead,
  kPeek,
  kConsume,
  kSeek,
  kTell,
  kDestroy,
  kMake,
  kDamage,
  kSeekable
};

/// One call and its result.
struct Event {
  Actor actor;
  Call call;
  bool ok = true;
  Code code = Code::kIo;  ///< when !ok
  int os_error = 0;       ///< when !ok
  std::uint64_t asked =
      0;  ///< bytes offered or asked for; for seeks the offset as two's complement
  std::uint64_t answered = 0;  ///< bytes taken, given or moved; position for seek and tell
  std::uint8_t whence = 0;     ///< for seeks
};

/// The events of one case, in order. Keeps at most kEventsMax; counts the rest.
class Trace {
 public:
  static constexpr std::size_t kEventsMax = 20000;
  /// Index of the event in the trace.
  std::size_t add(const Event& event) {
    if (events_.size() < kEventsMax) events_.push_back(event);
    return total_++;
  }
  void clear() noexcept {
    events_.clear();
    total_ = 0;
  }
  const std::vector<Event>& events() const noexcept { return events_; }
  std::size_t total() const noexcept { return total_; }

 private:
  std::vector<Event> events_;
  std::size_t total_ = 0;
};

/// One line for a person, e.g. "reader      read 10            -> 3 bytes".
std::string describe(const Event& event);

}  // namespace weir::properties
