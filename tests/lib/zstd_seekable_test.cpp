// Guards stream.zstd-seekable/1: it reads what zstd's own seekable compressor wrote, any zstd reads
// what it writes, a damaged table is an error, never a hang or a large allocation, and a seek reads
// no more than the table and its frame.
#include <gtest/gtest.h>

#if WEIR_HAVE_ZSTD && WEIR_HAVE_XXHASH

#define XXH_INLINE_ALL
#include <unistd.h>
#include <xxhash.h>
#include <zstd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <new>
#include <thread>

#include "test_streams.h"
#include "weir/encoded_window.h"
#include "weir/transforms/zstd_seekable.h"

// The runtime of the thread sanitizer has a `new` that no program can replace: tests that make it
// fail are left out there.
#define WEIR_TEST_NEW_FAILS 1
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#undef WEIR_TEST_NEW_FAILS
#define WEIR_TEST_NEW_FAILS 0
#endif
#endif

#if WEIR_TEST_NEW_FAILS
namespace {

// While it lives, `admits` is asked on every thread whether an allocation goes ahead. It may
// allocate, if it knows its own by their size.
class Allocations {
 public:
  using Admits = std::function<bool(std::size_t)>;
  explicit Allocations(Admits admits) : admits_(std::move(admits)) { current = &admits_; }
  ~Allocations() { current = nullptr; }
  Allocations(const Allocations&) = delete;
  Allocations& operator=(const Allocations&) = delete;

  static void* allocate(std::size_t size) noexcept {
    const Admits* const admits = current;
    if (admits != nullptr && !(*admits)(size)) return nullptr;
    return std::malloc(size);
  }

 private:
  static inline std::atomic<const Admits*> current{nullptr};

  Admits admits_;
};

}  // namespace

// Out of line: where gcc sees one of a pair without the other it warns.
[[gnu::noinline]] void* operator new(std::size_t size) {
  void* given = Allocations::allocate(size);
  if (given == nullptr) throw std::bad_alloc();
  return given;
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return Allocations::allocate(size);
}
[[gnu::noinline]] void operator delete(void* given) noexcept { std::free(given); }
[[gnu::noinline]] void operator delete(void* given, std::size_t) noexcept { std::free(given); }
[[gnu::noinline]] void operator delete(void* given, const std::nothrow_t&) noexcept {
  std::free(given);
}
void* operator new[](std::size_t size) { return operator new(size); }
void* operator new[](std::size_t size, const std::nothrow_t& nothrow) noexcept {
  return operator new(size, nothrow);
}
[[gnu::noinline]] void operator delete[](void* given) noexcept { std::free(given); }
[[gnu::noinline]] void operator delete[](void* given, std::size_t) noexcept { std::free(given); }
[[gnu::noinline]] void operator delete[](void* given, const std::nothrow_t&) noexcept {
  std::free(given);
}
#endif

