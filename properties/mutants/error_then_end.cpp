#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "error-then-end";
constexpr std::string_view kBug =
    "After an error the decoder is reset, so that the next read sees a clean end.";

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (reset_) {
      note_fault();
      return std::size_t{0};
    }
    const auto result = inner().read(output);
    reset_ = failed_with(result, Code::kCorrupt) || failed_with(result, Code::kTruncated);
    return result;
  }
  Result<void> close() override {
    reset_ = false;
    return inner().close();
  }

 private:
  bool reset_ = false;
};

Subject subject() {
  Recipe recipe;
  recipe.base = "stream.zstd/1";
  recipe.above_source = wrap_source<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant error_then_end = {
    kName,     kBug,    "garbage", "truncation corruption after-fault", "payload   literal \"a\"\n",
    "garbage", subject,
};

}  // namespace weir::properties::mutant
