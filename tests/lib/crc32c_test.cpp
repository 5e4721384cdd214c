// Guards stream.crc32c/1 and what the formats of blocks share: the bytes as docs/formats.md has
// them, what a splice leaves, how little a seek reads, and the limits.
#include <gtest/gtest.h>

#if WEIR_HAVE_ISAL

#include <limits>

#include "test_streams.h"
#include "weir/encoded_window.h"
#include "weir/transforms/crc32c.h"

namespace weir {
namespace {

using test::bytes_of;
using test::Log;
using test::text_of;
using test::up_to;

constexpr std::size_t kHeader = 16;
constexpr std::size_t kOverhead = 8;  // of a record

// Bit by bit, as RFC 3720 describes it: shares nothing with what is tested.
std::uint32_t reference_crc(std::string_view bytes) {
  std::uint32_t crc = ~0u;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78u : 0u);
  }
  return ~crc;
}

std::string little(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

// What docs/formats.md says.
std::string reference_stream(std::string_view payload, std::size_t block) {
  std::string stream = std::string("WEIRCRC\1", 8) + little(block, 4);
  std::string prior = little(reference_crc(stream), 4);
  stream += prior;
  for (std::uint64_t number = 0;; ++number) {
    const std::string_view part = payload.substr(0, block);
    const bool last = part.size() < block;
    const std::string word = little(part.size() | (last ? 1u << 31 : 0u), 4);
    prior = little(reference_crc(prior + little(number, 8) + word + std::string(part)), 4);
    stream += word + std::string(part) + prior;
    if (last) return stream;
    payload.remove_prefix(block);
  }
}

Crc32c with_block(std::size_t block_bytes) {
  Crc32c::Options options;
  options.block_bytes = block_bytes;
  return Crc32c(options);
}

std::string encode(const Crc32c& crc, std::string_view payload, std::size_t piece = 1000000) {
  ByteBuffer buffer;
  auto sink = *crc.transform_to(std::make_unique<MemorySink>(buffer));
  EXPECT_TRUE(test::write_all(*sink, payload, piece).has_value());
  EXPECT_TRUE(sink->close().has_value());
  return text_of(buffer.bytes());
}

std::unique_ptr<Source> open(std::string_view encoded, const Crc32c& crc = Crc32c()) {
  return *crc.transform_from(std::make_unique<MemorySource>(bytes_of(encoded)));
}
// A stream reads bytes that the caller keeps.
std::unique_ptr<Source> open(std::string&& encoded, const Crc32c& crc = Crc32c()) = delete;
test::Drained decode(std::string_view encoded, std::size_t piece = 100000) {
  return test::drain(*open(encoded), piece);
}

std::string counting(std::size_t size, int seed = 0) {
  std::string payload;
  for (std::size_t i = 0; i < size; ++i) payload += static_cast<char>(i * 31 + (i >> 8) + seed);
  return payload;
}

TEST(Crc32cReference, HasTheCheckValue) { EXPECT_EQ(reference_crc("123456789"), 0xe3069283u); }

TEST(Crc32c, WritesWhatTheDocumentSays) {
  for (const std::size_t size : {0, 1, 3, 4, 5, 8, 100, 65535, 65536, 65537, 200000}) {
    const std::string payload = counting(size);
    for (const std::size_t block : {1, 4, 7, 1000, 65536}) {
      const std::string expected = reference_stream(payload, block);
      for (const std::size_t piece : {1, 3, 1000, 1000000}) {
        if (piece < 1000 && size > 1000) continue;
        ASSERT_TRUE(encode(with_block(block), payload, piece) == expected)
            << size << " in blocks of " << block << ", written in pieces of " << piece;
      }
      const auto drained = decode(expected, 5000);
      ASSERT_TRUE(drained.end.has_value()) << describe(drained.end.error());
      ASSERT_TRUE(drained.bytes == payload);
    }
  }
}

TEST(Crc32c, WritesTheExampleOfTheDocument) {
  constexpr unsigned char kExample[] = {0x57, 0x45, 0x49, 0x52, 0x43, 0x52, 0x43, 0x01, 0x04, 0x00,
                                        0x00, 0x00, 0x93, 0x14, 0x85, 0x05, 0x04, 0x00, 0x00, 0x00,
                                        0x77, 0x65, 0x69, 0x72, 0xca, 0x5c, 0x28, 0x88, 0x01, 0x00,
                                        0x00, 0x80, 0x21, 0x38, 0x5c, 0x13, 0xbc};
  EXPECT_EQ(encode(with_block(4), "weir!"), text_of(std::as_bytes(std::span(kExample))));
}

TEST(Crc32c, BytesDoNotDependOnTheSinkBelow) {
  const std::string payload = counting(1000);
  const std::string expected = reference_stream(payload, 64);
  for (const std::size_t buffer_bytes : {1, 3, 72, 100, 100000}) {
    for (const test::Act& act :
         {up_to(1), up_to(70), test::lend(1), test::lend(72), test::lend(5000), test::blocks()}) {
      Log log;
      Crc32c::Options options;
      options.block_bytes = 64;
      options.buffer_bytes = buffer_bytes;
      auto sink = *Crc32c(options).transform_to(
          std::make_unique<test::ScriptedSink>(std::deque<test::Act>(3000, act), log));
      ASSERT_TRUE(test::write_all(*sink, payload, 300).has_value());
      ASSERT_TRUE(test::until_done([&] { return sink->close(); }).has_value());
      ASSERT_TRUE(log.taken == expected) << buffer_bytes;
    }
  }
}

// Lends one room, and spoils it with every call that ends a loan. Nothing is written but into it.
class SpoilingSink final : public Sink {
 public:
  SpoilingSink(std::size_t room_bytes, std::string& taken, std::size_t& loans)
      : room_(room_bytes), taken_(taken), loans_(loans) {}
  Result<std::size_t> write(std::span<const std::byte>) override { return fail(Code::kIo); }
  std::span<std::byte> reserve(std::size_t) override {
    spoil();
    ++loans_;
    return room_;
  }
  Result<void> commit(std::size_t size) override {
    taken_ += text_of(std::span(room_).first(size));
    spoil();
    return {};
  }
  Result<void> flush() override {
    spoil();
    return {};
  }
  Result<std::uint64_t> tell() const override { return taken_.size(); }
  Result<void> close() override { return {}; }

 private:
  void spoil() { std::fill(room_.begin(), room_.end(), std::byte{0xee}); }

  std::vector<std::byte> room_;
  std::string& taken_;
  std::size_t& loans_;
};

TEST(Crc32c, BlocksFillUpInLentRoom) {
  const std::string payload = counting(1000);
  const std::string expected = reference_stream(payload, 64);
  constexpr std::size_t kRecord = 64 + kOverhead;
  for (const std::size_t room : {std::size_t{1}, kRecord - 1, kRecord, 3 * kRecord + 7}) {
    for (const std::size_t piece : {1, 5, 63, 64, 65, 200}) {
      for (const std::size_t flush_each : {0, 1, 7}) {
        std::string taken;
        std::size_t loans = 0;
        auto sink =
            *with_block(64).transform_to(std::make_unique<SpoilingSink>(room, taken, loans));
        std::size_t writes = 0;
        for (std::size_t at = 0; at < payload.size(); at += piece) {
          ASSERT_TRUE(test::write_all(*sink, payload.substr(at, piece), piece).has_value());
          if (flush_each > 0 && ++writes % flush_each == 0) {
            ASSERT_TRUE(sink->flush().has_value());
          }
        }
        ASSERT_TRUE(sink->close().has_value());
        ASSERT_EQ(taken, expected) << room << ' ' << piece << ' ' << flush_each;
        // Small writes of one block share a loan: the header's, each record's, and the end's.
        if (room >= kRecord && flush_each == 0) {
          EXPECT_LE(loans, 1 + payload.size() / 64 + 2);
        }
      }
    }
  }
}

TEST(Crc32c, ReadsHoweverTheSourceBelowGives) {
  const std::string payload = counting(3000);
  const std::string encoded = reference_stream(payload, 64);
  for (const test::Act& one :
       {up_to(1), up_to(50), test::lend(1), test::lend(70), test::lend(3000)}) {
    for (const test::Act& other : {up_to(3), test::blocks(), test::lend(9), test::lend(100000)}) {
      Log log;
      std::deque<test::Act> acts;
      for (int i = 0; i < 2000; ++i) acts.insert(acts.end(), {one, other});
      auto source =
          *Crc32c().transform_from(std::make_unique<test::ScriptedSource>(encoded, acts, log));
      EXPECT_TRUE(test::drain(*source, 100).bytes == payload);
      ASSERT_TRUE(source->seek(1000, Whence::kSet).has_value());
      EXPECT_TRUE(test::drain(*source, 33).bytes == payload.substr(1000));
      ASSERT_TRUE(source->seek(77, Whence::kSet).has_value());
      EXPECT_TRUE(test::drain(*source, 5000).bytes == payload.substr(77));
    }
  }
}

TEST(Crc32c, AFlushPassesOnWholeBlocksAndKeepsThePartialOne) {
  ByteBuffer buffer;
  auto sink = *with_block(4).transform_to(std::make_unique<MemorySink>(buffer));
  ASSERT_TRUE(test::write_all(*sink, "abcdefghij", 3).has_value());
  ASSERT_TRUE(sink->flush().has_value());
  EXPECT_EQ(buffer.size(), kHeader + 2 * (4 + kOverhead));
  const auto drained = decode(text_of(buffer.bytes()));
  EXPECT_EQ(drained.bytes, "abcdefgh");
  EXPECT_TRUE(failed_with(drained.end, Code::kTruncated));
  ASSERT_TRUE(sink->close().has_value());
  EXPECT_EQ(text_of(buffer.bytes()), reference_stream("abcdefghij", 4));
}

// Streams of one length and one block size, as an overwritten file has them.
TEST(Crc32c, ASpliceFailsAtItsFirstForeignBlock) {
  const Crc32c crc = with_block(10);
  const std::string one = encode(crc, counting(45, 1));
  const std::string two = encode(crc, counting(45, 2));
  for (std::size_t block = 1; block < 5; ++block) {
    const std::size_t at = kHeader + block * (10 + kOverhead);
    const std::string spliced = one.substr(0, at) + two.substr(at);
    const auto drained = decode(spliced);
    EXPECT_TRUE(failed_with(drained.end, Code::kCorrupt)) << block;
    EXPECT_EQ(drained.bytes, counting(45, 1).substr(0, block * 10));
    // So does a seek to that block; one to blocks behind it finds the other stream's.
    auto source = open(spliced);
    ASSERT_TRUE(source->seek(static_cast<std::int64_t>(block) * 10, Whence::kSet).has_value());
    EXPECT_TRUE(failed_with(test::drain(*source, 100).end, Code::kCorrupt));
    if (block == 4) continue;
    source = open(spliced);
    ASSERT_TRUE(source->seek((static_cast<std::int64_t>(block) + 1) * 10, Whence::kSet));
    EXPECT_EQ(test::drain(*source, 100).bytes, counting(45, 2).substr((block + 1) * 10));
  }
}

TEST(Crc32c, BlocksThatWereMovedOrDoubledAreCorrupt) {
  const std::string whole = encode(with_block(10), counting(45));
  const std::size_t record = 10 + kOverhead;
  const auto block = [&](std::size_t i) { return whole.substr(kHeader + i * record, record); };
  const std::string head = whole.substr(0, kHeader);
  for (const std::string& moved : {head + block(1) + block(0) + block(2) + block(3) + block(4),
                                   head + block(0) + block(0) + block(1) + block(2) + block(3),
                                   head + block(0) + block(2) + block(3) + block(4)}) {
    EXPECT_TRUE(failed_with(decode(moved).end, Code::kCorrupt));
    auto source = open(moved);
    ASSERT_TRUE(source->seek(10, Whence::kSet).has_value());
    EXPECT_TRUE(failed_with(test::drain(*source, 100).end, Code::kCorrupt));
  }
}

TEST(Crc32c, EveryCutIsTruncatedAndEveryFlipCorrupt) {
  const std::string payload = counting(30);
  const std::string whole = encode(with_block(8), payload);
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    const auto drained = decode(whole.substr(0, cut));
    EXPECT_TRUE(failed_with(drained.end, Code::kTruncated)) << cut;
    EXPECT_EQ(drained.bytes, payload.substr(0, drained.bytes.size()));
    auto source = open(std::string_view(whole).substr(0, cut));
    const auto sought = source->seek(-3, Whence::kEnd);
    EXPECT_TRUE(failed_with(sought, Code::kTruncated) || failed_with(sought, Code::kCorrupt));
  }
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const auto drained = decode(flipped);
    EXPECT_FALSE(drained.end.has_value()) << bit;
    EXPECT_EQ(drained.bytes, payload.substr(0, drained.bytes.size()));
  }
}

