// malloc and its relatives for a whole program, over glibc's own: what a started AllocationMeter
// lets through or makes fail. Linked into programs only. Nothing where the compiler adds a
// sanitizer, or where the C library is another one.
#include <cerrno>
#include <cstddef>
#include <cstdlib>

#include "properties/allocation.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || \
    __has_feature(thread_sanitizer)
#define WEIR_HAS_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WEIR_HAS_SANITIZER 1
#endif

#if defined(__GLIBC__) && !defined(WEIR_HAS_SANITIZER)
// NOLINTBEGIN(bugprone-reserved-identifier): the names that glibc gives its own.
extern "C" {
void* __libc_malloc(std::size_t size);
void __libc_free(void* block);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
bool weir_malloc_is_interposed() noexcept;
}
// NOLINTEND(bugprone-reserved-identifier)

namespace {

using weir::properties::AllocationMeter;
using weir::properties::internal::Counted;
using weir::properties::internal::current_meter;
using weir::properties::internal::meters_started;
using weir::properties::internal::put_back;
using weir::properties::internal::take;

// Apart, so that what everybody does stays short.
template <class Allocate>
[[gnu::noinline, gnu::cold]] void* metered(AllocationMeter& meter, std::size_t size,
                                           Allocate allocate) noexcept {
  if (!meter.inside()) return allocate();
  if (!meter.admit(size)) {
    errno = ENOMEM;
    return nullptr;
  }
  void* const block = allocate();
  if (block != nullptr) meter.add(block, size);
  return block;
}

[[gnu::noinline, gnu::cold]] void* metered_realloc(AllocationMeter* meter, void* old,
                                                   std::size_t size) noexcept {
  // Before the call: behind it the address may be another thread's.
  const Counted replaced = take(old);
  if (old != nullptr && size == 0) return __libc_realloc(old, 0);
  const bool counts = meter != nullptr && meter->inside();
  const bool admitted = !counts || meter->admit(size);
  void* const block = admitted ? __libc_realloc(old, size) : nullptr;
  if (!admitted) errno = ENOMEM;
  if (block == nullptr) {
    if (replaced.meter != nullptr) put_back(replaced.meter, old, replaced.bytes);
  } else if (counts) {
    meter->add(block, size);
  } else if (replaced.meter != nullptr) {
    put_back(replaced.meter, block, size);
  }
  return block;
}

[[gnu::noinline, gnu::cold]] void metered_free(void* block) noexcept {
  static_cast<void>(take(block));
  __libc_free(block);
}

bool any_meter() noexcept { return meters_started.load(std::memory_order_relaxed) != 0; }

}  // namespace

extern "C" {

bool weir_malloc_is_interposed() noexcept { return true; }

void* malloc(std::size_t size) noexcept {
  if (AllocationMeter* const meter = current_meter) [[unlikely]] {
    return metered(*meter, size, [=] { return __libc_malloc(size); });
  }
  return __libc_malloc(size);
}

void free(void* block) noexcept {
  if (any_meter()) [[unlikely]] {
    return metered_free(block);
  }
  __libc_free(block);
}

void* calloc(std::size_t count, std::size_t size) noexcept {
  if (AllocationMeter* const meter = current_meter) [[unlikely]] {
    std::size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes)) bytes = ~std::size_t{0};
    return metered(*meter, bytes, [=] { return __libc_calloc(count, size); });
  }
  return __libc_calloc(count, size);
}

void* realloc(void* block, std::size_t size) noexcept {
  if (any_meter()) [[unlikely]] {
    return metered_realloc(current_meter, block, size);
  }
  return __libc_realloc(block, size);
}

void* memalign(std::size_t alignment, std::size_t size) noexcept {
  if (AllocationMeter* const meter = current_meter) [[unlikely]] {
    return metered(*meter, size, [=] { return __libc_memalign(alignment, size); });
  }
  return __libc_memalign(alignment, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  return memalign(alignment, size);
}

int posix_memalign(void** result, std::size_t alignment, std::size_t size) noexcept {
  const bool power_of_two = alignment != 0 && (alignment & (alignment - 1)) == 0;
  if (!power_of_two || alignment % sizeof(void*) != 0) return EINVAL;
  const int errno_before = errno;
  void* const block = memalign(alignment, size);
  errno = errno_before;
  if (block == nullptr) return ENOMEM;
  *result = block;
  return 0;
}

}  // extern "C"
#endif
