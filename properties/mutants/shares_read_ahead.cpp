#include <algorithm>
#include <array>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "shares-read-ahead";
constexpr std::string_view kBug =
    "All readers of an instance read ahead into one buffer, kept to save an allocation a stream.";

using Buffer = std::array<std::byte, 4>;

class Layer final : public ForwardingSource {
 public:
  Layer(std::unique_ptr<Source> inner, std::shared_ptr<Buffer> ahead)
      : ForwardingSource(std::move(inner)), ahead_(std::move(ahead)) {}
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (closed_ || output.empty()) return inner().read(output);
    if (next_ == size_) {
      const auto result = inner().read(*ahead_);
      if (!result.has_value()) return result;
      own_ = *ahead_;
      next_ = 0;
      size_ = *result;
    } else if (own_ != *ahead_) {
      note_fault();
    }
    const std::size_t count = std::min(size_ - next_, output.size());
    std::copy_n(ahead_->begin() + static_cast<std::ptrdiff_t>(next_), count, output.begin());
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
  std::shared_ptr<Buffer> ahead_;
  Buffer own_{};  // what it should hold
  std::size_t next_ = 0;
  std::size_t size_ = 0;
  std::uint64_t position_ = 0;
  bool closed_ = false;
};

Subject subject() {
  Recipe recipe;
  recipe.traits =
      traits(Trait::kSizePreserving, Trait::kDeterministic, Trait::kFlushable, Trait::kConcatenable,
             Trait::kNonblocking, Trait::kShortWrites, Trait::kPartialBelow, Trait::kMultiMember);
  recipe.per_instance = [](Recipe& instance) {
    instance.above_source = [ahead = std::make_shared<Buffer>()](
                                std::unique_ptr<Source> inner) -> std::unique_ptr<Source> {
      return std::make_unique<Layer>(std::move(inner), ahead);
    };
  };
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant shares_read_ahead = {
    kName, kBug, "independent", "", "payload   literal \"ab\"\n", "independent", subject,
};

}  // namespace weir::properties::mutant
