#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "full-read-expects-more";
constexpr std::string_view kBug =
    "After a read that filled the span exactly, the decoder takes the end for a cut.";

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (output.empty()) return inner().read(output);
    if (failed_) return fail(Code::kTruncated);
    const auto result = inner().read(output);
    if (result.has_value() && *result == 0 && filled_) {
      failed_ = true;
      note_fault();
      return fail(Code::kTruncated, "more was expected");
    }
    filled_ = result.has_value() && *result == output.size();
    return result;
  }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    const auto result = inner().seek(offset, whence);
    if (result.has_value()) filled_ = false;
    return result;
  }

 private:
  bool filled_ = false;
  bool failed_ = false;
};

Subject subject() {
  Recipe recipe;
  recipe.above_source = wrap_source<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant full_read_expects_more = {
    kName,
    kBug,
    "eof-exact",
    "read-chunking eof-sticky short-source-reads would-block-read zero-length seek-model "
    "seek-past-end seek-refused source-fault seek-honest use-after-close round-trip chain "
    "self-describing version-compatible first-read",
    "payload   literal \"a\"\nreads     read 1\n",
    "read-chunking short-source-reads would-block-read zero-length eof-exact seek-refused",
    subject,
};

}  // namespace weir::properties::mutant
