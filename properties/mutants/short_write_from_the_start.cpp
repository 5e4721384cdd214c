// Seen in the field: intel/zlib-accel pull request 79: gzwrite: finish a compressed member across a
// short write. The loop that wrote the buffer shortened the length after a short write and began at
// its start again, so the first bytes came twice and the last ones never. backuppc/backuppc-xs pull
// request 1 mends the same.
#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "short-write-from-the-start";
constexpr std::string_view kBug =
    "What a short write leaves of the buffer is counted right, but the next write begins at the "
    "buffer's start again.";

class Layer final : public BufferingSink {
 public:
  using BufferingSink::BufferingSink;

 protected:
  Result<void> drain() override {
    std::size_t left = held().size();
    while (left > 0) {
      const auto taken = write_below(inner(), held().first(left));
      if (!taken.has_value()) {
        passed(held().size() - left);
        return fail(taken.error());
      }
      if (*taken < left) note_fault();
      left -= *taken;
    }
    passed(held().size());
    return {};
  }
};

Subject subject() { return sink_subject<Layer>(kName, kBug); }

}  // namespace

const Mutant short_write_from_the_start = {
    kName,
    kBug,
    "short-sink-writes",
    "would-block-write",
    "payload   literal \"ab\"\n"
    "sink      take 1\n",
    "short-sink-writes would-block-write",
    subject,
    "",
    "intel/zlib-accel pull request 79: gzwrite: finish a compressed member across a short write",
};

}  // namespace weir::properties::mutant
