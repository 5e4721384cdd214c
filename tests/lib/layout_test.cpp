// Guards the layout of encoded streams: every part with its sizes, on a file as on a pipe; damage
// within a part is noted and passed over, damage to the structure ends the walk with its place; and
// nothing that a stream announces makes memory grow.
#include "weir/layout.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <limits>

#include "test_streams.h"
#include "weir/builtin.h"
#include "weir/little_endian.h"
#if WEIR_HAVE_ISAL
#include "weir/transforms/crc32c.h"
#endif
#if WEIR_HAVE_SODIUM
#include "weir/insecure_test_keys.h"
#endif
#if WEIR_HAVE_ZSTD && WEIR_HAVE_XXHASH
#include "weir/transforms/zstd.h"
#include "weir/transforms/zstd_seekable.h"
#endif

namespace weir {
namespace {

using Kind = LayoutPart::Kind;
using Checksum = LayoutPart::Checksum;

struct Seen {
  Layout layout;
  std::vector<LayoutPart> parts;
  std::optional<Error> refused;

  bool damaged_with(Code code, std::uint64_t offset) const {
    return layout.damage && layout.damage->code == code && layout.damage->offset == offset;
  }
};

class Collector final : public LayoutVisitor {
 public:
  explicit Collector(std::vector<LayoutPart>& parts) : parts_(parts) {}
  void part(const LayoutPart& part) override { parts_.push_back(part); }

 private:
  std::vector<LayoutPart>& parts_;
};

// Bytes as a file, or as a pipe that gives seven bytes a read.
class Below final : public Source {
 public:
  Below(std::string_view bytes, bool pipe) : memory_(test::bytes_of(bytes)), pipe_(pipe) {}
  Result<std::size_t> read(std::span<std::byte> output) override {
    return memory_.read(pipe_ ? output.first(std::min<std::size_t>(output.size(), 7)) : output);
  }
  bool seekable() const override { return !pipe_; }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    if (pipe_) return fail(Code::kNotSeekable);
    return memory_.seek(offset, whence);
  }
  Result<std::uint64_t> tell() const override { return memory_.tell(); }
  Result<void> close() override { return memory_.close(); }

