#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "sure-of-room-after-flush";
constexpr std::string_view kBug =
    "Once it has flushed, the writer is sure that the sink below has room, and does not look when "
    "it would block after all.";

class Layer final : public BareSink {
 public:
  using BareSink::BareSink;
  Result<void> flush() override {
    auto result = BareSink::flush();
    sure_ = sure_ || result.has_value();
    return result;
  }

 protected:
  Result<std::size_t> push(std::span<const std::byte> input) override {
    const auto taken = write_below(inner(), input);
    if (!sure_ || !failed_with(taken, Code::kWouldBlock)) return taken;
    note_fault();
    sure_ = false;
    return input.size();
  }

 private:
  bool sure_ = false;
};

Subject subject() { return bare_subject<Layer, BareSource>(kName, kBug); }

}  // namespace

const Mutant sure_of_room_after_flush = {
    kName,
    kBug,
    "would-block-write",
    "flush-readable",
    "payload   literal \"ab\"\n"
    "writes    flush\n"
    "sink      take 1, block\n",
    "would-block-write",
    subject,
    // Needs four operations: a payload, a flush, and a sink below that takes a part, then blocks.
    "exhaustive",
};

}  // namespace weir::properties::mutant
