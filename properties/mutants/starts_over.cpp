#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "starts-over";
constexpr std::string_view kBug =
    "Having said that it is at the end, the reader rewinds, ready for the next pass.";

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    const auto result = inner().read(output);
    if (result.has_value() && *result == 0 && !output.empty()) {
      note_fault();
      static_cast<void>(inner().seek(0, Whence::kSet));
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

const Mutant starts_over = {
    kName,
    kBug,
    "eof-sticky",
    "garbage progress seek-model seek-past-end output-bounds corruption count-bounds read-chunking "
    "source-fault seek-refused short-source-reads would-block-read zero-length",
    "payload   literal \"a\"\n",
    "eof-sticky seek-past-end garbage",
    subject,
};

}  // namespace weir::properties::mutant
