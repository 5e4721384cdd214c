#include "properties/mutants.h"
#include "properties/mutants/buffering.h"
#include "properties/mutants/framed.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "leaves-encoded-alone";
constexpr std::string_view kBug =
    "The writer passes on as it is what begins like its own format, to encode nothing twice; the "
    "reader does not know.";

class Layer final : public Sink {
 public:
  explicit Layer(std::unique_ptr<Sink> output) : output_(std::move(output)) {}
  Result<std::size_t> write(std::span<const std::byte> input) override {
    if (input.empty() && active_ == nullptr) return std::size_t{0};
    if (auto begun = begin(input); !begun.has_value()) return fail(begun.error());
    return active_->write(input);
  }
  Result<void> flush() override {
    if (auto begun = begin({}); !begun.has_value()) return begun;
    return active_->flush();
  }
  Result<std::uint64_t> tell() const override {
    return active_ == nullptr ? Result<std::uint64_t>(std::uint64_t{0}) : active_->tell();
  }
  Result<void> close() override {
    if (auto begun = begin({}); !begun.has_value()) return begun;
    return active_->close();
  }

 private:
  // Chooses how to write, by the first bytes.
  Result<void> begin(std::span<const std::byte> input) {
    if (active_ != nullptr) return {};
    if (output_ == nullptr) return fail(Code::kOutOfMemory);
    if (input.size() >= Framed::kMagic.size() &&
        std::equal(Framed::kMagic.begin(), Framed::kMagic.end(), input.begin())) {
      note_fault();
      active_ = std::make_unique<BareSink>(std::move(output_));
      return {};
    }
    auto made = Framed(Framed::Options{}).transform_to(std::move(output_));
    if (!made.has_value()) return fail(made.error());
    active_ = std::move(*made);
    return {};
  }

  std::unique_ptr<Sink> output_;  // until it is chosen
  std::unique_ptr<Sink> active_;
};

class Careful final : public StreamTransform {
 public:
  Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override {
    return std::make_unique<Layer>(std::move(output));
  }
  Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override {
    return framed_.transform_from(std::move(input));
  }
  Descriptor descriptor() const override { return framed_.descriptor(); }

 private:
  Framed framed_{Framed::Options{}};
};

Subject subject() {
  Recipe recipe;
  recipe.traits = framed_traits(Framed::Options{});
  recipe.make_base = [] { return std::make_unique<Careful>(); };
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant leaves_encoded_alone = {
    kName,
    kBug,
    "chain",
    "",
    "payload   literal \"a\"\n"
    "chain     subject, subject\n",
    "chain",
    subject,
};

}  // namespace weir::properties::mutant
