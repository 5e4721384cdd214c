#include <algorithm>
#include <array>
#include <cstdint>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "seek-keeps-buffer";
constexpr std::string_view kBug =
    "The reader reads ahead into a buffer and does not empty it when it seeks.";

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (closed_ || output.empty()) return inner().read(output);
    if (next_ == size_) {
      const auto result = inner().read(ahead_);
      if (!result.has_value()) return result;
      next_ = 0;
      size_ = *result;
    }
    const std::size_t count = std::min(size_ - next_, output.size());
    std::copy_n(ahead_.begin() + static_cast<std::ptrdiff_t>(next_), count, output.begin());
    next_ += count;
    position_ += count;
    return count;
  }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    const std::uint64_t ahead = size_ - next_;
    const auto from =
        whence == Whence::kCurrent && offset > INT64_MIN + static_cast<std::int64_t>(ahead)
            ? offset - static_cast<std::int64_t>(ahead)
            : offset;
    const auto result = inner().seek(from, whence);
    if (result.has_value() && ahead > 0) note_fault();
    if (result.has_value()) position_ = *result;
    return result;
  }
  Result<std::uint64_t> tell() const override {
    if (closed_) return inner().tell();
    return position_;
  }
  Result<void> close() override {
    closed_ = true;
    return inner().close();
  }

 private:
  std::array<std::byte, 16> ahead_{};
  std::size_t next_ = 0;
  std::size_t size_ = 0;
  std::uint64_t position_ = 0;
  bool closed_ = false;
};

Subject subject() {
  Recipe recipe;
  recipe.above_source = wrap_source<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant seek_keeps_buffer = {
    kName,
    kBug,
    "seek-model",
    "seek-past-end seek-refused seek-honest zero-length seek-over-partial",
    "payload   literal \"ab\"\nreads     read 1, seek set 0\n",
    "seek-model seek-refused seek-past-end",
    subject,
    // Needs two bytes, a read and a seek.
    "exhaustive",
};

}  // namespace weir::properties::mutant
