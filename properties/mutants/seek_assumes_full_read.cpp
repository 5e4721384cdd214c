#include <algorithm>
#include <array>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"
#include "weir/seek_target.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "seek-assumes-full-read";
constexpr std::string_view kBug =
    "A seek a little ahead is done within the read-ahead buffer, which is taken for full: behind a "
    "short read it skips bytes that are not there.";

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (closed_ || output.empty()) return inner().read(output);
    if (next_ >= size_) {
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
    if (closed_ || !inner().seekable()) return inner().seek(offset, whence);
    Result<std::uint64_t> target = std::uint64_t{0};
    if (whence != Whence::kEnd) {
      target = seek_target(whence == Whence::kSet ? 0 : position_, offset);
      if (!target.has_value()) return target;
      // An empty buffer was filled by nothing, or by the end.
      if (size_ > 0 && *target >= position_ && *target - position_ < ahead_.size() - next_) {
        next_ += static_cast<std::size_t>(*target - position_);
        if (next_ > size_) note_fault();
        position_ = *target;
        return target;
      }
      target = inner().seek(static_cast<std::int64_t>(*target), Whence::kSet);
    } else {
      target = inner().seek(offset, whence);
    }
    if (!target.has_value()) return target;
    position_ = *target;
    next_ = size_ = 0;
    return target;
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

const Mutant seek_assumes_full_read = {
    kName,
    kBug,
    "seek-over-partial",
    "seek-model",
    "payload   literal \"ab\"\nsource    give 1\nreads     read 1, seek cur 1\n",
    "seek-over-partial seek-model",
    subject,
    // Needs a payload, a short read, and a seek behind a read.
    "exhaustive",
};

}  // namespace weir::properties::mutant
