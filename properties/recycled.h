// Memory for objects that come and go with every case.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <new>

// There in programs with the address sanitizer alone, however this file is compiled.
extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier)
void __asan_poison_memory_region(const volatile void* address, std::size_t size)
    __attribute__((weak));
void __asan_unpoison_memory_region(const volatile void* address, std::size_t size)
    __attribute__((weak));
// NOLINTEND(bugprone-reserved-identifier)
}

namespace weir::properties {

namespace internal {
// Called by these: fuzzing services take a program that calls the address sanitizer by name for one
// that was built with it, and turn it down where another was asked for.
using MarkMemory = void (*)(const volatile void* address, std::size_t size);
inline MarkMemory poison_memory = __asan_poison_memory_region;
inline MarkMemory unpoison_memory = __asan_unpoison_memory_region;
}  // namespace internal

/// Gives `T`, which derives from it, an operator new that takes the memory of an earlier `T`: under
/// a sanitizer an allocation costs as much as a small case. Memory is used again when kKept others
/// have been given back after it and is poisoned until then, so that a subject which uses a stream
/// after its end is noticed in the cases that follow as well. Any thread may make and destroy.
template <class T>
class Recycled {
 public:
  static constexpr std::size_t kKept = 16;

  // The delete that takes a size belongs to it.
  // NOLINTNEXTLINE(misc-new-delete-overloads)
  static void* operator new(std::size_t size) {
    static_assert(alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);
    if (size == sizeof(T)) {
      if (void* const kept = ring_.exchange_oldest(nullptr)) {
        if (internal::unpoison_memory != nullptr) internal::unpoison_memory(kept, size);
        return kept;
      }
    }
    return ::operator new(size);
  }

  static void operator delete(void* memory, std::size_t size) noexcept {
    if (size == sizeof(T)) {
      // Before anybody can find it.
      if (internal::poison_memory != nullptr) internal::poison_memory(memory, size);
      memory = ring_.exchange_oldest(memory);
      if (memory == nullptr) return;
      if (internal::unpoison_memory != nullptr) internal::unpoison_memory(memory, size);
    }
    ::operator delete(memory);
  }

 protected:
  ~Recycled() = default;

 private:
  class Ring {
   public:
    // Takes the oldest memory out, null where the ring is not full, and puts `memory` in its place.
    void* exchange_oldest(void* memory) noexcept {
      while (busy_.test_and_set(std::memory_order_acquire)) {
      }
      void* const oldest = kept_[next_];
      kept_[next_] = memory;
      if (memory != nullptr) next_ = (next_ + 1) % kKept;
      busy_.clear(std::memory_order_release);
      return oldest;
    }

   private:
    std::atomic_flag busy_{};
    std::array<void*, kKept> kept_{};
    std::size_t next_ = 0;
  };
  static inline Ring ring_;
};

}  // namespace weir::properties