 private:
  MemorySource memory_;
  bool pipe_;
};

Seen look_one_way(std::string_view bytes, bool pipe, const LayoutOptions& options) {
  Seen seen;
  Collector collector(seen.parts);
  const auto layout = read_layout(std::make_unique<Below>(bytes, pipe), options, collector);
  if (layout) {
    seen.layout = *layout;
  } else {
    seen.refused = layout.error();
  }
  return seen;
}

// On a file; a pipe has to say the same.
Seen look(std::string_view bytes, const LayoutOptions& options = {}) {
  const Seen file = look_one_way(bytes, false, options);
  const Seen pipe = look_one_way(bytes, true, options);
  EXPECT_EQ(file.parts.size(), pipe.parts.size());
  for (std::size_t i = 0; i < std::min(file.parts.size(), pipe.parts.size()); ++i) {
    EXPECT_EQ(file.parts[i].kind, pipe.parts[i].kind) << i;
    EXPECT_EQ(file.parts[i].offset, pipe.parts[i].offset) << i;
    EXPECT_EQ(file.parts[i].encoded_bytes, pipe.parts[i].encoded_bytes) << i;
    EXPECT_EQ(file.parts[i].payload_bytes, pipe.parts[i].payload_bytes) << i;
    EXPECT_EQ(file.parts[i].checksum, pipe.parts[i].checksum) << i;
  }
  EXPECT_EQ(file.refused.has_value(), pipe.refused.has_value());
  EXPECT_EQ(file.layout.complete, pipe.layout.complete);
  EXPECT_EQ(file.layout.encoded_bytes, pipe.layout.encoded_bytes);
  EXPECT_EQ(file.layout.damaged_parts, pipe.layout.damaged_parts);
  EXPECT_EQ(file.layout.damage.has_value(), pipe.layout.damage.has_value());
  if (file.layout.damage && pipe.layout.damage) {
    EXPECT_EQ(file.layout.damage->code, pipe.layout.damage->code);
    EXPECT_EQ(file.layout.damage->offset, pipe.layout.damage->offset);
  }
  // Parts follow one another.
  std::uint64_t at = file.layout.header_bytes;
  std::uint64_t payload = 0;
  for (std::size_t i = 0; i < file.parts.size(); ++i) {
    EXPECT_EQ(file.parts[i].index, i);
    EXPECT_EQ(file.parts[i].offset, at) << i;
    at += file.parts[i].encoded_bytes;
    payload += file.parts[i].payload_bytes.value_or(0);
  }
  EXPECT_EQ(file.layout.parts, file.parts.size());
  EXPECT_EQ(file.layout.payload_bytes, payload);
  if (file.layout.complete) {
    EXPECT_EQ(file.layout.encoded_bytes, at);
  }
  return file;
}

std::string encode(const StreamTransform& transform, std::string_view payload) {
  ByteBuffer buffer;
  auto sink = *transform.transform_to(std::make_unique<MemorySink>(buffer));
  EXPECT_TRUE(test::write_all(*sink, payload, 1 << 20).has_value());
  EXPECT_TRUE(sink->close().has_value());
  return test::text_of(buffer.bytes());
}

std::string little(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

std::string numbers(std::size_t size) {
  std::string text;
  for (int i = 0; text.size() < size; ++i) text += std::to_string(i * i) + ' ';
  text.resize(size);
  return text;
}

void cuts_are_told(const std::string& encoded, std::size_t header_min) {
  for (std::size_t cut = header_min; cut < encoded.size(); ++cut) {
    const Seen seen = look(std::string_view(encoded).substr(0, cut));
    ASSERT_TRUE(seen.layout.damage.has_value()) << cut;
    EXPECT_EQ(seen.layout.damage->code, Code::kTruncated) << cut;
    EXPECT_EQ(seen.layout.damage->offset, cut);
    EXPECT_FALSE(seen.layout.complete);
  }
}

TEST(Layout, WhatIsNoStreamIsRefused) {
  const Seen empty = look("");
  ASSERT_TRUE(empty.refused.has_value());
  EXPECT_EQ(empty.refused->code, Code::kTruncated);
  for (const char* const text : {"w", "weir", "some text that is longer than any magic number"}) {
    const Seen seen = look(text);
    ASSERT_TRUE(seen.refused.has_value()) << text;
    EXPECT_EQ(seen.refused->code, Code::kCorrupt);
    EXPECT_EQ(seen.refused->offset, 0u);
  }
}

TEST(Layout, AFailureOfTheSourceBelowIsTold) {
  std::string encoded = std::string("WEIRXCP\1\10\0\0\0", 12) + std::string(36, '\0');
  for (int i = 0; i < 5; ++i) encoded += std::string("\10\0\0\0", 4) + std::string(24, 'e');
  for (const std::size_t good : {std::size_t{0}, std::size_t{2}}) {
    test::Log log;
    std::deque<test::Act> acts(good, test::up_to(40));
    acts.push_back(test::fails(io_error(5, "")));
    std::vector<LayoutPart> parts;
    Collector collector(parts);
    LayoutOptions options;
    options.format = StreamFormat::kXChaCha20Poly1305;
    const auto layout =
        read_layout(std::make_unique<test::ScriptedSource>(encoded, acts, log), options, collector);
    ASSERT_TRUE(layout.has_value());
    ASSERT_TRUE(layout->damage.has_value());
    EXPECT_EQ(layout->damage->code, Code::kIo);
  }
}

TEST(Layout, ASourceThatWouldBlockIsNoDamage) {
  const std::string header = std::string("WEIRXCP\1\10\0\0\0", 12) + std::string(36, '\0');
  const std::string encoded = header + std::string("\10\0\0\0", 4) + std::string(24, 'e');
  for (const std::size_t good : {std::size_t{0}, std::size_t{1}, std::size_t{3}}) {
    test::Log log;
    std::deque<test::Act> acts(good, test::up_to(20));
    acts.push_back(test::blocks());
    std::vector<LayoutPart> parts;
    Collector collector(parts);
    LayoutOptions options;
    options.format = StreamFormat::kXChaCha20Poly1305;
    const auto layout =
        read_layout(std::make_unique<test::ScriptedSource>(encoded, acts, log), options, collector);
    ASSERT_FALSE(layout.has_value()) << good;
    EXPECT_EQ(layout.error().code, Code::kWouldBlock);
  }
}

TEST(LayoutDeathTest, AWindowLimitIsChecked) {
  for (const int wrong : {-1, 0, 9, 32, 64}) {
    std::vector<LayoutPart> parts;
    Collector collector(parts);
    LayoutOptions options;
    options.window_log_max = wrong;
    EXPECT_DEATH(static_cast<void>(read_layout(
                     std::make_unique<Below>(std::string_view("weir"), false), options, collector)),
                 "a window limit that zstd knows");
  }
}

#if WEIR_HAVE_ISAL
std::string crc32c(std::string_view payload, std::size_t block_bytes) {
  Crc32c::Options options;
  options.block_bytes = block_bytes;
  return encode(Crc32c(options), payload);
}

TEST(LayoutCrc32c, BlocksAreToldAndVerified) {
  const Seen seen = look(crc32c(numbers(20), 8));
  EXPECT_EQ(seen.layout.format, StreamFormat::kCrc32c);
  EXPECT_EQ(seen.layout.header_bytes, 16u);
  EXPECT_EQ(seen.layout.block_bytes, 8u);
  ASSERT_EQ(seen.parts.size(), 3u);
  EXPECT_EQ(seen.parts[0].kind, Kind::kBlock);
  EXPECT_EQ(seen.parts[2].kind, Kind::kLastBlock);
  EXPECT_EQ(seen.parts[0].payload_bytes, 8u);
  EXPECT_EQ(seen.parts[2].payload_bytes, 4u);
  EXPECT_EQ(seen.parts[0].encoded_bytes, 16u);
  for (const LayoutPart& part : seen.parts) EXPECT_EQ(part.checksum, Checksum::kRight);
  EXPECT_TRUE(seen.layout.complete);
  EXPECT_FALSE(seen.layout.damage.has_value());
  EXPECT_TRUE(seen.layout.payload_known);
  EXPECT_EQ(look(crc32c("", 8)).parts.size(), 1u);
  EXPECT_EQ(look(crc32c(numbers(300000), 100000)).parts.size(), 4u);
}

TEST(LayoutCrc32c, DamageWithinABlockIsNotedOnce) {
  const std::string encoded = crc32c(numbers(40), 8);
  for (const std::size_t at : {32u + 4, 32u + 13}) {
    std::string damaged = encoded;
    damaged[at] ^= 1;
    const Seen seen = look(damaged);
    EXPECT_TRUE(seen.layout.complete);
    EXPECT_TRUE(seen.damaged_with(Code::kCorrupt, 32)) << at;
    EXPECT_EQ(seen.parts[1].checksum, Checksum::kWrong);
    EXPECT_EQ(seen.parts[0].checksum, Checksum::kRight);
    // A wrong checksum is part of what the next one covers.
    EXPECT_EQ(seen.layout.damaged_parts, at == 36 ? 1u : 2u);
  }
}

TEST(LayoutCrc32c, DamageToTheStructureEndsIt) {
  const std::string encoded = crc32c(numbers(20), 8);
  cuts_are_told(encoded, 7);
  const auto flipped = [&](std::size_t at) {
    std::string damaged = encoded;
    damaged[at] ^= 1;
    return look(damaged);
  };
  EXPECT_TRUE(flipped(7).damaged_with(Code::kCorrupt, 0));
  EXPECT_TRUE(flipped(8).damaged_with(Code::kCorrupt, 12));
  EXPECT_TRUE(flipped(32).damaged_with(Code::kCorrupt, 32));
  EXPECT_EQ(flipped(32).parts.size(), 1u);
  EXPECT_TRUE(look(encoded + "w").damaged_with(Code::kCorrupt, encoded.size()));
}

// A gigabyte is announced, and nothing comes.
TEST(LayoutCrc32c, SizesThatAreOnlyAnnouncedCostNothing) {
  Crc32c::Options options;
  options.block_bytes = std::size_t{1} << 30;
  const std::string header = encode(Crc32c(options), "").substr(0, 16);
  const Seen seen = look(header + little(std::uint64_t{1} << 30, 4) + "few");
  EXPECT_TRUE(seen.damaged_with(Code::kTruncated, 23));
}
#endif

#if WEIR_HAVE_SODIUM
TEST(LayoutXChaCha20Poly1305, ChunksAreToldWithoutAKey) {
  XChaCha20Poly1305::Options options;
  options.block_bytes = 8;
  options.random = insecure_test_random();
  const std::string encoded = encode(XChaCha20Poly1305(insecure_test_keys(), options), numbers(20));
  const Seen seen = look(encoded);
  EXPECT_EQ(seen.layout.format, StreamFormat::kXChaCha20Poly1305);
  ASSERT_EQ(seen.parts.size(), 3u);
  EXPECT_EQ(seen.layout.payload_bytes, 20u);
  EXPECT_EQ(seen.layout.nonce[15], std::byte{0x77});
  for (const LayoutPart& part : seen.parts) EXPECT_EQ(part.checksum, Checksum::kUnverified);
  EXPECT_TRUE(seen.layout.complete);
  cuts_are_told(encoded, 7);
  const auto flipped = [&](std::size_t at) {
    std::string damaged = encoded;
    damaged[at] ^= 1;
    return look(damaged);
  };
  EXPECT_TRUE(flipped(7).damaged_with(Code::kCorrupt, 0));
  EXPECT_TRUE(flipped(13).damaged_with(Code::kCorrupt, 12));
  EXPECT_TRUE(flipped(48).damaged_with(Code::kCorrupt, 48));
  EXPECT_TRUE(look(encoded + "w").damaged_with(Code::kCorrupt, encoded.size()));
  std::string none = encoded;
  none.replace(8, 4, little(0, 4));
  EXPECT_TRUE(look(none).damaged_with(Code::kCorrupt, 8));
}
#endif

#if WEIR_HAVE_ZSTD && WEIR_HAVE_XXHASH
// One segment with its size, one raw block, no checksum.
const std::string kRawFrame = std::string("\x28\xb5\x2f\xfd\x20\x05\x29\x00\x00weir!", 14);

TEST(LayoutZstd, FramesAreTold) {
  const std::string payload = numbers(300000);
  const std::string skippable = little(0x184d2a53, 4) + little(3, 4) + "any";
  const std::string encoded = encode(Zstd(), payload) + skippable + kRawFrame;
  const Seen seen = look(encoded);
  EXPECT_EQ(seen.layout.format, StreamFormat::kZstd);
  ASSERT_EQ(seen.parts.size(), 3u);
  EXPECT_EQ(seen.parts[0].payload_bytes, payload.size());
  EXPECT_EQ(seen.parts[0].blocks, 3u);
  EXPECT_EQ(seen.parts[0].checksum, Checksum::kRight);
  EXPECT_FALSE(seen.parts[0].content_bytes.has_value());
  EXPECT_EQ(seen.parts[0].window_bytes, std::uint64_t{1} << 21);
  EXPECT_EQ(seen.parts[1].kind, Kind::kSkippable);
  EXPECT_EQ(seen.parts[1].payload_bytes, 0u);
  EXPECT_EQ(seen.parts[2].content_bytes, 5u);
  EXPECT_EQ(seen.parts[2].window_bytes, 5u);
  EXPECT_EQ(seen.parts[2].checksum, Checksum::kNone);
  EXPECT_TRUE(seen.layout.complete);
  LayoutOptions verify;
  verify.verify = true;
  EXPECT_FALSE(look(encoded, verify).layout.damage.has_value());
}

// One segment that says it has `content_bytes`, one raw block, no checksum.
std::string frame_that_says(std::uint64_t content_bytes) {
  return std::string("\x28\xb5\x2f\xfd\xe0", 5) + little(content_bytes, 8) +
         std::string("\x29\x00\x00weir!", 8);
}

TEST(LayoutZstd, SizesThatAreOnlyAnnouncedDoNotWrap) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  constexpr std::uint64_t kHalf = std::uint64_t{1} << 63;
  const auto sum = [](std::initializer_list<std::uint64_t> sizes) {
    std::string encoded;
    for (const std::uint64_t size : sizes) encoded += frame_that_says(size);
    const Layout layout = look_one_way(encoded, false, {}).layout;
    EXPECT_TRUE(layout.complete);
    EXPECT_EQ(layout.parts, sizes.size());
    return std::pair(layout.payload_bytes, layout.payload_known);
  };
  EXPECT_EQ(sum({kHalf, kHalf - 1}), std::pair(kMost, true));
  EXPECT_EQ(sum({kHalf, kHalf}), std::pair(kMost, false));
  EXPECT_EQ(sum({kMost, 0}), std::pair(kMost, true));
  EXPECT_EQ(sum({kMost, kMost, 7}), std::pair(kMost, false));
}

TEST(LayoutZstd, DamageDoesNotHideThatTheSourceWouldBlock) {
  std::string encoded = encode(Zstd(), numbers(300));
  encoded.back() = static_cast<char>(encoded.back() ^ 1);
  test::Log log;
  std::vector<LayoutPart> parts;
  Collector collector(parts);
  LayoutOptions options;
  options.format = StreamFormat::kZstd;
  const auto layout = read_layout(
      std::make_unique<test::ScriptedSource>(
          encoded, std::deque<test::Act>{test::up_to(encoded.size()), test::blocks()}, log),
      options, collector);
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].checksum, Checksum::kWrong);
  ASSERT_FALSE(layout.has_value());
  EXPECT_EQ(layout.error().code, Code::kWouldBlock);
}

