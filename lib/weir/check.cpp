#include "weir/check.h"

#include <cstdio>
#include <cstdlib>

namespace weir::inline v0_1::internal {

void check_failed(const char* file, int line, const char* condition, const char* what) noexcept {
  std::fprintf(stderr, "%s:%d: check failed: %s (%s)\n", file, line, condition, what);
  std::fflush(stderr);
  std::abort();
}

}  // namespace weir::inline v0_1::internal
