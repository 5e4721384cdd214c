#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "clamps-to-start";
constexpr std::string_view kBug = "A seek to before the start goes to the start and succeeds.";

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    const auto result = inner().seek(offset, whence);
    if (offset < 0 && failed_with(result, Code::kInvalidArgument)) {
      note_fault();
      return inner().seek(0, Whence::kSet);
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

const Mutant clamps_to_start = {
    kName,
    kBug,
    "seek-refused",
    "seek-model seek-past-end",
    "payload   literal \"a\"\n",
    "seek-refused",
    subject,
};

}  // namespace weir::properties::mutant
