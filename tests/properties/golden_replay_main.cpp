// Replays the golden streams below a folder. For builds of every kind: needs nothing but the core.
#include <cstdio>
#include <map>

#include "properties/golden.h"

int main(int argc, char** argv) {
  using namespace weir::properties;
  if (argc != 2) {
    std::fputs("usage: golden_replay FOLDER\n", stderr);
    return 2;
  }
  std::vector<GoldenFile> files;
  const std::string wrong = read_golden_files(argv[1], files);
  if (!wrong.empty()) {
    std::fprintf(stderr, "golden_replay: %s\n", wrong.c_str());
    return 2;
  }
  std::size_t held = 0;
  std::size_t broken = 0;
  std::map<std::string, std::size_t> left_out;
  for (const GoldenFile& file : files) {
    const GoldenReplay replayed = replay(file.golden);
    switch (replayed.outcome) {
      case GoldenReplay::Outcome::kHeld:
        ++held;
        break;
      case GoldenReplay::Outcome::kBroken:
        ++broken;
        std::printf("broken %s\n  guards  %s\n  seen    %s\n", file.path.c_str(),
                    file.golden.guards.c_str(), replayed.message.c_str());
        break;
      case GoldenReplay::Outcome::kLeftOut:
        ++left_out[replayed.message];
        break;
    }
  }
  for (const auto& [reason, count] : left_out) {
    std::printf("left out %zu: %s\n", count, reason.c_str());
  }
  std::printf("%zu of %zu golden streams held\n", held, files.size());
  return broken == 0 && held > 0 ? 0 : 1;
}
