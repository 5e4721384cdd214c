// Seen in the field: airlift/aircompressor pull request 182: Fix ZstdOutputStream corruption on
// double close. Every close of the zstd output stream wrote the last chunk again, so that closing
// twice made a stream that could not be decompressed.
#include <vector>

#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "close-writes-tail-again";
constexpr std::string_view kBug =
    "Every close writes the last piece and closes the sink below, the second one too.";

class Layer final : public BufferingSink {
 public:
  using BufferingSink::BufferingSink;
  Result<void> close() override {
    if (state().close_completed()) {
      note_fault();
      if (!tail_.empty()) static_cast<void>(inner().write(tail_));
      static_cast<void>(inner().close());
    } else if (!state().closed()) {
      tail_.assign(held().begin(), held().end());
    }
    return BufferingSink::close();
  }

 private:
  std::vector<std::byte> tail_;
};

Subject subject() { return bare_subject<Layer, BareSource>(kName, kBug); }

}  // namespace

const Mutant close_writes_tail_again = {
    kName,
    kBug,
    "close-once",
    "close-fault after-fault",
    "payload   literal \"a\"\n",
    "close-once",
    subject,
    "",
    "airlift/aircompressor pull request 182: Fix ZstdOutputStream corruption on double close",
};

}  // namespace weir::properties::mutant