namespace weir {
namespace {

using test::bytes_of;
using test::text_of;

constexpr std::size_t kFooter = 9;

std::string golden(const std::string& name) {
  std::ifstream file(WEIR_SOURCE_DIR "/tests/lib/golden/zstd_seekable/" + name, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  EXPECT_FALSE(bytes.empty()) << name;
  return bytes;
}
std::string counter(std::size_t size) {
  std::string payload;
  for (std::size_t i = 0; i < size; ++i) payload += static_cast<char>((i * 31 + (i >> 8)) & 255);
  return payload;
}
std::string text(std::size_t size) {
  std::string payload;
  for (std::uint64_t i = 0; payload.size() < size; ++i) {
    payload += "line " + std::to_string(i) + " of the weir's golden text, value " +
               std::to_string(i * i % 9973) + "\n";
  }
  payload.resize(size);
  return payload;
}

ZstdSeekable with_frames(std::size_t frame_bytes, bool checksum = true) {
  ZstdSeekable::Options options;
  options.frame_bytes = frame_bytes;
  options.checksum = checksum;
  return ZstdSeekable(options);
}

std::string encode(const ZstdSeekable& zstd, std::string_view payload,
                   std::size_t piece = 1 << 20) {
  ByteBuffer buffer;
  auto sink = *zstd.transform_to(std::make_unique<MemorySink>(buffer));
  EXPECT_TRUE(test::write_all(*sink, payload, piece).has_value());
  EXPECT_TRUE(sink->close().has_value());
  return text_of(buffer.bytes());
}

// What a read was made over: bytes in memory, seekable or not, and how many of them were read.
class PlainSource final : public Source {
 public:
  PlainSource(std::string_view bytes, bool seekable, std::size_t* read = nullptr)
      : memory_(bytes_of(bytes)), seekable_(seekable), read_(read) {}
  Result<std::size_t> read(std::span<std::byte> output) override {
    const auto given = memory_.read(output);
    if (read_ != nullptr) *read_ += given.value_or(0);
    return given;
  }
  bool seekable() const override { return seekable_; }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    if (!seekable_) return fail(Code::kNotSeekable);
    return memory_.seek(offset, whence);
  }
  Result<std::uint64_t> tell() const override { return memory_.tell(); }
  Result<void> close() override { return memory_.close(); }

 private:
  MemorySource memory_;
  bool seekable_;
  std::size_t* read_;
};

// How a reader may come by the whole payload.
enum class Way { kPipe, kFile, kTable };
constexpr Way kWays[] = {Way::kPipe, Way::kFile, Way::kTable};

test::Drained decode(std::string_view encoded, Way way, const ZstdSeekable& zstd = ZstdSeekable(),
                     std::size_t piece = 70000) {
  auto source = *zstd.transform_from(std::make_unique<PlainSource>(encoded, way != Way::kPipe));
  if (way == Way::kTable) {
    const auto end = source->seek(0, Whence::kEnd);
    if (!end) return {"", fail(end.error()), 0};
    EXPECT_TRUE(source->seek(0, Whence::kSet).has_value());
  }
  return test::drain(*source, piece);
}

std::string little(std::uint64_t value, int bytes) {
  std::string bytes_text;
  for (int i = 0; i < bytes; ++i) bytes_text += static_cast<char>(value >> (8 * i));
  return bytes_text;
}
std::uint32_t number(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (int i = 3; i >= 0; --i) {
    value = value << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
  }
  return value;
}

// Random enough not to shrink.
std::string unshrinkable(std::size_t size) {
  std::string payload;
  std::uint64_t state = 1;
  while (payload.size() < size) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    payload += little(state >> 16, 6);
  }
  payload.resize(size);
  return payload;
}

std::string plain_frame(std::string_view payload) {
  std::string frame(ZSTD_compressBound(payload.size()), '\0');
  frame.resize(ZSTD_compress(frame.data(), frame.size(), payload.data(), payload.size(), 3));
  return frame;
}
std::string table(const std::vector<std::array<std::uint32_t, 3>>& entries, bool checksums,
                  char descriptor) {
  std::string content;
  for (const auto& [encoded, payload, checksum] : entries) {
    content += little(encoded, 4) + little(payload, 4);
    if (checksums) content += little(checksum, 4);
  }
  content += little(entries.size(), 4) + descriptor + little(0x8f92eab1, 4);
  return little(0x184d2a5e, 4) + little(content.size(), 4) + content;
}
std::uint32_t checksum_of(std::string_view payload) {
  return static_cast<std::uint32_t>(XXH64(payload.data(), payload.size(), 0));
}

TEST(ZstdSeekable, ReadsWhatZstdsOwnCompressorWrote) {
  const std::pair<std::string, std::string> files[] = {
      {"counter_100000.frame_4096.zst", counter(100000)},
      {"text_300000.frame_65536.zst", text(300000)},
      {"text_300000.frame_300000.zst", text(300000)},
      {"one.frame_4096.zst", "w"},
      {"empty.frame_4096.zst", ""}};
  for (const auto& [name, payload] : files) {
    const std::string encoded = golden(name);
    for (const Way way : kWays) {
      const auto drained = decode(encoded, way);
      ASSERT_TRUE(drained.end.has_value()) << name << describe(drained.end.error());
      ASSERT_TRUE(drained.bytes == payload) << name;
    }
    auto source = *ZstdSeekable().transform_from(std::make_unique<PlainSource>(encoded, true));
    ASSERT_EQ(*source->seek(0, Whence::kEnd), payload.size());
    for (std::size_t place = payload.size(); place-- > 0;) {
      if (place % 997 != 0) continue;
      std::byte bytes[10];
      ASSERT_TRUE(source->seek(static_cast<std::int64_t>(place), Whence::kSet).has_value());
      const auto given = source->read(bytes);
      ASSERT_TRUE(given.has_value()) << describe(given.error());
      ASSERT_EQ(text_of(std::span(bytes).first(*given)), payload.substr(place, *given));
      ASSERT_GT(*given, 0u);
    }
  }
}

TEST(ZstdSeekable, DamagedGoldenStreamsAreErrors) {
  const std::string encoded = golden("counter_100000.frame_4096.zst");
  const std::string payload = counter(100000);
  for (std::size_t at = 0; at < encoded.size(); at += 7) {
    std::string damaged = encoded;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    for (const Way way : kWays) {
      const auto drained = decode(damaged, way);
      EXPECT_TRUE(!drained.end.has_value() || drained.bytes == payload) << at;
    }
  }
  for (std::size_t cut = 0; cut < encoded.size(); cut += 11) {
    for (const Way way : kWays) {
      const auto drained = decode(encoded.substr(0, cut), way);
      EXPECT_FALSE(drained.end.has_value()) << cut;
      EXPECT_EQ(drained.bytes, payload.substr(0, drained.bytes.size()));
    }
  }
}

TEST(ZstdSeekable, WritesFramesThatAnyZstdReadsAndTheirTable) {
  const std::string payload = text(100000);
  const std::string encoded = encode(with_frames(30000), payload);
  const std::size_t table_at = encoded.size() - kFooter - 4 * 12 - 8;
  EXPECT_EQ(number(encoded, table_at), 0x184d2a5eu);
  EXPECT_EQ(number(encoded, table_at + 4), 4 * 12 + kFooter);
  EXPECT_EQ(number(encoded, encoded.size() - 9), 4u);
  EXPECT_EQ(encoded[encoded.size() - 5], '\x80');
  EXPECT_EQ(number(encoded, encoded.size() - 4), 0x8f92eab1u);
  std::size_t at = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::string part = payload.substr(i * 30000, 30000);
    const std::size_t entry = table_at + 8 + i * 12;
    const std::size_t size = number(encoded, entry);
    EXPECT_EQ(number(encoded, entry + 4), part.size());
    EXPECT_EQ(number(encoded, entry + 8), checksum_of(part));
    std::string decoded(part.size(), '\0');
    ASSERT_EQ(ZSTD_decompress(decoded.data(), decoded.size(), encoded.data() + at, size),
              part.size());
    EXPECT_EQ(decoded, part);
    at += size;
  }
  EXPECT_EQ(at, table_at);
  std::string decoded(payload.size(), '\0');
  ASSERT_EQ(ZSTD_decompress(decoded.data(), decoded.size(), encoded.data(), encoded.size()),
            payload.size());
  EXPECT_EQ(decoded, payload);
}

