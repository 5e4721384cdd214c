// Guards the streams in memory and the sink that does not close: states, lending, positions.
#include "weir/memory.h"

#include <gtest/gtest.h>

#include <limits>

#include "test_streams.h"
#include "weir/non_closing_sink.h"
#include "weir/transforms/crc32c.h"

namespace weir {
namespace {

using test::bytes_of;
using test::Log;
using test::ScriptedSink;
using test::text_of;

TEST(MemorySource, GivesItsBytesAndThenTheEnd) {
  MemorySource source(bytes_of("hello"));
  std::byte room[3];
  EXPECT_EQ(*source.read(room), 3u);
  EXPECT_EQ(text_of(room), "hel");
  EXPECT_EQ(*source.read({}), 0u);
  EXPECT_EQ(*source.read(room), 2u);
  EXPECT_EQ(*source.tell(), 5u);
  EXPECT_EQ(*source.read(room), 0u);
  EXPECT_EQ(*source.read(room), 0u);
}

TEST(MemorySource, LendsWithoutAdvancing) {
  MemorySource source(bytes_of("hello"));
  EXPECT_EQ(text_of(source.peek(2)), "he");
  EXPECT_EQ(text_of(source.peek(100)), "hello");
  EXPECT_EQ(*source.tell(), 0u);
  source.consume(4);
  EXPECT_EQ(text_of(source.peek(100)), "o");
  source.consume(1);
  EXPECT_TRUE(source.peek(100).empty());
}

TEST(MemorySource, SeeksAnywhereFromZeroOn) {
  MemorySource source(bytes_of("hello"));
  EXPECT_EQ(*source.seek(-2, Whence::kEnd), 3u);
  EXPECT_EQ(*source.seek(1, Whence::kCurrent), 4u);
  EXPECT_EQ(*source.seek(-4, Whence::kCurrent), 0u);
  EXPECT_EQ(*source.seek(7, Whence::kEnd), 12u);
  EXPECT_EQ(*source.tell(), 12u);
  std::byte room[1];
  EXPECT_EQ(*source.read(room), 0u);
  EXPECT_EQ(*source.seek(4, Whence::kSet), 4u);
  EXPECT_EQ(*source.read(room), 1u);
}

TEST(MemorySource, RefusesBadTargetsAndStays) {
  MemorySource source(bytes_of("hello"));
  EXPECT_EQ(*source.seek(2, Whence::kSet), 2u);
  constexpr auto kMin = std::numeric_limits<std::int64_t>::min();
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  EXPECT_TRUE(failed_with(source.seek(-1, Whence::kSet), Code::kInvalidArgument));
  EXPECT_TRUE(failed_with(source.seek(-3, Whence::kCurrent), Code::kInvalidArgument));
  EXPECT_TRUE(failed_with(source.seek(-6, Whence::kEnd), Code::kInvalidArgument));
  EXPECT_TRUE(failed_with(source.seek(kMin, Whence::kEnd), Code::kInvalidArgument));
  EXPECT_TRUE(failed_with(source.seek(kMax, Whence::kEnd), Code::kInvalidArgument));
  EXPECT_TRUE(failed_with(source.seek(kMax, Whence::kCurrent), Code::kInvalidArgument));
  EXPECT_EQ(*source.tell(), 2u);
  EXPECT_EQ(*source.seek(kMax, Whence::kSet), static_cast<std::uint64_t>(kMax));
}

TEST(MemorySource, RefusesEverythingOnceClosed) {
  MemorySource source(bytes_of("hello"));
  EXPECT_TRUE(source.close().has_value());
  EXPECT_TRUE(source.close().has_value());
  std::byte room[1];
  EXPECT_TRUE(failed_with(source.read(room), Code::kClosed));
  EXPECT_TRUE(failed_with(source.seek(0, Whence::kSet), Code::kClosed));
  EXPECT_TRUE(failed_with(source.tell(), Code::kClosed));
  EXPECT_TRUE(source.peek(1).empty());
}

TEST(MemorySourceDeathTest, ConsumesNoMoreThanThereIs) {
  MemorySource source(bytes_of("hello"));
  EXPECT_TRUE(source.seekable());
  EXPECT_DEATH(source.consume(6), "than was lent");
}

TEST(ByteBuffer, KeepsItsBytesWhileItGrows) {
  ByteBuffer buffer;
  std::string expected;
  for (int i = 0; i < 2000; ++i) {
    const std::string piece(static_cast<std::size_t>(i % 7), static_cast<char>('a' + i % 26));
    buffer.append(bytes_of(piece));
    expected += piece;
  }
  EXPECT_EQ(text_of(buffer.bytes()), expected);
  const auto* data = buffer.bytes().data();
  buffer.clear();
  EXPECT_EQ(buffer.size(), 0u);
  EXPECT_EQ(buffer.grow(expected.size()).data(), data);
}

TEST(ByteBuffer, ThrowsForWhatNoMemoryHolds) {
  ByteBuffer buffer;
  buffer.append(bytes_of("x"));
  EXPECT_THROW(buffer.grow(static_cast<std::size_t>(-1)), std::bad_alloc);
  EXPECT_EQ(text_of(buffer.bytes()), "x");
}

TEST(ByteBufferDeathTest, CommitsNoMoreThanThereIsRoom) {
  ByteBuffer buffer;
  const std::size_t room = buffer.grow(10).size();
  EXPECT_DEATH(buffer.commit(room + 1), "than there is room");
}

TEST(MemorySink, TakesWrittenAndCommittedBytes) {
  ByteBuffer buffer;
  MemorySink sink(buffer);
  EXPECT_EQ(*sink.write(bytes_of("ab")), 2u);
  const auto room = sink.reserve(3);
  ASSERT_GE(room.size(), 3u);
  room[0] = std::byte{'c'};
  EXPECT_TRUE(sink.commit(1).has_value());
  EXPECT_EQ(*sink.write({}), 0u);
  EXPECT_TRUE(sink.flush().has_value());
  EXPECT_EQ(*sink.tell(), 3u);
  EXPECT_EQ(text_of(buffer.bytes()), "abc");
}

TEST(MemorySink, RefusesEverythingOnceClosed) {
  ByteBuffer buffer;
  MemorySink sink(buffer);
  EXPECT_TRUE(sink.close().has_value());
  EXPECT_TRUE(failed_with(sink.write(bytes_of("a")), Code::kClosed));
  EXPECT_TRUE(failed_with(sink.commit(0), Code::kClosed));
  EXPECT_TRUE(failed_with(sink.flush(), Code::kClosed));
  EXPECT_TRUE(failed_with(sink.tell(), Code::kClosed));
  EXPECT_TRUE(sink.reserve(1).empty());
  EXPECT_TRUE(sink.close().has_value());
  EXPECT_EQ(buffer.size(), 0u);
}

TEST(MemorySink, FailsForWhatNoMemoryHolds) {
  ByteBuffer buffer;
  MemorySink sink(buffer);
  EXPECT_EQ(*sink.write(bytes_of("ab")), 2u);
  // More than the address space, so that nothing is read; what follows is refused, but not lost.
  EXPECT_TRUE(sink.reserve(static_cast<std::size_t>(-1)).empty());
  const std::span<const std::byte> endless(buffer.bytes().data(), static_cast<std::size_t>(-1));
  EXPECT_TRUE(failed_with(sink.write(endless), Code::kOutOfMemory));
  EXPECT_TRUE(failed_with(sink.write(bytes_of("c")), Code::kOutOfMemory));
  EXPECT_TRUE(sink.reserve(1).empty());
  EXPECT_TRUE(failed_with(sink.close(), Code::kOutOfMemory));
  EXPECT_EQ(text_of(buffer.bytes()), "ab");
}

TEST(NonClosingSink, PassesFlushesAndTheirFailuresOn) {
  Log log;
  log.flush_acts = {test::blocks()};
  ScriptedSink below({}, log);
  NonClosingSink sink(below);
  EXPECT_TRUE(failed_with(sink.flush(), Code::kWouldBlock));
  EXPECT_TRUE(sink.flush().has_value());
  EXPECT_EQ(log.flushes, 2);
  log.flush_acts = {test::fails(io_error(5, "x"))};
  EXPECT_TRUE(failed_with(sink.flush(), Code::kIo));
  EXPECT_TRUE(sink.reserve(1).empty());
  EXPECT_TRUE(failed_with(sink.commit(0), Code::kIo));
  EXPECT_EQ(log.flushes, 3);
}

TEST(NonClosingSink, FailsWithACommitThatFails) {
  Log log;
  ScriptedSink below({test::lend(4), test::fails(io_error(5, "x"))}, log);
  NonClosingSink sink(below);
  ASSERT_EQ(sink.reserve(4).size(), 4u);
  EXPECT_TRUE(failed_with(sink.commit(2), Code::kIo));
  EXPECT_EQ(*sink.tell(), 0u);
  EXPECT_TRUE(failed_with(sink.close(), Code::kIo));
  EXPECT_TRUE(failed_with(sink.tell(), Code::kClosed));
}

TEST(NonClosingSink, AppendsSeveralStreamsToOneSink) {
  ByteBuffer buffer;
  MemorySink below(buffer);
  for (const char* text : {"ab", "cde"}) {
    NonClosingSink sink(below);
    EXPECT_TRUE(test::write_all(sink, text, 1).has_value());
    EXPECT_EQ(*sink.tell(), std::string_view(text).size());
    EXPECT_TRUE(sink.close().has_value());
    EXPECT_TRUE(failed_with(sink.write(bytes_of("x")), Code::kClosed));
  }
  NonClosingSink lending(below);
  lending.reserve(1)[0] = std::byte{'f'};
  EXPECT_TRUE(lending.commit(1).has_value());
  EXPECT_EQ(*lending.tell(), 1u);
  EXPECT_EQ(text_of(buffer.bytes()), "abcdef");
}

TEST(NonClosingSink, FlushesInsteadOfClosingAndResumes) {
  Log log;
  log.flush_acts = {test::blocks()};
  ScriptedSink below({}, log);
  NonClosingSink sink(below);
  EXPECT_TRUE(failed_with(sink.close(), Code::kWouldBlock));
  EXPECT_TRUE(failed_with(sink.flush(), Code::kClosed));
  EXPECT_TRUE(sink.close().has_value());
  EXPECT_TRUE(sink.close().has_value());
  EXPECT_EQ(log.flushes, 2);
  EXPECT_EQ(log.closes, 0);
}

TEST(NonClosingSink, KeepsItsFirstError) {
  Log log;
  ScriptedSink below({test::fails(io_error(5, "x"))}, log);
  NonClosingSink sink(below);
  EXPECT_TRUE(failed_with(sink.write(bytes_of("a")), Code::kIo));
  EXPECT_TRUE(failed_with(sink.write(bytes_of("a")), Code::kIo));
  EXPECT_TRUE(failed_with(sink.flush(), Code::kIo));
  EXPECT_TRUE(failed_with(sink.close(), Code::kIo));
  EXPECT_EQ(log.writes, 1);
  EXPECT_EQ(log.flushes, 0);
}

#if WEIR_HAVE_ISAL
// Blocks fill up in the buffer's room.
TEST(MemorySink, MayBeDrainedBetweenTheCallsOfAnEncoder) {
  const Crc32c transform(Crc32c::Options{.block_bytes = 64});
  ByteBuffer buffer;
  std::string encoded;
  std::string payload;
  auto sink = *transform.transform_to(std::make_unique<MemorySink>(buffer));
  for (int i = 0; i < 50; ++i) {
    const std::string piece = std::to_string(1000000000 + i);
    payload += piece;
    ASSERT_TRUE(test::write_all(*sink, piece, piece.size()).has_value());
    encoded += text_of(buffer.bytes());
    buffer.clear();
  }
  ASSERT_TRUE(sink->close().has_value());
  encoded += text_of(buffer.bytes());
  auto source = *transform.transform_from(std::make_unique<MemorySource>(bytes_of(encoded)));
  EXPECT_EQ(test::drain(*source, 100).bytes, payload);
}
#endif

TEST(MemorySinkDeathTest, NobodyElseAppends) {
  ByteBuffer buffer;
  MemorySink sink(buffer);
  ASSERT_FALSE(sink.reserve(10).empty());
  buffer.append(bytes_of("x"));
  EXPECT_DEATH((void)sink.commit(1), "nobody else appends to the buffer");
}

}  // namespace
}  // namespace weir
