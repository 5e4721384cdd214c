#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "works-after-close";
constexpr std::string_view kBug =
    "The stream does not remember that it was closed: I/O after close goes through.";

// Passes everything straight through and leaves all states to the stream below.
class NaiveSink final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Result<std::size_t> write(std::span<const std::byte> input) override {
    if (closed_) note_fault();
    return inner().write(input);
  }
  Result<void> close() override {
    closed_ = true;
    return inner().close();
  }

 private:
  bool closed_ = false;
};

class NaiveSource final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (closed_) note_fault();
    return inner().read(output);
  }
  Result<void> close() override {
    closed_ = true;
    return inner().close();
  }

 private:
  bool closed_ = false;
};

class Naive final : public StreamTransform {
 public:
  Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override {
    return std::make_unique<NaiveSink>(std::move(output));
  }
  Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override {
    return std::make_unique<NaiveSource>(std::move(input));
  }
  Descriptor descriptor() const override { return *Descriptor::parse(kName); }
};

Subject subject() {
  Recipe recipe;
  recipe.make_base = [] { return std::make_unique<Naive>(); };
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant works_after_close = {
    kName,
    kBug,
    "use-after-close",
    "close-once flush-fault close-fault after-fault distrust",
    "payload   literal \"a\"\n",
    "close-once use-after-close",
    subject,
};

}  // namespace weir::properties::mutant
