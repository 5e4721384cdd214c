#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "clamps-to-end";
constexpr std::string_view kBug = "A seek past the end goes to the end, without a word.";

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    const auto result = inner().seek(offset, whence);
    if (!result.has_value()) return result;
    const auto end = inner().seek(0, Whence::kEnd);
    if (!end.has_value() || *end < *result) {
      note_fault();
      return end;
    }
    return inner().seek(static_cast<std::int64_t>(*result), Whence::kSet);
  }
};

Subject subject() {
  Recipe recipe;
  recipe.above_source = wrap_source<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant clamps_to_end = {
    kName,
    kBug,
    "seek-past-end",
    "seek-model seek-refused",
    "payload   literal \"a\"\n",
    "seek-past-end",
    subject,
};

}  // namespace weir::properties::mutant
