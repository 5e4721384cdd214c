// rot13 and identity through sink and source: what the stream interface costs. A job moves one
// chunk from the caller's buffer to its destination, the same buffers for all contestants.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tools/bench/comparison.h"
#include "tools/bench/payload.h"
#include "tools/bench/swap_case_loops.h"
#include "weir/memory.h"
#include "weir/transforms/identity.h"
#include "weir/transforms/rot13.h"

namespace weir::bench {
namespace {

constexpr std::size_t kChunks[] = {std::size_t{4} << 10, std::size_t{64} << 10,
                                   std::size_t{1} << 20};

std::string chunk_name(std::size_t chunk) {
  return chunk >= (1u << 20) ? std::to_string(chunk >> 20) + " MiB"
                             : std::to_string(chunk >> 10) + " KiB";
}

/// Lends the same bytes again and again: the barest source that there can be.
class EndlessSource final : public Source {
 public:
  explicit EndlessSource(std::span<const std::byte> bytes) : bytes_(bytes) {}

  Result<std::size_t> read(std::span<std::byte> output) override {
    const std::size_t size = std::min(bytes_.size(), output.size());
    std::memcpy(output.data(), bytes_.data(), size);
    position_ += size;
    return size;
  }
  std::span<const std::byte> peek(std::size_t size_hint) override {
    return bytes_.first(std::min(bytes_.size(), size_hint));
  }
  void consume(std::size_t size) override { position_ += size; }
  Result<std::uint64_t> tell() const override { return position_; }
  Result<void> close() override { return {}; }

 private:
  std::span<const std::byte> bytes_;
  std::uint64_t position_ = 0;
};

/// Where the bytes of one row come from and go to.
struct Buffers {
  std::vector<std::byte> input;
  ByteBuffer output;
  std::byte* destination;  // where `output` begins

