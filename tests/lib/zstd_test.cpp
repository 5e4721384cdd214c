// Guards stream.zstd/1: what it reads, what it refuses and with which code, that bytes do not
// depend on how a payload is cut, and that a reused context remembers nothing.
#include <gtest/gtest.h>

#include <random>

#if WEIR_HAVE_ZSTD

#include <zstd.h>

#include <thread>

#include "test_streams.h"
#include "weir/builtin.h"
#include "weir/chain.h"
#include "weir/transforms/zstd.h"

namespace weir {
namespace {

using test::Act;
using test::bytes_of;
using test::lend;
using test::Log;
using test::ScriptedSource;
using test::text_of;
using test::up_to;

std::string payload_of(std::size_t size, std::uint64_t seed = 1) {
  std::string payload;
  payload.reserve(size);
  std::uint64_t state = seed;
  while (payload.size() < size) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    // Words repeat, so that there is something to find; some bytes do not.
    const auto word = (state >> 33) % 50;
    payload += "word" + std::to_string(word * word) + static_cast<char>(state >> 56);
  }
  payload.resize(size);
  return payload;
}

std::string encode(const Zstd& zstd, std::string_view payload, std::size_t piece) {
  ByteBuffer buffer;
  auto sink = *zstd.transform_to(std::make_unique<MemorySink>(buffer));
  EXPECT_TRUE(test::write_all(*sink, payload, piece).has_value());
  EXPECT_TRUE(sink->close().has_value());
  return text_of(buffer.bytes());
}
std::string encode(std::string_view payload) { return encode(Zstd(), payload, payload.size() + 1); }

test::Drained decode(const Zstd& zstd, std::string_view encoded, std::size_t piece = 100000) {
  auto source = *zstd.transform_from(std::make_unique<MemorySource>(bytes_of(encoded)));
  return test::drain(*source, piece);
}
test::Drained decode(std::string_view encoded) { return decode(Zstd(), encoded); }

// A frame as zstd makes it when it knows the size beforehand.
std::string sized_frame(std::string_view payload, int window_log = 0) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  std::string frame(ZSTD_compressBound(payload.size()), '\0');
  const std::size_t size =
      ZSTD_compress2(context, frame.data(), frame.size(), payload.data(), payload.size());
  EXPECT_FALSE(ZSTD_isError(size));
  ZSTD_freeCCtx(context);
  frame.resize(size);
  return frame;
}

std::string skippable(std::string_view content, char magic = '\x50') {
  std::string frame = {magic, '\x2a', '\x4d', '\x18'};
  for (int shift = 0; shift < 32; shift += 8) {
    frame += static_cast<char>((content.size() >> shift) & 255);
  }
  return frame.append(content);
}

// libzstd itself lets these pass as streams: it compares the sizes behind a last block that has
// content, not behind an empty one.
TEST(ZstdDecoder, AFrameThatGivesLessThanItsHeaderSaysIsCorrupt) {
  std::string empty = sized_frame("");
  ASSERT_TRUE(decode(empty).end.has_value());
  ASSERT_EQ(empty[5], 0) << "the content size";
  empty[5] = 1;
  EXPECT_TRUE(failed_with(decode(empty).end, Code::kCorrupt));

  // Content size in two bytes, from 256; one raw block of content, then an empty last one.
  const std::string content(256, 'x');
  std::string frame = {'\x28', '\xb5', '\x2f', '\xfd', '\x60', 0, 0};
  frame += {0, 0x08, 0};
  frame += content;
  frame += {1, 0, 0};
  EXPECT_EQ(decode(frame).bytes, content);
  EXPECT_TRUE(decode(frame).end.has_value());
  frame[5] = 1;
  for (const std::size_t piece : {std::size_t{1}, std::size_t{100000}}) {
    const test::Drained drained = decode(Zstd(), frame, piece);
    EXPECT_EQ(drained.bytes, content) << "what stands before the damage comes out";
    EXPECT_TRUE(failed_with(drained.end, Code::kCorrupt));
  }
}

