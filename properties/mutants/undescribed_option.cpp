#include <vector>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "undescribed-option";
constexpr std::string_view kBug =
    "The mask is an option of the instance, but the descriptor does not say which: others decode "
    "with the default.";

// Masks every byte, in place.
void mask_bytes(std::span<std::byte> bytes, std::byte mask) {
  for (std::byte& byte : bytes) byte ^= mask;
}

class Encoder final : public ForwardingSink {
 public:
  Encoder(std::unique_ptr<Sink> inner_sink, std::byte mask)
      : ForwardingSink(std::move(inner_sink)), mask_(mask) {}
  Result<std::size_t> write(std::span<const std::byte> input) override {
    if (mask_ != std::byte{0}) note_fault();
    chunk_.assign(input.begin(), input.end());
    mask_bytes(chunk_, mask_);
    return inner().write(chunk_);
  }

 private:
  std::byte mask_;
  std::vector<std::byte> chunk_;
};

class Decoder final : public ForwardingSource {
 public:
  Decoder(std::unique_ptr<Source> inner_source, std::byte mask)
      : ForwardingSource(std::move(inner_source)), mask_(mask) {}
  Result<std::size_t> read(std::span<std::byte> output) override {
    const auto result = inner().read(output);
    if (result.has_value()) mask_bytes(output.first(*result), mask_);
    return result;
  }

 private:
  std::byte mask_;
};

Recipe with_mask(std::byte mask) {
  Recipe recipe;
  recipe.above_sink = [mask](std::unique_ptr<Sink> sink) {
    return std::make_unique<Encoder>(std::move(sink), mask);
  };
  recipe.above_source = [mask](std::unique_ptr<Source> source) {
    return std::make_unique<Decoder>(std::move(source), mask);
  };
  return recipe;
}

Subject subject() {
  Subject made = make_subject(kName, kBug, with_mask(std::byte{0}));
  made.make = make_subject(kName, kBug, with_mask(std::byte{0x20})).make;
  return made;
}

}  // namespace

const Mutant undescribed_option = {
    kName,
    kBug,
    "self-describing",
    "version-compatible",
    "payload   literal \"a\"\n",
    "self-describing version-compatible",
    subject,
};

}  // namespace weir::properties::mutant
