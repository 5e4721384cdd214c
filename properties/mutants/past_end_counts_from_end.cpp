#include <algorithm>
#include <cstdint>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "past-end-counts-from-end";
constexpr std::string_view kBug =
    "Beyond the end a seek from where one is counts from the end instead.";

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    const auto here = inner().tell();
    if (whence != Whence::kCurrent || !here.has_value()) return inner().seek(offset, whence);
    const auto end = inner().seek(0, Whence::kEnd);
    if (!end.has_value()) return end;
    if (*here > *end) note_fault();
    const std::uint64_t from = std::min(*here, *end);
    const auto back = inner().seek(static_cast<std::int64_t>(from), Whence::kSet);
    if (!back.has_value()) return back;
    const auto reached = inner().seek(offset, Whence::kCurrent);
    if (failed_with(reached, Code::kInvalidArgument)) {
      static_cast<void>(inner().seek(static_cast<std::int64_t>(*here), Whence::kSet));
    }
    return reached;
  }
};

Subject subject() {
  Recipe recipe;
  recipe.above_source = wrap_source<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant past_end_counts_from_end = {
    kName,
    kBug,
    "seek-past-end",
    "seek-model",
    "payload   literal \"a\"\n"
    "reads     seek set 3, seek cur -1\n",
    "seek-model seek-past-end",
    subject,
    // Needs two seeks, the second of them back from beyond the end.
    "exhaustive",
};

}  // namespace weir::properties::mutant