TEST(ZstdSeekable, BytesDoNotDependOnHowThePayloadIsCutNorOnTheSink) {
  for (const std::size_t frame : {1, 10, 4096, 100000}) {
    const auto zstd = with_frames(frame);
    for (const std::size_t size : {0, 1, 9, 10, 11, 100, 4096, 4097, 300000}) {
      if (size > 1000 * frame) continue;
      const std::string payload = text(size);
      const std::string whole = encode(zstd, payload);
      for (const std::size_t piece : {1, 3, 4095, 4096, 100000}) {
        if (piece < 10 && size > 5000) continue;
        ASSERT_TRUE(encode(zstd, payload, piece) == whole) << size << ' ' << frame << ' ' << piece;
      }
      for (const test::Act& act :
           {test::up_to(1), test::lend(1), test::lend(5000), test::blocks()}) {
        test::Log log;
        ZstdSeekable::Options options;
        options.frame_bytes = frame;
        options.buffer_bytes = 100;
        auto sink = *ZstdSeekable(options).transform_to(
            std::make_unique<test::ScriptedSink>(std::deque<test::Act>(3000, act), log));
        ASSERT_TRUE(test::write_all(*sink, payload, 1000).has_value());
        ASSERT_TRUE(test::until_done([&] { return sink->flush(); }).has_value());
        ASSERT_TRUE(test::until_done([&] { return sink->close(); }).has_value());
        ASSERT_TRUE(log.taken == whole) << size << ' ' << frame;
      }
      for (const Way way : kWays) {
        ASSERT_TRUE(decode(whole, way, zstd, 777).bytes == payload);
      }
    }
  }
}

TEST(ZstdSeekable, WithoutChecksumsEntriesAreSmaller) {
  const std::string payload = text(1000);
  const std::string with = encode(with_frames(100), payload);
  const std::string without = encode(with_frames(100, false), payload);
  EXPECT_EQ(with.size() - without.size(), 10u * (4 + 4));
  for (const Way way : kWays) EXPECT_EQ(decode(without, way).bytes, payload);
}

TEST(ZstdSeekable, FramesOfOthersAndFramesWithoutPayloadAreRead) {
  const std::string skipped = little(0x184d2a50, 4) + little(3, 4) + "any";
  const std::string frames[] = {plain_frame("one"), plain_frame(""),    skipped,
                                plain_frame(""),    plain_frame("two"), plain_frame("")};
  const std::string payloads[] = {"one", "", "", "", "two", ""};
  for (const bool checksums : {false, true}) {
    std::string encoded;
    std::vector<std::array<std::uint32_t, 3>> entries;
    for (std::size_t i = 0; i < std::size(frames); ++i) {
      encoded += frames[i];
      entries.push_back({static_cast<std::uint32_t>(frames[i].size()),
                         static_cast<std::uint32_t>(payloads[i].size()), checksum_of(payloads[i])});
    }
    // The two lowest bits are unused.
    encoded += table(entries, checksums, static_cast<char>((checksums ? 0x80 : 0) | 3));
    for (const Way way : kWays) {
      for (const std::size_t piece : {1, 100}) {
        const auto drained = decode(encoded, way, ZstdSeekable(), piece);
        ASSERT_TRUE(drained.end.has_value()) << describe(drained.end.error());
        EXPECT_EQ(drained.bytes, "onetwo");
      }
    }
    auto source = *ZstdSeekable().transform_from(std::make_unique<PlainSource>(encoded, true));
    ASSERT_EQ(*source->seek(-3, Whence::kEnd), 3u);
    EXPECT_EQ(test::drain(*source, 10).bytes, "two");
  }
}

// Others may use the table's magic number, too. Source: contrib/seekable_format.
TEST(ZstdSeekable, OnlyTheLastFrameOfTheTablesNumberIsTheTable) {
  const auto skippable = [](const std::string& content) {
    return little(0x184d2a5e, 4) + little(content.size(), 4) + content;
  };
  const std::string one = plain_frame("one");
  const std::string two = plain_frame("two");
  const std::array<std::uint32_t, 3> entry_one = {static_cast<std::uint32_t>(one.size()), 3,
                                                  checksum_of("one")};
  const std::array<std::uint32_t, 3> entry_two = {static_cast<std::uint32_t>(two.size()), 3,
                                                  checksum_of("two")};
  // Of any size, of that of a table at this place (8 or 12 bytes for the frame before it, and the
  // footer), with its footer, and longer than a window.
  const std::string footer = little(1, 4) + '\x80' + little(0x8f92eab1, 4);
  for (const std::string& content :
       {std::string(), std::string("any"), std::string(17, 'a'), std::string(21, 'a'),
        std::string(12, 'a') + footer, std::string(12, 'a') + little(2, 4) + footer.substr(4),
        std::string(100000, 'a')}) {
    const std::string other = skippable(content);
    const std::array<std::uint32_t, 3> entry_other = {static_cast<std::uint32_t>(other.size()), 0,
                                                      checksum_of("")};
    const std::string frames = one + other + other + two;
    for (const bool checksums : {false, true}) {
      const std::string whole = frames + table({entry_one, entry_other, entry_other, entry_two},
                                               checksums, checksums ? '\x80' : '\0');
      for (const Way way : kWays) {
        const auto drained = decode(whole, way);
        EXPECT_TRUE(drained.end.has_value()) << describe(drained.end.error());
        EXPECT_EQ(drained.bytes, "onetwo") << content.size();
      }
      test::Log log;
      auto blocked = *ZstdSeekable().transform_from(
          std::make_unique<test::BlockingSource>(whole, false, 7, log));
      EXPECT_EQ(test::drain(*blocked, 10).bytes, "onetwo") << content.size();
      // Without its entry it is one frame too many.
      const std::string missing =
          frames + table({entry_one, entry_other, entry_two}, checksums, checksums ? '\x80' : '\0');
      for (const Way way : kWays) {
        EXPECT_TRUE(failed_with(decode(missing, way).end, Code::kCorrupt)) << content.size();
      }
    }
    // In the table's place it says why it is none.
    const auto last = decode(one + other, Way::kPipe);
    EXPECT_EQ(last.bytes, "one");
    ASSERT_TRUE(failed_with(last.end, Code::kCorrupt));
    EXPECT_NE(describe(last.end.error()).find("seek table"), std::string::npos);
    EXPECT_TRUE(failed_with(decode(one + other.substr(0, other.size() - 1), Way::kPipe).end,
                            Code::kTruncated));
    EXPECT_TRUE(failed_with(decode(one + other + two, Way::kPipe).end, Code::kTruncated));
  }
  // Another's as the first frame of all.
  const std::string first = skippable("any");
  const std::string whole =
      first + one +
      table({{static_cast<std::uint32_t>(first.size()), 0, checksum_of("")}, entry_one}, true,
            '\x80');
  for (const Way way : kWays) EXPECT_EQ(decode(whole, way).bytes, "one");
}