TEST(LayoutZstd, CutsAreToldWithTheirPlace) {
  const std::string first = encode(Zstd(), numbers(300));
  const std::string encoded = first + kRawFrame;
  for (std::size_t cut = 4; cut < encoded.size(); ++cut) {
    const Seen seen = look(std::string_view(encoded).substr(0, cut));
    // Between two frames nothing tells that there was one more.
    ASSERT_EQ(seen.layout.damage.has_value(), cut != first.size()) << cut;
    if (cut == first.size()) continue;
    EXPECT_TRUE(seen.damaged_with(Code::kTruncated, cut)) << cut;
    EXPECT_EQ(seen.parts.size(), cut < first.size() ? 0u : 1u);
  }
}

TEST(LayoutZstd, DamageWithinAFrameIsNotedAndPassedOver) {
  std::string encoded = encode(Zstd(), numbers(300));
  const std::size_t size = encoded.size();
  encoded += encode(Zstd(), numbers(400));
  encoded[size - 1] ^= 1;
  const Seen seen = look(encoded);
  EXPECT_TRUE(seen.layout.complete);
  EXPECT_EQ(seen.layout.damaged_parts, 1u);
  ASSERT_TRUE(seen.layout.damage.has_value());
  EXPECT_EQ(seen.layout.damage->code, Code::kCorrupt);
  ASSERT_EQ(seen.parts.size(), 2u);
  EXPECT_EQ(seen.parts[0].checksum, Checksum::kWrong);
  EXPECT_FALSE(seen.parts[0].payload_bytes.has_value());
  EXPECT_EQ(seen.parts[1].checksum, Checksum::kRight);
  EXPECT_EQ(seen.parts[1].payload_bytes, 400u);
  EXPECT_FALSE(seen.layout.payload_known);
}