TEST(Crc32c, BytesBehindTheEndAreCorrupt) {
  const std::string whole = encode(with_block(8), counting(30));
  const auto drained = decode(whole + "x");
  EXPECT_TRUE(failed_with(drained.end, Code::kCorrupt));
  EXPECT_EQ(drained.bytes, counting(30));
  const std::string twice = whole + whole;
  auto source = open(twice);
  EXPECT_FALSE(source->seek(0, Whence::kEnd).has_value());
}

// A source that counts what was read of it.
class CountingSource final : public Source {
 public:
  CountingSource(std::string_view bytes, std::size_t& read)
      : memory_(bytes_of(bytes)), read_(read) {}
  Result<std::size_t> read(std::span<std::byte> output) override {
    const auto given = memory_.read(output);
    read_ += given.value_or(0);
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
  std::size_t& read_;
};

// A source whose seeks do as the log's acts say.
class SeekingSource final : public Source {
 public:
  SeekingSource(std::string bytes, Log& log)
      : bytes_(std::move(bytes)), memory_(bytes_of(bytes_)), log_(log) {}
  Result<std::size_t> read(std::span<std::byte> output) override { return memory_.read(output); }
  bool seekable() const override { return true; }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    const Result<void> act = test::next_of(log_.seek_acts);
    if (!act) return fail(act.error());
    return memory_.seek(offset, whence);
  }
  Result<std::uint64_t> tell() const override { return memory_.tell(); }
  Result<void> close() override { return memory_.close(); }

