#include <array>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "numbers-streams";
constexpr std::string_view kBug =
    "The header holds which stream of its instance this is, kept to tell log lines apart.";

// Writes the number before anything else.
class Encoder final : public ForwardingSink {
 public:
  Encoder(std::unique_ptr<Sink> inner, std::uint8_t number)
      : ForwardingSink(std::move(inner)), number_({std::byte{number}}) {
    if (number > 0) note_fault();
  }
  Result<std::size_t> write(std::span<const std::byte> input) override {
    if (!input.empty()) {
      if (auto sent = send(); !sent.has_value()) return fail(sent.error());
    }
    return inner().write(input);
  }
  Result<void> flush() override {
    if (auto sent = send(); !sent.has_value()) return sent;
    return inner().flush();
  }
  Result<std::uint64_t> tell() const override {
    const auto position = inner().tell();
    if (!position.has_value() || *position == 0) return position;
    return *position - number_.size();
  }
  Result<void> close() override {
    if (auto sent = send(); failed_with(sent, Code::kWouldBlock)) return sent;
    sent_ = true;
    return inner().close();
  }

 private:
  Result<void> send() {
    if (sent_) return {};
    const auto taken = inner().write(number_);
    if (!taken.has_value()) return fail(taken.error());
    sent_ = true;
    return {};
  }

  std::array<std::byte, 1> number_;
  bool sent_ = false;
};

class Decoder final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (!begun_ && !output.empty()) {
      std::array<std::byte, 1> number{};
      const auto result = inner().read(number);
      if (!result.has_value() || *result == 0) return result;
      begun_ = true;
    }
    return inner().read(output);
  }
  bool seekable() const override { return false; }
  Result<std::uint64_t> seek(std::int64_t, Whence) override { return fail(Code::kNotSeekable); }
  Result<std::uint64_t> tell() const override {
    const auto position = inner().tell();
    if (!position.has_value() || !begun_) return position;
    return *position - 1;
  }

 private:
  bool begun_ = false;
};

Subject subject() {
  Recipe recipe;
  recipe.traits = traits(Trait::kDeterministic, Trait::kFlushable, Trait::kNonblocking,
                         Trait::kShortWrites, Trait::kPartialBelow);
  recipe.above_source = wrap_source<Decoder>;
  recipe.per_instance = [](Recipe& instance) {
    instance.above_sink = [streams = std::make_shared<std::uint8_t>()](
                              std::unique_ptr<Sink> inner) -> std::unique_ptr<Sink> {
      return std::make_unique<Encoder>(std::move(inner), (*streams)++);
    };
  };
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant numbers_streams = {
    kName, kBug, "deterministic", "", "payload   literal \"a\"\n", "deterministic", subject,
};

}  // namespace weir::properties::mutant
