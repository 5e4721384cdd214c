#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "block-is-end";
constexpr std::string_view kBug =
    "would_block from the source below is passed on as 0, which means the end.";

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    const auto result = inner().read(output);
    if (failed_with(result, Code::kWouldBlock)) {
      note_fault();
      return std::size_t{0};
    }
    return result;
  }
};

Subject subject() {
  Recipe recipe;
  recipe.below_source = wrap_source<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant block_is_end = {
    kName,
    kBug,
    "would-block-read",
    "eof-exact eof-sticky progress garbage seek-model source-fault truncation output-bounds "
    "count-bounds",
    "payload   literal \"a\"\nsource    block\n",
    "would-block-read eof-exact",
    subject,
};

}  // namespace weir::properties::mutant
