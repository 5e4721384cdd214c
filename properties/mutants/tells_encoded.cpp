#include "properties/mutants.h"
#include "properties/mutants/blocks.h"
#include "weir/transforms/zstd.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "tells-encoded";
constexpr std::string_view kBug =
    "tell of the writer counts the encoded bytes below instead of the bytes taken.";

class Layer final : public ForwardingSink {
 public:
  Layer(std::unique_ptr<Sink> inner_sink, std::shared_ptr<std::uint64_t> encoded)
      : ForwardingSink(std::move(inner_sink)), encoded_(std::move(encoded)) {}
  Result<std::uint64_t> tell() const override {
    const auto position = inner().tell();
    if (!position.has_value()) return position;
    if (*position != *encoded_) note_fault();
    return *encoded_;
  }

 private:
  std::shared_ptr<std::uint64_t> encoded_;
};

class Counting final : public ForwardingSink {
 public:
  Counting(std::unique_ptr<Sink> inner_sink, std::shared_ptr<std::uint64_t> encoded)
      : ForwardingSink(std::move(inner_sink)), encoded_(std::move(encoded)) {}
  Result<std::size_t> write(std::span<const std::byte> input) override {
    const auto result = inner().write(input);
    if (result.has_value()) *encoded_ += *result;
    return result;
  }

 private:
  std::shared_ptr<std::uint64_t> encoded_;
};

// A zstd whose two layers share a count for each stream.
class CountingZstd final : public StreamTransform {
 public:
  Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override {
    auto encoded = std::make_shared<std::uint64_t>(0);
    auto sink = zstd_.transform_to(std::make_unique<Counting>(std::move(output), encoded));
    if (sink.has_value()) *sink = std::make_unique<Layer>(std::move(*sink), encoded);
    return sink;
  }
  Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override {
    return zstd_.transform_from(std::move(input));
  }
  Descriptor descriptor() const override { return zstd_.descriptor(); }

 private:
  Zstd zstd_;
};

Subject subject() {
  Recipe recipe;
  recipe.base = "stream.zstd/1";
  recipe.make_base = [] { return std::make_unique<CountingZstd>(); };
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant tells_encoded = {
    kName, kBug, "count-bounds", "", "payload   literal \"a\"\n", "count-bounds", subject,
};

}  // namespace weir::properties::mutant