TEST(ZstdEncoder, BytesDoNotDependOnHowThePayloadIsCut) {
  constexpr std::size_t kBlock = std::size_t{128} << 10;
  const Zstd zstd;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{1000}, kBlock - 1, kBlock,
        kBlock + 1, 2 * kBlock, 2 * kBlock + 1, 3 * kBlock}) {
    const std::string payload = payload_of(size);
    const std::string whole = encode(zstd, payload, size + 1);
    ASSERT_FALSE(whole.empty());
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{4096}, kBlock - 1,
                                    kBlock, kBlock + 1, 2 * kBlock}) {
      if (piece == 1 && size > 2000) continue;
      ASSERT_EQ(encode(zstd, payload, piece), whole) << size << " in pieces of " << piece;
    }
    ASSERT_EQ(decode(zstd, whole).bytes, payload);
  }
}

TEST(ZstdEncoder, BytesDoNotDependOnTheSinkBelow) {
  const std::string payload = payload_of(300000);
  const std::string whole = encode(payload);
  for (const std::size_t buffer_bytes : {1, 3, 1000, 1 << 20}) {
    for (const Act& act : {up_to(1), up_to(1000), lend(1), lend(3), lend(50000), test::blocks()}) {
      Log log;
      Zstd::Options options;
      options.buffer_bytes = buffer_bytes;
      auto sink = *Zstd(options).transform_to(
          std::make_unique<test::ScriptedSink>(std::deque<Act>(5000, act), log));
      ASSERT_TRUE(test::write_all(*sink, payload, 100000).has_value());
      ASSERT_TRUE(test::until_done([&] { return sink->close(); }).has_value());
      ASSERT_TRUE(log.taken == whole) << buffer_bytes;
    }
  }
}

TEST(ZstdEncoder, WritesAFrameForAnEmptyPayload) {
  const std::string encoded = encode("");
  EXPECT_GE(encoded.size(), 9u);
  const auto drained = decode(encoded);
  EXPECT_TRUE(drained.end.has_value());
  EXPECT_EQ(drained.bytes, "");
}

TEST(ZstdEncoder, FlushedBytesCanBeReadBeforeTheEnd) {
  ByteBuffer buffer;
  auto sink = *Zstd().transform_to(std::make_unique<MemorySink>(buffer));
  EXPECT_TRUE(test::write_all(*sink, "hello", 5).has_value());
  EXPECT_TRUE(sink->flush().has_value());
  EXPECT_TRUE(sink->flush().has_value());
  const auto drained = decode(text_of(buffer.bytes()));
  EXPECT_EQ(drained.bytes, "hello");
  EXPECT_TRUE(failed_with(drained.end, Code::kTruncated));
  EXPECT_TRUE(test::write_all(*sink, ", weir", 6).has_value());
  EXPECT_TRUE(sink->close().has_value());
  EXPECT_EQ(decode(text_of(buffer.bytes())).bytes, "hello, weir");
}

TEST(ZstdEncoder, PutsAChecksumUnlessToldNotTo) {
  Zstd::Options options;
  options.checksum = false;
  const std::string payload = payload_of(1000);
  EXPECT_EQ(encode(payload).size(), encode(Zstd(options), payload, 1000).size() + 4);
}

TEST(ZstdEncoder, TakesTheNearestLevel) {
  const std::string payload = payload_of(1000);
  for (const int level : {-1000000, -5, 1, 19, 1000}) {
    Zstd::Options options;
    options.level = level;
    const Zstd zstd(options);
    EXPECT_EQ(decode(zstd, encode(zstd, payload, 1000)).bytes, payload) << level;
  }
}

Zstd with_threads(unsigned threads) {
  Zstd::Options options;
  options.threads = threads;
  options.window_log = 12;  // threads then take turns every 512 KiB
  return Zstd(options);
}

TEST(ZstdEncoder, BytesAreTheSameForAnyNumberOfThreadsFromTwoOn) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{100}, std::size_t{5} << 20}) {
    const std::string payload = payload_of(size);
    const std::string expected = encode(with_threads(2), payload, 1 << 20);
    EXPECT_EQ(decode(expected).bytes, payload);
    for (const unsigned threads : {2, 3, 7, 256}) {
      for (const std::size_t piece : {4093, 100000, 10 << 20}) {
        ASSERT_TRUE(encode(with_threads(threads), payload, piece) == expected)
            << size << ' ' << threads << ' ' << piece;
      }
    }
  }
}

