#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "end-outlives-seek-back";
constexpr std::string_view kBug =
    "A reader that has seen the end stays there when it is sent back from where it is; only a "
    "seek from the start or the end wakes it.";

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (!ended_ || output.empty()) {
      const auto result = inner().read(output);
      ended_ = result.has_value() && *result == 0 && !output.empty();
      return result;
    }
    if (went_back_) note_fault();
    return std::size_t{0};
  }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    const auto result = inner().seek(offset, whence);
    if (result.has_value() && whence != Whence::kCurrent) ended_ = went_back_ = false;
    if (result.has_value() && whence == Whence::kCurrent && offset < 0) went_back_ = true;
    // The stream below has failed, and says so from now on.
    if (failed_with(result, Code::kIo)) ended_ = false;
    return result;
  }
  Result<void> close() override {
    ended_ = false;
    return inner().close();
  }

 private:
  bool ended_ = false;
  bool went_back_ = false;
};

Subject subject() {
  Recipe recipe;
  recipe.above_source = wrap_source<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant end_outlives_seek_back = {
    kName,
    kBug,
    "seek-model",
    "seek-refused",
    "payload   literal \"a\"\n"
    "reads     rest, seek cur -1\n",
    "seek-model seek-refused",
    subject,
    // Needs three operations: a payload, a read to the end and a seek back.
    "exhaustive",
};

}  // namespace weir::properties::mutant
