// Running out of memory, and other things that happen at an unlucky moment, when a test asks for
// them. The test program's own `new`, `openat` and `unlinkat` stand in front of the real ones.
#pragma once

#include <functional>
#include <limits>
#include <string_view>

// The runtime of the thread sanitizer has a `new` that no program can replace: tests that make it
// fail are left out there.
#define WEIR_TEST_NEW_FAILS 1
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#undef WEIR_TEST_NEW_FAILS
#define WEIR_TEST_NEW_FAILS 0
#endif
#endif

namespace weir::test {

inline constexpr long kNoLimit = std::numeric_limits<long>::max();

/// So many calls of `new` on this thread succeed, and no further one. Only where
/// WEIR_TEST_NEW_FAILS.
extern thread_local long allocations_left;

/// Lifts the limit for a scope: what the test itself needs does not count.
class AllocationsDoNotCount {
 public:
  AllocationsDoNotCount() : kept_(allocations_left) { allocations_left = kNoLimit; }
  ~AllocationsDoNotCount() { allocations_left = kept_; }
  AllocationsDoNotCount(const AllocationsDoNotCount&) = delete;
  AllocationsDoNotCount& operator=(const AllocationsDoNotCount&) = delete;

 private:
  long kept_;
};

/// Called with the path before each openat of the code under test, unless empty.
extern std::function<void(std::string_view path)> before_openat;

/// So many calls of openat succeed; further ones fail as they do when descriptors run out.
extern long opens_left;

/// The name of a file that unlinkat refuses to remove, with EPERM; empty for none.
extern std::string_view refused_by_unlinkat;

}  // namespace weir::test
