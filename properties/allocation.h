// AllocationMeter: counts the subject's allocations on this thread, and makes chosen ones fail.
//
// Programs that link weir::malloc go through it for every malloc of the process, those of C
// libraries included. Without a meter an allocation costs one test of a thread's variable more, and
// freeing one test of a variable of the program.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "properties/case.h"

namespace weir::properties {

class AllocationMeter;

namespace internal {
/// The meter that is started on this thread; null without one.
extern thread_local constinit AllocationMeter* current_meter;

/// How many meters are started, on any thread.
extern constinit std::atomic<int> meters_started;

/// The meter for which a block counted, and its size. Null and 0 where it counted for none.
struct Counted {
  AllocationMeter* meter = nullptr;
  std::size_t bytes = 0;
};
/// Takes a block that is about to be freed, or moved, out of the table of whichever meter it counts
/// for: blocks are freed by other threads than those that allocated them.
Counted take(const void* block) noexcept;
/// Lets `block` count for `meter`, unless that was stopped meanwhile.
void put_back(AllocationMeter* meter, const void* block, std::size_t bytes) noexcept;
}  // namespace internal

/// Whether this program's allocations can be metered: whether it links weir::malloc in a build
/// without sanitizers, which interpose malloc themselves.
bool can_meter_allocations() noexcept;

/// Measures what is allocated between start and stop on the thread that started it, while a Metered
/// and no Unmetered is innermost. One allocation is one call of malloc, calloc, realloc (but to
/// nothing), posix_memalign, aligned_alloc or memalign; operator new is a malloc. Blocks that were
/// allocated otherwise, by other threads too, do not count when they are freed; blocks that count
/// do so until they are freed, whoever frees them, on whatever thread. Sizes are those asked for.
class AllocationMeter {
 public:
  static constexpr std::uint64_t kWithoutLimit = ~std::uint64_t{0};

  /// Counts only. Throws std::bad_alloc.
  AllocationMeter();
  /// Besides, allocations fail as the `memory` field of `value` says, which must outlive the meter.
  explicit AllocationMeter(const Case& value);
  ~AllocationMeter();
  AllocationMeter(const AllocationMeter&) = delete;
  AllocationMeter& operator=(const AllocationMeter&) = delete;

  /// Refuses what would make more than `bytes` live: it is in `peak_bytes` all the same, and the
  /// machine need not have it.
  void set_limit(std::uint64_t bytes) noexcept { limit_bytes_ = bytes; }

  /// From here on, allocations fail as the `memory` field of `value` says from its beginning;
  /// without a case, none does. Calls and failures are counted anew; what is live stays so.
  void follow(const Case* value) noexcept;

  /// Preconditions: no meter is started on this thread; there is one for every stop.
  void start() noexcept;
  /// May be called when not started.
  void stop() noexcept;

  /// Allocations so far, failed ones included.
  std::uint64_t calls() const noexcept { return calls_; }
  /// Those that the `memory` field or the limit made fail.
  std::uint64_t failures() const noexcept { return failures_; }
  std::uint64_t live_bytes() const noexcept { return live_bytes_.load(std::memory_order_relaxed); }
  std::uint64_t live_blocks() const noexcept;
  /// The most that was live at once, or would have been had it not been refused.
  std::uint64_t peak_bytes() const noexcept { return peak_bytes_; }

  // For the interposed functions. None of these allocates from what it measures.

  /// Whether an allocation of `bytes` may go ahead.
  bool admit(std::size_t bytes) noexcept;
  /// Whether what is allocated now counts.
  bool inside() const noexcept { return inside_; }
  /// A block that counts. One that finds no place in the table does not.
  void add(const void* block, std::size_t bytes) noexcept;

 private:
  friend internal::Counted internal::take(const void* block) noexcept;
  friend void internal::put_back(AllocationMeter* meter, const void* block,
                                 std::size_t bytes) noexcept;
  friend class Metered;
  friend class Unmetered;

  struct Slot {
    const void* block = nullptr;
    std::size_t bytes = 0;
  };
  std::size_t home_of(const void* block) const noexcept;
  // These three with the lock on all tables held, once the meter is started.
  void insert(const void* block, std::size_t bytes) noexcept;
  bool erase(const void* block, std::size_t& bytes) noexcept;
  bool grow() noexcept;
  void release() noexcept;

  const std::vector<Op>* script_ = nullptr;
  std::size_t next_ = 0;        // in the script
  std::uint64_t repeated_ = 0;  // of its present `good`
  bool broken_ = false;         // a `fail` was reached
  bool inside_ = false;
  bool started_ = false;
  std::uint64_t limit_bytes_ = kWithoutLimit;
  std::uint64_t calls_ = 0;
  std::uint64_t failures_ = 0;
  std::atomic<std::uint64_t> live_bytes_{0};  // other threads free, too
  std::uint64_t peak_bytes_ = 0;
  // Open addressing, at most half full; a power of two.
  Slot* slots_ = nullptr;
  std::size_t slot_count_ = 0;
  std::size_t used_ = 0;
  AllocationMeter* next_started_ = nullptr;
};

/// Whether a meter is started on this thread and has made an allocation fail.
inline bool allocation_failed() noexcept {
  return internal::current_meter != nullptr && internal::current_meter->failures() > 0;
}

/// While it lives, allocations are the subject's. Does nothing without a started meter.
class Metered {
 public:
  Metered() noexcept : meter_(internal::current_meter) {
    if (meter_ != nullptr) before_ = std::exchange(meter_->inside_, true);
  }
  ~Metered() {
    if (meter_ != nullptr) meter_->inside_ = before_;
  }
  Metered(const Metered&) = delete;
  Metered& operator=(const Metered&) = delete;
  /// Whether an allocation of the meter's time has failed.
  bool starved() const noexcept { return meter_ != nullptr && meter_->failures() > 0; }

 private:
  AllocationMeter* meter_;
  bool before_ = false;
};

/// While it lives, allocations are the test's. Does nothing without a started meter.
class Unmetered {
 public:
  Unmetered() noexcept : meter_(internal::current_meter) {
    if (meter_ != nullptr) before_ = std::exchange(meter_->inside_, false);
  }
  ~Unmetered() {
    if (meter_ != nullptr) meter_->inside_ = before_;
  }
  Unmetered(const Unmetered&) = delete;
  Unmetered& operator=(const Unmetered&) = delete;

 private:
  AllocationMeter* meter_;
  bool before_ = false;
};

}  // namespace weir::properties