TEST(LayoutZstd, DamageToTheStructureEndsIt) {
  const auto ends = [](std::string frame, Code code, std::uint64_t offset) {
    const Seen seen = look(kRawFrame + frame);
    EXPECT_TRUE(seen.damaged_with(code, kRawFrame.size() + offset)) << frame;
    EXPECT_EQ(seen.parts.size(), 1u);
    EXPECT_FALSE(seen.layout.complete);
  };
  std::string frame = kRawFrame;
  frame[4] |= 8;
  ends(frame, Code::kCorrupt, 4);
  frame = kRawFrame;
  frame[6] = 7;
  ends(frame, Code::kCorrupt, 6);
  frame.replace(6, 3, little((200000u << 3) | 1, 3));
  ends(frame, Code::kCorrupt, 6);
  ends("no frame", Code::kCorrupt, 0);
  ends(little(0x184d2a50, 4) + little(0xffffffff, 4) + "few", Code::kTruncated, 11);
}

TEST(LayoutZstd, WhatIsNotDecodedIsSaid) {
  LayoutOptions verify;
  verify.verify = true;
  // A window of 256 MiB; a dictionary.
  const std::string large = std::string("\x28\xb5\x2f\xfd\x00\x90\x29\x00\x00weir!", 14);
  const std::string dictionary = std::string("\x28\xb5\x2f\xfd\x21\x07\x05\x29\x00\x00weir!", 15);
  Seen seen = look(large);
  EXPECT_FALSE(seen.layout.damage.has_value());
  EXPECT_FALSE(seen.layout.payload_known);
  EXPECT_EQ(seen.parts[0].window_bytes, std::uint64_t{1} << 28);
  EXPECT_TRUE(look(large, verify).damaged_with(Code::kLimitExceeded, 0));
  seen = look(dictionary);
  EXPECT_FALSE(seen.layout.damage.has_value());
  EXPECT_EQ(seen.parts[0].dictionary_id, 7u);
  EXPECT_EQ(seen.parts[0].payload_bytes, 5u);
  EXPECT_TRUE(look(dictionary, verify).damaged_with(Code::kCorrupt, 0));

  LayoutOptions little_output;
  little_output.output_bytes_max = 350;
  const std::string frame = encode(Zstd(), numbers(300));
  seen = look(frame + frame + frame, little_output);
  EXPECT_EQ(seen.parts.size(), 3u);
  EXPECT_EQ(seen.parts[0].payload_bytes, 300u);
  EXPECT_FALSE(seen.parts[1].payload_bytes.has_value());
  ASSERT_TRUE(seen.layout.damage.has_value());
  EXPECT_EQ(seen.layout.damage->code, Code::kLimitExceeded);
}