// One entry of a stream of three frames lies, or the footer does.
TEST(ZstdSeekable, ATableThatLiesIsAnError) {
  const std::string parts[] = {text(5000), counter(300), text(7000)};
  std::string encoded;
  std::vector<std::array<std::uint32_t, 3>> entries;
  std::string payload;
  for (const std::string& part : parts) {
    const std::string frame = plain_frame(part);
    encoded += frame;
    payload += part;
    entries.push_back({static_cast<std::uint32_t>(frame.size()),
                       static_cast<std::uint32_t>(part.size()), checksum_of(part)});
  }
  for (const Way way : kWays) {
    EXPECT_EQ(decode(encoded + table(entries, true, '\x80'), way).bytes, payload);
  }
  const auto refused = [&](const std::string& stream, const char* what) {
    for (const Way way : kWays) {
      const auto drained = decode(stream, way);
      EXPECT_TRUE(failed_with(drained.end, Code::kCorrupt) ||
                  failed_with(drained.end, Code::kTruncated) ||
                  failed_with(drained.end, Code::kLimitExceeded))
          << what << static_cast<int>(way);
      EXPECT_EQ(drained.bytes, payload.substr(0, drained.bytes.size())) << what;
    }
  };
  for (std::size_t frame = 0; frame < 3; ++frame) {
    for (std::size_t field = 0; field < 3; ++field) {
      for (const std::uint32_t change : {1u, ~0u, 0x80000000u, 5000u}) {
        auto lying = entries;
        lying[frame][field] += change;
        refused(encoded + table(lying, true, '\x80'), "one number");
        if (field == 2) continue;
        // Sums that are right.
        lying[(frame + 1) % 3][field] -= change;
        refused(encoded + table(lying, true, '\x80'), "two numbers");
      }
    }
  }
  auto moved = entries;
  std::swap(moved[0], moved[2]);
  refused(encoded + table(moved, true, '\x80'), "order");
  auto more = entries;
  more.push_back({0, 0, 0});
  refused(encoded + table(more, true, '\x80'), "one more");
  refused(encoded + table({entries[0], entries[1]}, true, '\x80'), "one less");
  refused(encoded + table({}, true, '\x80'), "none");
  refused(encoded + table(entries, false, '\x80'), "entries without checksums");
  refused(encoded + table(entries, true, '\0'), "entries with checksums");
  refused(encoded + table(entries, true, '\x84'), "reserved bits");
  refused(encoded + table(entries, true, '\x80') + "x", "bytes behind");
  refused(encoded, "no table");
  for (const std::uint32_t count : {0u, 2u, 4u, 1000u, (1u << 20) + 1, 1u << 28, ~0u}) {
    std::string stream = encoded + table(entries, true, '\x80');
    stream.replace(stream.size() - kFooter, 4, little(count, 4));
    refused(stream, "count");
  }
  for (const std::uint32_t size : {0u, 8u, 44u, 46u, 33u, ~0u}) {
    std::string stream = encoded + table(entries, true, '\x80');
    stream.replace(encoded.size() + 4, 4, little(size, 4));
    refused(stream, "size");
  }
}

// Frames in another order than they were written in, under the table of that other order but with
// the old checksums, and under the old table.
TEST(ZstdSeekable, FramesInAnotherOrderAreCorrupt) {
  const std::string payload = counter(40);
  const std::string encoded = encode(with_frames(10), payload);
  const std::size_t table_at = encoded.size() - kFooter - 4 * 12 - 8;
  const std::size_t size = number(encoded, table_at + 8);
  ASSERT_EQ(size * 4, table_at) << "frames of one size";
  const std::string moved =
      encoded.substr(size, size) + encoded.substr(0, size) + encoded.substr(2 * size);
  for (const Way way : kWays) {
    EXPECT_TRUE(failed_with(decode(moved, way).end, Code::kCorrupt));
  }
}

TEST(ZstdSeekable, ASeekReadsTheTableAndItsFrame) {
  const std::string payload = unshrinkable(8u << 20);
  const std::string encoded = encode(with_frames(std::size_t{256} << 10), payload);
  std::size_t read = 0;
  auto source = *ZstdSeekable().transform_from(std::make_unique<PlainSource>(encoded, true, &read));
  const std::size_t place = (5u << 20) + 12345;
  ASSERT_TRUE(source->seek(static_cast<std::int64_t>(place), Whence::kSet).has_value());
  EXPECT_EQ(read, 0u);
  std::byte bytes[100];
  ASSERT_EQ(*source->read(bytes), 100u);
  EXPECT_EQ(text_of(bytes), payload.substr(place, 100));
  EXPECT_LT(read, std::size_t{400} << 10);
  // Forward within the frame nothing is decoded twice.
  read = 0;
  ASSERT_TRUE(source->seek(1000, Whence::kCurrent).has_value());
  ASSERT_EQ(*source->read(bytes), 100u);
  EXPECT_EQ(text_of(bytes), payload.substr(place + 1100, 100));
  EXPECT_LT(read, std::size_t{64} << 10);
}