TEST(ZstdEncoder, ThreadsFlushAndMayBeAbandonedOrFail) {
  const std::string payload = payload_of(5 << 20);
  {
    ByteBuffer buffer;
    auto sink = *with_threads(3).transform_to(std::make_unique<MemorySink>(buffer));
    ASSERT_TRUE(test::write_all(*sink, payload, 300000).has_value());
    ASSERT_TRUE(sink->flush().has_value());
    EXPECT_EQ(decode(text_of(buffer.bytes())).bytes, payload);
    ASSERT_TRUE(test::write_all(*sink, payload, 300000).has_value());
  }
  Log log;
  auto sink = *with_threads(2).transform_to(std::make_unique<test::ScriptedSink>(
      std::deque<Act>{test::fails(io_error(5, "broken"))}, log));
  Result<void> written{};
  for (int i = 0; i < 10 && written; ++i) written = test::write_all(*sink, payload, 1 << 20);
  EXPECT_TRUE(failed_with(written, Code::kIo));
  EXPECT_TRUE(failed_with(sink->close(), Code::kIo));
}

TEST(ZstdEncoder, AThreadThatDoesNotStartIsAnError) {
  Log log;
  auto sink =
      *with_threads(2).transform_to(std::make_unique<test::ScriptedSink>(std::deque<Act>{}, log));
  const test::NoThreads no_threads;
  EXPECT_TRUE(failed_with(test::write_all(*sink, payload_of(100), 100), Code::kOutOfMemory));
  EXPECT_TRUE(failed_with(sink->close(), Code::kOutOfMemory));
}

TEST(ZstdDecoder, ReadsHoweverTheSourceBelowGives) {
  const std::string payload = payload_of(300000);
  for (const std::string& encoded : {encode(payload), sized_frame(payload)}) {
    for (const std::size_t buffer_bytes : {1, 3, 1000, 1 << 20}) {
      for (const Act& act : {up_to(1), up_to(1000), lend(1), lend(3), lend(50000)}) {
        Log log;
        Zstd::Options options;
        options.buffer_bytes = buffer_bytes;
        auto source = *Zstd(options).transform_from(
            std::make_unique<ScriptedSource>(encoded, std::deque<Act>(2000, act), log));
        const auto drained = test::drain(*source, 70000);
        ASSERT_TRUE(drained.end.has_value());
        ASSERT_TRUE(drained.bytes == payload);
      }
    }
  }
}

TEST(ZstdDecoder, ReadsSeveralFramesAndSkippableOnes) {
  const std::string encoded = skippable("") + encode("one") + encode("") + skippable("not this") +
                              sized_frame("two") + sized_frame("") +
                              skippable(std::string(300, 's'), '\x5f');
  for (const std::size_t piece : {1, 2, 100}) {
    for (const std::size_t given : {1, 2, 5, 1000}) {
      Log log;
      auto source = *Zstd().transform_from(
          std::make_unique<ScriptedSource>(encoded, std::deque<Act>(1000, up_to(given)), log));
      const auto drained = test::drain(*source, piece);
      ASSERT_TRUE(drained.end.has_value()) << describe(drained.end.error());
      ASSERT_EQ(drained.bytes, "onetwo");
    }
  }
}

TEST(ZstdDecoder, TakesEveryCutWithinAFrameForTruncated) {
  const std::string payload = payload_of(500);
  const std::string first = encode(payload);
  const std::string second = sized_frame(payload);
  const std::string encoded = first + skippable("skipped") + second;
  const std::size_t skip_end = encoded.size() - second.size();
  for (std::size_t cut = 0; cut < encoded.size(); ++cut) {
    for (const std::size_t given : {1, 1000000}) {
      Log log;
      auto source = *Zstd().transform_from(std::make_unique<ScriptedSource>(
          encoded.substr(0, cut), std::deque<Act>(given == 1 ? 1000 : 0, up_to(1)), log));
      const auto drained = test::drain(*source, 100);
      if (cut == first.size() || cut == skip_end) {
        // Between two frames: nothing tells.
        ASSERT_TRUE(drained.end.has_value()) << cut;
      } else {
        ASSERT_TRUE(failed_with(drained.end, Code::kTruncated)) << cut;
        ASSERT_EQ(drained.end.error().offset, cut);
      }
      ASSERT_TRUE((payload + payload).starts_with(drained.bytes)) << cut;
    }
  }
}

TEST(ZstdDecoder, TakesAnEmptyInputForTruncated) {
  const auto drained = decode("");
  EXPECT_TRUE(failed_with(drained.end, Code::kTruncated));
  EXPECT_EQ(drained.end.error().offset, 0u);
}

