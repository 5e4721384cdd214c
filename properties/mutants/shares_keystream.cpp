#include <vector>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "shares-keystream";
constexpr std::string_view kBug =
    "The writers' position in the keystream lives in the instance; each new writer sets it to the "
    "start, for all of them.";

std::byte masked(std::byte byte, std::uint64_t position) {
  return byte ^ static_cast<std::byte>(position & 0xff);
}

class Encoder final : public ForwardingSink {
 public:
  Encoder(std::unique_ptr<Sink> inner, std::shared_ptr<std::uint64_t> position)
      : ForwardingSink(std::move(inner)), position_(std::move(position)) {
    *position_ = 0;
  }
  Result<std::size_t> write(std::span<const std::byte> input) override {
    if (*position_ != own_ && !input.empty()) note_fault();
    chunk_.assign(input.begin(), input.end());
    for (std::size_t i = 0; i < chunk_.size(); ++i) chunk_[i] = masked(chunk_[i], *position_ + i);
    const auto result = inner().write(chunk_);
    if (result.has_value()) {
      *position_ += *result;
      own_ += *result;
    }
    return result;
  }

 private:
  std::shared_ptr<std::uint64_t> position_;
  std::uint64_t own_ = 0;  // what the position should be
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
  recipe.above_source = wrap_source<Decoder>;
  recipe.per_instance = [](Recipe& instance) {
    instance.above_sink = [position = std::make_shared<std::uint64_t>()](
                              std::unique_ptr<Sink> inner) -> std::unique_ptr<Sink> {
      return std::make_unique<Encoder>(std::move(inner), position);
    };
  };
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant shares_keystream = {
    kName, kBug, "independent", "", "payload   literal \"a\"\n", "independent", subject,
};

}  // namespace weir::properties::mutant
