#include <optional>

#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "top-up-unchecked";
constexpr std::string_view kBug =
    "After a short read the span is filled up by a second one, and the count of that is only cut "
    "to what fits.";

class Layer final : public BareSource {
 public:
  using BareSource::BareSource;

 protected:
  Result<std::size_t> pull(std::span<std::byte> output) override {
    if (pending_.has_value()) return fail(*pending_);
    const auto first = read_below(inner(), output);
    if (!first.has_value() || *first == 0 || *first == output.size()) return first;
    const auto rest = output.subspan(*first);
    const auto second = inner().read(rest);
    if (!second.has_value()) {
      if (second.error().code != Code::kWouldBlock) pending_ = second.error();
      return first;
    }
    if (*second > rest.size()) note_fault();
    return *first + std::min(*second, rest.size());
  }

 private:
  std::optional<Error> pending_;
};

Subject subject() { return bare_subject<BareSink, Layer>(kName, kBug); }

}  // namespace

const Mutant top_up_unchecked = {
    kName,
    kBug,
    "distrust",
    "",
    "payload   literal \"ab\"\nsource    give 1, claim more 1\n",
    "distrust",
    subject,
    // Needs three operations: a short read, then a lie.
    "exhaustive",
};

}  // namespace weir::properties::mutant
