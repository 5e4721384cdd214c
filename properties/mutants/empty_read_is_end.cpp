#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "empty-read-is-end";
constexpr std::string_view kBug =
    "A read of zero bytes is answered like the end, and the end is remembered.";

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (ended_) return std::size_t{0};
    const auto result = inner().read(output);
    ended_ = result.has_value() && *result == 0;
    if (ended_ && output.empty()) note_fault();
    return result;
  }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    const auto result = inner().seek(offset, whence);
    if (result.has_value()) ended_ = false;
    return result;
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
  recipe.above_source = wrap_source<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant empty_read_is_end = {
    kName,
    kBug,
    "zero-length",
    "seek-model seek-refused seek-past-end eof-exact output-bounds count-bounds use-after-close "
    "truncation",
    "payload   literal \"a\"\nreads     read 0\n",
    "zero-length eof-exact seek-refused",
    subject,
};

}  // namespace weir::properties::mutant
