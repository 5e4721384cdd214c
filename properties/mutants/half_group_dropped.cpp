// Seen in the field: pillarjs/multiparty issue 280: Base64 Content-Transfer-Encoding parts are
// decoded per-chunk, corrupting stored data. Each chunk that came from the network was decoded from
// base64 by itself, and the characters of a group that was not complete at its end were lost.
// zeek/spicy issue 487 describes junk at the same place.
#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "half-group-dropped";
constexpr std::string_view kBug =
    "The decoder decodes each piece that it reads by itself: a group that is cut by the edge of a "
    "piece is dropped.";

// Two hexadecimal digits for each byte.
class Encoder final : public BufferingSink {
 public:
  using BufferingSink::BufferingSink;

 protected:
  Result<void> drain() override {
    for (;;) {
      while (begin_ < end_) {
        const auto taken = write_below(inner(), std::span(digits_).subspan(begin_, end_ - begin_));
        if (!taken.has_value()) return fail(taken.error());
        begin_ += *taken;
      }
      begin_ = end_ = 0;
      if (held().empty()) return {};
      for (const std::byte byte : held()) {
        const auto value = std::to_integer<unsigned>(byte);
        for (const unsigned digit : {value >> 4, value & 15u}) {
          digits_[end_++] = static_cast<std::byte>(kDigits[digit]);
        }
      }
      passed(held().size());
    }
  }

 private:
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<std::byte, 2 * kBytes> digits_{};
  std::size_t begin_ = 0;  // digits_[begin_, end_) is not yet written
  std::size_t end_ = 0;
};

class Decoder final : public BareSource {
 public:
  using BareSource::BareSource;

 protected:
  Result<std::size_t> pull(std::span<std::byte> output) override {
    for (;;) {
      const std::size_t room = std::min(2 * output.size(), digits_.size());
      const auto given = read_below(inner(), std::span(digits_).first(room));
      if (!given.has_value() || *given == 0) return given;
      if (*given % 2 == 1) note_fault();
      const std::size_t count = *given / 2;
      for (std::size_t i = 0; i < count; ++i) {
        const unsigned high = value_of(digits_[2 * i]);
        const unsigned low = value_of(digits_[2 * i + 1]);
        if (high > 15 || low > 15) return fail(Code::kCorrupt, "not a digit");
        decoded_[i] = static_cast<std::byte>(16 * high + low);
      }
      std::copy_n(decoded_.begin(), count, output.begin());
      if (count > 0) return count;
    }
  }

 private:
  static unsigned value_of(std::byte digit) {
    const auto code = std::to_integer<unsigned>(digit);
    if (code >= '0' && code <= '9') return code - '0';
    return code >= 'a' && code <= 'f' ? code - 'a' + 10 : 16;
  }

  std::array<std::byte, 1024> digits_{};
  std::array<std::byte, 512> decoded_{};
};

Subject subject() {
  Recipe recipe;
  recipe.traits = static_cast<Traits>(kBareTraits & ~traits(Trait::kSizePreserving));
  recipe.make_base = [] { return std::make_unique<BareTransform<Encoder, Decoder>>(); };
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant half_group_dropped = {
    kName,
    kBug,
    "short-source-reads",
    "chain would-block-read eof-exact first-read",
    "payload   literal \"a\"\n"
    "source    give 1\n",
    "short-source-reads would-block-read eof-exact first-read",
    subject,
    "",
    "pillarjs/multiparty issue 280: Base64 Content-Transfer-Encoding parts are decoded per-chunk, "
    "corrupting stored data",
};

}  // namespace weir::properties::mutant
