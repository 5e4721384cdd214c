#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <optional>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "believes-header";
constexpr std::string_view kBug =
    "The header says how large the reader's buffer should be, and the reader makes one of that "
    "size.";

// Least significant byte first.
constexpr std::array<std::byte, 4> kHeader = {std::byte{64}, std::byte{0}, std::byte{0},
                                              std::byte{0}};

class HeaderSink final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    if (input.empty() || closing_) return inner().write(input);
    if (auto begun = begin(); !begun.has_value()) return fail(begun.error());
    const auto result = inner().write(input);
    if (result.has_value()) taken_ += *result;
    return result;
  }
  Result<void> flush() override {
    if (closing_) return inner().flush();
    if (auto begun = begin(); !begun.has_value()) return begun;
    return inner().flush();
  }
  Result<std::uint64_t> tell() const override {
    if (closing_) return inner().tell();
    return taken_;
  }
  Result<void> close() override {
    closing_ = true;
    if (const auto begun = begin(); failed_with(begun, Code::kWouldBlock)) return begun;
    return inner().close();
  }

 private:
  Result<void> begin() {
    while (written_ < kHeader.size()) {
      const auto result = inner().write(std::span(kHeader).subspan(written_));
      if (!result.has_value()) return fail(result.error());
      written_ += *result;
    }
    return {};
  }
  std::size_t written_ = 0;
  std::uint64_t taken_ = 0;
  bool closing_ = false;
};

class HeaderSource final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (output.empty() || closed_) return inner().read(output);
    if (failure_.has_value()) return fail(*failure_);
    while (buffer_ == nullptr) {
      if (auto begun = begin(); !begun.has_value()) return fail(begun.error());
    }
    const auto result = inner().read({buffer_.get(), std::min(output.size(), buffer_bytes_)});
    if (!result.has_value()) return result;
    std::copy_n(buffer_.get(), *result, output.begin());
    position_ += *result;
    return result;
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
  Result<void> begin() {
    while (seen_ < header_.size()) {
      const auto result = inner().read(std::span(header_).subspan(seen_));
      if (!result.has_value()) return fail(result.error());
      if (*result == 0) return failing(Code::kTruncated);
      seen_ += *result;
    }
    for (std::size_t i = header_.size(); i-- > 0;) {
      buffer_bytes_ = buffer_bytes_ << 8 | std::to_integer<std::size_t>(header_[i]);
    }
    if (header_ != kHeader) note_fault();
    buffer_bytes_ = std::max<std::size_t>(buffer_bytes_, 1);
    buffer_.reset(new (std::nothrow) std::byte[buffer_bytes_]);
    if (buffer_ == nullptr) return failing(Code::kOutOfMemory);
    return {};
  }
  Result<void> failing(Code code) {
    failure_ = Error(code);
    return fail(code);
  }

  std::array<std::byte, kHeader.size()> header_{};
  std::size_t seen_ = 0;
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t buffer_bytes_ = 0;
  std::uint64_t position_ = 0;
  bool closed_ = false;
  std::optional<Error> failure_;
};

Subject subject() {
  Recipe recipe;
  recipe.above_sink = wrap_sink<HeaderSink>;
  recipe.above_source = wrap_source<HeaderSource>;
  recipe.traits = traits(Trait::kDeterministic, Trait::kFlushable, Trait::kNonblocking,
                         Trait::kShortWrites, Trait::kPartialBelow);
  recipe.bounds.read_heap_bytes = 4096;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant believes_header = {
    kName,
    kBug,
    "amplification",
    // Where the process may only have so much memory, foreign bytes exhaust it.
    "first-read corruption garbage",
    "damage    flip 2 bit 0\n",
    "amplification",
    subject,
};

}  // namespace weir::properties::mutant
