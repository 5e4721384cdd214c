#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "lie-is-end";
constexpr std::string_view kBug =
    "A count beyond what was asked for is taken for a mark of the end, as a size of minus one "
    "would be.";

class Layer final : public BareSource {
 public:
  using BareSource::BareSource;

 protected:
  Result<std::size_t> pull(std::span<std::byte> output) override {
    const auto given = inner().read(output);
    if (!given.has_value() || *given <= output.size()) return given;
    note_fault();
    return std::size_t{0};
  }
};

Subject subject() { return bare_subject<BareSink, Layer>(kName, kBug); }

}  // namespace

const Mutant lie_is_end = {
    kName,      kBug,    "distrust", "", "payload   literal \"a\"\nsource    claim more 1\n",
    "distrust", subject,
};

}  // namespace weir::properties::mutant
