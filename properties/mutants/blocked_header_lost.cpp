// Seen in the field: xrootd/xrootd pull request 108: Correctly handle reads of a partial header. A
// header of which a part had been read when no more was there was not gone on with in the next
// round, and sizes were read from the wrong bytes.
#include <algorithm>
#include <array>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"
#include "properties/mutants/framed.h"
#include "weir/checked.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "blocked-header-lost";
constexpr std::string_view kBug =
    "A header of which a part has come when the source below would block is read from its start "
    "again when it goes on.";

class Layer final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (output.empty()) return inner().read(output);
    while (filled_ < header_.size() && !ended_) {
      const auto given = read_below(inner(), std::span(header_).subspan(filled_));
      if (failed_with(given, Code::kWouldBlock)) {
        if (filled_ > 0) note_fault();
        filled_ = 0;
      }
      if (!given.has_value()) return given;
      filled_ += *given;
      ended_ = *given == 0;
    }
    const std::size_t count = std::min(filled_ - next_, output.size());
    if (count == 0) return inner().read(output);
    std::copy_n(header_.begin() + static_cast<std::ptrdiff_t>(next_), count, output.begin());
    next_ += count;
    return count;
  }

 private:
  std::array<std::byte, Framed::kMagic.size()> header_{};
  std::size_t filled_ = 0;
  std::size_t next_ = 0;
  bool ended_ = false;
};

Subject subject() {
  Recipe recipe;
  recipe.make_base = [] { return std::make_unique<Framed>(Framed::Options{}); };
  recipe.traits = framed_traits(Framed::Options{});
  recipe.below_source = wrap_source<Layer>;
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant blocked_header_lost = {
    kName,
    kBug,
    "would-block-read",
    "eof-exact",
    "payload   literal \"a\"\n"
    "source    give 1, block\n",
    "would-block-read eof-exact",
    subject,
    // Needs a short read and a block behind it; the sweep puts one of them.
    "sweep",
    "xrootd/xrootd pull request 108: Correctly handle reads of a partial header",
};

}  // namespace weir::properties::mutant
