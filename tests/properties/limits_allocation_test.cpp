// Guards the limits of docs/formats.md for hostile input: what is at a limit passes, what is one
// beyond it is limit_exceeded at the place that says so, and what a header announces costs no
// memory.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "properties/allocation.h"
#include "weir/block_format.h"
#include "weir/memory.h"
#include "weir/transform.h"
#if WEIR_HAVE_ISAL
#include "weir/transforms/crc32c.h"
#endif
#if WEIR_HAVE_SODIUM
#include "weir/insecure_test_keys.h"
#include "weir/transforms/xchacha20poly1305.h"
#endif
#if WEIR_HAVE_ZSTD
#include "weir/transforms/zstd.h"
#endif
#if WEIR_HAVE_ZSTD && WEIR_HAVE_XXHASH
#include "weir/transforms/zstd_seekable.h"
#endif

namespace weir::properties {
namespace {

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kMiB = 1024 * kKiB;

std::string encode(const StreamTransform& transform, const std::string& payload) {
  ByteBuffer buffer;
  auto sink = *transform.transform_to(std::make_unique<MemorySink>(buffer));
  EXPECT_EQ(sink->write(std::as_bytes(std::span(payload))).value_or(0), payload.size());
  EXPECT_TRUE(sink->close().has_value());
  return {reinterpret_cast<const char*>(buffer.bytes().data()), buffer.bytes().size()};
}

// Bytes that lie in memory, but are not lent: a reader needs a buffer of its own.
class File final : public Source {
 public:
  explicit File(std::string_view bytes) : memory_(std::as_bytes(std::span(bytes))) {}
  Result<std::size_t> read(std::span<std::byte> output) override { return memory_.read(output); }
  bool seekable() const override { return true; }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    return memory_.seek(offset, whence);
  }
  Result<std::uint64_t> tell() const override { return memory_.tell(); }
  Result<void> close() override { return memory_.close(); }

 private:
  MemorySource memory_;
};

enum class Way { kFrontToBack, kFromTheEnd };

// What reading all of it, or asking for its size first, comes to.
struct Reading {
  std::uint64_t bytes = 0;
  Result<void> end{};
  std::uint64_t peak_bytes = 0;  // of what was allocated
};
Reading read_all(const StreamTransform& transform, std::string_view encoded, Way way) {
  Reading reading;
  std::vector<std::byte> room(1 << 16);
  AllocationMeter meter;
  meter.start();
  {
    const Metered subject;
    auto source = *transform.transform_from(std::make_unique<File>(encoded));
    if (way == Way::kFromTheEnd) {
      const auto size = source->seek(0, Whence::kEnd);
      const auto back = size ? source->seek(0, Whence::kSet) : size;
      if (!back) reading.end = fail(back.error());
    }
    while (reading.end.has_value()) {
      const auto given = source->read(room);
      if (!given) reading.end = fail(given.error());
      if (given.value_or(0) == 0) break;
      reading.bytes += *given;
    }
  }
  meter.stop();
  reading.peak_bytes = meter.peak_bytes();
  return reading;
}

void exceeds(const StreamTransform& transform, std::string_view encoded, Way way,
             std::uint64_t offset, std::uint64_t bytes, std::uint64_t heap_bytes) {
  const Reading reading = read_all(transform, encoded, way);
  ASSERT_TRUE(failed_with(reading.end, Code::kLimitExceeded));
  EXPECT_EQ(reading.end.error().offset, offset) << describe(reading.end.error());
  EXPECT_EQ(reading.bytes, bytes);
  EXPECT_LE(reading.peak_bytes, heap_bytes);
}
void passes(const StreamTransform& transform, std::string_view encoded, Way way,
            std::uint64_t bytes, std::uint64_t heap_bytes) {
  const Reading reading = read_all(transform, encoded, way);
  EXPECT_TRUE(reading.end.has_value()) << describe(reading.end.error());
  EXPECT_EQ(reading.bytes, bytes);
  EXPECT_LE(reading.peak_bytes, heap_bytes);
}
void costs_little(const StreamTransform& transform, std::string_view encoded, Way way, Code code,
                  std::uint64_t heap_bytes) {
  const Reading reading = read_all(transform, encoded, way);
  EXPECT_TRUE(failed_with(reading.end, code))
      << (reading.end ? "no error" : describe(reading.end.error()));
  EXPECT_LE(reading.peak_bytes, heap_bytes);
}

std::string little(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

// Builds that cannot meter do not have this file.
class Limits : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(can_meter_allocations()); }
};

