#include <array>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "full-block-short-write";
constexpr std::string_view kBug =
    "Of a full block the part that the sink below did not take is forgotten; only the partial "
    "block "
    "at a flush or at close is offered again until it is gone.";

class Layer final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    if (closing_ || failed_ || input.empty()) return inner().write(input);
    std::size_t taken = 0;
    for (const std::byte byte : input) {
      if (size_ == block_.size()) {
        const auto result = inner().write(std::span(block_).subspan(done_));
        if (!result.has_value()) {
          note_failure(result.error());
          if (taken > 0) return taken;
          return result;
        }
        if (*result < size_ - done_) note_fault();
        size_ = done_ = 0;
      }
      block_[size_++] = byte;
      ++taken;
      ++taken_;
    }
    return taken;
  }
  Result<void> flush() override {
    if (!closing_ && !failed_) {
      if (auto drained = drain(); !drained.has_value()) return drained;
    }
    const auto flushed = inner().flush();
    if (!flushed.has_value()) note_failure(flushed.error());
    return flushed;
  }
  Result<std::uint64_t> tell() const override {
    if (closing_) return inner().tell();
    return taken_;
  }
  Result<void> close() override {
    closing_ = true;
    if (!failed_) {
      if (auto drained = drain(); failed_with(drained, Code::kWouldBlock)) return drained;
    }
    return inner().close();
  }

 private:
  Result<void> drain() {
    while (done_ < size_) {
      const auto result = inner().write(std::span(block_).subspan(done_, size_ - done_));
      if (!result.has_value()) {
        note_failure(result.error());
        return fail(result.error());
      }
      done_ += *result;
    }
    size_ = done_ = 0;
    return {};
  }

  // What is below repeats it.
  void note_failure(const Error& error) { failed_ = failed_ || error.code != Code::kWouldBlock; }

  std::array<std::byte, 4> block_{};
  std::size_t size_ = 0;
  std::size_t done_ = 0;
  std::uint64_t taken_ = 0;
  bool failed_ = false;
  bool closing_ = false;
};

Subject subject() {
  Recipe recipe;
  recipe.above_sink = wrap_sink<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant full_block_short_write = {
    kName,
    kBug,
    "short-sink-writes",
    "would-block-write flush-readable",
    "payload   literal \"abcde\"\nsink      take 1\n",
    "short-sink-writes would-block-write",
    subject,
    // Needs a full block of payload and a short write.
    "exhaustive",
};

}  // namespace weir::properties::mutant
