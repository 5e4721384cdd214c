// Seen in the field: informationsea/bgzip-rs pull request 11: Bug: flush then close writes double.
// Closing the writer right after a flush wrote the same block a second time.
#include <vector>

#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "close-repeats-flushed-block";
constexpr std::string_view kBug =
    "A flush writes the block and leaves it in the buffer; a close right behind it writes it "
    "again.";

class Layer final : public BufferingSink {
 public:
  using BufferingSink::BufferingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    if (input.empty()) return BufferingSink::write(input);
    flushed_.clear();
    std::size_t done = 0;
    while (done < input.size()) {
      const auto taken = BufferingSink::write(input.subspan(done));
      if (!taken.has_value() && done == 0) return taken;
      if (!taken.has_value()) break;  // bytes first; the sink remembers
      done += *taken;
    }
    return done;
  }
  Result<void> flush() override {
    // A flush that is resumed has what it began with.
    if (state().open() && !held().empty() && flushed_.empty()) {
      flushed_.assign(held().begin(), held().end());
    }
    return BufferingSink::flush();
  }
  Result<void> close() override {
    if (state().open() && held().empty() && !flushed_.empty()) {
      note_fault();
      static_cast<void>(BufferingSink::write(flushed_));
    }
    return BufferingSink::close();
  }

 private:
  std::vector<std::byte> flushed_;
};

Subject subject() { return sink_subject<Layer>(kName, kBug); }

}  // namespace

const Mutant close_repeats_flushed_block = {
    kName,
    kBug,
    "write-chunking",
    "short-sink-writes would-block-write zero-length",
    "payload   literal \"a\"\n"
    "writes    1, flush\n",
    "write-chunking short-sink-writes would-block-write zero-length",
    subject,
    "",
    "informationsea/bgzip-rs pull request 11: Bug: flush then close writes double",
};

}  // namespace weir::properties::mutant