constexpr Way kWays[] = {Way::kFrontToBack, Way::kFromTheEnd};

#if WEIR_HAVE_ISAL || WEIR_HAVE_SODIUM
// `with(block_bytes, block_bytes_max)` makes one.
template <class Transform, class With>
void block_limits(With with) {
  constexpr std::size_t kBlock = 100000;
  const std::string payload(250000, 'a');
  const std::string encoded = encode(with(kBlock, kBlock), payload);
  for (const Way way : kWays) {
    // The block, where it is not lent, a copy while the buffer grows, and what was decrypted.
    passes(with(1, kBlock), encoded, way, payload.size(), 4 * kBlock);
    exceeds(with(1, kBlock - 1), encoded, way, 8, 0, 40 * kKiB);
  }
}
#endif

#if WEIR_HAVE_ISAL
Crc32c crc32c_with(std::size_t block_bytes, std::size_t block_bytes_max) {
  return Crc32c({.block_bytes = block_bytes, .block_bytes_max = block_bytes_max});
}

TEST_F(Limits, OfCrc32cBlocks) {
  block_limits<Crc32c>(crc32c_with);
  // A stream that ends behind a header which announces the largest block there is, and one with the
  // word of such a block.
  const std::string largest =
      encode(crc32c_with(kBlockBytesMax, kBlockBytesMax), std::string(10, 'a'));
  const Crc32c trusting = crc32c_with(1, kBlockBytesMax);
  for (const Way way : kWays) {
    passes(trusting, largest, way, 10, 40 * kKiB);
    costs_little(trusting, largest.substr(0, 16), way, Code::kTruncated, 40 * kKiB);
    exceeds(Crc32c(), largest, way, 8, 0, 40 * kKiB);
  }
  const std::string word = largest.substr(0, 16) + little(kBlockBytesMax, 4) + "abc";
  costs_little(trusting, word, Way::kFrontToBack, Code::kTruncated, 40 * kKiB);
}
#endif

#if WEIR_HAVE_SODIUM
XChaCha20Poly1305 xchacha_with(std::size_t block_bytes, std::size_t block_bytes_max) {
  XChaCha20Poly1305::Options options;
  options.block_bytes = block_bytes;
  options.block_bytes_max = block_bytes_max;
  return {insecure_test_keys(), options};
}

TEST_F(Limits, OfXChaCha20Poly1305Chunks) {
  block_limits<XChaCha20Poly1305>(xchacha_with);
  const std::string largest =
      encode(xchacha_with(kBlockBytesMax, kBlockBytesMax), std::string(10, 'a'));
  const XChaCha20Poly1305 trusting = xchacha_with(1, kBlockBytesMax);
  for (const Way way : kWays) {
    passes(trusting, largest, way, 10, 40 * kKiB);
    costs_little(trusting, largest.substr(0, 48), way, Code::kTruncated, 40 * kKiB);
    exceeds(xchacha_with(1, kMiB), largest, way, 8, 0, 40 * kKiB);
  }
  const std::string word = largest.substr(0, 48) + little(kBlockBytesMax, 4) + "abc";
  costs_little(trusting, word, Way::kFrontToBack, Code::kTruncated, 40 * kKiB);
}
#endif

#if WEIR_HAVE_ZSTD
// A frame of blocks that repeat one byte 2^17 times, without a checksum. Source: RFC 8878.
std::string bomb(unsigned window_log, int blocks) {
  std::string frame("\x28\xb5\x2f\xfd\0", 5);
  frame += static_cast<char>((window_log - 10) << 3);
  for (int i = 0; i < blocks; ++i) {
    frame += little(1u << 17 << 3 | 1u << 1 | (i + 1 == blocks ? 1u : 0u), 3) + 'a';
  }
  return frame;
}
// Announces 2^62 bytes in one segment.
const std::string kHugeSegment("\x28\xb5\x2f\xfd\xe0\0\0\0\0\0\0\0\x40", 13);

// A decoder's context and buffers, besides the window.
constexpr std::uint64_t kContextBytes = 640 * kKiB;

