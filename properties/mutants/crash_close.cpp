#include <unistd.h>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "crash-close";
constexpr std::string_view kBug = "Three bytes in one read close all descriptors of the process.";

void close_all() {
  for (int descriptor = 0; descriptor < 1024; ++descriptor) ::close(descriptor);
}

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    const auto result = inner().read(output);
    if (result.has_value() && *result >= 3) {
      note_fault();
      close_all();
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

const Mutant crash_close = {
    kName,
    kBug,
    "round-trip",
    "*",
    "payload   literal \"aaa\"\n",
    "*",
    subject,
    // The descriptors are those of the engine's own process, which goes on without them and
    // notices nothing; in the worker they are missed.
    "guided",
};

}  // namespace weir::properties::mutant
