#include <array>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "block-tail";
constexpr std::string_view kBug =
    "The encoder writes full blocks when the next byte comes and partial ones at close: a payload "
    "that ends with a full block loses it.";

constexpr std::size_t kBlockBytes = 16;

class Layer final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    if (!open_ || failed_) return inner().write(input);
    std::size_t taken = 0;
    for (const std::byte byte : input) {
      if (size_ == kBlockBytes) {
        if (auto drained = drain(); !drained.has_value()) {
          if (taken > 0) return taken;
          return fail(drained.error());
        }
      }
      block_[size_++] = byte;
      ++taken;
      ++taken_;
    }
    return taken;
  }
  Result<void> flush() override {
    if (!open_ || failed_) return inner().flush();
    if (auto drained = drain(); !drained.has_value()) return drained;
    return inner().flush();
  }
  Result<std::uint64_t> tell() const override {
    if (!open_) return inner().tell();
    return taken_;
  }
  Result<void> close() override {
    open_ = false;
    if (size_ == kBlockBytes) note_fault();
    if (size_ < kBlockBytes) {
      if (auto drained = drain(); failed_with(drained, Code::kWouldBlock)) return drained;
    }
    return inner().close();
  }

 private:
  Result<void> drain() {
    while (done_ < size_) {
      const auto result = inner().write(std::span(block_).subspan(done_, size_ - done_));
      if (!result.has_value()) {
        // What is below repeats it.
        failed_ = result.error().code != Code::kWouldBlock;
        return fail(result.error());
      }
      done_ += *result;
    }
    size_ = done_ = 0;
    return {};
  }
  std::array<std::byte, kBlockBytes> block_{};
  std::size_t size_ = 0;
  std::size_t done_ = 0;
  std::uint64_t taken_ = 0;
  bool open_ = true;
  bool failed_ = false;
};

Subject subject() {
  Recipe recipe;
  recipe.above_sink = wrap_sink<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant block_tail = {
    kName,
    kBug,
    "round-trip",
    "write-chunking self-describing eof-exact chain count-bounds would-block-write flush-fault "
    "after-fault zero-length",
    "payload   literal \"aaaaaaaaaaaaaaaa\"\n",
    "round-trip eof-exact",
    subject,
    // Needs sixteen bytes of payload.
    "exhaustive",
};

}  // namespace weir::properties::mutant
