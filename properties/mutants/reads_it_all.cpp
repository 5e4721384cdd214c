#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "reads-it-all";
constexpr std::string_view kBug =
    "The first read fetches the whole source, and only then gives the first byte.";

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (closed_ || output.empty()) return inner().read(output);
    if (failure_.has_value()) return fail(*failure_);
    while (!complete_) {
      std::array<std::byte, 1024> piece;
      const auto result = inner().read(piece);
      if (!result.has_value()) {
        if (result.error().code != Code::kWouldBlock) failure_ = result.error();
        return result;
      }
      if (!all_.empty()) note_fault();
      complete_ = *result == 0;
      all_.insert(all_.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(*result));
    }
    const std::size_t size = std::min(output.size(), all_.size() - position_);
    std::copy_n(all_.begin() + static_cast<std::ptrdiff_t>(position_), size, output.begin());
    position_ += size;
    return size;
  }
  bool seekable() const override { return false; }
  Result<std::uint64_t> seek(std::int64_t, Whence) override {
    return fail(closed_ ? Code::kClosed : Code::kNotSeekable);
  }
  Result<std::uint64_t> tell() const override {
    if (closed_) return fail(Code::kClosed);
    return position_;
  }
  Result<void> close() override {
    closed_ = true;
    return inner().close();
  }

 private:
  std::vector<std::byte> all_;
  std::size_t position_ = 0;
  bool complete_ = false;
  bool closed_ = false;
  std::optional<Error> failure_;
};

Subject subject() {
  Recipe recipe;
  recipe.above_source = wrap_source<Layer>;
  recipe.traits =
      traits(Trait::kSizePreserving, Trait::kDeterministic, Trait::kFlushable, Trait::kConcatenable,
             Trait::kNonblocking, Trait::kShortWrites, Trait::kPartialBelow, Trait::kMultiMember);
  recipe.bounds.read_ahead_bytes = 64;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant reads_it_all = {
    kName, kBug, "read-ahead-bound", "", "payload   literal \"a\"\n", "read-ahead-bound", subject,
};

}  // namespace weir::properties::mutant