std::string seekable(std::string_view payload, std::size_t frame_bytes, bool checksum = true) {
  ZstdSeekable::Options options;
  options.frame_bytes = frame_bytes;
  options.checksum = checksum;
  return encode(ZstdSeekable(options), payload);
}

TEST(LayoutZstdSeekable, TheTableIsHeldAgainstTheFrames) {
  for (const bool checksum : {false, true}) {
    const Seen seen = look(seekable(numbers(1000), 300, checksum));
    EXPECT_EQ(seen.layout.format, StreamFormat::kZstdSeekable);
    ASSERT_EQ(seen.parts.size(), 5u);
    EXPECT_EQ(seen.parts[3].payload_bytes, 100u);
    EXPECT_EQ(seen.parts[4].kind, Kind::kSeekTable);
    EXPECT_EQ(seen.layout.table_entries, 4u);
    EXPECT_EQ(seen.layout.table_compared, 4u);
    EXPECT_EQ(seen.layout.table_checksums, checksum);
    EXPECT_EQ(seen.layout.table_verified, checksum ? 4u : 0u);
    EXPECT_FALSE(seen.layout.damage.has_value());
  }
  for (const char* const name : {"counter_100000.frame_4096.zst", "empty.frame_4096.zst",
                                 "one.frame_4096.zst", "text_300000.frame_65536.zst"}) {
    std::ifstream file(std::string(WEIR_SOURCE_DIR "/tests/lib/golden/zstd_seekable/") + name,
                       std::ios::binary);
    const std::string encoded{std::istreambuf_iterator<char>(file), {}};
    const Seen seen = look(encoded);
    EXPECT_EQ(seen.layout.format, StreamFormat::kZstdSeekable) << name;
    EXPECT_FALSE(seen.layout.damage.has_value()) << name;
    EXPECT_EQ(seen.layout.table_compared + 1, seen.parts.size()) << name;
    // Its frames bring no checksums of their own: only who decodes them all knows them all.
    LayoutOptions verify;
    verify.verify = true;
    EXPECT_EQ(look(encoded, verify).layout.table_verified, seen.layout.table_entries) << name;
    std::string lies = encoded;
    lies[lies.size() - 9 - 1] ^= 1;
    EXPECT_TRUE(look(lies, verify).damaged_with(Code::kCorrupt, lies.size() - 9 - 12)) << name;
  }
}

