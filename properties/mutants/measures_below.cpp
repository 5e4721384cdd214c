#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "measures-below";
constexpr std::string_view kBug =
    "The reader finds the length of the stream below by seeking to its end and takes a failure for "
    "length 0: behind a stream that cannot seek it reads nothing.";

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (!measured_) {
      measured_ = true;
      const auto here = inner().tell();
      const auto end = inner().seek(0, Whence::kEnd);
      empty_ = !end.has_value() && end.error().code == Code::kNotSeekable;
      if (end.has_value() && here.has_value()) {
        static_cast<void>(inner().seek(static_cast<std::int64_t>(*here), Whence::kSet));
      }
    }
    if (empty_ && !output.empty()) {
      note_fault();
      return std::size_t{0};
    }
    return inner().read(output);
  }

 private:
  bool measured_ = false;
  bool empty_ = false;
};

Subject subject() {
  Recipe recipe;
  recipe.below_source = wrap_source<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant measures_below = {
    kName,   kBug,    "chain", "seek-honest", "payload   literal \"a\"\nchain     stream.zstd/1\n",
    "chain", subject,
};

}  // namespace weir::properties::mutant
