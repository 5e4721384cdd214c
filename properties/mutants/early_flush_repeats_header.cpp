// Seen in the field: rust-lang/flate2-rs issue 108: Invalid compressed stream after flushing empty
// input stream. A gzip encoder that was flushed before anything was written gave a stream that
// gunzip did not know.
#include <vector>

#include "properties/mutants.h"
#include "properties/mutants/paired.h"
#include "weir/checked.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "early-flush-repeats-header";
constexpr std::string_view kBug =
    "A flush before the first byte writes the header and does not note it: the header is written "
    "again.";

struct State {
  bool flushing_first = false;
};

class Above final : public ForwardingSink {
 public:
  Above(std::unique_ptr<Sink> inner_sink, std::shared_ptr<State> state)
      : ForwardingSink(std::move(inner_sink)), state_(std::move(state)) {}
  Result<std::size_t> write(std::span<const std::byte> input) override {
    begun_ = begun_ || !input.empty();
    return inner().write(input);
  }
  Result<void> flush() override {
    state_->flushing_first = !begun_;
    auto result = inner().flush();
    state_->flushing_first = false;
    begun_ = begun_ || result.has_value();
    return result;
  }

 private:
  std::shared_ptr<State> state_;
  bool begun_ = false;
};

class Below final : public ForwardingSink {
 public:
  Below(std::unique_ptr<Sink> inner_sink, std::shared_ptr<State> state)
      : ForwardingSink(std::move(inner_sink)), state_(std::move(state)) {}
  Result<std::size_t> write(std::span<const std::byte> input) override {
    while (!state_->flushing_first && !again_.empty()) {
      const auto taken = write_below(inner(), again_);
      if (!taken.has_value()) return taken;
      again_.erase(again_.begin(), again_.begin() + static_cast<std::ptrdiff_t>(*taken));
    }
    const auto taken = write_below(inner(), input);
    if (taken.has_value() && state_->flushing_first) {
      note_fault();
      again_.insert(again_.end(), input.begin(),
                    input.begin() + static_cast<std::ptrdiff_t>(*taken));
    }
    return taken;
  }

 private:
  std::shared_ptr<State> state_;
  std::vector<std::byte> again_;
};

Subject subject() { return paired_writer_subject<Above, Below, State>(kName, kBug); }

}  // namespace

const Mutant early_flush_repeats_header = {
    kName,
    kBug,
    "write-chunking",
    "short-sink-writes would-block-write zero-length",
    "payload   literal \"a\"\n"
    "writes    flush\n",
    "write-chunking short-sink-writes would-block-write zero-length",
    subject,
    "",
    "rust-lang/flate2-rs issue 108: Invalid compressed stream after flushing empty input stream",
};

}  // namespace weir::properties::mutant
