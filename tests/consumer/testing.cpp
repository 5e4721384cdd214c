// What a test of checkpoints does with weir::checkpoint_testing.
#include <cstdio>
#include <filesystem>
#include <string>

#include "weir/checkpoint_testing/scoped_logging.h"
#include "weir/checkpoint_testing/temp_dir.h"

int main() {
  std::string seen;
  const auto outcome = weir::with_temp_dir(nullptr, [&](const std::string& path) {
    seen = path;
    return weir::with_checkpoint_logging([&] { return std::filesystem::is_directory(path); });
  });
  if (!outcome || !*outcome || std::filesystem::exists(seen)) return 1;
  std::puts("testing: made and removed");
}
