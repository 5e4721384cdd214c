#include "properties/mutants.h"
#include "properties/mutants/buffering.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "passes-lie-on";
constexpr std::string_view kBug = "A count that the stream below over-reports is passed on.";

class SinkLayer final : public BareSink {
 public:
  using BareSink::BareSink;

 protected:
  Result<std::size_t> push(std::span<const std::byte> input) override {
    const auto taken = inner().write(input);
    if (taken.has_value() && *taken > input.size()) note_fault();
    return taken;
  }
};

class SourceLayer final : public BareSource {
 public:
  using BareSource::BareSource;

 protected:
  Result<std::size_t> pull(std::span<std::byte> output) override {
    const auto given = inner().read(output);
    if (given.has_value() && *given > output.size()) note_fault();
    return given;
  }
};

Subject subject() { return bare_subject<SinkLayer, SourceLayer>(kName, kBug); }

}  // namespace

const Mutant passes_lie_on = {
    kName,      kBug,    "distrust", "", "payload   literal \"a\"\nsource    claim more 1\n",
    "distrust", subject,
};

}  // namespace weir::properties::mutant
