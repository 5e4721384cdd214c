#include <vector>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "keeps-every-read";
constexpr std::string_view kBug =
    "A buffer is made for every read and kept until the stream is destroyed.";

constexpr std::size_t kBlockBytes = 4096;

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    const auto given = inner().read(output);
    if (!given.has_value() || *given == 0) return given;
    if (!blocks_.empty()) note_fault();
    blocks_.push_back(std::make_unique<std::byte[]>(kBlockBytes));
    return given;
  }

 private:
  std::vector<std::unique_ptr<std::byte[]>> blocks_;
};

Subject subject() {
  Recipe recipe;
  recipe.above_source = wrap_source<Layer>;
  recipe.bounds.read_heap_bytes = 2 * kBlockBytes;  // one block, the stream, and room to spare
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant keeps_every_read = {
    kName,
    kBug,
    "heap-bound",
    // Damaged streams of this format are streams as well, and are read as often.
    "amplification",
    "payload   literal \"aa\"\nreads     read 1\n",
    "heap-bound",
    subject,
};

}  // namespace weir::properties::mutant
