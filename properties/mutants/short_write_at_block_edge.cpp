#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "short-write-at-block-edge";
constexpr std::string_view kBug =
    "A short write that ends at the edge of a block is taken for one that took all.";

class Layer final : public BareSink {
 public:
  using BareSink::BareSink;

 protected:
  Result<std::size_t> push(std::span<const std::byte> input) override {
    const auto taken = write_below(inner(), input);
    if (!taken.has_value() || *taken == input.size() || *taken % kBlockBytes != 0) return taken;
    note_fault();
    return input.size();
  }

 private:
  static constexpr std::size_t kBlockBytes = 4;
};

Subject subject() { return bare_subject<Layer, BareSource>(kName, kBug); }

}  // namespace

const Mutant short_write_at_block_edge = {
    kName,
    kBug,
    "short-sink-writes",
    "would-block-write",
    "payload   literal \"abcde\"\n"
    "sink      take 4\n",
    "short-sink-writes would-block-write",
    subject,
    // Needs five bytes of payload and a write that takes four; those of the sweep take one.
    "exhaustive sweep",
};

}  // namespace weir::properties::mutant
