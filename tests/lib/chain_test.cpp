// Guards chains: of any members and any length, rebuilt from their descriptors, sought in where
// every member seeks; and the lists of descriptors that the seed's host writes.
#include "weir/chain.h"

#include <gtest/gtest.h>

#include <random>

#include "test_streams.h"
#include "weir/builtin.h"
#include "weir/transforms/identity.h"
#include "weir/transforms/rot13.h"
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

using Links = std::vector<std::unique_ptr<StreamTransform>>;

std::string payload_of(std::size_t size) {
  std::string payload;
  for (std::uint32_t i = 0; payload.size() < size; ++i) {
    payload += "Place " + std::to_string(i * 2654435761u) + ";";
  }
  payload.resize(size);
  return payload;
}

std::string encode(const Chain& chain, std::string_view payload) {
  ByteBuffer buffer;
  auto sink = *chain.transform_to(std::make_unique<MemorySink>(buffer));
  EXPECT_TRUE(test::write_all(*sink, payload, 1000).has_value());
  EXPECT_TRUE(sink->close().has_value());
  return text_of(buffer.bytes());
}

// As somebody reads it who has the descriptors alone.
Chain rebuilt(const std::vector<std::string>& descriptors) {
  auto made = test_extension_registry().from_descriptor_list(descriptors);
  EXPECT_TRUE(made.has_value()) << describe(made.error());
  return Chain(std::move(*made));
}

#if WEIR_HAVE_ISAL && WEIR_HAVE_SODIUM && WEIR_HAVE_ZSTD && WEIR_HAVE_XXHASH
// What seeks. Blocks and frames have odd sizes, so that those of neighbours never agree, times
// `scale`.
constexpr int kSeekableKinds = 5;
std::unique_ptr<StreamTransform> seekable_link(int kind, std::size_t scale = 1) {
  XChaCha20Poly1305::Options options;
  options.block_bytes = 211 * scale;
  switch (kind) {
    case 0:
      return std::make_unique<Crc32c>(Crc32c::Options{.block_bytes = 97 * scale});
    case 1:
      return std::make_unique<XChaCha20Poly1305>(insecure_test_keys(), std::move(options));
    case 2:
      return std::make_unique<ZstdSeekable>(ZstdSeekable::Options{.frame_bytes = 300 * scale});
    case 3:
      return std::make_unique<Rot13>();
    default:
      return std::make_unique<Identity>();
  }
}

// Any program of reads, seeks and tells behaves as on the payload in memory.
void agrees_with_memory(Source& source, std::string_view payload, std::mt19937& random, int calls) {
  MemorySource model(bytes_of(payload));
  const auto size = static_cast<std::int64_t>(payload.size());
  for (int call = 0; call < calls; ++call) {
    const auto drawn = static_cast<std::int64_t>(random() % (payload.size() * 5 / 4));
    switch (random() % 4) {
      case 0:
        ASSERT_EQ(*source.seek(drawn, Whence::kSet), *model.seek(drawn, Whence::kSet));
        break;
      case 1: {
        const std::int64_t by = drawn % 1000 - 500;
        const auto expected = model.seek(by, Whence::kCurrent);
        const auto reached = source.seek(by, Whence::kCurrent);
        ASSERT_EQ(reached.has_value(), expected.has_value());
        if (expected) {
          ASSERT_EQ(*reached, *expected);
        }
        break;
      }
      case 2:
        ASSERT_EQ(*source.seek(drawn - size, Whence::kEnd),
                  *model.seek(drawn - size, Whence::kEnd));
        break;
      default: {
        std::string expected(static_cast<std::size_t>(random() % 700), '\0');
        std::size_t filled = 0;
        std::string room = expected;
        expected.resize(*model.read(std::as_writable_bytes(std::span(expected))));
        while (filled < expected.size()) {
          const auto given = source.read(
              std::as_writable_bytes(std::span(room)).subspan(filled, expected.size() - filled));
          ASSERT_TRUE(given.has_value()) << describe(given.error());
          ASSERT_GT(*given, 0u);
          filled += *given;
        }
        ASSERT_EQ(room.substr(0, filled), expected);
      }
    }
    ASSERT_EQ(*source.tell(), *model.tell());
  }
}

TEST(Chain, SeeksWhereEveryMemberSeeks) {
  std::mt19937 random(1);
  const std::string payload = payload_of(5000);
  for (int round = 0; round < 60; ++round) {
    Links links;
    std::string kinds;
    // First each kind alone and all in a row, then by chance.
    const int size = round < kSeekableKinds ? 1 : round == kSeekableKinds ? 5 : 2 + random() % 5;
    for (int i = 0; i < size; ++i) {
      const int kind = round < kSeekableKinds    ? round
                       : round == kSeekableKinds ? i
                                                 : static_cast<int>(random() % kSeekableKinds);
      kinds += std::to_string(kind);
      links.push_back(seekable_link(kind));
    }
    SCOPED_TRACE("links " + kinds);
    const Chain writer(std::move(links));
    const std::string encoded = encode(writer, payload);
    auto source = *rebuilt(writer.descriptors())
                       .transform_from(std::make_unique<MemorySource>(bytes_of(encoded)));
    ASSERT_TRUE(source->seekable());
    agrees_with_memory(*source, payload, random, 100);
    if (HasFatalFailure()) return;
    ASSERT_EQ(*source->seek(0, Whence::kSet), 0u);
    EXPECT_EQ(test::drain(*source, 999).bytes, payload);
    EXPECT_TRUE(source->close().has_value());
  }
}

