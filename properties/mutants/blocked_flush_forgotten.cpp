#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "blocked-flush-forgotten";
constexpr std::string_view kBug =
    "A flush of the sink below that would block is not made up for: called again, flush sees that "
    "nothing is left to pass on.";

class Layer final : public BufferingSink {
 public:
  using BufferingSink::BufferingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    dirty_ = dirty_ || !input.empty();
    return BufferingSink::write(input);
  }
  Result<void> flush() override {
    if (!state().open()) return state().refusal();
    if (!dirty_) {
      if (blocked_) note_fault();
      return {};
    }
    const auto drained = drain();
    if (!drained.has_value()) return state().failing(drained.error());
    dirty_ = false;
    const auto flushed = inner().flush();
    blocked_ = failed_with(flushed, Code::kWouldBlock);
    if (!flushed.has_value()) return state().failing(flushed.error());
    return {};
  }

 private:
  bool dirty_ = false;
  bool blocked_ = false;
};

Subject subject() { return sink_subject<Layer>(kName, kBug); }

}  // namespace

const Mutant blocked_flush_forgotten = {
    kName,
    kBug,
    "flush-forwards",
    "",
    "payload   literal \"a\"\nwrites    1, flush\nsink      all, block\n",
    "flush-forwards",
    subject,
    // Needs five operations: a write, a flush, and a sink below that takes, then blocks.
    "exhaustive",
};

}  // namespace weir::properties::mutant
