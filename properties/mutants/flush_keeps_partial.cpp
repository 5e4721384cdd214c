#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "flush-keeps-partial";
constexpr std::string_view kBug =
    "flush passes on whole blocks only, and keeps the last bytes until there are more.";

class Layer final : public BufferingSink {
 public:
  using BufferingSink::BufferingSink;
  Result<void> flush() override {
    if (!state().open()) return state().refusal();
    while (held().size() >= kBlockBytes) {
      const auto taken =
          write_below(inner(), held().first(held().size() / kBlockBytes * kBlockBytes));
      if (!taken.has_value()) return state().failing(taken.error());
      passed(*taken);
    }
    if (!held().empty()) note_fault();
    const auto flushed = inner().flush();
    if (!flushed.has_value()) return state().failing(flushed.error());
    return {};
  }

 private:
  static constexpr std::size_t kBlockBytes = 4;
};

Subject subject() { return sink_subject<Layer>(kName, kBug); }

}  // namespace

const Mutant flush_keeps_partial = {
    kName,
    kBug,
    "flush-readable",
    "",
    "payload   literal \"a\"\nwrites    1, flush\n",
    "flush-readable",
    subject,
};

}  // namespace weir::properties::mutant