TEST(ZstdDecoder, RefusesGarbageBehindAFrameOrInstead) {
  const std::string frame = encode("hello");
  for (const std::string& garbage :
       {std::string("x"), std::string("xy"), std::string("(\xb5x"), std::string("xxxx"),
        std::string(100, 'x'), std::string(1, '\0'), std::string("\x50\x2b")}) {
    for (const std::string& before : {std::string(), frame}) {
      const auto drained = decode(before + garbage);
      ASSERT_TRUE(failed_with(drained.end, Code::kCorrupt)) << garbage;
      EXPECT_GE(drained.end.error().offset, before.size());
      EXPECT_EQ(drained.bytes, before.empty() ? "" : "hello");
    }
  }
}

TEST(ZstdDecoder, TakesThePartOfAMagicNumberForTruncated) {
  const std::string frame = encode("hello");
  for (const std::string part : {"\x28", "\x28\xb5", "\x28\xb5\x2f", "\x50", "\x5f\x2a\x4d"}) {
    EXPECT_TRUE(failed_with(decode(frame + part).end, Code::kTruncated));
  }
}

TEST(ZstdDecoder, NoticesAWrongChecksum) {
  for (std::string frame : {encode(payload_of(1000)), sized_frame(payload_of(1000))}) {
    frame.back() = static_cast<char>(frame.back() ^ 1);
    const auto drained = decode(frame);
    ASSERT_TRUE(failed_with(drained.end, Code::kCorrupt));
    EXPECT_EQ(drained.bytes, payload_of(1000));
    EXPECT_GE(drained.end.error().offset, frame.size() - 4);
    EXPECT_LT(drained.end.error().offset, frame.size());
  }
}

TEST(ZstdDecoder, NoticesEveryFlippedBitOrDecodesTheSame) {
  const std::string payload = payload_of(200);
  const std::string frame = encode(payload);
  std::size_t noticed = 0;
  const Zstd zstd;
  for (std::size_t i = 0; i < frame.size() * 8; ++i) {
    std::string damaged = frame;
    damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ (1 << (i % 8)));
    const auto drained = decode(zstd, damaged);
    if (drained.end.has_value()) {
      ASSERT_EQ(drained.bytes, payload) << i;
    } else {
      ++noticed;
    }
  }
  EXPECT_GT(noticed, frame.size() * 8 * 9 / 10);
}

TEST(ZstdDecoder, DamageGivesTheSameHoweverTheReaderCuts) {
  const std::string payload = payload_of(200000);
  const Zstd zstd;
  for (const std::string& frame : {encode(payload), sized_frame(payload)}) {
    for (std::size_t place = 5; place < frame.size(); place += frame.size() / 40) {
      std::string damaged = frame;
      damaged[place] = static_cast<char>(damaged[place] ^ 0x55);
      const auto whole = decode(zstd, damaged, 1 << 20);
      const auto small = decode(zstd, damaged, 777);
      Log log;
      auto source = *zstd.transform_from(std::make_unique<ScriptedSource>(
          damaged, std::deque<Act>(damaged.size(), up_to(1)), log));
      const auto slow = test::drain(*source, 5000);
      for (const auto* other : {&small, &slow}) {
        ASSERT_TRUE(whole.bytes == other->bytes) << place;
        ASSERT_EQ(whole.end.has_value(), other->end.has_value()) << place;
        if (!whole.end) {
          ASSERT_EQ(whole.end.error().code, other->end.error().code);
        }
      }
    }
  }
}

TEST(ZstdDecoder, ChangesOnlyTheBytesRead) {
  const std::string frame = sized_frame(payload_of(1000));
  auto source = *Zstd().transform_from(std::make_unique<MemorySource>(bytes_of(frame)));
  std::string room(5000, 'q');
  const auto given = source->read(std::as_writable_bytes(std::span(room)));
  ASSERT_EQ(*given, 1000u);
  EXPECT_EQ(room.substr(1000), std::string(4000, 'q'));
}

TEST(ZstdDecoder, RefusesWindowsOverTheLimit) {
  Zstd::Options options;
  options.window_log_max = 17;
  const Zstd zstd(options);
  const std::string payload = payload_of(300000);
  // Written without a known size, a frame asks for the whole window of its level: 2 MiB.
  for (const std::size_t piece : {1, 1000000}) {
    const auto streamed = decode(zstd, encode("short"), piece);
    EXPECT_TRUE(failed_with(streamed.end, Code::kLimitExceeded));
    EXPECT_EQ(streamed.bytes, "");
    // With a known size it asks for that.
    EXPECT_TRUE(failed_with(decode(zstd, sized_frame(payload), piece).end, Code::kLimitExceeded));
  }
  EXPECT_EQ(decode(zstd, sized_frame(payload, 17)).bytes, payload);
  EXPECT_EQ(decode(Zstd(), sized_frame(payload)).bytes, payload);
}

