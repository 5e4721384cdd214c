// In the spirit of zstd's stream_round_trip and its kin: a producer takes decisions from the end of
// the fuzzer's bytes and the payload from what is left: pieces of random size on all four sides,
// flushes in between. Without an engine the bytes come from our generator of random numbers.
#include <algorithm>

#include "properties/mutants/blocks.h"
#include "properties/random_bits.h"
#include "properties/yardsticks/yardstick.h"
#include "weir/memory.h"

namespace weir::properties::yardstick {
namespace {

// Numbers from the end of the input, as long as there are any.
class Producer {
 public:
  explicit Producer(std::span<const std::byte> input) : input_(input) {}
  std::size_t between(std::size_t least, std::size_t most) {
    std::size_t value = 0;
    for (std::size_t range = most - least; range > 0 && !input_.empty(); range >>= 8) {
      value = value << 8 | std::to_integer<std::size_t>(input_.back());
      input_ = input_.first(input_.size() - 1);
    }
    return least + value % (most - least + 1);
  }
  std::span<const std::byte> rest() const noexcept { return input_; }

 private:
  std::span<const std::byte> input_;
};

// Gives pieces of random size.
class PieceSource final : public mutant::ForwardingSource {
 public:
  PieceSource(std::unique_ptr<Source> all, Producer& producer)
      : ForwardingSource(std::move(all)), producer_(producer) {}
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (output.empty()) return inner().read(output);
    const std::size_t size = producer_.between(1, 4096);
    return inner().read(output.first(std::min(size, output.size())));
  }

 private:
  Producer& producer_;
};

}  // namespace

std::string zstd_style_bytes(const Subject& subject, std::span<const std::byte> input) {
  const auto transform = subject.make();
  if (!transform.has_value()) return "no instance";
  Producer producer(input);
  // What decides must not eat up what is compressed: a quarter of the input at most.
  const std::size_t decisions = std::min<std::size_t>(input.size() / 4, 512);
  const std::span<const std::byte> payload = input.first(input.size() - decisions);
  ByteBuffer encoded;
  auto sink = (*transform)->transform_to(std::make_unique<MemorySink>(encoded));
  if (!sink.has_value()) return "no compressor";
  std::span<const std::byte> left = payload;
  while (!left.empty()) {
    const std::size_t size = std::min(left.size(), producer.between(1, 4096));
    if (!write_all(**sink, left.first(size), [&] { return size; })) return "compression fails";
    left = left.subspan(size);
    if (has(subject.traits, Trait::kFlushable) && producer.between(0, 7) == 7 &&
        !(*sink)->flush().has_value()) {
      return "flush fails";
    }
  }
  if (!(*sink)->close().has_value()) return "the end of the frame fails";
  auto source = (*transform)
                    ->transform_from(std::make_unique<PieceSource>(
                        std::make_unique<MemorySource>(encoded.bytes()), producer));
  if (!source.has_value()) return "no decompressor";
  std::vector<std::byte> decoded;
  if (!read_all(**source, payload.size() + 16, decoded,
                [&] { return producer.between(1, 4096); })) {
    return "decompression fails";
  }
  if (!(*source)->close().has_value()) return "close fails";
  if (decoded.size() != payload.size()) return "incorrect size";
  if (!std::equal(decoded.begin(), decoded.end(), payload.begin())) return "corruption";
  return {};
}

std::string zstd_style(const Subject& subject, std::uint64_t seed, std::uint64_t index) {
  // libFuzzer's lengths grow, too, and end at 4 KiB by default.
  RandomBits bits(RandomBits::mix(seed) + index);
  const std::size_t most = std::min<std::size_t>(4096, 4 + static_cast<std::size_t>(index));
  std::vector<std::byte> input(static_cast<std::size_t>(bits.below(most + 1)));
  for (std::byte& byte : input) byte = static_cast<std::byte>(bits.below(256));
  return zstd_style_bytes(subject, input);
}

}  // namespace weir::properties::yardstick
