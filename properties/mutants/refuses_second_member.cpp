#include "properties/mutants.h"
#include "properties/mutants/blocks.h"
#include "properties/mutants/framed.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "refuses-second-member";
constexpr std::string_view kBug =
    "The reader is said to go on into further streams, but takes what stands behind the first one "
    "for garbage.";

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    auto given = inner().read(output);
    if (failed_with(given, Code::kCorrupt)) note_fault();
    return given;
  }
};

Subject subject() {
  Framed::Options options;
  options.multi_member = false;
  Recipe recipe;
  recipe.traits = framed_traits(options) | traits(Trait::kMultiMember);
  recipe.make_base = [options] { return std::make_unique<Framed>(options); };
  recipe.above_source = wrap_source<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant refuses_second_member = {
    kName, kBug, "multi-member", "", "payload   literal \"\"\n", "multi-member", subject,
};

}  // namespace weir::properties::mutant