TEST(ZstdEncoder, KeepsToTheWindowThatItIsGiven) {
  Zstd::Options small;
  small.window_log = 10;
  Zstd::Options strict;
  strict.window_log_max = 10;
  for (const std::size_t size : {0, 1, 5000, 300000}) {
    const std::string payload = payload_of(size);
    const auto decoded = decode(Zstd(strict), encode(Zstd(small), payload, 70000));
    EXPECT_TRUE(decoded.end.has_value()) << size;
    EXPECT_TRUE(decoded.bytes == payload) << size;
  }
}

TEST(ZstdEncoder, TakesSmallWindowsAtEveryLevel) {
  const std::string payload = payload_of(9000);
  for (int window_log = 10; window_log <= 13; ++window_log) {
    Zstd::Options strict;
    strict.window_log_max = window_log;
    for (int level = -3; level <= 22; ++level) {
      Zstd::Options options;
      options.level = level;
      options.window_log = window_log;
      const Zstd small(options);
      // Twice: the second stream meets the tables of the first.
      for (const std::size_t size : {payload.size(), payload.size() / 2}) {
        const auto decoded = decode(Zstd(strict), encode(small, payload.substr(0, size), 4000));
        EXPECT_TRUE(decoded.end.has_value()) << level << " " << window_log;
        EXPECT_TRUE(decoded.bytes == payload.substr(0, size)) << level << " " << window_log;
      }
    }
  }
}

TEST(ZstdEncoder, FindsWhatRepeatsFarAwayIfAsked) {
  // So much to remember that the tables of level 1 have forgotten the first half at the second.
  std::mt19937 draw(1);
  std::string half;
  while (half.size() < (std::size_t{3} << 20)) {
    std::string word(32, '\0');
    for (char& byte : word) byte = static_cast<char>(draw());
    half += word + word + word;
  }
  const std::string payload = half + half;
  Zstd::Options options;
  options.level = 1;
  options.window_log = 23;
  const std::string without = encode(Zstd(options), payload, 70000);
  options.long_distance = true;
  const std::string with = encode(Zstd(options), payload, 70000);
  EXPECT_LT(with.size() * 3 / 2, without.size());
  EXPECT_TRUE(decode(Zstd(), with).bytes == payload);
}

TEST(ZstdDecoder, RefusesOutputOverTheLimit) {
  const std::string payload = payload_of(200000);
  for (const std::string& encoded :
       {encode(payload), sized_frame(payload),
        encode(payload.substr(0, 100000)) + encode(payload.substr(100000))}) {
    for (const std::uint64_t limit : {0, 1, 99999, 100000, 131072, 199999, 200000, 200001}) {
      Zstd::Options options;
      options.output_bytes_max = limit;
      for (const std::size_t piece : {999, 300000}) {
        const auto drained = decode(Zstd(options), encoded, piece);
        if (limit >= payload.size()) {
          ASSERT_TRUE(drained.end.has_value()) << limit;
          ASSERT_TRUE(drained.bytes == payload);
        } else {
          ASSERT_TRUE(failed_with(drained.end, Code::kLimitExceeded)) << limit;
          ASSERT_TRUE(drained.bytes == payload.substr(0, limit)) << limit;
        }
      }
    }
  }
}

TEST(ZstdDecoder, DoesNotTakeTheRestOfAHeaderForAFrame) {
  // A header whose dictionary id and content size read as an empty skippable frame. libzstd, when
  // it meets the header in two pieces, may look for a whole frame behind the first of them.
  const std::string header("\x28\xb5\x2f\xfd\xc3\x00\x50\x2a\x4d\x18\x04\0\0\0\0\0\0\0", 18);
  for (const std::size_t first : {2, 6, 18}) {
    Log log;
    auto source = *Zstd().transform_from(
        std::make_unique<ScriptedSource>(header, std::deque<Act>{up_to(1), up_to(first - 1)}, log));
    EXPECT_TRUE(failed_with(test::drain(*source, 100).end, Code::kCorrupt)) << first;
  }
}