// One member that does not seek, at any place, or a source below that does not: then the chain does
// not, says so, and is read from front to back.
TEST(Chain, DoesNotSeekWhereOneMemberDoesNot) {
  const std::string payload = payload_of(3000);
  for (int place = 0; place <= kSeekableKinds; ++place) {
    Links links;
    for (int kind = 0; kind < kSeekableKinds; ++kind) {
      if (kind == place) links.push_back(std::make_unique<Zstd>());
      links.push_back(seekable_link(kind));
    }
    if (place == kSeekableKinds) links.push_back(std::make_unique<Zstd>());
    const Chain writer(std::move(links));
    const std::string encoded = encode(writer, payload);
    auto source = *rebuilt(writer.descriptors())
                       .transform_from(std::make_unique<MemorySource>(bytes_of(encoded)));
    EXPECT_FALSE(source->seekable()) << place;
    EXPECT_TRUE(failed_with(source->seek(0, Whence::kSet), Code::kNotSeekable)) << place;
    EXPECT_EQ(test::drain(*source, 999).bytes, payload) << place;
  }
  Links links;
  for (int kind = 0; kind < kSeekableKinds; ++kind) links.push_back(seekable_link(kind));
  const Chain chain(std::move(links));
  const std::string encoded = encode(chain, payload);
  test::Log log;
  auto source =
      *chain.transform_from(std::make_unique<test::BlockingSource>(encoded, false, 50, log));
  EXPECT_FALSE(source->seekable());
  EXPECT_TRUE(failed_with(source->seek(0, Whence::kSet), Code::kNotSeekable));
  EXPECT_EQ(test::drain(*source, 999).bytes, payload);
}

// What calls a link of a chain gets.
struct Calls {
  std::size_t reads = 0;
  std::size_t writes = 0;
  std::size_t others = 0;
};

// Passes everything on and counts it.
class Counting final : public StreamTransform {
 public:
  explicit Counting(Calls& calls) : calls_(calls) {}
  Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override {
    return std::make_unique<CountingSink>(std::move(output), calls_);
  }
  Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override {
    return std::make_unique<CountingSource>(std::move(input), calls_);
  }
  Descriptor descriptor() const override { return *Descriptor::parse("test.counting/1"); }

 private:
  class CountingSink final : public Sink {
   public:
    CountingSink(std::unique_ptr<Sink> below, Calls& calls)
        : below_(std::move(below)), calls_(calls) {}
    Result<std::size_t> write(std::span<const std::byte> input) override {
      ++calls_.writes;
      return below_->write(input);
    }
    Result<void> flush() override {
      ++calls_.others;
      return below_->flush();
    }
    Result<std::uint64_t> tell() const override {
      ++calls_.others;
      return below_->tell();
    }
    Result<void> close() override {
      ++calls_.others;
      return below_->close();
    }

   private:
    std::unique_ptr<Sink> below_;
    Calls& calls_;
  };
  class CountingSource final : public Source {
   public:
    CountingSource(std::unique_ptr<Source> below, Calls& calls)
        : below_(std::move(below)), calls_(calls) {}
    Result<std::size_t> read(std::span<std::byte> output) override {
      ++calls_.reads;
      return below_->read(output);
    }
    bool seekable() const override {
      ++calls_.others;
      return below_->seekable();
    }
    Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
      ++calls_.others;
      return below_->seek(offset, whence);
    }
    Result<std::uint64_t> tell() const override {
      ++calls_.others;
      return below_->tell();
    }
    Result<void> close() override {
      ++calls_.others;
      return below_->close();
    }

   private:
    std::unique_ptr<Source> below_;
    Calls& calls_;
  };

  Calls& calls_;
};

// A chain of many members is as deep as it is long: no call of it may cost more than its length.
TEST(Chain, LongOnesCostAsMuchAsTheirMembers) {
  const std::string payload = payload_of(2000);
  for (const std::size_t size : {std::size_t{64}, Chain::kLinksMax}) {
    Calls calls;
    Links links;
    // Blocks as large as the payload: what is counted are calls, not blocks.
    const auto crc32c = [&] {
      return std::make_unique<Crc32c>(
          Crc32c::Options{.block_bytes = 1 << 15, .buffer_bytes = 1 << 12});
    };
    for (std::size_t i = 0; i < size / 2; ++i) {
      links.push_back(crc32c());
      links.push_back(std::make_unique<Counting>(calls));
    }
    const Chain chain(std::move(links));
    ASSERT_EQ(chain.size(), size);
    const std::string encoded = encode(chain, payload);
    EXPECT_LT(calls.writes + calls.others, 10 * size);
    calls = {};
    auto source = *chain.transform_from(std::make_unique<MemorySource>(bytes_of(encoded)));
    ASSERT_TRUE(source->seekable());
    EXPECT_EQ(*source->seek(-10, Whence::kEnd), payload.size() - 10);
    EXPECT_EQ(test::drain(*source, 100).bytes, payload.substr(payload.size() - 10));
    EXPECT_EQ(*source->seek(0, Whence::kSet), 0u);
    EXPECT_EQ(test::drain(*source, 5000).bytes, payload);
    EXPECT_LT(calls.reads + calls.others, 40 * size);
    EXPECT_TRUE(source->close().has_value());
  }
}

