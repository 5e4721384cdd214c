#include <vector>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "keeps-every-block";
constexpr std::string_view kBug =
    "A buffer is made for every write and kept until the stream is destroyed.";

constexpr std::size_t kBlockBytes = 4096;

class Layer final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    if (!blocks_.empty()) note_fault();
    blocks_.push_back(std::make_unique<std::byte[]>(kBlockBytes));
    return inner().write(input);
  }

 private:
  std::vector<std::unique_ptr<std::byte[]>> blocks_;
};

Subject subject() {
  Recipe recipe;
  recipe.above_sink = wrap_sink<Layer>;
  recipe.bounds.write_heap_bytes = 2 * kBlockBytes;  // one block, the stream, and room to spare
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant keeps_every_block = {
    kName, kBug, "heap-bound", "", "payload   literal \"aa\"\nwrites    1\n", "heap-bound", subject,
};

}  // namespace weir::properties::mutant
