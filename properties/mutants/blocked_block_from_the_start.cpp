#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "blocked-block-from-the-start";
constexpr std::string_view kBug =
    "A block that is half written when the sink below would block is written from its start when "
    "the sink goes on.";

class Layer final : public BufferingSink {
 public:
  using BufferingSink::BufferingSink;

 protected:
  Result<void> drain() override {
    std::size_t done = 0;
    while (done < held().size()) {
      const auto taken = write_below(inner(), held().subspan(done));
      if (failed_with(taken, Code::kWouldBlock) && done > 0) note_fault();
      if (!taken.has_value()) return fail(taken.error());
      done += *taken;
    }
    passed(done);
    return {};
  }
};

Subject subject() { return sink_subject<Layer>(kName, kBug); }

}  // namespace

const Mutant blocked_block_from_the_start = {
    kName,
    kBug,
    "would-block-write",
    "",
    "payload   literal \"ab\"\n"
    "sink      take 1, block\n",
    "would-block-write",
    subject,
    // Needs a payload of two bytes and a sink below that takes a part, then blocks; the sweep puts
    // one of them.
    "exhaustive sweep",
};

}  // namespace weir::properties::mutant
