// Guards the adaptors for byte maps and the two transforms that need no codec, identity and rot13:
// one table of expectations for both, since the stream contract is the same; then what rot13 alone
// promises.
#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "test_streams.h"
#include "weir/chain.h"
#include "weir/map_sink.h"
#include "weir/transforms/identity.h"
#include "weir/transforms/rot13.h"

namespace weir {
namespace {

using test::Act;
using test::blocks;
using test::bytes_of;
using test::claims;
using test::fails;
using test::lend;
using test::Log;
using test::ScriptedSink;
using test::ScriptedSource;
using test::text_of;
using test::up_to;

bool is_io(const Error& error, int os_error) {
  return error.code == Code::kIo && error.os_error == os_error;
}

struct Kind {
  const char* name;
  std::unique_ptr<StreamTransform> (*make)();
  const char* hello;  // what "Hello" becomes
};
const Kind kKinds[] = {
    {"identity", [] { return std::unique_ptr<StreamTransform>(new Identity); }, "Hello"},
    {"rot13", [] { return std::unique_ptr<StreamTransform>(new Rot13); }, "hELLO"},
    {"rot13 small", [] { return std::unique_ptr<StreamTransform>(new Rot13({2})); }, "hELLO"},
};

class MapStream : public testing::TestWithParam<Kind> {
 protected:
  std::unique_ptr<Source> source(std::deque<Act> acts, std::string content = "Hello") {
    auto below = std::make_unique<ScriptedSource>(std::move(content), std::move(acts), log_);
    return *GetParam().make()->transform_from(std::move(below));
  }
  std::unique_ptr<Sink> sink(std::deque<Act> acts) {
    return *GetParam().make()->transform_to(std::make_unique<ScriptedSink>(std::move(acts), log_));
  }
  Log log_;
};
INSTANTIATE_TEST_SUITE_P(All, MapStream, testing::ValuesIn(kKinds),
                         [](const testing::TestParamInfo<Kind>& kind) {
                           std::string name = kind.param.name;
                           std::erase(name, ' ');
                           return name;
                         });

TEST_P(MapStream, ReadsHoweverTheSourceBelowGives) {
  for (const auto& act : {up_to(1), up_to(2), lend(1), lend(2), lend(100), blocks()}) {
    for (const std::size_t piece : {1, 2, 100}) {
      auto stream = source(std::deque<Act>(6, act));
      const auto drained = test::drain(*stream, piece);
      ASSERT_EQ(drained.bytes, GetParam().hello);
      ASSERT_TRUE(drained.end.has_value());
      ASSERT_EQ(*stream->tell(), 5u);
    }
  }
}

TEST_P(MapStream, ChangesOnlyTheBytesRead) {
  for (const auto& act : {up_to(2), lend(2)}) {
    auto stream = source({act});
    std::byte room[8];
    std::fill(std::begin(room), std::end(room), std::byte{'q'});
    EXPECT_EQ(*stream->read(std::span(room).first(6)), 2u);
    EXPECT_EQ(text_of(room), std::string(GetParam().hello).substr(0, 2) + "qqqqqq");
  }
}

TEST_P(MapStream, PassesWouldBlockAndTheEndOn) {
  auto stream = source({blocks()}, "");
  std::byte room[2] = {};
  EXPECT_TRUE(failed_with(stream->read(room), Code::kWouldBlock));
  EXPECT_EQ(*stream->read(room), 0u);
  EXPECT_EQ(*stream->read(room), 0u);
  EXPECT_EQ(log_.reads, 2);
}

TEST_P(MapStream, LendingSourceKeepsTheContract) {
  auto stream = source({lend(2)});
  const auto lent = stream->peek(10);
  if (!lent.empty()) {
    EXPECT_EQ(text_of(lent), std::string(GetParam().hello).substr(0, 2));
    stream->consume(1);
    EXPECT_EQ(*stream->tell(), 1u);
  }
  EXPECT_TRUE(stream->close().has_value());
  EXPECT_TRUE(stream->peek(10).empty());
}

TEST_P(MapStream, RepeatsAReadFault) {
  auto stream = source({up_to(1), fails(io_error(EIO, "disk"))});
  const auto drained = test::drain(*stream, 10);
  EXPECT_EQ(drained.bytes, std::string(GetParam().hello).substr(0, 1));
  EXPECT_TRUE(is_io(drained.end.error(), EIO));
  std::byte room[1];
  EXPECT_TRUE(is_io(stream->read(room).error(), EIO));
  EXPECT_TRUE(is_io(stream->seek(0, Whence::kSet).error(), EIO));
  EXPECT_TRUE(stream->tell().has_value());
  EXPECT_EQ(log_.reads, 2);
  EXPECT_EQ(log_.seeks, 0);
  EXPECT_TRUE(is_io(stream->close().error(), EIO));
  EXPECT_EQ(log_.closes, 1);
}

TEST_P(MapStream, DistrustsTheSourceBelow) {
  auto stream = source({claims(3)});
  std::byte room[2];
  EXPECT_TRUE(failed_with(stream->read(room), Code::kBadStream));
  EXPECT_TRUE(failed_with(stream->read(room), Code::kBadStream));
}

TEST_P(MapStream, SeeksWhereTheSourceBelowSeeks) {
  auto stream = source({});
  EXPECT_TRUE(stream->seekable());
  EXPECT_EQ(test::drain(*stream, 100).bytes, GetParam().hello);
  EXPECT_EQ(*stream->seek(3, Whence::kSet), 3u);
  EXPECT_EQ(*stream->tell(), 3u);
  EXPECT_EQ(test::drain(*stream, 100).bytes, std::string(GetParam().hello).substr(3));
}

TEST_P(MapStream, RefusedSeeksChangeNothing) {
  for (const Code code : {Code::kWouldBlock, Code::kInvalidArgument, Code::kNotSeekable}) {
    log_.seek_acts = {fails(Error(code))};
    auto stream = source({});
    EXPECT_TRUE(failed_with(stream->seek(3, Whence::kSet), code));
    EXPECT_EQ(test::drain(*stream, 100).bytes, GetParam().hello);
  }
}

TEST_P(MapStream, FailedSeekFailsTheStream) {
  log_.seek_acts = {fails(io_error(EIO, "seek"))};
  auto stream = source({});
  std::byte room[1];
  EXPECT_TRUE(is_io(stream->seek(3, Whence::kSet).error(), EIO));
  EXPECT_TRUE(is_io(stream->read(room).error(), EIO));
}

TEST_P(MapStream, ClosedSourceRefusesEverything) {
  log_.close_acts = {blocks(), fails(io_error(EIO, "close"))};
  auto stream = source({});
  EXPECT_TRUE(failed_with(stream->close(), Code::kWouldBlock));
  EXPECT_TRUE(is_io(stream->close().error(), EIO));
  EXPECT_TRUE(is_io(stream->close().error(), EIO));
  EXPECT_EQ(log_.closes, 2);
  std::byte room[1];
  EXPECT_TRUE(failed_with(stream->read(room), Code::kClosed));
  EXPECT_TRUE(failed_with(stream->seek(0, Whence::kSet), Code::kClosed));
  EXPECT_TRUE(failed_with(stream->tell(), Code::kClosed));
}

TEST_P(MapStream, WritesHoweverTheSinkBelowTakes) {
  for (const auto& act : {up_to(1), up_to(2), lend(1), lend(2), lend(100), blocks()}) {
    for (const std::size_t piece : {1, 2, 100}) {
      log_ = {};
      auto stream = sink(std::deque<Act>(6, act));
      ASSERT_TRUE(test::write_all(*stream, "Hello", piece).has_value());
      ASSERT_EQ(log_.taken, GetParam().hello);
      ASSERT_EQ(*stream->tell(), 5u);
      ASSERT_TRUE(stream->close().has_value());
      ASSERT_EQ(log_.closes, 1);
    }
  }
}

TEST_P(MapStream, HoldsNothingBackAndReturnsWhatWasTaken) {
  auto stream = sink({up_to(2), blocks(), blocks()});
  EXPECT_EQ(*stream->write(bytes_of("Hello")), 2u);
  EXPECT_EQ(log_.taken, std::string(GetParam().hello).substr(0, 2));
}

TEST_P(MapStream, NeverChangesItsInput) {
  std::string input = "Hello";
  auto stream = sink({lend(2), up_to(1)});
  EXPECT_TRUE(test::write_all(*stream, input, 5).has_value());
  EXPECT_EQ(input, "Hello");
}

TEST_P(MapStream, LendsTheRoomBelow) {
  auto stream = sink({lend(4)});
  const auto room = stream->reserve(4);
  ASSERT_EQ(room.size(), 4u);
  std::memcpy(room.data(), "Hell", 4);
  EXPECT_TRUE(stream->commit(3).has_value());
  EXPECT_EQ(log_.taken, std::string(GetParam().hello).substr(0, 3));
  EXPECT_EQ(*stream->tell(), 3u);
  EXPECT_TRUE(stream->reserve(4).empty());
}

TEST_P(MapStream, TakenBytesComeBeforeTheError) {
  auto stream = sink({up_to(2), fails(io_error(ENOSPC, "full"))});
  EXPECT_EQ(*stream->write(bytes_of("Hello")), 2u);
  EXPECT_TRUE(is_io(stream->write(bytes_of("llo")).error(), ENOSPC));
  EXPECT_TRUE(is_io(stream->write(bytes_of("llo")).error(), ENOSPC));
  EXPECT_TRUE(is_io(stream->flush().error(), ENOSPC));
  EXPECT_TRUE(stream->reserve(1).empty());
  EXPECT_EQ(log_.writes, 2);
  EXPECT_TRUE(is_io(stream->close().error(), ENOSPC));
  EXPECT_EQ(log_.closes, 1);
}

TEST_P(MapStream, FailedCommitFailsTheStream) {
  auto stream = sink({lend(4), fails(io_error(ENOSPC, "full"))});
  ASSERT_EQ(stream->reserve(4).size(), 4u);
  std::fill_n(stream->reserve(4).data(), 4, std::byte{'x'});
  EXPECT_TRUE(is_io(stream->commit(4).error(), ENOSPC));
  EXPECT_TRUE(is_io(stream->commit(0).error(), ENOSPC));
  EXPECT_EQ(*stream->tell(), 0u);
}

TEST_P(MapStream, DistrustsTheSinkBelow) {
  for (const std::size_t claim : {0, 6}) {
    auto stream = sink({claims(claim)});
    EXPECT_TRUE(failed_with(stream->write(bytes_of("Hello")), Code::kBadStream));
    EXPECT_TRUE(failed_with(stream->close(), Code::kBadStream));
  }
  auto stream = sink({lend(5), blocks()});
  const auto room = stream->reserve(5);
  std::fill(room.begin(), room.end(), std::byte{'x'});
  EXPECT_TRUE(failed_with(stream->commit(5), Code::kBadStream));
}

TEST_P(MapStream, FlushReachesBelowAndResumes) {
  log_.flush_acts = {blocks(), fails(io_error(EIO, "flush"))};
  auto stream = sink({});
  EXPECT_TRUE(failed_with(stream->flush(), Code::kWouldBlock));
  EXPECT_TRUE(is_io(stream->flush().error(), EIO));
  EXPECT_TRUE(is_io(stream->flush().error(), EIO));
  EXPECT_EQ(log_.flushes, 2);
}

TEST_P(MapStream, FlushSucceedsWhereTheSinkBelowDoes) {
  auto stream = sink({});
  EXPECT_EQ(*stream->write(bytes_of("Hello")), 5u);
  EXPECT_TRUE(stream->flush().has_value());
  EXPECT_EQ(log_.flushes, 1);
  EXPECT_EQ(log_.taken, GetParam().hello);
}

TEST_P(MapStream, ClosedSinkRefusesEverything) {
  log_.close_acts = {blocks()};
  auto stream = sink({lend(4)});
  EXPECT_TRUE(failed_with(stream->close(), Code::kWouldBlock));
  EXPECT_TRUE(failed_with(stream->write(bytes_of("x")), Code::kClosed));
  EXPECT_TRUE(stream->close().has_value());
  EXPECT_TRUE(stream->close().has_value());
  EXPECT_EQ(log_.closes, 2);
  EXPECT_TRUE(failed_with(stream->commit(0), Code::kClosed));
  EXPECT_TRUE(failed_with(stream->flush(), Code::kClosed));
  EXPECT_TRUE(failed_with(stream->tell(), Code::kClosed));
  EXPECT_TRUE(stream->reserve(1).empty());
}

TEST_P(MapStream, EmptySpansTouchNothing) {
  auto reader = source({});
  auto writer = sink({});
  EXPECT_EQ(*reader->read({}), 0u);
  EXPECT_EQ(*writer->write({}), 0u);
  EXPECT_EQ(log_.reads + log_.writes, 0);
}

TEST_P(MapStream, ReleasesWithoutClosing) {
  {
    auto reader = source({});
    auto writer = sink({});
    EXPECT_TRUE(test::write_all(*writer, "ab", 2).has_value());
  }
  EXPECT_EQ(log_.closes, 0);
}

TEST(MapSinkDeathTest, CommitsNoMoreThanWasLent) {
  Log log;
  auto stream =
      *Rot13().transform_to(std::make_unique<ScriptedSink>(std::deque<Act>{lend(4)}, log));
  EXPECT_DEATH(static_cast<void>(stream->commit(1)), "than was lent");
}

char swapped(char c) {
  if (c >= 'a' && c <= 'z') return static_cast<char>(c - 'a' + 'A');
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  return c;
}

TEST(Rot13Encoder, SwapsTheCaseOfLettersAndLeavesEveryOtherByte) {
  // Every byte value at every place within a few vectors, in sizes around all vector widths.
  for (std::size_t size = 1; size <= 400; ++size) {
    std::string input;
    for (std::size_t i = 0; i < size; ++i) input += static_cast<char>((i * 37 + size) & 255);
    std::string expected = input;
    for (char& c : expected) c = swapped(c);
    ByteBuffer buffer;
    auto sink = *Rot13().transform_to(std::make_unique<MemorySink>(buffer));
    ASSERT_EQ(*sink->write(bytes_of(input)), size);
    ASSERT_EQ(text_of(buffer.bytes()), expected) << size;
  }
}

// Whether the kernel for `target` alone does as a loop over bytes does. The kernel is chosen once
// in a process.
bool swaps_on(std::int64_t target) {
  hwy::SetSupportedTargetsForTest(target);
  const Rot13 rot13;
  for (const std::size_t size : {1,   15,  16,  17,  31,  32,  33,   63,    64,    65,    79,
                                 127, 128, 129, 255, 256, 257, 1023, 16383, 16384, 16385, 40001}) {
    std::string input;
    for (std::size_t i = 0; i < size; ++i) input += static_cast<char>((i * 37 + size) & 255);
    std::string expected = input;
    for (char& c : expected) c = swapped(c);
    auto source = *rot13.transform_from(std::make_unique<MemorySource>(bytes_of(input)));
    if (test::drain(*source, size).bytes != expected) return false;
    // Where the output begins decides which vectors overlap.
    for (const std::size_t offset : {0, 1, 15, 31, 63}) {
      alignas(64) static std::array<std::byte, 40001 + 2 * 64> room;
      room.fill(std::byte{0x5a});
      const auto output = std::span(room).subspan(offset, size);
      auto other = *rot13.transform_from(std::make_unique<MemorySource>(bytes_of(input)));
      if (other->read(output) != size || text_of(output) != expected) return false;
      if (room[offset + size] != std::byte{0x5a}) return false;
    }
  }
  return true;
}

TEST(Rot13DeathTest, DoesTheSameOnOlderProcessors) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  for (std::int64_t left = hwy::SupportedTargets(); left != 0; left &= left - 1) {
    const std::int64_t target = left & -left;
    EXPECT_EXIT(std::exit(swaps_on(target) ? 0 : 1), testing::ExitedWithCode(0), "")
        << hwy::TargetName(target);
  }
}

TEST(Rot13Decoder, UndoesTheEncoderInPlaceAndFromLentBytes) {
  std::string encoded;
  std::string expected;
  for (std::size_t i = 0; i < 3000; ++i) {
    encoded += static_cast<char>((i * 31 + i / 256) & 255);
    expected += swapped(encoded.back());
  }
  for (const std::size_t piece : {1, 15, 16, 17, 63, 64, 65, 257, 3000}) {
    Log log;
    const Rot13 rot13;
    auto plain =
        *rot13.transform_from(std::make_unique<ScriptedSource>(encoded, std::deque<Act>{}, log));
    EXPECT_EQ(test::drain(*plain, piece).bytes, expected) << piece;
    auto lent = *rot13.transform_from(std::make_unique<MemorySource>(bytes_of(encoded)));
    EXPECT_EQ(test::drain(*lent, piece).bytes, expected) << piece;
  }
}

TEST(Rot13Decoder, LeavesNonLettersUntouched) {
  const std::string text = "@[`{0 \xc1\xda\xe1\xfa\x80\xff";
  auto source = *Rot13().transform_from(std::make_unique<MemorySource>(bytes_of(text)));
  EXPECT_EQ(test::drain(*source, 100).bytes, text);
}

TEST(Rot13, BuffersByItsChunkSizeWhereNothingIsLent) {
  EXPECT_EQ(Rot13::Options{}.chunk_size, 8192u);
  Log log;
  auto sink = *Rot13({100}).transform_to(std::make_unique<ScriptedSink>(std::deque<Act>{}, log));
  EXPECT_EQ(*sink->write(bytes_of(std::string(1000, 'a'))), 1000u);
  EXPECT_EQ(log.writes, 10);
}

TEST(Rot13, WritesOfEverySizeGoThroughItsBuffers) {
  Log log;
  std::deque<Act> acts;
  for (int i = 0; i < 12; ++i) acts.push_back(up_to(i % 2 == 0 ? 100 : 3000));
  auto sink = *Rot13().transform_to(std::make_unique<ScriptedSink>(acts, log));
  std::string expected;
  for (const std::size_t size : {256, 257, 300, 1, 9000, 256, 20000, 8192}) {
    const char letter = static_cast<char>('a' + expected.size() % 26);
    EXPECT_EQ(*sink->write(bytes_of(std::string(size, letter))), size);
    expected += std::string(size, static_cast<char>(letter - 'a' + 'A'));
  }
  EXPECT_TRUE(log.taken == expected);
}

TEST(Rot13, StreamsOutliveTheInstance) {
  ByteBuffer buffer;
  auto sink = *std::make_unique<Rot13>()->transform_to(std::make_unique<MemorySink>(buffer));
  EXPECT_EQ(*sink->write(bytes_of("Weir")), 4u);
  EXPECT_EQ(text_of(buffer.bytes()), "wEIR");
}

/// Adds `step` to each byte: unlike the shipped transforms it does not commute with them.
class Shift final : public StreamTransform {
 public:
  explicit Shift(int step) : map_(std::make_shared<Map>(step)) {}
  Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override {
    return std::make_unique<MapSink>(std::move(output), map_, MapSink::Options{16});
  }
  Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source>) const override {
    return fail(Code::kNotSeekable, "only writes");
  }
  Descriptor descriptor() const override { return *Descriptor::parse("test.shift/1"); }

