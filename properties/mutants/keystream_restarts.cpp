#include <vector>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "keystream-restarts";
constexpr std::string_view kBug =
    "The encoder starts its keystream anew at every write instead of once a stream.";

std::byte masked(std::byte byte, std::uint64_t position) {
  return byte ^ static_cast<std::byte>(position & 0xff);
}

class Encoder final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    if (inner().tell().value_or(0) > 0) note_fault();
    chunk_.assign(input.begin(), input.end());
    for (std::size_t i = 0; i < chunk_.size(); ++i) chunk_[i] = masked(chunk_[i], i);
    return inner().write(chunk_);
  }

 private:
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
  // A keystream over the position in the source below is of one stream.
  recipe.traits =
      traits(Trait::kSizePreserving, Trait::kDeterministic, Trait::kSeekable, Trait::kFlushable,
             Trait::kNonblocking, Trait::kShortWrites, Trait::kPartialBelow);
  recipe.above_sink = wrap_sink<Encoder>;
  recipe.above_source = wrap_source<Decoder>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant keystream_restarts = {
    kName,
    kBug,
    "write-chunking",
    "zero-length short-sink-writes would-block-write sink-fault close-once abandon chain "
    "concatenation",
    "payload   literal \"ab\"\nwrites    1\n",
    "write-chunking short-sink-writes would-block-write zero-length",
    subject,
};

}  // namespace weir::properties::mutant