TEST(ZstdDecoder, DoesNotSeek) {
  const std::string frame = encode("hello");
  auto source = *Zstd().transform_from(std::make_unique<MemorySource>(bytes_of(frame)));
  EXPECT_FALSE(source->seekable());
  EXPECT_TRUE(failed_with(source->seek(0, Whence::kSet), Code::kNotSeekable));
}

TEST(ZstdContexts, RememberNothingOfAFailedOrAbandonedStream) {
  const Zstd zstd;
  const std::string payload = payload_of(50000);
  const std::string fresh = encode(payload);
  for (int round = 0; round < 5; ++round) {
    {
      ByteBuffer buffer;
      auto abandoned = *zstd.transform_to(std::make_unique<MemorySink>(buffer));
      EXPECT_TRUE(test::write_all(*abandoned, payload_of(300000, 9), 100000).has_value());
    }
    EXPECT_EQ(encode(zstd, payload, 9999), fresh);
    EXPECT_TRUE(failed_with(decode(zstd, fresh.substr(0, fresh.size() / 2)).end, Code::kTruncated));
    EXPECT_TRUE(failed_with(decode(zstd, fresh + "garbage").end, Code::kCorrupt));
    EXPECT_EQ(decode(zstd, fresh).bytes, payload);
  }
}

TEST(ZstdContexts, ServeInterleavedStreamsAndOutliveTheInstance) {
  auto zstd = std::make_unique<Zstd>();
  ByteBuffer first_buffer;
  ByteBuffer second_buffer;
  auto first = *zstd->transform_to(std::make_unique<MemorySink>(first_buffer));
  auto second = *zstd->transform_to(std::make_unique<MemorySink>(second_buffer));
  zstd.reset();
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(test::write_all(*first, "first", 5).has_value());
    EXPECT_TRUE(test::write_all(*second, "2nd", 3).has_value());
  }
  EXPECT_TRUE(first->close().has_value());
  EXPECT_TRUE(second->close().has_value());
  EXPECT_EQ(decode(text_of(first_buffer.bytes())).bytes.size(), 500u);
  EXPECT_EQ(decode(text_of(second_buffer.bytes())).bytes.size(), 300u);
}

TEST(ZstdContexts, AreSharedByThreads) {
  const Zstd zstd;
  const std::string payload = payload_of(20000);
  const std::string expected = encode(payload);
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (int& count : wrong) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        if (encode(zstd, payload, 5000) != expected) ++count;
        if (decode(zstd, expected).bytes != payload) ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

TEST(ZstdChain, IsDecodedByItsDescriptors) {
  const ExtensionRegistry registry = test_extension_registry();
  const std::string payload = payload_of(1000);
  for (const std::vector<std::string>& list :
       {std::vector<std::string>{"stream.zstd/1", "stream.rot13/1.7"},
        {"stream.rot13/1", "stream.zstd/1"},
        {"stream.rot13/1", "stream.zstd/1", "stream.identity/1", "stream.zstd/1"}}) {
    const Chain writer(*registry.from_descriptor_list(list));
    ByteBuffer buffer;
    auto sink = *writer.transform_to(std::make_unique<MemorySink>(buffer));
    ASSERT_TRUE(test::write_all(*sink, payload, 77).has_value());
    ASSERT_TRUE(sink->close().has_value());
    ASSERT_TRUE(failed_with(sink->write(bytes_of("x")), Code::kClosed));
    const Chain reader(*registry.from_descriptor_list(writer.descriptors()));
    auto source = *reader.transform_from(std::make_unique<MemorySource>(buffer.bytes()));
    EXPECT_EQ(test::drain(*source, 33).bytes, payload);
  }
}

TEST(ZstdDeathTest, RefusesOptionsThatMakeNoSense) {
  Zstd::Options window;
  window.window_log_max = 32;
  EXPECT_DEATH(Zstd{window}, "window limit");
  for (const int log : {-1, 9, 28}) {
    Zstd::Options encoder;
    encoder.window_log = log;
    EXPECT_DEATH(Zstd{encoder}, "every decoder takes");
  }
  for (const unsigned threads : {0u, 257u}) {
    Zstd::Options many;
    many.threads = threads;
    EXPECT_DEATH(Zstd{many}, "a number of threads");
  }
  Zstd::Options buffer;
  buffer.buffer_bytes = 0;
  EXPECT_DEATH(Zstd{buffer}, "at least one byte");
}

}  // namespace
}  // namespace weir

#endif  // WEIR_HAVE_ZSTD
