#include <memory>
#include <vector>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "crash-memory";
constexpr std::string_view kBug = "Three bytes in one read make the decoder allocate without end.";

void devour() {
  constexpr std::size_t kPieceBytes = std::size_t{64} << 20;
  std::vector<std::unique_ptr<std::byte[]>> pieces;
  for (;;) {
    pieces.push_back(std::make_unique<std::byte[]>(kPieceBytes));
    for (std::size_t i = 0; i < kPieceBytes; i += 4096) pieces.back()[i] = std::byte{1};
  }
}

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    const auto result = inner().read(output);
    if (result.has_value() && *result >= 3) {
      note_fault();
      devour();
    }
    return result;
  }
};

Subject subject() {
  Recipe recipe;
  recipe.above_source = wrap_source<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant crash_memory = {
    kName, kBug, "round-trip", "*", "payload   literal \"aaa\"\n", "*", subject,
};

}  // namespace weir::properties::mutant
