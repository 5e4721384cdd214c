#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "flush-too-early";
constexpr std::string_view kBug =
    "flush flushes the sink below first, and then passes on what is held back.";

class Layer final : public BufferingSink {
 public:
  using BufferingSink::BufferingSink;
  Result<void> flush() override {
    if (!state().open()) return state().refusal();
    if (!held().empty()) note_fault();
    auto result = inner().flush();
    if (result.has_value()) result = drain();
    if (!result.has_value()) return state().failing(result.error());
    return {};
  }
};

Subject subject() { return sink_subject<Layer>(kName, kBug); }

}  // namespace

const Mutant flush_too_early = {
    kName,
    kBug,
    "flush-forwards",
    "",
    "payload   literal \"a\"\nwrites    1, flush\n",
    "flush-forwards",
    subject,
};

}  // namespace weir::properties::mutant