// A frame that is decoded has been read: whole, or up to where the bytes asked for end in it.
TEST(ZstdSeekable, ARandomReadDecodesAtMostTwoFrames) {
  std::string payload;
  std::uint64_t state = 1;
  const auto draw = [&] { return state = state * 6364136223846793005u + 1442695040888963407u; };
  while (payload.size() < (8u << 20)) payload += little(draw() >> 16, 6);
  constexpr std::size_t kFrame = std::size_t{128} << 10;
  const std::string encoded = encode(with_frames(kFrame), payload);
  std::size_t read = 0;
  auto source = *ZstdSeekable().transform_from(std::make_unique<PlainSource>(encoded, true, &read));
  ASSERT_TRUE(source->seek(0, Whence::kEnd).has_value());
  std::size_t crossings = 0;
  std::vector<std::byte> bytes(4096);
  for (int i = 0; i < 300; ++i) {
    std::size_t place = (draw() >> 20) % (payload.size() - bytes.size());
    // Every fourth one lies across the end of a frame.
    if (i % 4 == 0) place = (place / kFrame + 1) * kFrame - 1 - place % 4000;
    place = std::min(place, payload.size() - bytes.size());
    const std::size_t frames = (place + bytes.size() - 1) / kFrame - place / kFrame + 1;
    crossings += frames - 1;
    read = 0;
    ASSERT_TRUE(source->seek(static_cast<std::int64_t>(place), Whence::kSet).has_value());
    std::size_t given = 0;
    while (given < bytes.size()) {
      const auto more = source->read(std::span(bytes).subspan(given));
      ASSERT_TRUE(more.has_value() && *more > 0);
      given += *more;
    }
    ASSERT_EQ(text_of(bytes), payload.substr(place, bytes.size()));
    // Random bytes are stored as they are, and the window reads ahead by less than half a frame.
    ASSERT_LT(read, frames * kFrame + kFrame / 2) << place;
  }
  EXPECT_GT(crossings, 50u);
}

ZstdSeekable with_threads(unsigned threads, std::size_t frame_bytes, bool checksum = true) {
  ZstdSeekable::Options options;
  options.threads = threads;
  options.frame_bytes = frame_bytes;
  options.checksum = checksum;
  return ZstdSeekable(options);
}

TEST(ZstdSeekable, BytesAreTheSameForAnyNumberOfThreads) {
  // Threads take 4 MiB at a time, or a frame if that is more.
  const std::string payload = text(26u << 20);
  for (const std::size_t frame : {10000, 300000, 1 << 20, 6 << 20}) {
    const bool checksum = frame != 300000;
    const std::string expected = encode(with_frames(frame, checksum), payload);
    for (const unsigned threads : {2, 3, 8}) {
      const std::size_t piece = threads == 3 ? 4093 : threads << 20;
      ASSERT_TRUE(encode(with_threads(threads, frame, checksum), payload, piece) == expected)
          << frame << ' ' << threads;
    }
  }
  for (const std::size_t size : {0, 1, 99, 100, 101, 1000}) {
    ASSERT_EQ(encode(with_threads(2, 100), payload.substr(0, size), 7),
              encode(with_frames(100), payload.substr(0, size)));
  }
}

TEST(ZstdSeekable, ThreadsEncodeOverSinksThatBlockAndThroughFlushes) {
  const std::string payload = text(9u << 20);
  const std::string expected = encode(with_frames(1 << 20), payload);
  for (const test::Act& act : {test::up_to(1000), test::lend(1000), test::blocks()}) {
    test::Log log;
    auto sink = *with_threads(2, 1 << 20)
                     .transform_to(std::make_unique<test::ScriptedSink>(
                         std::deque<test::Act>(3000, act), log));
    for (std::size_t at = 0; at < payload.size(); at += 3000000) {
      ASSERT_TRUE(test::write_all(*sink, payload.substr(at, 3000000), 2000000).has_value());
      ASSERT_TRUE(test::until_done([&] { return sink->flush(); }).has_value());
    }
    ASSERT_TRUE(test::until_done([&] { return sink->close(); }).has_value());
    ASSERT_TRUE(log.taken == expected);
  }
}

TEST(ZstdSeekable, AnAbandonedOrFailedSinkWaitsForItsThreads) {
  const std::string payload = text(13u << 20);
  test::Log log;
  {
    auto sink =
        *with_threads(3, 1 << 20)
             .transform_to(std::make_unique<test::ScriptedSink>(std::deque<test::Act>{}, log));
    ASSERT_TRUE(test::write_all(*sink, payload, payload.size()).has_value());
  }
  EXPECT_EQ(log.closes, 0);
  auto sink = *with_threads(2, 1 << 20)
                   .transform_to(std::make_unique<test::ScriptedSink>(
                       std::deque<test::Act>{test::fails(io_error(5, "broken"))}, log));
  Result<void> written{};
  for (int i = 0; i < 10 && written; ++i) written = test::write_all(*sink, payload, 1 << 20);
  EXPECT_TRUE(failed_with(written, Code::kIo));
  EXPECT_TRUE(failed_with(sink->close(), Code::kIo));
  EXPECT_EQ(log.closes, 1);
}

