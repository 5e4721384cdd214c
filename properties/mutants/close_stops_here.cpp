#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "close-stops-here";
constexpr std::string_view kBug = "close finishes the stream but does not close the one below.";

class SinkLayer final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<void> close() override {
    note_fault();
    return inner().flush();
  }
};

class SourceLayer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<void> close() override {
    note_fault();
    return {};
  }
};

Subject subject() {
  Recipe recipe;
  recipe.below_sink = wrap_sink<SinkLayer>;
  recipe.below_source = wrap_source<SourceLayer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant close_stops_here = {
    kName,
    kBug,
    "close-once",
    "use-after-close chain after-fault",
    "payload   literal \"a\"\n",
    "close-once",
    subject,
};

}  // namespace weir::properties::mutant
