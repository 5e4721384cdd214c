#include "properties/mutants.h"
#include "properties/mutants/blocks.h"
#include "weir/transforms/zstd.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "checksum-off";
constexpr std::string_view kBug =
    "The option that adds the checksum is off in a refactored constructor, while the transform "
    "still promises to notice damage.";

Subject subject() {
  Recipe recipe;
  recipe.base = "stream.zstd/1";
  recipe.make_base = [] {
    Zstd::Options options;
    options.checksum = false;
    return std::make_unique<Zstd>(options);
  };
  recipe.above_sink = [](std::unique_ptr<Sink> sink) {
    note_fault();
    return sink;
  };
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant checksum_off = {
    kName,
    kBug,
    "corruption",
    "splice",
    "payload   literal \"a\"\ndamage    flip 9 bit 0\n",
    "corruption",
    subject,
};

}  // namespace weir::properties::mutant
