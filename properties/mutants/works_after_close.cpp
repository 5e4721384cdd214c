#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "works-after-close";
constexpr std::string_view kBug =
    "The stream does not remember that it was closed: I/O after close goes through.";

// Passes everything straight through and leaves all states to the stream below.
class Naive final : public StreamTransform {
 public:
  Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override {
    return std::make_unique<ForwardingSink>(std::move(output));
  }
  Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override {
    return std::make_unique<ForwardingSource>(std::move(input));
  }
  Descriptor descriptor() const override { return *Descriptor::parse(kName); }
};

Subject subject() {
  Recipe recipe;
  recipe.make_base = [] { return std::make_unique<Naive>(); };
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant works_after_close = {
    kName,
    kBug,
    "use-after-close",
    "close-once",
    "payload   literal \"a\"\n",
    "close-once use-after-close",
    subject,
};

}  // namespace weir::properties::mutant
