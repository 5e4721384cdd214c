// Boost.Iostreams: where memory runs out at the wrong moment of pushing a compressor, the program
// dies of a null pointer instead of an exception.
// Link: -lboost_iostreams. Exit code 0: it shows what it says; 1: it does not.
#include <sys/wait.h>
#include <unistd.h>

#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <new>
#include <sstream>

static long until_failure = -1;
void* operator new(std::size_t size) {
  if (until_failure >= 0 && until_failure-- == 0) throw std::bad_alloc();
  void* const room = std::malloc(size);
  if (room == nullptr) throw std::bad_alloc();
  return room;
}
void* operator new[](std::size_t size) { return operator new(size); }
void operator delete(void* room) noexcept { std::free(room); }
void operator delete(void* room, std::size_t) noexcept { std::free(room); }
void operator delete[](void* room) noexcept { std::free(room); }
void operator delete[](void* room, std::size_t) noexcept { std::free(room); }

int main() {
  for (long allocation = 0;; ++allocation) {
    const pid_t child = fork();
    if (child == 0) {
      bool failed = false;
      try {
        boost::iostreams::filtering_ostream out;
        until_failure = allocation;
        out.push(boost::iostreams::gzip_compressor());
      } catch (const std::bad_alloc&) {
        failed = true;
      }
      _exit(failed ? 0 : 2);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) {
      std::cout << "allocation " << allocation << " of push fails: the program dies of signal "
                << WTERMSIG(status) << '\n';
      return WTERMSIG(status) == SIGSEGV ? 0 : 1;
    }
    if (WEXITSTATUS(status) == 2) break;  // no allocation failed
  }
  std::cout << "each failure is an exception\n";
  return 1;
}