TEST(LayoutZstdSeekable, ATableThatLiesIsDamaged) {
  const std::string encoded = seekable(numbers(1000), 300);
  const std::size_t table = encoded.size() - 9 - 4 * 12 - 8;
  const auto flipped = [&](std::size_t at, char mask = 1) {
    std::string damaged = encoded;
    damaged[at] = static_cast<char>(damaged[at] ^ mask);
    return look(damaged);
  };
  for (const std::size_t field : {0u, 4u, 8u}) {
    const Seen seen = flipped(table + 8 + 12 + field);
    EXPECT_TRUE(seen.damaged_with(Code::kCorrupt, table + 8 + 12)) << field;
    EXPECT_TRUE(seen.layout.complete);
    EXPECT_EQ(seen.parts.size(), 5u);
  }
  EXPECT_TRUE(flipped(encoded.size() - 9).damaged_with(Code::kCorrupt, encoded.size() - 9));
  EXPECT_TRUE(flipped(encoded.size() - 5, 4).damaged_with(Code::kCorrupt, encoded.size() - 5));
  EXPECT_TRUE(
      flipped(encoded.size() - 5, static_cast<char>(0x80)).damaged_with(Code::kCorrupt, table + 4));
}

// `zeros` of them between two texts, without the memory for them.
class WithHole final : public Source {
 public:
  WithHole(std::string before, std::uint64_t zeros, std::string behind)
      : before_(std::move(before)),
        behind_(std::move(behind)),
        behind_at_(before_.size() + zeros),
        size_(behind_at_ + behind_.size()) {}
  Result<std::size_t> read(std::span<std::byte> output) override {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(output.size(), size_ - at_));
    for (std::byte& byte : output.first(size)) byte = at(at_++);
    return size;
  }
  bool seekable() const override { return true; }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    const std::uint64_t from = whence == Whence::kSet       ? 0
                               : whence == Whence::kCurrent ? at_
                                                            : size_;
    return at_ = from + static_cast<std::uint64_t>(offset);
  }
  Result<std::uint64_t> tell() const override { return at_; }
  Result<void> close() override { return {}; }

 private:
  std::byte at(std::uint64_t offset) const {
    if (offset < before_.size()) return static_cast<std::byte>(before_[offset]);
    if (offset < behind_at_) return std::byte{0};
    return static_cast<std::byte>(behind_[offset - behind_at_]);
  }

  std::string before_;
  std::string behind_;
  std::uint64_t behind_at_;
  std::uint64_t size_;
  std::uint64_t at_ = 0;
};

