#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "fault-is-end";
constexpr std::string_view kBug =
    "Any error of the source below is taken for the end of the stream.";

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    const auto result = inner().read(output);
    if (failed_with(result, Code::kIo) || failed_with(result, Code::kCorrupt) ||
        failed_with(result, Code::kTruncated) || failed_with(result, Code::kLimitExceeded) ||
        failed_with(result, Code::kOutOfMemory)) {
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

const Mutant fault_is_end = {
    kName,
    kBug,
    "source-fault",
    "would-block-read eof-exact eof-sticky progress close-once",
    "payload   literal \"a\"\nsource    fail EIO\n",
    "source-fault",
    subject,
};

}  // namespace weir::properties::mutant