TEST(Chain, MixedOfAnyLengthAreDecodedByTheirDescriptors) {
  const std::string payload = payload_of(3000);
  for (const std::size_t size : {7, 64, 300}) {
    Links links;
    for (std::size_t i = 0; i < size; ++i) {
      // With small windows and buffers, or 300 of them take a gigabyte.
      if (i % 6 == 5) {
        links.push_back(std::make_unique<Zstd>(
            Zstd::Options{.level = 1, .window_log = 12, .buffer_bytes = 1 << 12}));
      } else {
        // In small blocks each member would add a tenth.
        links.push_back(seekable_link(static_cast<int>(i % 6), 100));
      }
    }
    const Chain writer(std::move(links));
    const std::string encoded = encode(writer, payload);
    auto source = *rebuilt(writer.descriptors())
                       .transform_from(std::make_unique<MemorySource>(bytes_of(encoded)));
    EXPECT_EQ(test::drain(*source, 700).bytes, payload) << size;
    EXPECT_TRUE(source->close().has_value());
  }
}
#endif

TEST(Chain, RefusesMoreMembersThanItsLimit) {
  for (const std::size_t size : {Chain::kLinksMax, Chain::kLinksMax + 1}) {
    // A list may come from a file that somebody else wrote.
    const Chain chain = rebuilt(std::vector<std::string>(size, "stream.identity/1"));
    const bool allowed = size == Chain::kLinksMax;
    ByteBuffer buffer;
    const auto sink = chain.transform_to(std::make_unique<MemorySink>(buffer));
    const auto source = chain.transform_from(std::make_unique<MemorySource>(bytes_of("abc")));
    EXPECT_EQ(sink.has_value(), allowed);
    EXPECT_EQ(source.has_value(), allowed);
    if (allowed) {
      EXPECT_EQ(test::drain(**source, 100).bytes, "abc");
    } else {
      EXPECT_TRUE(failed_with(sink, Code::kLimitExceeded));
      ASSERT_TRUE(failed_with(source, Code::kLimitExceeded));
      EXPECT_NE(describe(source.error()).find("1025"), std::string::npos)
          << describe(source.error());
    }
  }
}

#if WEIR_HAVE_ZSTD
// What the seed's host writes: bytes go through the last of its extensions first, and the list of
// descriptors is that of its extensions, reversed. Source: docs/formats.md, seed facts.
struct HostsFile {
  std::string bytes;
  std::vector<std::string> descriptors;
};
std::string swap_case(std::string text) {
  for (char& c : text) {
    if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) c = static_cast<char>(c ^ 0x20);
  }
  return text;
}
std::string compress(std::string_view payload) {
  std::string frame(ZSTD_compressBound(payload.size()), '\0');
  frame.resize(ZSTD_compress(frame.data(), frame.size(), payload.data(), payload.size(), 3));
  return frame;
}

TEST(SeedHost, FilesOfOneExtensionAreReadAsTheyAre) {
  const std::string payload = payload_of(1000);
  for (const HostsFile& file : {HostsFile{swap_case(payload), {"stream.rot13/1"}},
                                HostsFile{compress(payload), {"stream.zstd/1"}}}) {
    auto source = *rebuilt(file.descriptors)
                       .transform_from(std::make_unique<MemorySource>(bytes_of(file.bytes)));
    EXPECT_EQ(test::drain(*source, 300).bytes, payload) << file.descriptors[0];
  }
}

TEST(SeedHost, FilesOfSeveralExtensionsAreReadByTheReversedList) {
  const std::string payload = payload_of(1000);
  // Its extensions were rot13 and zstd, in this order: each one stood above those before it.
  HostsFile file{swap_case(compress(payload)), {"stream.zstd/1", "stream.rot13/1"}};
  auto as_it_is = *rebuilt(file.descriptors)
                       .transform_from(std::make_unique<MemorySource>(bytes_of(file.bytes)));
  EXPECT_TRUE(failed_with(test::drain(*as_it_is, 300).end, Code::kCorrupt));
  std::reverse(file.descriptors.begin(), file.descriptors.end());
  auto reversed = *rebuilt(file.descriptors)
                       .transform_from(std::make_unique<MemorySource>(bytes_of(file.bytes)));
  EXPECT_EQ(test::drain(*reversed, 300).bytes, payload);
}
#endif

}  // namespace
}  // namespace weir