std::string table_of_one(std::uint32_t encoded_bytes, std::uint32_t payload_bytes) {
  return little(0x184d2a5e, 4) + little(8 + 9, 4) + little(encoded_bytes, 4) +
         little(payload_bytes, 4) + little(1, 4) + little(0, 1) + little(0x8f92eab1, 4);
}

// What is left of a size in 32 bits is not the size.
TEST(LayoutZstdSeekable, AFrameThatNoEntryCanTellIsDamaged) {
  const auto damaged = [](std::uint64_t content_bytes, std::uint32_t entry) {
    const std::string frame = frame_that_says(content_bytes);
    const Seen seen = look(frame + table_of_one(static_cast<std::uint32_t>(frame.size()), entry));
    EXPECT_EQ(seen.layout.format, StreamFormat::kZstdSeekable);
    EXPECT_TRUE(seen.layout.complete);
    return seen.damaged_with(Code::kCorrupt, frame.size() + 8);
  };
  EXPECT_FALSE(damaged(5, 5));
  EXPECT_FALSE(damaged(0xffffffff, 0xffffffff));
  EXPECT_TRUE(damaged(0x100000000, 0));
  EXPECT_TRUE(damaged(0x100000005, 5));

  // Skippable frames are passed over by a seek; the header counts.
  for (const std::uint32_t content : {0xfffffff7u, 0xfffffff8u, 0xffffffffu}) {
    std::vector<LayoutPart> parts;
    Collector collector(parts);
    const auto layout =
        read_layout(std::make_unique<WithHole>(little(0x184d2a50, 4) + little(content, 4), content,
                                               table_of_one(content + 8, 0)),
                    {}, collector);
    ASSERT_TRUE(layout.has_value());
    EXPECT_EQ(layout->format, StreamFormat::kZstdSeekable);
    EXPECT_EQ(layout->table_compared, 1u);
    ASSERT_EQ(parts.size(), 2u);
    EXPECT_EQ(parts[0].encoded_bytes, std::uint64_t{8} + content);
    EXPECT_EQ(layout->damage.has_value(), content > 0xfffffff7u) << content;
    EXPECT_EQ(layout->damaged_parts, content > 0xfffffff7u ? 1u : 0u);
    if (layout->damage) {
      EXPECT_EQ(layout->damage->offset, parts[1].offset + 8);
    }
  }
}

