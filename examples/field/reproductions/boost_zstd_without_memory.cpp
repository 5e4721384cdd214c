// Boost.Iostreams: a zstd compressor that cannot be made, since memory runs out, leaves what it had
// of zstd's behind.
// Link: -lboost_iostreams. Exit code 0: it shows what it says; 1: it does not.
#include <malloc.h>

#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filter/zstd.hpp>
#include <cstdlib>
#include <iostream>
#include <new>

namespace {
int left = -1;  // how many allocations succeed; negative: all
}

void* operator new(std::size_t size) {
  if (left == 0) throw std::bad_alloc();
  if (left > 0) --left;
  if (void* const block = std::malloc(size)) return block;
  throw std::bad_alloc();
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }

namespace {

// Makes one, of which all allocations but the first `good` fail. Whether any failed.
template <class Compressor>
bool fails(int good) {
  bool failed = false;
  left = good;
  try {
    const Compressor compressor;
  } catch (const std::bad_alloc&) {
    failed = true;
  }
  left = -1;
  return failed;
}

// The most that ten leave behind that could not be made, whichever allocation failed.
template <class Compressor>
std::size_t left_behind(const char* name) {
  std::size_t most = 0;
  for (int good = 0; fails<Compressor>(good); ++good) {
    const std::size_t before = mallinfo2().uordblks;
    for (int i = 0; i < 10; ++i) fails<Compressor>(good);
    const std::size_t after = mallinfo2().uordblks;
    if (after > before && after - before > most) most = after - before;
  }
  std::cout << name << ": ten that could not be made leave up to " << most << " bytes behind\n";
  return most;
}

}  // namespace

int main() {
  const std::size_t gzip = left_behind<boost::iostreams::gzip_compressor>("gzip");
  const std::size_t zstd = left_behind<boost::iostreams::zstd_compressor>("zstd");
  return gzip == 0 && zstd > 1000 ? 0 : 1;
}
