#include "properties/allocation.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>

#include "weir/check.h"

// Defined by weir::malloc, where that is linked.
extern "C" [[gnu::weak]] bool weir_malloc_is_interposed() noexcept;

namespace weir::properties {
namespace {

constexpr std::size_t kSlotsFirst = 256;

struct MemoryVerbs {
  std::uint8_t good, fail, fail_once;
};
const MemoryVerbs& memory_verbs() {
  static const MemoryVerbs verbs{verb_index(FieldId::kMemory, "good"),
                                 verb_index(FieldId::kMemory, "fail"),
                                 verb_index(FieldId::kMemory, "fail-once")};
  return verbs;
}

// Guards the tables of all started meters, and the list of them. Held for a few instructions: a
// mutex may allocate, or be what the subject frees.
constinit std::atomic<bool> tables_busy{false};
constinit AllocationMeter* first_started = nullptr;

class TablesLock {
 public:
  TablesLock() noexcept {
    while (tables_busy.exchange(true, std::memory_order_acquire)) {
    }
  }
  ~TablesLock() { tables_busy.store(false, std::memory_order_release); }
  TablesLock(const TablesLock&) = delete;
  TablesLock& operator=(const TablesLock&) = delete;
};

}  // namespace

namespace internal {

thread_local constinit AllocationMeter* current_meter = nullptr;
constinit std::atomic<int> meters_started{0};

Counted take(const void* block) noexcept {
  Counted counted;
  if (block == nullptr) return counted;
  const TablesLock lock;
  for (AllocationMeter* meter = first_started; meter != nullptr; meter = meter->next_started_) {
    if (!meter->erase(block, counted.bytes)) continue;
    counted.meter = meter;
    break;
  }
  return counted;
}

void put_back(AllocationMeter* meter, const void* block, std::size_t bytes) noexcept {
  const TablesLock lock;
  for (AllocationMeter* started = first_started; started != nullptr;
       started = started->next_started_) {
    if (started == meter) meter->insert(block, bytes);
  }
}

}  // namespace internal

bool can_meter_allocations() noexcept {
  return weir_malloc_is_interposed != nullptr && weir_malloc_is_interposed();
}

AllocationMeter::AllocationMeter() {
  // Looked up here, not in the middle of an allocation.
  static_cast<void>(memory_verbs());
  if (!grow()) throw std::bad_alloc();
}

AllocationMeter::AllocationMeter(const Case& value) : AllocationMeter() { follow(&value); }

AllocationMeter::~AllocationMeter() {
  stop();
  release();
}

void AllocationMeter::follow(const Case* value) noexcept {
  script_ = value != nullptr ? &value->ops(FieldId::kMemory) : nullptr;
  next_ = 0;
  repeated_ = 0;
  broken_ = false;
  calls_ = 0;
  failures_ = 0;
}

std::uint64_t AllocationMeter::live_blocks() const noexcept {
  const TablesLock lock;
  return used_;
}

void AllocationMeter::start() noexcept {
  WEIR_CHECK(internal::current_meter == nullptr, "one meter at a time on a thread");
  internal::current_meter = this;
  started_ = true;
  {
    const TablesLock lock;
    next_started_ = std::exchange(first_started, this);
  }
  internal::meters_started.fetch_add(1, std::memory_order_relaxed);
}

void AllocationMeter::stop() noexcept {
  if (!started_) return;
  WEIR_CHECK(internal::current_meter == this, "a meter is stopped on the thread that started it");
  internal::current_meter = nullptr;
  started_ = false;
  internal::meters_started.fetch_sub(1, std::memory_order_relaxed);
  const TablesLock lock;
  AllocationMeter** link = &first_started;
  while (*link != this) link = &(*link)->next_started_;
  *link = std::exchange(next_started_, nullptr);
}

bool AllocationMeter::admit(std::size_t bytes) noexcept {
  ++calls_;
  const std::uint64_t others = live_bytes();
  const std::uint64_t wanted = bytes > kWithoutLimit - others ? kWithoutLimit : others + bytes;
  peak_bytes_ = std::max(peak_bytes_, wanted);
  bool fails = broken_ || wanted > limit_bytes_;
  if (!broken_ && script_ != nullptr && next_ < script_->size()) {
    const Op& op = (*script_)[next_];
    if (op.verb == memory_verbs().good) {
      if (++repeated_ >= static_cast<std::uint64_t>(std::max<std::int64_t>(op.args[0], 1))) {
        ++next_;
        repeated_ = 0;
      }
    } else {
      broken_ = op.verb == memory_verbs().fail;
      ++next_;
      fails = true;
    }
  }
  if (fails) ++failures_;
  return !fails;
}

std::size_t AllocationMeter::home_of(const void* block) const noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(block);
  return static_cast<std::size_t>((address >> 4) * 0x9e3779b97f4a7c15u >> 20) & (slot_count_ - 1);
}

void AllocationMeter::add(const void* block, std::size_t bytes) noexcept {
  const TablesLock lock;
  insert(block, bytes);
}

void AllocationMeter::insert(const void* block, std::size_t bytes) noexcept {
  if (2 * (used_ + 1) > slot_count_ && !grow()) return;
  std::size_t at = home_of(block);
  while (slots_[at].block != nullptr) at = (at + 1) & (slot_count_ - 1);
  slots_[at] = {block, bytes};
  ++used_;
  live_bytes_.fetch_add(bytes, std::memory_order_relaxed);
}

bool AllocationMeter::erase(const void* block, std::size_t& bytes) noexcept {
  std::size_t at = home_of(block);
  while (slots_[at].block != block) {
    if (slots_[at].block == nullptr) return false;
    at = (at + 1) & (slot_count_ - 1);
  }
  bytes = slots_[at].bytes;
  live_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  --used_;
  // What stands behind in the same run moves up, so that it is still found.
  std::size_t hole = at;
  for (;;) {
    at = (at + 1) & (slot_count_ - 1);
    if (slots_[at].block == nullptr) break;
    const std::size_t home = home_of(slots_[at].block);
    if (((at - home) & (slot_count_ - 1)) >= ((at - hole) & (slot_count_ - 1))) {
      slots_[hole] = slots_[at];
      hole = at;
    }
  }
  slots_[hole] = {};
  return true;
}

// Straight from the system: asking malloc from inside malloc would be counted, or not end.
bool AllocationMeter::grow() noexcept {
  const std::size_t count = slot_count_ == 0 ? kSlotsFirst : 4 * slot_count_;
  void* const memory = ::mmap(nullptr, count * sizeof(Slot), PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  Slot* const old = slots_;
  const std::size_t old_count = slot_count_;
  slots_ = static_cast<Slot*>(memory);  // zeros are empty slots
  slot_count_ = count;
  for (std::size_t i = 0; i < old_count; ++i) {
    if (old[i].block == nullptr) continue;
    std::size_t at = home_of(old[i].block);
    while (slots_[at].block != nullptr) at = (at + 1) & (slot_count_ - 1);
    slots_[at] = old[i];
  }
  if (old != nullptr) ::munmap(old, old_count * sizeof(Slot));
  return true;
}

void AllocationMeter::release() noexcept {
  if (slots_ != nullptr) ::munmap(slots_, slot_count_ * sizeof(Slot));
  slots_ = nullptr;
  slot_count_ = 0;
}

}  // namespace weir::properties
