#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "claims-seekable";
constexpr std::string_view kBug =
    "The reader says that it is seekable because the source below is; but its format is not.";

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  bool seekable() const override {
    note_fault();
    return true;
  }
};

Subject subject() {
  Recipe recipe;
  recipe.base = "stream.zstd/1";
  recipe.above_source = wrap_source<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant claims_seekable = {
    kName,
    kBug,
    "seek-honest",
    "seek-refused",
    "payload   literal \"a\"\n",
    "seek-refused seek-honest",
    subject,
};

}  // namespace weir::properties::mutant
