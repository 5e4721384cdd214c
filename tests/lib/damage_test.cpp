// Guards what the formats say of damage, exhaustively on small streams: every flipped bit, every
// cut and every two chunks in each other's place, met from front to back and behind seeks.
#include <gtest/gtest.h>

#include <array>
#include <functional>

#include "test_streams.h"
#include "weir/transform.h"
#if WEIR_HAVE_ISAL
#include "weir/transforms/crc32c.h"
#endif
#if WEIR_HAVE_SODIUM
#include "weir/insecure_test_keys.h"
#include "weir/transforms/xchacha20poly1305.h"
#endif
#if WEIR_HAVE_ZSTD
#include <zstd.h>

#include "weir/transforms/zstd.h"
#endif
#if WEIR_HAVE_ZSTD && WEIR_HAVE_XXHASH
#include "weir/transforms/zstd_seekable.h"
#endif

namespace weir {
namespace {

using test::bytes_of;
using test::text_of;

// What may stand in another's place: a record, a block, a frame.
struct Chunk {
  std::size_t offset;
  std::size_t bytes;
};

struct Stream {
  std::string payload;
  std::string encoded;
  std::vector<Chunk> chunks;
};

// No two chunks of it are alike, and it compresses by half.
std::string payload_of(std::size_t size) {
  std::string payload;
  for (std::uint32_t i = 0; payload.size() < size; ++i) {
    payload += "place " + std::to_string(i * 2654435761u) + ";";
  }
  payload.resize(size);
  return payload;
}

// A flush behind every `piece` bytes, which ends a block where the format flushes.
std::string encode(const StreamTransform& transform, std::string_view payload, std::size_t piece) {
  ByteBuffer buffer;
  auto sink = *transform.transform_to(std::make_unique<MemorySink>(buffer));
  for (std::size_t at = 0; at < payload.size(); at += piece) {
    EXPECT_TRUE(test::write_all(*sink, payload.substr(at, piece), piece).has_value());
    EXPECT_TRUE(sink->flush().has_value());
  }
  EXPECT_TRUE(sink->close().has_value());
  return text_of(buffer.bytes());
}

constexpr std::size_t kStreamBytes = 4096;
constexpr std::size_t kChunkBytes = 64;  // of payload

// The shortest stream of at least `encoded_bytes` whose payload grows chunk by chunk, and a bit.
Stream stream_of(const StreamTransform& transform, std::size_t encoded_bytes,
                 const std::function<std::vector<Chunk>(std::string_view)>& chunks) {
  Stream stream;
  std::size_t size = 20;
  do {
    stream.payload = payload_of(size);
    stream.encoded = encode(transform, stream.payload, kChunkBytes);
    size += kChunkBytes;
  } while (stream.encoded.size() < encoded_bytes);
  stream.chunks = chunks(stream.encoded);
  return stream;
}

// How a reader may come by the whole payload.
enum class Way { kFrontToBack, kBehindASeek };

// Reads all of it; behind a seek, a bit of the middle first.
test::Drained read_all(const StreamTransform& transform, std::string_view encoded, Way way,
                       const Stream& stream) {
  auto source = *transform.transform_from(std::make_unique<MemorySource>(bytes_of(encoded)));
  if (way == Way::kBehindASeek) {
    const std::size_t middle = stream.payload.size() / 2;
    const auto sought = source->seek(static_cast<std::int64_t>(middle), Whence::kSet);
    if (!sought) return {"", fail(sought.error()), 0};
    std::array<std::byte, 5> bytes;
    const auto given = source->read(bytes);
    if (!given) return {"", fail(given.error()), 0};
    const auto back = source->seek(0, Whence::kSet);
    if (!back) return {"", fail(back.error()), 0};
  }
  return test::drain(*source, 1 << 14);
}

// Damages the stream in every way of one kind.
using Damage = std::function<void(const Stream& stream,
                                  const std::function<void(std::string_view, std::size_t)>& each)>;

void every_flip(const Stream& stream,
                const std::function<void(std::string_view, std::size_t)>& each) {
  std::string damaged = stream.encoded;
  for (std::size_t bit = 0; bit < damaged.size() * 8; ++bit) {
    const auto mask = static_cast<char>(1 << (bit % 8));
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ mask);
    each(damaged, bit);
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ mask);
  }
}
void every_cut(const Stream& stream,
               const std::function<void(std::string_view, std::size_t)>& each) {
  for (std::size_t size = 0; size < stream.encoded.size(); ++size) {
    each(std::string_view(stream.encoded).substr(0, size), size);
  }
}
void every_swap(const Stream& stream,
                const std::function<void(std::string_view, std::size_t)>& each) {
  const std::string_view whole = stream.encoded;
  for (std::size_t i = 0; i < stream.chunks.size(); ++i) {
    for (std::size_t j = i + 1; j < stream.chunks.size(); ++j) {
      const auto [a, a_bytes] = stream.chunks[i];
      const auto [b, b_bytes] = stream.chunks[j];
      std::string damaged(whole.substr(0, a));
      damaged += whole.substr(b, b_bytes);
      damaged += whole.substr(a + a_bytes, b - a - a_bytes);
      damaged += whole.substr(a, a_bytes);
      damaged += whole.substr(b + b_bytes);
      each(damaged, i * stream.chunks.size() + j);
    }
  }
}