TEST(LayoutZstdSeekable, WhoAsksForATableHasToFindIt) {
  LayoutOptions options;
  options.format = StreamFormat::kZstdSeekable;
  const std::string encoded = seekable(numbers(1000), 300);
  const std::string frames = encoded.substr(0, encoded.size() - 9 - 4 * 12 - 8);
  EXPECT_FALSE(look(encoded, options).layout.damage.has_value());
  EXPECT_TRUE(look(frames, options).damaged_with(Code::kTruncated, frames.size()));
  EXPECT_TRUE(look(encoded + kRawFrame, options)
                  .damaged_with(Code::kTruncated, encoded.size() + kRawFrame.size()));
  EXPECT_EQ(look(encoded + kRawFrame).layout.format, StreamFormat::kZstd);
  // Plain zstd only skips it.
  options.format = StreamFormat::kZstd;
  EXPECT_EQ(look(encoded, options).parts.back().kind, Kind::kSkippable);
  EXPECT_TRUE(look("", options).damaged_with(Code::kTruncated, 0));
}
#endif

// Any bytes at all come to an end.
TEST(Layout, DamagedStreamsAreWalkedToAnEnd) {
  std::vector<std::string> streams;
#if WEIR_HAVE_ISAL
  streams.push_back(crc32c(numbers(100), 8));
#endif
#if WEIR_HAVE_ZSTD && WEIR_HAVE_XXHASH
  streams.push_back(encode(Zstd(), numbers(1000)) + kRawFrame);
  streams.push_back(seekable(numbers(100), 16));
#endif
  for (const std::string& encoded : streams) {
    for (std::size_t bit = 0; bit < encoded.size() * 8; ++bit) {
      std::string damaged = encoded;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
      for (const bool pipe : {false, true}) {
        const Seen seen = look_one_way(damaged, pipe, {});
        if (seen.refused) continue;
        EXPECT_TRUE(seen.layout.complete || seen.layout.damage) << bit;
        EXPECT_LE(seen.layout.encoded_bytes, damaged.size());
      }
    }
  }
}

}  // namespace
}  // namespace weir
