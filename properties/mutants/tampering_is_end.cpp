// Seen in the field: bcgit/bc-java pull request 32: Safe JCE Cipher input/output streams and AEAD
// support for LW Cipher input/output streams. It replaces streams of the Java library that ate the
// exception about an invalid ciphertext, so that tampering with authenticated data was masked
// (Oracle's bug 8016171).
#include "properties/mutants.h"
#include "properties/mutants/blocks.h"
#include "properties/mutants/framed.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "tampering-is-end";
constexpr std::string_view kBug =
    "A block whose checksum is wrong ends the stream like its end mark, without an error.";

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (ended_) return std::size_t{0};
    const auto result = inner().read(output);
    ended_ = failed_with(result, Code::kCorrupt);
    if (!ended_) return result;
    note_fault();
    return std::size_t{0};
  }
  Result<void> close() override {
    ended_ = false;
    auto result = inner().close();
    if (failed_with(result, Code::kCorrupt)) return {};
    return result;
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

const Mutant tampering_is_end = {
    kName,
    kBug,
    "corruption",
    "source-fault splice",
    "payload   literal \"a\"\n"
    "damage    flip 3 bit 0\n",
    "corruption",
    subject,
    "",
    "bcgit/bc-java pull request 32: Safe JCE Cipher input/output streams and AEAD support for LW "
    "Cipher input/output streams",
};

}  // namespace weir::properties::mutant