// Expects an error, or the whole payload; how often it was that. `verified`: whether what came
// before the error has to be right.
std::size_t identical(const StreamTransform& transform, const Stream& stream, const Damage& damage,
                      Way way, bool verified) {
  std::size_t count = 0;
  std::size_t tried = 0;
  damage(stream, [&](std::string_view damaged, std::size_t what) {
    ++tried;
    const test::Drained drained = read_all(transform, damaged, way, stream);
    if (drained.end.has_value()) {
      ++count;
      EXPECT_TRUE(drained.bytes == stream.payload) << "number " << what << " passed";
    } else if (verified) {
      EXPECT_TRUE(drained.bytes == stream.payload.substr(0, drained.bytes.size()))
          << "number " << what << " gave other bytes before its error";
    }
  });
  EXPECT_GT(tried, 0u);
  return count;
}

constexpr Way kWays[] = {Way::kFrontToBack, Way::kBehindASeek};

#if WEIR_HAVE_ISAL || WEIR_HAVE_SODIUM
// Records of blocks: every one full but the last.
std::vector<Chunk> records(std::string_view encoded, std::size_t header, std::size_t record) {
  std::vector<Chunk> chunks;
  for (std::size_t at = header; at < encoded.size(); at += record) {
    chunks.push_back({at, std::min(record, encoded.size() - at)});
  }
  return chunks;
}

void detects_all_damage(const StreamTransform& transform, std::size_t header, std::size_t record) {
  const auto chunks = [&](std::string_view encoded) { return records(encoded, header, record); };
  const Stream long_one = stream_of(transform, kStreamBytes, chunks);
  ASSERT_LT(long_one.encoded.size(), kStreamBytes + record);
  ASSERT_GT(long_one.chunks.size(), 40u);
  const Stream one_chunk = stream_of(transform, 0, chunks);
  ASSERT_EQ(one_chunk.chunks.size(), 1u);
  const Stream empty{"", encode(transform, "", kChunkBytes), {}};
  for (const Way way : kWays) {
    for (const Stream* stream : {&long_one, &one_chunk, &empty}) {
      EXPECT_EQ(identical(transform, *stream, every_flip, way, true), 0u);
      EXPECT_EQ(identical(transform, *stream, every_cut, way, true), 0u);
    }
    EXPECT_EQ(identical(transform, long_one, every_swap, way, true), 0u);
  }
}
#endif

#if WEIR_HAVE_ISAL
TEST(Damage, Crc32cDetectsEveryFlipCutAndSwap) {
  Crc32c::Options options;
  options.block_bytes = kChunkBytes;
  detects_all_damage(Crc32c(options), 16, 4 + kChunkBytes + 4);
}
#endif

#if WEIR_HAVE_SODIUM
TEST(Damage, XChaCha20Poly1305DetectsEveryFlipCutAndSwap) {
  XChaCha20Poly1305::Options options;
  options.block_bytes = kChunkBytes;
  detects_all_damage(XChaCha20Poly1305(insecure_test_keys(), options), 48, 4 + kChunkBytes + 16);
}
#endif