TEST_F(Limits, OfZstdWindows) {
  for (const int window_log : {18, 20, 27}) {
    const std::string encoded = bomb(static_cast<unsigned>(window_log), 8);
    const Zstd at({.window_log_max = window_log});
    passes(at, encoded, Way::kFrontToBack, kMiB, (kKiB << (window_log - 10)) + kContextBytes);
    const Zstd below({.window_log_max = window_log - 1});
    exceeds(below, encoded, Way::kFrontToBack, 5, 0, kContextBytes);
    // Of a second frame it is the place in the stream.
    exceeds(below, bomb(17, 1) + encoded, Way::kFrontToBack, 10 + 5, 1 << 17, 2 * kContextBytes);
  }
  exceeds(Zstd(), bomb(31, 1), Way::kFrontToBack, 5, 0, kContextBytes);
  exceeds(Zstd(), kHugeSegment, Way::kFrontToBack, 12, 0, kContextBytes);
  EXPECT_TRUE(
      failed_with(read_all(Zstd({.window_log_max = 31}), kHugeSegment, Way::kFrontToBack).end,
                  Code::kLimitExceeded));
}

TEST_F(Limits, OfZstdOutput) {
  const std::string encoded = bomb(17, 100);
  const std::uint64_t payload = 100u << 17;
  passes(Zstd({.output_bytes_max = payload}), encoded, Way::kFrontToBack, payload,
         payload / 100 + kContextBytes);
  const Zstd below({.output_bytes_max = payload - 1});
  const Reading reading = read_all(below, encoded, Way::kFrontToBack);
  ASSERT_TRUE(failed_with(reading.end, Code::kLimitExceeded));
  EXPECT_EQ(reading.bytes, payload - 1);
  EXPECT_EQ(reading.end.error().offset, encoded.size() - 1);  // the last byte of the last block
}
#endif

#if WEIR_HAVE_ZSTD && WEIR_HAVE_XXHASH
std::string table(const std::vector<std::pair<std::size_t, std::size_t>>& entries) {
  std::string content;
  for (const auto& [encoded, payload] : entries) content += little(encoded, 4) + little(payload, 4);
  content += little(entries.size(), 4) + '\0' + little(0x8f92eab1, 4);
  return little(0x184d2a5e, 4) + little(content.size(), 4) + content;
}

TEST_F(Limits, OfZstdSeekableWindowsAndOutput) {
  const std::string frame = bomb(20, 8);
  const std::string encoded = frame + table({{frame.size(), kMiB}});
  for (const Way way : kWays) {
    passes(ZstdSeekable({.window_log_max = 20}), encoded, way, kMiB, kMiB + kContextBytes);
    exceeds(ZstdSeekable({.window_log_max = 19}), encoded, way, 5, 0, kContextBytes);
    passes(ZstdSeekable({.output_bytes_max = kMiB}), encoded, way, kMiB, kMiB + kContextBytes);
    const bool by_table = way == Way::kFromTheEnd;
    exceeds(ZstdSeekable({.output_bytes_max = kMiB - 1}), encoded, way,
            by_table ? frame.size() : frame.size() - 1, by_table ? 0 : kMiB - 1,
            kMiB + kContextBytes);
  }
}

TEST_F(Limits, OfZstdSeekableFrames) {
  const std::string frame = bomb(17, 1);
  std::string encoded;
  std::vector<std::pair<std::size_t, std::size_t>> entries;
  for (int i = 0; i < 1000; ++i) {
    encoded += frame;
    entries.emplace_back(frame.size(), 1 << 17);
  }
  encoded += table(entries);
  const std::uint64_t footer = encoded.size() - 9;
  passes(ZstdSeekable({.frames_max = 1000}), encoded, Way::kFromTheEnd, 1000u << 17,
         1001 * 24 + 2 * kContextBytes);
  exceeds(ZstdSeekable({.frames_max = 999}), encoded, Way::kFromTheEnd, footer, 0, kContextBytes);
  // No table is kept from front to back.
  passes(ZstdSeekable({.frames_max = 1}), encoded, Way::kFrontToBack, 1000u << 17,
         2 * kContextBytes);
  // A table that announces more than there is, as large as the format allows.
  std::string lying = encoded;
  lying.replace(static_cast<std::size_t>(footer), 4, little(ZstdSeekable::kFramesMax, 4));
  costs_little(ZstdSeekable(), lying, Way::kFromTheEnd, Code::kLimitExceeded, kContextBytes);
  costs_little(ZstdSeekable({.frames_max = ZstdSeekable::kFramesMax}), lying, Way::kFromTheEnd,
               Code::kCorrupt, kContextBytes);
  // And from front to back: in its header.
  const std::string header = frame + little(0x184d2a5e, 4) + little(~0u, 4);
  costs_little(ZstdSeekable(), header, Way::kFrontToBack, Code::kTruncated, kContextBytes);
}
#endif

}  // namespace
}  // namespace weir::properties
