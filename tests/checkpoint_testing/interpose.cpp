#include "interpose.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <new>

namespace weir::test {
thread_local long allocations_left = kNoLimit;
std::function<void(std::string_view path)> before_openat;
long opens_left = kNoLimit;
std::string_view refused_by_unlinkat;
}  // namespace weir::test

#if WEIR_TEST_NEW_FAILS
namespace {
void* allocate(std::size_t size) noexcept {
  long& left = weir::test::allocations_left;
  if (left <= 0) return nullptr;
  if (left != weir::test::kNoLimit) --left;
  return std::malloc(size);
}
}  // namespace

void* operator new(std::size_t size) {
  void* given = allocate(size);
  if (given == nullptr) throw std::bad_alloc();
  return given;
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void operator delete(void* given) noexcept { std::free(given); }
void operator delete(void* given, std::size_t) noexcept { std::free(given); }
#endif

extern "C" int openat(int at, const char* path, int flags, ...) {
  if (weir::test::before_openat) weir::test::before_openat(path);
  if (weir::test::opens_left <= 0) {
    errno = EMFILE;
    return -1;
  }
  if (weir::test::opens_left != weir::test::kNoLimit) --weir::test::opens_left;
  mode_t mode = 0;
  if ((flags & O_CREAT) != 0) {
    std::va_list arguments;
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    va_end(arguments);
  }
  return static_cast<int>(::syscall(SYS_openat, at, path, flags, mode));
}

extern "C" int unlinkat(int at, const char* path, int flags) noexcept {
  if (!weir::test::refused_by_unlinkat.empty() && path == weir::test::refused_by_unlinkat) {
    errno = EPERM;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_unlinkat, at, path, flags));
}
