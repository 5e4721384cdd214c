// Seen in the field: libtom/libtomcrypt issue 120: AES Random Access Decryption Issue. Whoever sets
// the counter of a cipher in counter mode to decrypt from elsewhere gets one block decrypted with
// the pad of the place before, because the pad is made anew only at the next edge.
#include <cstdint>
#include <vector>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "seek-keeps-keystream-block";
constexpr std::string_view kBug =
    "After a seek into the middle of a block the keystream of the block before it is used up to "
    "the next edge.";

constexpr std::uint64_t kBlockBytes = 4;

std::byte masked(std::byte byte, std::uint64_t position) {
  return byte ^ static_cast<std::byte>(position & 0xff);
}

class Encoder final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    const auto here = inner().tell();
    if (!here.has_value()) return inner().write(input);
    chunk_.assign(input.begin(), input.end());
    for (std::size_t i = 0; i < chunk_.size(); ++i) chunk_[i] = masked(chunk_[i], *here + i);
    return inner().write(chunk_);
  }

 private:
  std::vector<std::byte> chunk_;
};

class Decoder final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    const auto here = inner().tell();
    const auto result = inner().read(output);
    for (std::size_t i = 0; result.has_value() && here.has_value() && i < *result; ++i) {
      const std::uint64_t position = *here + i;
      if (position % kBlockBytes == 0) block_ = position / kBlockBytes;
      if (block_ != position / kBlockBytes) note_fault();
      output[i] = masked(output[i], block_ * kBlockBytes + position % kBlockBytes);
    }
    return result;
  }

 private:
  std::uint64_t block_ = 0;  // whose keystream is at hand
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

const Mutant seek_keeps_keystream_block = {
    kName,
    kBug,
    "seek-model",
    "seek-refused seek-past-end seek-over-partial",
    "payload   literal \"abcdef\"\n"
    "reads     seek set 5\n",
    "seek-model seek-refused",
    subject,
    // Needs a payload of more than one block.
    "exhaustive",
    "libtom/libtomcrypt issue 120: AES Random Access Decryption Issue",
};

}  // namespace weir::properties::mutant
