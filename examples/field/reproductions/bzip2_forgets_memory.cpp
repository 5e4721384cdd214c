// libbz2: BZ2_bzWriteClose frees nothing where the FILE* has failed, neither when it meets the
// failure itself nor when it is called to clean up after one.
// Link: -lbz2. Exit code 0: it shows what it says; 1: it does not.
#include <bzlib.h>
#include <malloc.h>

#include <cstdio>
#include <random>
#include <string>

namespace {

constexpr int kFiles = 20;

std::size_t allocated() {
  const struct mallinfo2 now = mallinfo2();
  return now.uordblks + now.hblkhd;
}

// Writes `payload` to `path`, and closes as the manual says: after an error to clean up.
void write_to(const char* path, std::string payload) {
  std::FILE* const file = std::fopen(path, "wb");
  if (file == nullptr) return;
  int error = BZ_OK;
  BZFILE* const writer = BZ2_bzWriteOpen(&error, file, 1, 0, 0);
  BZ2_bzWrite(&error, writer, payload.data(), static_cast<int>(payload.size()));
  BZ2_bzWriteClose(&error, writer, error != BZ_OK, nullptr, nullptr);
  std::fclose(file);
}

std::size_t kept_by(const char* path, const std::string& payload) {
  write_to(path, payload);
  const std::size_t before = allocated();
  for (int i = 0; i < kFiles; ++i) write_to(path, payload);
  const std::size_t kept = allocated() - before;
  std::printf("%d files of %zu bytes on %s: %zu bytes are not given back\n", kFiles, payload.size(),
              path, kept);
  return kept;
}

}  // namespace

int main() {
  // What fits into libbz2 is written by close; of the other one a write fails before.
  std::string longer(300000, '\0');
  std::mt19937 random(1);
  for (char& c : longer) c = static_cast<char>(random());
  const std::string shorter = longer.substr(0, 50000);
  const std::size_t good = kept_by("/dev/null", longer);
  const std::size_t close_failed = kept_by("/dev/full", shorter);
  const std::size_t write_failed = kept_by("/dev/full", longer);
  return good == 0 && close_failed > 1000000 && write_failed > 1000000 ? 0 : 1;
}
