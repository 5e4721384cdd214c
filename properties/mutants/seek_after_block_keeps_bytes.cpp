#include <algorithm>
#include <array>
#include <limits>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "seek-after-block-keeps-bytes";
constexpr std::string_view kBug =
    "Once the source below has blocked the reader keeps bytes in hand, and a seek, which without "
    "that has nothing to drop, does not drop them.";

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (closed_ || output.empty()) return inner().read(output);
    if (!careful_) {
      const auto result = inner().read(output);
      if (result.has_value()) position_ += *result;
      careful_ = failed_with(result, Code::kWouldBlock);
      return result;
    }
    if (next_ == size_) {
      const auto result = inner().read(hand_);
      if (!result.has_value()) return result;
      next_ = 0;
      size_ = *result;
    }
    const std::size_t count = std::min(size_ - next_, output.size());
    std::copy_n(hand_.begin() + static_cast<std::ptrdiff_t>(next_), count, output.begin());
    next_ += count;
    position_ += count;
    return count;
  }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    const auto ahead = static_cast<std::int64_t>(size_ - next_);
    const bool from_here =
        whence == Whence::kCurrent && offset >= std::numeric_limits<std::int64_t>::min() + ahead;
    const auto result = inner().seek(from_here ? offset - ahead : offset, whence);
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
  std::array<std::byte, 4> hand_{};
  std::size_t next_ = 0;
  std::size_t size_ = 0;
  std::uint64_t position_ = 0;
  bool careful_ = false;
  bool closed_ = false;
};

Subject subject() {
  Recipe recipe;
  recipe.above_source = wrap_source<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant seek_after_block_keeps_bytes = {
    kName,
    kBug,
    "seek-model",
    "",
    "payload   literal \"ab\"\nsource    block\nreads     read 1, seek set 0\n",
    "seek-model",
    subject,
    // Needs a payload of two bytes and three further operations.
    "exhaustive",
};

}  // namespace weir::properties::mutant