 private:
  std::string bytes_;
  MemorySource memory_;
  Log& log_;
};

TEST(Crc32c, ASeekReadsTheHeaderAndOneBlock) {
  const std::size_t block = std::size_t{64} << 10;
  const std::string payload = counting(40 * block + 5);
  const std::string encoded = encode(Crc32c(), payload);
  std::size_t read = 0;
  auto source = *Crc32c().transform_from(std::make_unique<CountingSource>(encoded, read));
  std::byte byte;
  ASSERT_EQ(*source->seek(static_cast<std::int64_t>(30 * block + 100), Whence::kSet),
            30 * block + 100);
  EXPECT_EQ(read, 0u);
  ASSERT_EQ(*source->read(std::span(&byte, 1)), 1u);
  EXPECT_EQ(static_cast<char>(byte), payload[30 * block + 100]);
  EXPECT_LE(read, kWindowBytes + 2 * block);
  read = 0;
  ASSERT_EQ(*source->seek(-1, Whence::kEnd), payload.size() - 1);
  EXPECT_LE(read, std::size_t{100});
  ASSERT_EQ(*source->read(std::span(&byte, 1)), 1u);
  EXPECT_EQ(static_cast<char>(byte), payload.back());
  EXPECT_EQ(*source->read(std::span(&byte, 1)), 0u);
}

