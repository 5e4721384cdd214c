// Seen in the field: steffengy/schannel-rs pull request 39: restore behavior to write_out without
// requiring an explicit flush. Its review names the trap: the data is in the buffer by then, and a
// would-block that is passed on makes the caller write it again.
#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "taken-and-blocked";
constexpr std::string_view kBug =
    "A write puts its bytes into the buffer, and says would_block when the buffer then does not "
    "go out: the caller offers them again.";

class Layer final : public BufferingSink {
 public:
  using BufferingSink::BufferingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    const auto taken = BufferingSink::write(input);
    if (!taken.has_value() || *taken == 0) return taken;
    const auto drained = drain();
    if (drained.has_value()) return taken;
    if (failed_with(drained, Code::kWouldBlock)) note_fault();
    return state().failing(drained.error());
  }
};

Subject subject() { return sink_subject<Layer>(kName, kBug); }

}  // namespace

const Mutant taken_and_blocked = {
    kName,
    kBug,
    "would-block-write",
    "",
    "payload   literal \"a\"\n"
    "sink      block\n",
    "would-block-write",
    subject,
    "",
    "steffengy/schannel-rs pull request 39: restore behavior to write_out without requiring an "
    "explicit flush",
};

}  // namespace weir::properties::mutant
