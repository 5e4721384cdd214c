#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "cut-is-end";
constexpr std::string_view kBug = "A stream that ends within a frame is reported as a clean end.";

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (ended_) return std::size_t{0};
    const auto result = inner().read(output);
    ended_ = failed_with(result, Code::kTruncated);
    if (!ended_) return result;
    note_fault();
    return std::size_t{0};
  }
  Result<void> close() override {
    ended_ = false;
    return inner().close();
  }

 private:
  bool ended_ = false;
};

Subject subject() {
  Recipe recipe;
  recipe.base = "stream.zstd/1";
  recipe.above_source = wrap_source<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant cut_is_end = {
    kName,
    kBug,
    "truncation",
    "corruption garbage source-fault",
    "payload   literal \"a\"\ndamage    cut -1\n",
    "truncation",
    subject,
};

}  // namespace weir::properties::mutant