// A source that refuses seeks behind its end, as file systems do from some offset on.
class BoundedSource final : public Source {
 public:
  explicit BoundedSource(std::string_view bytes)
      : size_(static_cast<std::int64_t>(bytes.size())), memory_(bytes_of(bytes)) {}
  Result<std::size_t> read(std::span<std::byte> output) override { return memory_.read(output); }
  bool seekable() const override { return true; }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    if (whence == Whence::kSet && offset > size_) return fail(Code::kInvalidArgument);
    return memory_.seek(offset, whence);
  }
  Result<std::uint64_t> tell() const override { return memory_.tell(); }
  Result<void> close() override { return memory_.close(); }

 private:
  std::int64_t size_;
  MemorySource memory_;
};

TEST(Crc32c, NothingIsSoughtBehindTheEndBelow) {
  const std::string payload = counting(1000);
  const std::string encoded = encode(with_block(10), payload);
  for (const std::int64_t target :
       {std::int64_t{1000}, std::int64_t{1010}, std::int64_t{1011}, std::int64_t{100000},
        std::int64_t{1} << 45, std::numeric_limits<std::int64_t>::max()}) {
    auto source = *Crc32c().transform_from(std::make_unique<BoundedSource>(encoded));
    std::byte byte;
    ASSERT_TRUE(source->seek(target, Whence::kSet).has_value());
    const auto given = source->read(std::span(&byte, 1));
    ASSERT_TRUE(given.has_value()) << target << ' ' << describe(given.error());
    EXPECT_EQ(*given, 0u);
    ASSERT_TRUE(source->seek(777, Whence::kSet).has_value());
    EXPECT_EQ(test::drain(*source, 100).bytes, payload.substr(777));
  }
}