TEST(ZstdSeekable, AThreadThatDoesNotStartIsAnError) {
  const std::string payload = text(5u << 20);
  test::Log log;
  auto sink =
      *with_threads(2, 1 << 20)
           .transform_to(std::make_unique<test::ScriptedSink>(std::deque<test::Act>{}, log));
  const test::NoThreads no_threads;
  const auto written = test::write_all(*sink, payload, 1 << 20);
  ASSERT_TRUE(failed_with(written, Code::kIo));
  EXPECT_NE(written.error().os_error, 0);
  EXPECT_EQ(written.error().detail.view(), "a thread does not start");
  EXPECT_TRUE(failed_with(sink->close(), Code::kIo));
  EXPECT_EQ(log.closes, 1);
}

// A flush passes on what it does with one thread: all whole frames, wherever batches end.
TEST(ZstdSeekable, AFlushPassesOnTheWholeFramesOfAllThreads) {
  constexpr std::size_t kFrame = 300000;
  const std::string payload = text(std::size_t{13} << 20);
  const std::string expected = encode(with_frames(kFrame), payload);
  const std::size_t frames = payload.size() / kFrame + 1;
  const std::size_t table_at = expected.size() - kFooter - frames * 12;
  for (const unsigned threads : {2, 3}) {
    test::Log log;
    auto sink =
        *with_threads(threads, kFrame)
             .transform_to(std::make_unique<test::ScriptedSink>(std::deque<test::Act>(), log));
    std::size_t at = 0;
    // Behind a part of a frame, one frame, within a batch, two batches and a part, at a border.
    for (const std::size_t size : {100u, 299900u, 1000000u, 9000000u, 100000u, 1u}) {
      ASSERT_TRUE(test::write_all(*sink, payload.substr(at, size), size).has_value());
      at += size;
      ASSERT_TRUE(sink->flush().has_value());
      std::size_t whole = 0;
      for (std::size_t i = 0; i < at / kFrame; ++i) whole += number(expected, table_at + i * 12);
      ASSERT_TRUE(log.taken == expected.substr(0, whole)) << at << ' ' << log.taken.size();
    }
    ASSERT_TRUE(test::write_all(*sink, payload.substr(at), payload.size()).has_value());
    ASSERT_TRUE(sink->close().has_value());
    ASSERT_TRUE(log.taken == expected);
    ASSERT_EQ(log.flushes, 6);
  }
}

TEST(ZstdSeekable, ThreadsEndWhereTheSinkBelowFailsInTheMiddle) {
  const std::string payload = text(std::size_t{13} << 20);
  const std::string expected = encode(with_frames(100000), payload);
  for (const std::size_t before : {1, 2, 7, 40}) {
    for (const test::Act& last : {test::up_to(1000), test::lend(1000)}) {
      std::deque<test::Act> acts;
      for (std::size_t i = 0; i < before; ++i) {
        acts.push_back(test::up_to(20000));
        acts.push_back(test::blocks());
      }
      acts.push_back(last);
      acts.push_back(test::fails(io_error(5, "broken")));
      test::Log log;
      auto sink =
          *with_threads(2, 100000).transform_to(std::make_unique<test::ScriptedSink>(acts, log));
      EXPECT_TRUE(failed_with(
          [&]() -> Result<void> {
            const auto written = test::write_all(*sink, payload, 1000000);
            if (!written) return written;
            return test::until_done([&] { return sink->flush(); });
          }(),
          Code::kIo));
      EXPECT_TRUE(failed_with(sink->close(), Code::kIo));
      EXPECT_EQ(log.closes, 1);
      EXPECT_GE(log.taken.size(), before * 20000);
      EXPECT_TRUE(log.taken == expected.substr(0, log.taken.size())) << before;
    }
  }
}

#if WEIR_TEST_NEW_FAILS
// The payload of a batch takes as much, and what it becomes a little more; in frames of 1 KiB that
// do not shrink it does not fit.
constexpr std::size_t kBatch = std::size_t{4} << 20;
constexpr std::size_t kSmallFrame = 1024;

// Fails the 1st, 2nd, 3rd ... allocation, on whatever thread, until none is left to fail.
TEST(ZstdSeekable, NoMemoryIsAnErrorWithThreads) {
  constexpr std::size_t kFrame = 100000;
  const std::string payload(3 * kBatch + 5 * kFrame, 'w');
  const std::string_view left = payload;
  const std::string expected = encode(with_frames(kFrame), payload);
  std::size_t failures = 0;
  for (bool refused = true; refused; ++failures) {
    ByteBuffer buffer;
    auto below = std::make_unique<MemorySink>(buffer);
    const auto zstd = with_threads(2, kFrame);
    Result<void> result{};
    std::atomic<std::size_t> calls = 0;
    {
      const Allocations allocations([&](std::size_t) { return calls++ != failures; });
      auto sink = zstd.transform_to(std::move(below));
      if (!sink) {
        result = fail(sink.error());
      } else {
        const std::size_t half = kBatch + kFrame / 2;
        result = test::write_all(**sink, left.substr(0, half), half);
        if (result) result = (*sink)->flush();
        if (result) result = test::write_all(**sink, left.substr(half), left.size());
        const Result<void> closed = (*sink)->close();
        EXPECT_TRUE(result.has_value() || !closed.has_value());
        if (result) result = closed;
      }
    }
    const std::string taken = text_of(buffer.bytes());
    refused = calls > failures;
    // A sink in memory that has no room to lend is written to.
    const bool failed = !result.has_value();
    EXPECT_TRUE(!failed || (refused && failed_with(result, Code::kOutOfMemory))) << failures;
    ASSERT_TRUE(taken == expected.substr(0, failed ? taken.size() : expected.size())) << failures;
  }
  EXPECT_GT(failures, 30u);
}

