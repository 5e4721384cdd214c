// Seen in the field: rust-lang/rust pull request 58913: Add new test case for possible bug in
// BufReader. A large read bypassed the buffer of BufReader without invalidating it, and
// seek_relative then went back into its old contents.
#include <algorithm>
#include <array>
#include <cstdint>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "bypass-keeps-buffer";
constexpr std::string_view kBug =
    "The first read fills a buffer, to look at the format, and later ones go past it and leave it "
    "as it was: a seek back stays in it.";

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (refused_ || output.empty()) return inner().read(output);
    if (next_ == size_ && filled_) {
      const auto given = inner().read(output);
      if (!given.has_value()) return failing(given.error());
      stale_ = stale_ || *given > 0;
      position_ += *given;
      return given;
    }
    if (next_ == size_) {
      const auto given = inner().read(buffer_);
      if (!given.has_value()) return failing(given.error());
      next_ = 0;
      size_ = *given;
      filled_ = true;
    }
    const std::size_t count = std::min(size_ - next_, output.size());
    std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(next_), count, output.begin());
    next_ += count;
    position_ += count;
    return count;
  }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    if (refused_ || !inner().seekable()) return inner().seek(offset, whence);
    const auto before = static_cast<std::int64_t>(next_);
    const auto behind = static_cast<std::int64_t>(size_ - next_);
    const auto here = static_cast<std::int64_t>(position_);
    const std::int64_t distance =
        whence == Whence::kSet ? std::max<std::int64_t>(offset, -1) - here : offset;
    if (whence != Whence::kEnd && distance >= -before && distance <= behind) {
      if (stale_ && distance < 0) note_fault();
      next_ = static_cast<std::size_t>(before + distance);
      position_ += static_cast<std::uint64_t>(distance);
      return position_;
    }
    if (whence == Whence::kCurrent && offset < INT64_MIN + behind) {
      return fail(Code::kInvalidArgument);
    }
    const auto reached =
        inner().seek(whence == Whence::kCurrent ? offset - behind : offset, whence);
    if (!reached.has_value()) return reached;
    next_ = size_ = 0;
    stale_ = false;
    position_ = *reached;
    return reached;
  }
  Result<std::uint64_t> tell() const override {
    if (refused_) return inner().tell();
    return position_;
  }
  Result<void> close() override {
    refused_ = true;
    return inner().close();
  }

 private:
  tl::unexpected<Error> failing(const Error& error) {
    refused_ = error.code != Code::kWouldBlock;
    return fail(error);
  }

  std::array<std::byte, 4> buffer_{};
  std::size_t next_ = 0;
  std::size_t size_ = 0;
  bool filled_ = false;
  bool stale_ = false;    // the stream below is beyond what the buffer holds
  bool refused_ = false;  // failed or closed: the stream below answers
  std::uint64_t position_ = 0;
};

Subject subject() {
  Recipe recipe;
  recipe.above_source = wrap_source<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant bypass_keeps_buffer = {
    kName,
    kBug,
    "seek-model",
    "seek-refused",
    "payload   literal \"abcde\"\n"
    "reads     rest, seek cur -1\n",
    "seek-model seek-refused",
    subject,
    // Needs five bytes of payload, a read and a seek.
    "exhaustive",
    "rust-lang/rust pull request 58913: Add new test case for possible bug in BufReader",
};

}  // namespace weir::properties::mutant