TEST(Crc32c, SeeksFarBehindTheEndAreFine) {
  const std::string encoded = encode(with_block(1), "abc");
  for (const std::int64_t target : {std::int64_t{3}, std::int64_t{4}, std::int64_t{1000},
                                    std::numeric_limits<std::int64_t>::max()}) {
    auto source = open(encoded);
    std::byte byte;
    ASSERT_TRUE(source->seek(target, Whence::kSet).has_value());
    const auto given = source->read(std::span(&byte, 1));
    ASSERT_TRUE(given.has_value()) << describe(given.error());
    EXPECT_EQ(*given, 0u);
    ASSERT_TRUE(source->seek(2, Whence::kSet).has_value());
    EXPECT_EQ(test::drain(*source, 10).bytes, "c");
  }
}

// A retry must not find the absent block absent anew: that throws away what was fetched for the
// end.
TEST(Crc32c, AReadBehindTheEndGoesOnWhereItBlocked) {
  const std::string payload = counting(4 * kWindowBytes + 7);
  const std::string encoded = encode(with_block(1000), payload);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{100}, std::size_t{1} << 20}) {
    for (const std::size_t behind : {0, 1, 1000, 1000000000}) {
      Log log;
      auto source = *Crc32c().transform_from(
          std::make_unique<test::BlockingSource>(encoded, true, piece, log));
      ASSERT_TRUE(source->seek(static_cast<std::int64_t>(payload.size() + behind), Whence::kSet)
                      .has_value());
      const auto drained = test::drain(*source, 100, 3000);
      EXPECT_TRUE(drained.end.has_value())
          << describe(drained.end.error()) << piece << ' ' << behind;
      EXPECT_EQ(drained.bytes, "");
      ASSERT_TRUE(source->seek(5, Whence::kSet).has_value());
      EXPECT_TRUE(test::drain(*source, 10000, 300000).bytes == payload.substr(5));
    }
  }
}

