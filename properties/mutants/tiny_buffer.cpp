#include <algorithm>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "tiny-buffer";
constexpr std::string_view kBug =
    "The decoder asks the source below for no more than its buffer of 32 bytes holds, again and "
    "again.";

constexpr std::size_t kBufferBytes = 32;

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (output.size() > kBufferBytes) note_fault();
    return inner().read(output.first(std::min(output.size(), kBufferBytes)));
  }
};

Subject subject() {
  Recipe recipe;
  recipe.base = "stream.zstd/1";
  recipe.below_source = wrap_source<Layer>;
  recipe.bounds.bytes_per_call = 4096;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant tiny_buffer = {
    kName, kBug, "call-economy", "distrust", "payload   literal \"a\"\n", "call-economy", subject,
};

}  // namespace weir::properties::mutant
