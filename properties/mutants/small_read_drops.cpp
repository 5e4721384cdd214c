#include <algorithm>
#include <array>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "small-read-drops";
constexpr std::string_view kBug =
    "The decoder decodes eight bytes at a time and forgets those that do not fit into the span.";

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (output.empty() || output.size() >= block_.size()) return inner().read(output);
    const auto result = inner().read(block_);
    if (!result.has_value()) return result;
    const std::size_t count = std::min(*result, output.size());
    if (*result > count) note_fault();
    std::copy_n(block_.begin(), count, output.begin());
    return count;
  }

 private:
  std::array<std::byte, 8> block_{};
};

Subject subject() {
  Recipe recipe;
  recipe.above_source = wrap_source<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant small_read_drops = {
    kName,
    kBug,
    "read-chunking",
    "short-source-reads would-block-read eof-exact eof-sticky zero-length seek-model seek-past-end "
    "seek-refused source-fault count-bounds chain",
    "payload   literal \"ab\"\nreads     read 1\n",
    "read-chunking short-source-reads would-block-read zero-length eof-exact seek-refused",
    subject,
};

}  // namespace weir::properties::mutant