// Nor does one that comes to a cut between two blocks.
TEST(Crc32c, ACutBetweenTwoBlocksIsFoundWhereItBlocked) {
  const std::string encoded = encode(with_block(1000), counting(4 * kWindowBytes));
  const std::string cut = encoded.substr(0, kHeader + 100 * (1000 + kOverhead));
  for (const std::size_t piece : {std::size_t{100}, std::size_t{1} << 20}) {
    Log log;
    auto source =
        *Crc32c().transform_from(std::make_unique<test::BlockingSource>(cut, true, piece, log));
    const auto drained = test::drain(*source, 5000, 3000);
    EXPECT_TRUE(failed_with(drained.end, Code::kTruncated)) << describe(drained.end.error());
    EXPECT_TRUE(drained.bytes == counting(100 * 1000));
  }
}

TEST(Crc32c, ASeekFromTheEndThatBlockedSeeksBelowOnce) {
  const std::string payload = counting(4 * kWindowBytes + 7);
  const std::string encoded = encode(with_block(1000), payload);
  Log log;
  auto source =
      *Crc32c().transform_from(std::make_unique<test::BlockingSource>(encoded, true, 1, log));
  auto sought = source->seek(-7, Whence::kEnd);
  for (int i = 0; i < 1000 && failed_with(sought, Code::kWouldBlock); ++i) {
    sought = source->seek(-7, Whence::kEnd);
  }
  ASSERT_TRUE(sought.has_value());
  EXPECT_EQ(*sought, payload.size() - 7);
  EXPECT_EQ(log.seeks, 2) << "to the end, and to the last block";
}

TEST(Crc32c, ASeekThatBlocksMayBeMadeAgainOrGivenUp) {
  // Longer than what is read ahead.
  const std::string payload = counting(4 * kWindowBytes);
  const Crc32c crc = with_block(1000);
  for (const bool again : {false, true}) {
    Log log;
    auto source = *crc.transform_from(std::make_unique<SeekingSource>(encode(crc, payload), log));
    std::byte bytes[20];
    ASSERT_EQ(*source->read(bytes), 20u);
    log.seek_acts = {test::blocks(), test::blocks()};
    EXPECT_TRUE(failed_with(source->seek(-4, Whence::kEnd), Code::kWouldBlock));
    EXPECT_EQ(*source->tell(), 20u);
    if (again) {
      EXPECT_TRUE(failed_with(source->seek(-4, Whence::kEnd), Code::kWouldBlock));
      EXPECT_EQ(*source->seek(-4, Whence::kEnd), payload.size() - 4);
      EXPECT_EQ(test::drain(*source, 3).bytes, payload.substr(payload.size() - 4));
    } else {
      EXPECT_EQ(test::drain(*source, 5000).bytes, payload.substr(20));
    }
    ASSERT_TRUE(source->seek(70000, Whence::kSet).has_value());
    log.seek_acts = {test::blocks(), test::fails(io_error(5, "seek"))};
    EXPECT_TRUE(failed_with(source->read(bytes), Code::kWouldBlock));
    EXPECT_TRUE(failed_with(source->read(bytes), Code::kIo));
    EXPECT_TRUE(failed_with(source->read(bytes), Code::kIo));
    EXPECT_TRUE(failed_with(source->seek(0, Whence::kSet), Code::kIo));
  }
}

TEST(Crc32c, AStreamMayBeginAnywhereBelow) {
  const std::string payload = counting(100);
  const std::string file = "something else" + encode(with_block(8), payload);
  auto below = std::make_unique<MemorySource>(bytes_of(file));
  ASSERT_TRUE(below->seek(14, Whence::kSet).has_value());
  auto source = *Crc32c().transform_from(std::move(below));
  ASSERT_EQ(*source->seek(-10, Whence::kEnd), 90u);
  EXPECT_EQ(test::drain(*source, 100).bytes, payload.substr(90));
  ASSERT_EQ(*source->seek(0, Whence::kSet), 0u);
  EXPECT_EQ(test::drain(*source, 3).bytes, payload);
}

