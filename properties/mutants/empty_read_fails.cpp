// Seen in the field: gyscos/zstd-rs issue 318: Decoder's std::io::Read::read returns error when
// given a 0-length buffer. The zstd decoder answered a read into an empty buffer with an error
// about an output buffer that is full, instead of with 0.
#include "properties/mutants.h"
#include "properties/mutants/blocks.h"
#include "properties/mutants/framed.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "empty-read-fails";
constexpr std::string_view kBug =
    "A read of zero bytes is an error: the decoder made no progress for want of room.";

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    const auto result = inner().read(output);
    if (!result.has_value() || !output.empty() || ended_) {
      ended_ = ended_ || (!output.empty() && result.has_value() && *result == 0);
      return result;
    }
    note_fault();
    return fail(Code::kInvalidArgument, "no room to decode into");
  }

 private:
  bool ended_ = false;
};

Subject subject() {
  Recipe recipe;
  recipe.make_base = [] { return std::make_unique<Framed>(Framed::Options{}); };
  recipe.traits = framed_traits(Framed::Options{});
  recipe.above_source = wrap_source<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant empty_read_fails = {
    kName,
    kBug,
    "zero-length",
    "",
    "payload   literal \"a\"\n"
    "reads     read 0\n",
    "zero-length",
    subject,
    "",
    "gyscos/zstd-rs issue 318: Decoder's std::io::Read::read returns error when given a 0-length "
    "buffer",
};

}  // namespace weir::properties::mutant
