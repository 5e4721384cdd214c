#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "one-read-is-all";
constexpr std::string_view kBug =
    "A read below that gives less than was asked for is taken for the last one.";

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (output.empty()) return inner().read(output);
    if (last_) return std::size_t{0};
    const auto result = inner().read(output);
    last_ = result.has_value() && *result < output.size();
    if (last_ && *result > 0) note_fault();
    return result;
  }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    const auto result = inner().seek(offset, whence);
    if (result.has_value()) last_ = false;
    return result;
  }

 private:
  bool last_ = false;
};

Subject subject() {
  Recipe recipe;
  recipe.below_source = wrap_source<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant one_read_is_all = {
    kName,
    kBug,
    "short-source-reads",
    "would-block-read eof-exact eof-sticky seek-model source-fault seek-past-end chain "
    "seek-over-partial first-read",
    "payload   literal \"ab\"\nsource    give 1\n",
    "short-source-reads would-block-read eof-exact first-read",
    subject,
};

}  // namespace weir::properties::mutant