 private:
  struct Map final : ByteMap {
    explicit Map(int by) : step(by) {}
    void map(std::span<const std::byte> input, std::byte* output) const noexcept override {
      for (const std::byte b : input) {
        *output++ = static_cast<std::byte>(std::to_integer<int>(b) + step);
      }
    }
    int step;
  };
  std::shared_ptr<const ByteMap> map_;
};

std::vector<std::unique_ptr<StreamTransform>> links(std::unique_ptr<StreamTransform> first,
                                                    std::unique_ptr<StreamTransform> second) {
  std::vector<std::unique_ptr<StreamTransform>> transforms;
  transforms.push_back(std::move(first));
  transforms.push_back(std::move(second));
  return transforms;
}

TEST(Chain, WritesThroughTheLastLinkFirst) {
  const auto encode = [](const Chain& chain) {
    ByteBuffer buffer;
    auto sink = *chain.transform_to(std::make_unique<MemorySink>(buffer));
    EXPECT_EQ(*sink->write(bytes_of("z")), 1u);
    EXPECT_TRUE(sink->close().has_value());
    return text_of(buffer.bytes());
  };
  // 'z' + 1 is '{', no letter; 'Z' + 1 is '['.
  const Chain shift_first(links(std::make_unique<Rot13>(), std::make_unique<Shift>(1)));
  EXPECT_EQ(encode(shift_first), "{");
  const Chain swap_first(links(std::make_unique<Shift>(1), std::make_unique<Rot13>()));
  EXPECT_EQ(encode(swap_first), "[");
  EXPECT_EQ(swap_first.size(), 2u);
  EXPECT_EQ(swap_first.descriptors(), (std::vector<std::string>{"test.shift/1", "stream.rot13/1"}));
}

TEST(Chain, EmptyOnePassesThrough) {
  const Chain chain({});
  ByteBuffer buffer;
  auto sink = *chain.transform_to(std::make_unique<MemorySink>(buffer));
  EXPECT_EQ(*sink->write(bytes_of("abc")), 3u);
  auto source = *chain.transform_from(std::make_unique<MemorySource>(buffer.bytes()));
  EXPECT_EQ(test::drain(*source, 2).bytes, "abc");
  EXPECT_TRUE(chain.descriptors().empty());
}

TEST(Chain, PassesAFailingLinkOn) {
  Log log;
  const Chain chain(links(std::make_unique<Rot13>(), std::make_unique<Shift>(1)));
  EXPECT_TRUE(failed_with(
      chain.transform_from(std::make_unique<ScriptedSource>("a", std::deque<Act>{}, log)),
      Code::kNotSeekable));
  EXPECT_EQ(log.closes, 0);
}

}  // namespace
}  // namespace weir
