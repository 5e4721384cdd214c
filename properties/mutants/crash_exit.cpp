#include <cstdlib>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "crash-exit";
constexpr std::string_view kBug = "Three bytes in one read end the process quietly.";

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    const auto result = inner().read(output);
    if (result.has_value() && *result >= 3) {
      note_fault();
      std::_Exit(0);
    }
    return result;
  }
};

Subject subject() {
  Recipe recipe;
  recipe.above_source = wrap_source<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant crash_exit = {
    kName,
    kBug,
    "round-trip",
    "*",
    "payload   literal \"aaa\"\n",
    "*",
    subject,
    // The engine's own process ends, without a word and with the exit code of a search that found
    // nothing: no input is left behind.
    "guided",
};

}  // namespace weir::properties::mutant