TEST(Crc32c, LendsWhatWasVerified) {
  const std::string payload = counting(100);
  const std::string encoded = encode(with_block(30), payload);
  auto source = open(encoded);
  std::string lent;
  for (;;) {
    const auto bytes = source->peek(7);
    if (bytes.empty()) break;
    ASSERT_LE(bytes.size(), 7u);
    lent += text_of(bytes);
    source->consume(bytes.size());
  }
  EXPECT_EQ(lent, payload);
  std::byte byte;
  EXPECT_EQ(*source->read(std::span(&byte, 1)), 0u);
}

// Refusals and failures that only peek has met are told by the next read.
TEST(Crc32c, WhatPeekMetTheReadTells) {
  std::string damaged = encode(with_block(30), counting(100));
  damaged[60] = static_cast<char>(damaged[60] ^ 1);
  auto source = open(damaged);
  while (!source->peek(100).empty()) source->consume(source->peek(100).size());
  std::byte byte;
  EXPECT_TRUE(failed_with(source->read(std::span(&byte, 1)), Code::kCorrupt));
}

TEST(Crc32c, LargerBlocksThanAllowedAreALimit) {
  const std::string encoded = encode(with_block(1001), counting(10));
  Crc32c::Options options;
  options.block_bytes_max = 1000;
  EXPECT_TRUE(
      failed_with(test::drain(*open(encoded, Crc32c(options)), 10).end, Code::kLimitExceeded));
  options.block_bytes_max = 1001;
  EXPECT_TRUE(test::drain(*open(encoded, Crc32c(options)), 10).end.has_value());
  // Block sizes that nobody writes, with a right checksum.
  for (const std::uint32_t size : {0u, (1u << 30) + 1, 1u << 31, ~0u}) {
    std::string header = std::string("WEIRCRC\1", 8) + little(size, 4);
    header += little(reference_crc(header), 4);
    EXPECT_TRUE(failed_with(decode(header + encoded.substr(kHeader)).end, Code::kCorrupt));
  }
}

// A source below that lies about where a seek led, or about its size.
class LyingSource final : public Source {
 public:
  LyingSource(std::string_view bytes, std::uint64_t lie) : memory_(bytes_of(bytes)), lie_(lie) {}
  Result<std::size_t> read(std::span<std::byte> output) override { return memory_.read(output); }
  bool seekable() const override { return true; }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    const auto reached = memory_.seek(offset, whence);
    return reached ? *reached + lie_ : reached;
  }
  Result<std::uint64_t> tell() const override { return memory_.tell(); }
  Result<void> close() override { return {}; }

 private:
  MemorySource memory_;
  std::uint64_t lie_;
};

TEST(Crc32c, LiesOfTheSourceBelowAreErrors) {
  const std::string payload = counting(100000);
  const std::string encoded = encode(with_block(8), payload);
  for (const std::uint64_t lie :
       {std::uint64_t{1}, std::uint64_t{8}, std::uint64_t{16}, std::uint64_t{1000000},
        std::uint64_t{1} << 62, ~std::uint64_t{0}}) {
    auto source = *Crc32c().transform_from(std::make_unique<LyingSource>(encoded, lie));
    // A byte more or less leads to the same last block, which knows its end.
    const auto sought = source->seek(-1, Whence::kEnd);
    if (sought.has_value()) {
      EXPECT_EQ(*sought, payload.size() - 1);
    }
    auto another = *Crc32c().transform_from(std::make_unique<LyingSource>(encoded, lie));
    ASSERT_TRUE(another->seek(90000, Whence::kSet).has_value());
    std::byte byte;
    EXPECT_TRUE(failed_with(another->read(std::span(&byte, 1)), Code::kBadStream)) << lie;
  }
}

}  // namespace
}  // namespace weir

#endif  // WEIR_HAVE_ISAL
