#include <vector>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "flush-then-nothing";
constexpr std::string_view kBug =
    "An empty write ends a section, and in a stream with sections, which is one that was flushed, "
    "the keystream begins anew behind it.";

std::byte masked(std::byte byte, std::uint64_t position) {
  return byte ^ static_cast<std::byte>(position & 0xff);
}

class Encoder final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    if (flushed_ && input.empty()) {
      if (position_ > 0) note_fault();
      position_ = 0;
    }
    chunk_.assign(input.begin(), input.end());
    for (std::size_t i = 0; i < chunk_.size(); ++i) chunk_[i] = masked(chunk_[i], position_ + i);
    const auto result = inner().write(chunk_);
    if (result.has_value()) position_ += *result;
    return result;
  }
  Result<void> flush() override {
    flushed_ = true;
    return inner().flush();
  }

 private:
  std::uint64_t position_ = 0;
  bool flushed_ = false;
  std::vector<std::byte> chunk_;
};

class Decoder final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    const auto position = inner().tell();
    const auto result = inner().read(output);
    for (std::size_t i = 0; result.has_value() && position.has_value() && i < *result; ++i) {
      output[i] = masked(output[i], *position + i);
    }
    return result;
  }
};

Subject subject() {
  Recipe recipe;
  recipe.traits =
      traits(Trait::kSizePreserving, Trait::kDeterministic, Trait::kSeekable, Trait::kFlushable,
             Trait::kNonblocking, Trait::kShortWrites, Trait::kPartialBelow);
  recipe.above_sink = wrap_sink<Encoder>;
  recipe.above_source = wrap_source<Decoder>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant flush_then_nothing = {
    kName,
    kBug,
    "zero-length",
    "",
    "payload   literal \"ab\"\nwrites    1, flush, nothing\n",
    "zero-length",
    subject,
    // Needs four operations: a payload, a write, a flush and an empty write.
    "exhaustive",
};

}  // namespace weir::properties::mutant