  explicit Buffers(std::size_t chunk) {
    PayloadGenerator(PayloadGenerator::Kind::kText).next(chunk, input);
    destination = output.grow(chunk).data();
  }
  std::size_t chunk() const { return input.size(); }
};

using Copy = void (*)(const std::uint8_t*, std::uint8_t*, std::size_t);

void copy(const std::uint8_t* input, std::uint8_t* output, std::size_t size) {
  std::memcpy(output, input, size);
}

Contestant loop(std::string name, const std::shared_ptr<Buffers>& buffers, Copy run) {
  return {std::move(name), [buffers, run](std::size_t jobs) {
            const auto* input = reinterpret_cast<const std::uint8_t*>(buffers->input.data());
            auto* output = reinterpret_cast<std::uint8_t*>(buffers->destination);
            for (; jobs > 0; --jobs) {
              run(input, output, buffers->chunk());
              benchmark::ClobberMemory();
            }
          }};
}

Contestant writer(std::string name, const std::shared_ptr<Buffers>& buffers,
                  const StreamTransform* transform) {
  std::shared_ptr<Sink> sink;
  if (transform == nullptr) {
    sink = std::make_shared<MemorySink>(buffers->output);
  } else {
    sink = *transform->transform_to(std::make_unique<MemorySink>(buffers->output));
  }
  return {std::move(name), [buffers, sink](std::size_t jobs) {
            Sink* const to = sink.get();
            bool good = true;
            for (; jobs > 0; --jobs) {
              buffers->output.clear();
              const Result<std::size_t> taken = to->write(buffers->input);
              good &= taken.has_value() && *taken == buffers->chunk();
              benchmark::ClobberMemory();
            }
            if (!good) give_up("a sink did not take all");
          }};
}

/// Reads from `source`; `memory`, if not null, is the one below and rewound each time.
Contestant reader(std::string name, const std::shared_ptr<Buffers>& buffers,
                  const std::shared_ptr<Source>& source, MemorySource* memory) {
  return {std::move(name), [buffers, source, memory](std::size_t jobs) {
            Source* const from = source.get();
            const std::span<std::byte> room(buffers->destination, buffers->chunk());
            bool good = true;
            for (; jobs > 0; --jobs) {
              if (memory != nullptr) good &= memory->seek(0, Whence::kSet).has_value();
              const Result<std::size_t> given = from->read(room);
              good &= given.has_value() && *given == room.size();
              benchmark::ClobberMemory();
            }
            if (!good) give_up("a source did not give all");
          }};
}

Contestant endless_reader(const std::shared_ptr<Buffers>& buffers,
                          const StreamTransform& transform) {
  return reader("weir", buffers,
                *transform.transform_from(std::make_unique<EndlessSource>(buffers->input)),
                nullptr);
}

Contestant memory_reader(std::string name, const std::shared_ptr<Buffers>& buffers,
                         const StreamTransform* transform) {
  auto made = std::make_unique<MemorySource>(buffers->input);
  MemorySource* const memory = made.get();
  std::shared_ptr<Source> source;
  if (transform == nullptr) {
    source = std::move(made);
  } else {
    source = *transform->transform_from(std::move(made));
  }
  return reader(std::move(name), buffers, source, memory);
}

void require_same_output(const Buffers& buffers, const Contestant& contestant,
                         const std::vector<std::byte>& expected) {
  std::memset(buffers.destination, 0, buffers.chunk());
  contestant.run(1);
  if (std::memcmp(buffers.destination, expected.data(), expected.size()) != 0) {
    give_up(contestant.name + ": wrong bytes");
  }
}

std::vector<std::byte> rot13_of(const std::vector<std::byte>& input) {
  std::vector<std::byte> output(input.size());
  swap_case_bytewise(reinterpret_cast<const std::uint8_t*>(input.data()),
                     reinterpret_cast<std::uint8_t*>(output.data()), input.size());
  return output;
}

void add_rot13(std::size_t chunk, bool as_sink) {
  static const Rot13 rot13;
  const auto buffers = std::make_shared<Buffers>(chunk);
  Comparison row;
  row.table = "rot13, against the best hand-written loop between the same two buffers";
  row.row = (as_sink ? "through sink, " : "through source, ") + chunk_name(chunk);
  row.work = static_cast<double>(chunk) * 1e-9;
  row.unit = "GB/s";
  row.contestants.push_back(as_sink ? writer("weir", buffers, &rot13)
                                    : endless_reader(buffers, rot13));
  row.yardsticks.clear();
  for (const SwapCaseLoop& fast : fast_swap_case_loops()) {
    row.yardsticks.push_back(row.contestants.size());
    row.contestants.push_back(loop(fast.name, buffers, fast.run));
  }
  row.contestants.push_back(loop("bytewise", buffers, swap_case_bytewise));
  const std::vector<std::byte> expected = rot13_of(buffers->input);
  for (const Contestant& one : row.contestants) require_same_output(*buffers, one, expected);
  row.contestants.push_back(loop("memcpy", buffers, copy));
  row.target = 0.9;
  add(std::move(row));
}

void add_identity(std::size_t chunk, bool as_sink) {
  static const Identity identity;
  const auto buffers = std::make_shared<Buffers>(chunk);
  Comparison row;
  row.table = "identity, against its bare sink or source";
  row.row = (as_sink ? "through sink, " : "through source, ") + chunk_name(chunk);
  row.work = static_cast<double>(chunk) * 1e-9;
  row.unit = "GB/s";
  row.contestants.push_back(as_sink ? writer("weir", buffers, &identity)
                                    : memory_reader("weir", buffers, &identity));
  row.contestants.push_back(as_sink ? writer("bare", buffers, nullptr)
                                    : memory_reader("bare", buffers, nullptr));
  row.contestants.push_back(loop("memcpy", buffers, copy));
  for (const Contestant& one : row.contestants) {
    require_same_output(*buffers, one, buffers->input);
  }
  row.target = 0.95;
  add(std::move(row));
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  using namespace weir::bench;
  for (const bool as_sink : {true, false}) {
    for (const std::size_t chunk : kChunks) add_rot13(chunk, as_sink);
  }
  for (const bool as_sink : {true, false}) {
    for (const std::size_t chunk : kChunks) add_identity(chunk, as_sink);
  }
  return run_comparisons(argc, argv);
}
