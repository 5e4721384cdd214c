#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "tells-lie";
constexpr std::string_view kBug =
    "tell adds up what the sink below says that it took, also where that is more than there was.";

class Layer final : public BareSink {
 public:
  using BareSink::BareSink;

 protected:
  Result<std::size_t> push(std::span<const std::byte> input) override {
    const auto taken = inner().write(input);
    if (!taken.has_value() || *taken <= input.size()) return taken;
    note_fault();
    add_to_tell(*taken - input.size());
    return input.size();
  }
};

Subject subject() { return bare_subject<Layer, BareSource>(kName, kBug); }

}  // namespace

const Mutant tells_lie = {
    kName,      kBug,    "distrust", "", "payload   literal \"a\"\nsink      claim more 1\n",
    "distrust", subject,
};

}  // namespace weir::properties::mutant
