#include <algorithm>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "lent-less-is-last";
constexpr std::string_view kBug =
    "A source below that lends its buffer and lends less than was asked for is taken to have lent "
    "the last of it.";

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (output.empty() || closed_) return inner().read(output);
    if (last_) return std::size_t{0};
    const auto lent = inner().peek(output.size());
    if (lent.empty()) return inner().read(output);
    const std::size_t count = std::min(lent.size(), output.size());
    std::copy_n(lent.begin(), count, output.begin());
    inner().consume(count);
    last_ = count < output.size();
    if (last_) note_fault();
    return count;
  }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    const auto result = inner().seek(offset, whence);
    last_ = last_ && !result.has_value();
    return result;
  }
  Result<void> close() override {
    closed_ = true;
    return inner().close();
  }

 private:
  bool last_ = false;
  bool closed_ = false;
};

Subject subject() {
  Recipe recipe;
  recipe.below_source = wrap_source<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant lent_less_is_last = {
    kName,
    kBug,
    "short-source-reads",
    "would-block-read eof-exact seek-model first-read",
    "payload   literal \"ab\"\n"
    "source    lend 1\n",
    "short-source-reads would-block-read eof-exact first-read",
    subject,
    // Needs a source that lends; the sweep gives short reads only.
    "sweep",
};

}  // namespace weir::properties::mutant
