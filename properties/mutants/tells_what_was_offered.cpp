#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "tells-what-was-offered";
constexpr std::string_view kBug =
    "tell of the writer counts what was offered, also where the sink below took a part of it.";

class Layer final : public BareSink {
 public:
  using BareSink::BareSink;

 protected:
  Result<std::size_t> push(std::span<const std::byte> input) override {
    const auto taken = write_below(inner(), input);
    if (taken.has_value() && *taken < input.size()) {
      note_fault();
      add_to_tell(input.size() - *taken);
    }
    return taken;
  }
};

Subject subject() { return bare_subject<Layer, BareSource>(kName, kBug); }

}  // namespace

const Mutant tells_what_was_offered = {
    kName,
    kBug,
    "count-bounds",
    "",
    "payload   literal \"ab\"\n"
    "sink      take 1\n",
    "count-bounds",
    subject,
};

}  // namespace weir::properties::mutant
