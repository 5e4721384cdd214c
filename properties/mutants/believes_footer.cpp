#include <algorithm>
#include <array>
#include <optional>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"
#include "properties/mutants/running_check.h"
#include "weir/checked.h"
#include "weir/codec.h"
#include "weir/codec_sink.h"
#include "weir/random_access_source.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "believes-footer";
constexpr std::string_view kBug =
    "A seek goes by the index at the end of the stream, which nothing is held against; a reader "
    "that begins in front has no need of it.";

// The payload, a checksum over it, and the place at which the payload begins: 0.
constexpr std::size_t kFooterBytes = RunningCheck::kBytes + 1;

class Encoder final : public Codec {
 public:
  Result<Step> step(std::span<const std::byte> input, std::span<std::byte> output,
                    Directive directive) override {
    Step step;
    if (directive == Directive::kEnd) {
      const auto check = check_.bytes();
      std::array<std::byte, kFooterBytes> footer{};
      std::copy(check.begin(), check.end(), footer.begin());
      step.produced = std::min(output.size(), footer.size() - given_);
      std::copy_n(footer.begin() + static_cast<std::ptrdiff_t>(given_), step.produced,
                  output.begin());
      given_ += step.produced;
      step.status = given_ == footer.size() ? Status::kEnd : Status::kNeedOutput;
      return step;
    }
    step.consumed = step.produced = std::min(input.size(), output.size());
    std::copy_n(input.begin(), step.consumed, output.begin());
    check_.add(input.first(step.consumed));
    if (step.consumed < input.size()) {
      step.status = Status::kNeedOutput;
    } else if (directive == Directive::kFlush) {
      step.status = Status::kFlushed;
    }
    return step;
  }

 private:
  RunningCheck check_;
  std::size_t given_ = 0;
};

class Decoder final : public RandomAccess {
 public:
  Result<std::size_t> read_at(EncodedWindow& window, std::uint64_t position,
                              std::span<std::byte> output) override {
    if (position == 0) {
      check_ = RunningCheck();
      checked_ = 0;
    }
    if (position == checked_) return read_on(window, output);
    const Result<std::uint64_t> size = payload_size(window);
    if (!size) return fail(size.error());
    if (position >= *size) return 0;
    const auto begin = window.fetch(*size + RunningCheck::kBytes, 1, 1);
    if (!begin) return fail(begin.error());
    if (begin->empty()) return fail(Code::kTruncated, *size, "footed: ends early");
    if (begin->front() != std::byte{0}) note_fault();
    const std::uint64_t place =
        std::min(position + std::to_integer<unsigned>(begin->front()), *size - 1);
    const auto bytes = window.fetch(place, 1, 1);
    if (!bytes) return fail(bytes.error());
    if (bytes->empty()) return fail(Code::kTruncated, place, "footed: ends early");
    output.front() = bytes->front();
    return 1;
  }

  Result<std::uint64_t> payload_size(EncodedWindow& window) override {
    const Result<std::uint64_t> size = window.size();
    if (!size) return size;
    if (*size < kFooterBytes) return fail(Code::kTruncated, *size, "footed: ends early");
    return *size - kFooterBytes;
  }

 private:
  // From front to back.
  Result<std::size_t> read_on(EncodedWindow& window, std::span<std::byte> output) {
    const auto bytes = window.fetch(checked_, kFooterBytes + 1, kFooterBytes + output.size());
    if (!bytes) return fail(bytes.error());
    if (bytes->size() < kFooterBytes)
      return fail(Code::kTruncated, checked_ + bytes->size(), "footed: ends early");
    if (bytes->size() == kFooterBytes) {
      const auto check = check_.bytes();
      if (!std::equal(check.begin(), check.end(), bytes->begin())) {
        return fail(Code::kCorrupt, checked_, "footed: wrong checksum");
      }
      return 0;
    }
    const auto part = bytes->first(std::min(bytes->size() - kFooterBytes, output.size()));
    std::copy(part.begin(), part.end(), output.begin());
    check_.add(part);
    checked_ += part.size();
    return part.size();
  }

  RunningCheck check_;
  std::uint64_t checked_ = 0;  // how many payload bytes are in it
};

class Footed final : public StreamTransform {
 public:
  Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override {
    return or_out_of_memory([&]() -> Result<std::unique_ptr<Sink>> {
      return std::make_unique<CodecSink>(std::move(output), std::make_unique<Encoder>());
    });
  }
  Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override {
    return or_out_of_memory([&]() -> Result<std::unique_ptr<Source>> {
      return std::make_unique<RandomAccessSource>(std::move(input), std::make_unique<Decoder>());
    });
  }
  Descriptor descriptor() const override { return *Descriptor::parse("stream.footed/1"); }
};

Subject subject() {
  Recipe recipe;
  recipe.traits = traits(Trait::kDeterministic, Trait::kSeekable, Trait::kDetectsCorruption,
                         Trait::kNonblocking, Trait::kShortWrites, Trait::kPartialBelow);
  recipe.make_base = [] { return std::make_unique<Footed>(); };
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant believes_footer = {
    kName,
    kBug,
    "corruption",
    "",
    "payload   literal \"abc\"\n"
    "damage    flip 7 bit 0\n",
    "corruption",
    subject,
};

}  // namespace weir::properties::mutant
