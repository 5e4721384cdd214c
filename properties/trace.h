// Trace: what was called on whom, and what came back. Plain records; words are made only when
// someone asks.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
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
  static constexpr std::size_t kMovedMax = 256;                  ///< bytes kept of one event
  static constexpr std::size_t kPoolMax = std::size_t{1} << 20;  ///< bytes kept of all
  /// Where the first bytes that an event moved stand in the pool.
  struct Moved {
    std::uint32_t event;
    std::uint32_t offset;
    std::uint32_t size;
  };
  /// Index of the event in the trace.
  std::size_t add(const Event& event) {
    if (events_.size() < kEventsMax) events_.push_back(event);
    return total_++;
  }
  /// As add, of a call that moved `bytes`.
  std::size_t add(const Event& event, std::span<const std::byte> bytes) {
    if (keeps_bytes_) keep(bytes);
    return add(event);
  }
  /// From here on the bytes that calls move are kept, too: for one run that is to be told of.
  /// Allocates all that it needs for that now.
  void keep_bytes() {
    keeps_bytes_ = true;
    moved_.reserve(kEventsMax);
    pool_.reserve(kPoolMax);
  }
  void clear() noexcept {
    events_.clear();
    moved_.clear();
    pool_.clear();
    total_ = 0;
  }
  const std::vector<Event>& events() const noexcept { return events_; }
  std::span<const Moved> moved() const noexcept { return moved_; }
  std::span<const std::byte> pool() const noexcept { return pool_; }
  std::size_t total() const noexcept { return total_; }

 private:
  void keep(std::span<const std::byte> bytes) {
    const std::size_t size = std::min(bytes.size(), kMovedMax);
    if (size == 0 || events_.size() >= kEventsMax || size > kPoolMax - pool_.size()) return;
    moved_.push_back({static_cast<std::uint32_t>(events_.size()),
                      static_cast<std::uint32_t>(pool_.size()), static_cast<std::uint32_t>(size)});
    pool_.insert(pool_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
  }

  std::vector<Event> events_;
  std::vector<Moved> moved_;
  std::vector<std::byte> pool_;
  bool keeps_bytes_ = false;
  std::size_t total_ = 0;
};

/// One line for a person, e.g. "reader      read 10            -> 3 bytes".
std::string describe(const Event& event);

/// "1 byte", "2 bytes".
std::string bytes_text(std::uint64_t count);

/// "byte 0x61 'a'".
std::string byte_text(std::byte byte);

}  // namespace weir::properties