#if WEIR_HAVE_ZSTD
// The blocks of a frame. Source: RFC 8878, 3.1.1.2.
std::vector<Chunk> blocks(std::string_view frame) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(frame[at]); };
  // Written without a known size: magic number, descriptor, window.
  EXPECT_EQ(byte(4) & ~0x04u, 0u);
  std::vector<Chunk> chunks;
  for (std::size_t at = 6;;) {
    const std::size_t header =
        byte(at) | std::size_t{byte(at + 1)} << 8 | std::size_t{byte(at + 2)} << 16;
    const bool repeats_one_byte = (header >> 1 & 3) == 1;
    const std::size_t bytes = 3 + (repeats_one_byte ? 1 : header >> 3);
    chunks.push_back({at, bytes});
    at += bytes;
    if ((header & 1) != 0) return chunks;
  }
}

TEST(Damage, ZstdIsAnErrorOrDecodesTheSame) {
  Zstd::Options options;
  options.window_log = 10;
  const Zstd zstd(options);
  const Stream long_one = stream_of(zstd, kStreamBytes, blocks);
  ASSERT_LT(long_one.encoded.size(), kStreamBytes + kChunkBytes);
  ASSERT_GT(long_one.chunks.size(), 40u);
  const Stream one_block{payload_of(20), encode(zstd, payload_of(20), kChunkBytes), {}};
  const Stream empty{"", encode(zstd, "", kChunkBytes), {}};
  // What decoders pass over: an unused bit, the size of the window, the kind of a block without
  // content, bits that fill up a byte. How many there are depends on how zstd 1.5.4 compresses.
  EXPECT_EQ(identical(zstd, long_one, every_flip, Way::kFrontToBack, false), 181u);
  EXPECT_EQ(identical(zstd, one_block, every_flip, Way::kFrontToBack, false), 10u);
  EXPECT_EQ(identical(zstd, empty, every_flip, Way::kFrontToBack, false), 3u);
  for (const Stream* stream : {&long_one, &one_block, &empty}) {
    EXPECT_EQ(identical(zstd, *stream, every_cut, Way::kFrontToBack, true), 0u);
  }
  EXPECT_EQ(identical(zstd, long_one, every_swap, Way::kFrontToBack, false), 0u);
}
#endif

#if WEIR_HAVE_ZSTD && WEIR_HAVE_XXHASH
// The frames before the table.
std::vector<Chunk> frames(std::string_view encoded) {
  std::vector<Chunk> chunks;
  for (std::size_t at = 0;;) {
    const std::string_view rest = encoded.substr(at);
    if (rest.substr(0, 4) == std::string_view("\x5e\x2a\x4d\x18", 4)) return chunks;
    const std::size_t bytes = ZSTD_findFrameCompressedSize(rest.data(), rest.size());
    if (ZSTD_isError(bytes)) return {};
    chunks.push_back({at, bytes});
    at += bytes;
  }
}

TEST(Damage, ZstdSeekableIsAnErrorOrDecodesTheSame) {
  ZstdSeekable::Options options;
  options.frame_bytes = kChunkBytes;
  const ZstdSeekable zstd(options);
  const Stream long_one = stream_of(zstd, kStreamBytes, frames);
  ASSERT_LT(long_one.encoded.size(), kStreamBytes + 2 * kChunkBytes);
  ASSERT_GT(long_one.chunks.size(), 30u);
  const Stream one_frame = stream_of(zstd, 0, frames);
  ASSERT_EQ(one_frame.chunks.size(), 1u);
  const Stream empty{"", encode(zstd, "", kChunkBytes), {}};
  for (const Way way : kWays) {
    // As in zstd, frame by frame; and the two bits of the table that mean nothing.
    EXPECT_EQ(identical(zstd, long_one, every_flip, way, false), 561u);
    EXPECT_EQ(identical(zstd, one_frame, every_flip, way, false), 11u);
    EXPECT_EQ(identical(zstd, empty, every_flip, way, false), 5u);
    for (const Stream* stream : {&long_one, &one_frame, &empty}) {
      EXPECT_EQ(identical(zstd, *stream, every_cut, way, true), 0u);
    }
    // In another order frames are noticed at the latest at the end.
    EXPECT_EQ(identical(zstd, long_one, every_swap, way, false), 0u);
  }
}
#endif

}  // namespace
}  // namespace weir