// While the others run, or are done: those before it come out whole.
TEST(ZstdSeekable, AnErrorOfOneThreadComesBehindTheBatchesBeforeIt) {
  const std::string shrinks(2 * kBatch, 'w');
  const std::string payload = shrinks + unshrinkable(kBatch) + shrinks;
  const std::string expected = encode(with_frames(kSmallFrame), shrinks);
  const std::size_t table_bytes = 8 + 12 * shrinks.size() / kSmallFrame + kFooter;
  for (const unsigned threads : {2, 3, 8}) {
    ByteBuffer buffer;
    auto sink =
        *with_threads(threads, kSmallFrame).transform_to(std::make_unique<MemorySink>(buffer));
    const Allocations allocations([](std::size_t size) { return size < 2 * kBatch; });
    auto written = test::write_all(*sink, payload, payload.size());
    if (written) written = sink->flush();
    EXPECT_TRUE(failed_with(written, Code::kOutOfMemory));
    EXPECT_TRUE(failed_with(sink->close(), Code::kOutOfMemory));
    EXPECT_TRUE(text_of(buffer.bytes()) == expected.substr(0, expected.size() - table_bytes));
  }
}

// The table grows to 2^18 entries of 12 bytes where the second batch begins.
TEST(ZstdSeekable, ATableThatFindsNoRoomIsAnErrorWithThreads) {
  constexpr std::size_t kFrame = 32;
  const std::string payload(2 * kBatch, 'w');
  const std::string expected = encode(with_frames(kFrame), payload.substr(0, kBatch));
  const std::size_t table_bytes = 8 + 12 * kBatch / kFrame + kFooter;
  ByteBuffer buffer;
  auto sink = *with_threads(2, kFrame).transform_to(std::make_unique<MemorySink>(buffer));
  ASSERT_TRUE(test::write_all(*sink, payload, payload.size()).has_value());
  std::atomic<int> refused = 0;
  const Allocations allocations([&](std::size_t size) {
    if (size != (std::size_t{12} << 18)) return true;
    ++refused;
    return false;
  });
  EXPECT_TRUE(failed_with(sink->flush(), Code::kOutOfMemory));
  EXPECT_TRUE(failed_with(sink->close(), Code::kOutOfMemory));
  EXPECT_EQ(refused, 1);
  EXPECT_TRUE(text_of(buffer.bytes()) == expected.substr(0, expected.size() - table_bytes));
}

bool sleeps(pid_t thread) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
  const std::string stat{std::istreambuf_iterator<char>(file), {}};
  return stat.find(") S ") != std::string::npos;
}

// Threads are held where they begin, until the error was given, or the destructor waits for them.
// Had they gone on, each would have needed more room.
TEST(ZstdSeekable, ThreadsStopWhenNobodyWantsWhatTheyDo) {
  const std::string payload = unshrinkable(3 * kBatch + 1);
  for (const bool error : {false, true}) {
    test::Log log;
    auto sink =
        *with_threads(2, kSmallFrame)
             .transform_to(std::make_unique<test::ScriptedSink>(std::deque<test::Act>(), log));
    const pid_t owner = gettid();
    std::atomic<bool> ending = false;
    std::atomic<int> payloads = 0;
    std::atomic<int> held = 0;
    std::atomic<int> grown = 0;
    const Allocations allocations([&](std::size_t size) {
      if (size == kBatch) return ++payloads < 4 || !error;
      if (size < kBatch) return true;
      if (size >= 2 * kBatch) {
        ++grown;
        return true;
      }
      ++held;
      while (!ending || !(error || sleeps(owner))) std::this_thread::yield();
      return true;
    });
    const auto written = test::write_all(*sink, payload, payload.size());
    EXPECT_EQ(failed_with(written, Code::kOutOfMemory), error);
    ending = true;
    // The third begins where one of the others has stopped.
    while (error && held < 3) std::this_thread::yield();
    sink.reset();
    EXPECT_EQ(held, 3);
    EXPECT_EQ(grown, 0);
  }
}
#endif

TEST(ZstdSeekableDeathTest, RefusesNumbersOfThreadsThatMakeNoSense) {
  EXPECT_DEATH(with_threads(0, 100), "a number of threads");
  EXPECT_DEATH(with_threads(257, 100), "a number of threads");
}

// Where the rest of what was lent is less than a piece is worth, the piece would be copied.
TEST(EncodedWindow, AsksForMoreThanTheRestOfWhatWasLent) {
  const std::string bytes = counter(1000);
  EncodedWindow window(std::make_unique<MemorySource>(bytes_of(bytes)));
  EXPECT_EQ(text_of(*window.fetch(0, 1, 100)), bytes.substr(0, 100));
  EXPECT_EQ(text_of(*window.fetch(90, 1, 100)), bytes.substr(90, 100));
  EXPECT_EQ(text_of(*window.fetch(990, 1, 100)), bytes.substr(990));
  EXPECT_TRUE(window.fetch(1000, 1, 100)->empty());
}

TEST(ZstdSeekable, LimitsAreKept) {
  const std::string payload = text(1000);
  const std::string encoded = encode(with_frames(10), payload);
  ZstdSeekable::Options options;
  options.frames_max = 99;
  EXPECT_TRUE(
      failed_with(decode(encoded, Way::kTable, ZstdSeekable(options)).end, Code::kLimitExceeded));
  // Without seeks no table is kept.
  EXPECT_EQ(decode(encoded, Way::kFile, ZstdSeekable(options)).bytes, payload);
  options.frames_max = 100;
  EXPECT_EQ(decode(encoded, Way::kTable, ZstdSeekable(options)).bytes, payload);
  options.output_bytes_max = 999;
  for (const Way way : kWays) {
    const auto drained = decode(encoded, way, ZstdSeekable(options));
    EXPECT_TRUE(failed_with(drained.end, Code::kLimitExceeded));
    EXPECT_EQ(drained.bytes, way == Way::kTable ? "" : payload.substr(0, 999));
  }
  options.output_bytes_max = 1000;
  for (const Way way : kWays) {
    EXPECT_EQ(decode(encoded, way, ZstdSeekable(options)).bytes, payload);
  }
}

