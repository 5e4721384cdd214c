#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "swaps-in-place";
constexpr std::string_view kBug =
    "To save a copy the writer swaps the case of the caller's bytes in place, and back again only "
    "for those that the sink below took.";

void swap_case(std::span<std::byte> bytes) {
  for (std::byte& byte : bytes) {
    const auto letter = std::to_integer<unsigned>(byte) | 0x20u;
    if (letter >= 'a' && letter <= 'z') byte ^= std::byte{0x20};
  }
}

class Encoder final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    // The bytes are the caller's and not const where they live; that is the bug.
    const std::span<std::byte> bytes(const_cast<std::byte*>(input.data()), input.size());
    note_fault();
    swap_case(bytes);
    const auto result = inner().write(bytes);
    swap_case(result.has_value() ? bytes.first(*result) : bytes);
    return result;
  }
};

class Decoder final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    const auto result = inner().read(output);
    if (result.has_value()) swap_case(output.first(*result));
    return result;
  }
};

Subject subject() {
  Recipe recipe;
  recipe.above_sink = wrap_sink<Encoder>;
  recipe.above_source = wrap_source<Decoder>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant swaps_in_place = {
    kName,
    kBug,
    "input-untouched",
    "short-sink-writes would-block-write sink-fault close-once progress count-bounds",
    "payload   literal \"ab\"\nsink      take 1\n",
    "input-untouched",
    subject,
};

}  // namespace weir::properties::mutant
