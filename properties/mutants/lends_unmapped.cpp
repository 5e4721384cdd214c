#include <vector>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "lends-unmapped";
constexpr std::string_view kBug =
    "read masks the bytes, but the bytes that the reader lends are those of the source below, as "
    "they are.";

constexpr std::byte kMask{0x20};

class Encoder final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    chunk_.assign(input.begin(), input.end());
    for (std::byte& byte : chunk_) byte ^= kMask;
    return inner().write(chunk_);
  }

 private:
  std::vector<std::byte> chunk_;
};

class Decoder final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    const auto result = inner().read(output);
    if (result.has_value()) {
      for (std::byte& byte : output.first(*result)) byte ^= kMask;
    }
    return result;
  }
  std::span<const std::byte> peek(std::size_t size_hint) override {
    const auto lent = inner().peek(size_hint);
    if (!lent.empty()) note_fault();
    return lent;
  }
  void consume(std::size_t size) override { inner().consume(size); }
};

Subject subject() {
  Recipe recipe;
  recipe.above_sink = wrap_sink<Encoder>;
  recipe.above_source = wrap_source<Decoder>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant lends_unmapped = {
    kName,
    kBug,
    "short-source-reads",
    "would-block-read eof-exact seek-model source-fault chain",
    "payload   literal \"a\"\nsource    lend 1\nreads     lend 1\n",
    "short-source-reads would-block-read",
    subject,
    // Needs a source below that lends; the sweep puts faults only.
    "sweep",
};

}  // namespace weir::properties::mutant
