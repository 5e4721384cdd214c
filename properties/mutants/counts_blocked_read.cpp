#include <cstdint>

#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "counts-blocked-read";
constexpr std::string_view kBug =
    "The reader adds what it asks for to its position and takes back what did not come, but not "
    "when the source below would block.";

class Layer final : public BareSource {
 public:
  using BareSource::BareSource;
  Result<std::uint64_t> tell() const override {
    const auto position = BareSource::tell();
    if (!position.has_value()) return position;
    return *position + never_came_;
  }

 protected:
  Result<std::size_t> pull(std::span<std::byte> output) override {
    const auto given = read_below(inner(), output);
    if (failed_with(given, Code::kWouldBlock)) {
      note_fault();
      never_came_ += output.size();
    }
    return given;
  }

 private:
  std::uint64_t never_came_ = 0;
};

Subject subject() { return bare_subject<BareSink, Layer>(kName, kBug); }

}  // namespace

const Mutant counts_blocked_read = {
    kName,
    kBug,
    "would-block-read",
    "count-bounds",
    "payload   literal \"a\"\n"
    "source    block\n"
    "reads     read 1, tell\n",
    "would-block-read count-bounds",
    subject,
    // Needs a block, a read and tell; the sweep puts only the block.
    "exhaustive sweep",
};

}  // namespace weir::properties::mutant
