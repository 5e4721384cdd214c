// Seen in the field: nodejs/node issue 14523: zlib flush() fails to flush all data when callback is
// not provided and needDrain == true. flush on a zlib stream that had more waiting than it may hold
// did nothing unless it was given a callback.
#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "flush-leaves-it-to-drain";
constexpr std::string_view kBug =
    "A flush while a write still waits for the sink below is left to the moment when that has "
    "room, and nobody comes back to it.";

class Layer final : public BufferingSink {
 public:
  using BufferingSink::BufferingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    const auto taken = BufferingSink::write(input);
    if (!taken.has_value() || *taken == 0) return taken;
    const auto drained = drain();
    waits_ = failed_with(drained, Code::kWouldBlock);
    if (!drained.has_value() && !waits_) return state().failing(drained.error());
    return taken;
  }
  Result<void> flush() override {
    if (!state().open() || !waits_) return BufferingSink::flush();
    note_fault();
    return {};
  }

 private:
  bool waits_ = false;
};

Subject subject() { return sink_subject<Layer>(kName, kBug); }

}  // namespace

const Mutant flush_leaves_it_to_drain = {
    kName,
    kBug,
    "flush-readable",
    "flush-forwards",
    "payload   literal \"a\"\n"
    "writes    1, flush\n"
    "sink      block\n",
    "flush-readable",
    subject,
    "",
    "nodejs/node issue 14523: zlib flush() fails to flush all data when callback is not provided "
    "and needDrain == true",
};

}  // namespace weir::properties::mutant