// A table that does not fit to what was read before it was loaded.
TEST(ZstdSeekable, TheTableIsHeldAgainstWhatWasReadBeforeTheFirstSeek) {
  const std::string parts[] = {text(100), text(200), text(300)};
  std::string encoded;
  std::vector<std::array<std::uint32_t, 3>> entries;
  for (const std::string& part : parts) {
    const std::string frame = plain_frame(part);
    encoded += frame;
    entries.push_back({static_cast<std::uint32_t>(frame.size()),
                       static_cast<std::uint32_t>(part.size()), checksum_of(part)});
  }
  for (const bool lies : {false, true}) {
    auto told = entries;
    if (lies) told[0][2] ^= 1;
    const std::string stream = encoded + table(told, true, '\x80');
    auto source = *ZstdSeekable().transform_from(std::make_unique<PlainSource>(stream, true));
    std::byte bytes[100];
    ASSERT_EQ(*source->read(bytes), 100u);
    ASSERT_EQ(*source->read(std::span(bytes).first(50)), 50u);
    const auto end = source->seek(0, Whence::kEnd);
    EXPECT_EQ(failed_with(end, Code::kCorrupt), lies);
    if (lies) continue;
    ASSERT_EQ(*source->seek(150, Whence::kSet), 150u);
    EXPECT_EQ(test::drain(*source, 1000).bytes, parts[1].substr(50) + parts[2]);
  }
}

void drains_over_blocks(std::string_view encoded, bool seekable, std::size_t piece,
                        std::string_view payload, const std::string& what) {
  test::Log log;
  auto source = *ZstdSeekable().transform_from(
      std::make_unique<test::BlockingSource>(encoded, seekable, piece, log));
  const auto drained =
      test::drain(*source, 70000, 2 * (encoded.size() / std::min(piece, kWindowBytes)) + 100);
  ASSERT_TRUE(drained.end.has_value()) << what << describe(drained.end.error());
  ASSERT_TRUE(drained.bytes == payload) << what;
}

// Frames of 32760 bytes: the first read of 32 KiB took the table's header along, and when the next
// one blocked, what followed asked for the header again: over a pipe that was an abort.
TEST(ZstdSeekable, ComparingTheTableGoesOnWhereItBlocked) {
  for (std::size_t table_at = kWindowBytes - 40; table_at <= kWindowBytes + 2; ++table_at) {
    // A skippable frame of the size that is missing.
    const std::string frame = plain_frame("weir");
    const std::size_t filler = table_at - frame.size() - 8;
    const std::string encoded = frame + little(0x184d2a50, 4) + little(filler, 4) +
                                std::string(filler, 'f') +
                                table({{static_cast<std::uint32_t>(frame.size()), 4, 0},
                                       {static_cast<std::uint32_t>(filler + 8), 0, 0}},
                                      false, '\0');
    for (const bool seekable : {false, true}) {
      for (const std::size_t piece : {std::size_t{1000}, std::size_t{1000000}}) {
        drains_over_blocks(encoded, seekable, piece, "weir",
                           std::to_string(table_at) + (seekable ? " file " : " pipe "));
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST(ZstdSeekable, ComparingATableOfManyPiecesGoesOnWhereItBlocked) {
  for (const std::size_t frames : {6001, 9000}) {
    const std::string payload = text(frames);
    for (const bool checksum : {false, true}) {
      const std::string encoded = encode(with_frames(1, checksum), payload);
      for (const bool seekable : {false, true}) {
        for (const std::size_t piece :
             {std::size_t{100}, std::size_t{5000}, std::size_t{1 << 20}}) {
          drains_over_blocks(encoded, seekable, piece, payload,
                             std::to_string(frames) + (seekable ? " file " : " pipe "));
          if (HasFatalFailure()) return;
        }
      }
    }
  }
}

TEST(ZstdSeekable, LoadingTheTableGoesOnWhereItBlocked) {
  const std::string payload = text(100000);
  const std::string encoded = encode(with_frames(10), payload);
  for (const std::size_t given : {std::size_t{1}, std::size_t{1000}, std::size_t{1000000}}) {
    test::Log log;
    std::deque<test::Act> acts;
    for (int i = 0; i < 2000; ++i) {
      acts.push_back(test::blocks());
      acts.push_back(test::up_to(given));
    }
    // The scripted source counts from the start whatever whence says: sought from the end only once
    // the size is known.
    class Sized final : public Source {
     public:
      Sized(std::string bytes, std::deque<test::Act> script, test::Log& record)
          : size_(bytes.size()), below_(std::move(bytes), std::move(script), record) {}
      Result<std::size_t> read(std::span<std::byte> output) override { return below_.read(output); }
      bool seekable() const override { return true; }
      Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
        const auto end = static_cast<std::int64_t>(size_);
        return below_.seek(whence == Whence::kEnd ? end + offset : offset, Whence::kSet);
      }
      Result<std::uint64_t> tell() const override { return below_.tell(); }
      Result<void> close() override { return below_.close(); }

     private:
      std::size_t size_;
      test::ScriptedSource below_;
    };
    auto source = *ZstdSeekable().transform_from(std::make_unique<Sized>(encoded, acts, log));
    const auto sought = test::until_done([&] { return source->seek(-5, Whence::kEnd); });
    ASSERT_TRUE(sought.has_value());
    EXPECT_EQ(*sought, 99995u);
    EXPECT_EQ(test::drain(*source, 100).bytes, payload.substr(99995));
  }
}

}  // namespace
}  // namespace weir

#endif  // WEIR_HAVE_ZSTD && WEIR_HAVE_XXHASH
