#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "flush-forgets-buffer";
constexpr std::string_view kBug =
    "flush flushes the sink below and forgets the bytes that are held back here.";

class Layer final : public BufferingSink {
 public:
  using BufferingSink::BufferingSink;
  Result<void> flush() override {
    if (!state().open()) return state().refusal();
    if (!held().empty()) note_fault();
    const auto flushed = inner().flush();
    if (!flushed.has_value()) return state().failing(flushed.error());
    return {};
  }
};

Subject subject() { return sink_subject<Layer>(kName, kBug); }

}  // namespace

const Mutant flush_forgets_buffer = {
    kName,
    kBug,
    "flush-readable",
    "",
    "payload   literal \"a\"\nwrites    1, flush\n",
    "flush-readable",
    subject,
};

}  // namespace weir::properties::mutant
