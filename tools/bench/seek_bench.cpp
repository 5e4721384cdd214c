// What a read in the middle of a stream of zstd-seekable costs, against decoding from the start;
// and how much is read for it.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <vector>

#include "tools/bench/comparison.h"
#include "tools/bench/payload.h"
#include "weir/memory.h"
#include "weir/transforms/zstd_seekable.h"

namespace weir::bench {
namespace {

constexpr std::size_t kPayloadBytes = std::size_t{1} << 30;
constexpr std::size_t kReadBytes = std::size_t{4} << 10;

/// Bytes in memory, given 128 KiB at a time at most; counts them.
class CountingSource final : public Source {
 public:
  CountingSource(std::span<const std::byte> bytes, std::size_t& read)
      : memory_(bytes), read_(&read) {}
  Result<std::size_t> read(std::span<std::byte> output) override {
    const auto given = memory_.read(output);
    *read_ += given.value_or(0);
    return given;
  }
  bool seekable() const override { return true; }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    return memory_.seek(offset, whence);
  }
  Result<std::uint64_t> tell() const override { return memory_.tell(); }
  Result<void> close() override { return memory_.close(); }

 private:
  MemorySource memory_;
  std::size_t* read_;
};

/// Half text, half floats, in turns of 16 MiB.
void encode_payload(ByteBuffer& encoded) {
  ZstdSeekable::Options options;
  options.threads = 2;
  auto sink = *ZstdSeekable(options).transform_to(std::make_unique<MemorySink>(encoded));
  PayloadGenerator text(PayloadGenerator::Kind::kText);
  PayloadGenerator binary(PayloadGenerator::Kind::kBinary);
  std::vector<std::byte> piece;
  constexpr std::size_t kTurnBytes = std::size_t{16} << 20;
  for (std::size_t at = 0; at < kPayloadBytes; at += kTurnBytes) {
    (at / kTurnBytes % 2 == 0 ? text : binary).next(kTurnBytes, piece);
    for (std::span<const std::byte> left = piece; !left.empty();) {
      const auto taken = sink->write(left);
      if (!taken) give_up("weir: write failed");
      left = left.subspan(*taken);
    }
  }
  if (!sink->close()) give_up("weir: close failed");
}

std::size_t read_exactly(Source& source, std::span<std::byte> room) {
  std::size_t given = 0;
  while (given < room.size()) {
    const auto more = source.read(room.subspan(given));
    if (!more || *more == 0) give_up("weir: read failed");
    given += *more;
  }
  return given;
}

std::uint64_t draw_position(std::uint64_t& state) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (state >> 20) % (kPayloadBytes - kReadBytes);
}

std::unique_ptr<Source> open(const ByteBuffer& encoded, std::size_t& read) {
  static const ZstdSeekable zstd;
  return *zstd.transform_from(std::make_unique<CountingSource>(encoded.bytes(), read));
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  using namespace weir;
  using namespace weir::bench;
  static ByteBuffer encoded;
  encode_payload(encoded);
  const std::size_t frame_bytes = ZstdSeekable::Options{}.frame_bytes;
  std::printf("stream of 1 GiB, %.0f MiB encoded, %zu frames\n",
              static_cast<double>(encoded.size()) / (1 << 20), kPayloadBytes / frame_bytes);

  static std::size_t read = 0;
  static std::vector<std::byte> room(kReadBytes);
  static const std::shared_ptr<Source> source = open(encoded, read);
  static std::uint64_t state = 1;
  if (!source->seek(0, Whence::kEnd)) give_up("weir: seek failed");
  std::printf("loading its table read %zu bytes\n", read);
  std::size_t most = 0;
  std::size_t sum = 0;
  constexpr int kReads = 1000;
  for (int i = 0; i < kReads; ++i) {
    read = 0;
    if (!source->seek(static_cast<std::int64_t>(draw_position(state)), Whence::kSet)) {
      give_up("weir: seek failed");
    }
    read_exactly(*source, room);
    most = std::max(most, read);
    sum += read;
  }
  std::printf("a read of 4 KiB at a random place read %zu bytes, %zu at most\n", sum / kReads,
              most);

  Comparison row;
  row.table = "a read of 4 KiB at a random place of a stream.zstd-seekable/1 stream of 1 GiB";
  row.row = "4 KiB at random";
  row.work = 1;
  row.unit = "reads/s";
  row.jobs = 1;
  row.rounds = 5;
  row.contestants.push_back({"seek", [](std::size_t jobs) {
                               for (; jobs > 0; --jobs) {
                                 const auto place = static_cast<std::int64_t>(draw_position(state));
                                 if (!source->seek(place, Whence::kSet))
                                   give_up("weir: seek failed");
                                 read_exactly(*source, room);
                               }
                             }});
  row.contestants.push_back({"open, seek", [](std::size_t jobs) {
                               for (; jobs > 0; --jobs) {
                                 const auto fresh = open(encoded, read);
                                 const auto place = static_cast<std::int64_t>(draw_position(state));
                                 if (!fresh->seek(place, Whence::kSet))
                                   give_up("weir: seek failed");
                                 read_exactly(*fresh, room);
                               }
                             }});
  row.contestants.push_back({"from the start", [](std::size_t jobs) {
                               for (; jobs > 0; --jobs) {
                                 const auto fresh = open(encoded, read);
                                 std::vector<std::byte> skipped(std::size_t{128} << 10);
                                 std::uint64_t left = draw_position(state);
                                 while (left > 0) {
                                   const auto size = static_cast<std::size_t>(
                                       std::min<std::uint64_t>(left, skipped.size()));
                                   left -= read_exactly(*fresh, std::span(skipped).first(size));
                                 }
                                 read_exactly(*fresh, room);
                               }
                             }});
  row.yardsticks = {2};
  add(std::move(row));
  return run_comparisons(argc, argv);
}
