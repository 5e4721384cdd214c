// The main of a fuzz target without an engine: its arguments are files and folders to replay.
#include <string>
#include <vector>

#include "fuzz/replay.h"
#include "fuzz/target.h"

int main(int argc, char** argv) {
  LLVMFuzzerInitialize(&argc, &argv);
  std::vector<std::string> paths;
  for (int i = 1; i < argc; ++i) {
    // An engine's flags (-runs=0) mean nothing here.
    if (argv[i][0] != '-') paths.emplace_back(argv[i]);
  }
  return weir::fuzz::replay(weir::fuzz::this_target(), paths);
}
