#include <algorithm>
#include <array>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "last-buffer-again";
constexpr std::string_view kBug =
    "The reader knows the end by a buffer that came back part full: where the stream ends with a "
    "full one, a read behind the end gives that buffer again.";

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (closed_ || output.empty()) return inner().read(output);
    if (next_ == size_) {
      if (ended_) return std::size_t{0};
      const auto filled = fill();
      if (!filled.has_value()) return filled;
      next_ = 0;
      if (*filled == 0) {
        if (size_ == buffer_.size()) {
          note_fault();
        } else {
          ended_ = true;
          size_ = 0;
        }
        return std::size_t{0};
      }
      size_ = *filled;
    }
    const std::size_t count = std::min(size_ - next_, output.size());
    std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(next_), count, output.begin());
    next_ += count;
    position_ += count;
    return count;
  }
  bool seekable() const override { return false; }
  Result<std::uint64_t> seek(std::int64_t, Whence) override { return fail(Code::kNotSeekable); }
  Result<std::uint64_t> tell() const override {
    if (closed_) return inner().tell();
    return position_;
  }
  Result<void> close() override {
    closed_ = true;
    return inner().close();
  }

 private:
  // Fills the buffer, or as much of it as comes before the end or an error.
  Result<std::size_t> fill() {
    std::size_t filled = 0;
    while (filled < buffer_.size()) {
      const auto result = inner().read(std::span(buffer_).subspan(filled));
      if (!result.has_value()) {
        if (filled > 0) break;
        return result;
      }
      if (*result == 0) {
        ended_ = filled > 0;
        break;
      }
      filled += *result;
    }
    return filled;
  }

  std::array<std::byte, 4> buffer_{};
  std::size_t next_ = 0;
  std::size_t size_ = 0;
  std::uint64_t position_ = 0;
  bool ended_ = false;
  bool closed_ = false;
};

Subject subject() {
  Recipe recipe;
  recipe.traits =
      traits(Trait::kSizePreserving, Trait::kDeterministic, Trait::kFlushable, Trait::kConcatenable,
             Trait::kNonblocking, Trait::kShortWrites, Trait::kPartialBelow, Trait::kMultiMember);
  recipe.above_source = wrap_source<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant last_buffer_again = {
    kName,
    kBug,
    "eof-sticky",
    "garbage read-chunking short-source-reads would-block-read zero-length seek-refused",
    "payload   literal \"abcd\"\n",
    "eof-sticky garbage",
    subject,
    // Needs four bytes of payload: a full buffer.
    "exhaustive",
};

}  // namespace weir::properties::mutant
