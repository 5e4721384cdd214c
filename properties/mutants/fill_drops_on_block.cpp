#include <optional>

#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "fill-drops-on-block";
constexpr std::string_view kBug =
    "The reader fills the span with several reads, and when one of them would block it forgets "
    "what those before it gave.";

class Layer final : public BareSource {
 public:
  using BareSource::BareSource;

 protected:
  Result<std::size_t> pull(std::span<std::byte> output) override {
    if (failure_.has_value()) return fail(*failure_);
    std::array<std::byte, 256> gathered{};
    const auto room = std::span(gathered).first(std::min(gathered.size(), output.size()));
    std::size_t count = 0;
    while (count < room.size()) {
      const auto given = read_below(inner(), room.subspan(count));
      if (failed_with(given, Code::kWouldBlock)) {
        if (count > 0) note_fault();
        return given;
      }
      if (!given.has_value()) {
        if (count == 0) return given;
        failure_ = given.error();
        break;
      }
      if (*given == 0) break;
      count += *given;
    }
    std::copy_n(gathered.begin(), count, output.begin());
    return count;
  }

 private:
  std::optional<Error> failure_;  // for the next read
};

Subject subject() { return bare_subject<BareSink, Layer>(kName, kBug); }

}  // namespace

const Mutant fill_drops_on_block = {
    kName,
    kBug,
    "would-block-read",
    "eof-exact",
    "payload   literal \"ab\"\n"
    "source    give 1, block\n",
    "would-block-read",
    subject,
};

}  // namespace weir::properties::mutant
