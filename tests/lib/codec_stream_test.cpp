// Guards the codec adaptors: short, blocking, lending, failing and lying streams below; flush,
// close and failure states; codec bugs.
#include <gtest/gtest.h>

#include <cerrno>
#include <functional>

#include "test_streams.h"
#include "weir/codec_sink.h"
#include "weir/codec_source.h"

namespace weir {
namespace {

using test::Act;
using test::blocks;
using test::bytes_of;
using test::claims;
using test::DoublingDecoder;
using test::DoublingEncoder;
using test::fails;
using test::lend;
using test::Log;
using test::ScriptedSink;
using test::ScriptedSource;
using test::text_of;
using test::until_done;
using test::up_to;

CodecSource source_of(std::string content, std::deque<Act> acts, Log& log,
                      std::size_t buffer_bytes = 16) {
  return CodecSource(std::make_unique<ScriptedSource>(std::move(content), std::move(acts), log),
                     std::make_unique<DoublingDecoder>(), {buffer_bytes});
}
CodecSink sink_of(std::deque<Act> acts, Log& log, std::size_t buffer_bytes = 16) {
  return CodecSink(std::make_unique<ScriptedSink>(std::move(acts), log),
                   std::make_unique<DoublingEncoder>(), {buffer_bytes});
}
bool is_io(const Error& error, int os_error) {
  return error.code == Code::kIo && error.os_error == os_error;
}

TEST(CodecSource, DecodesHoweverItIsCut) {
  for (const std::size_t buffer : {1, 2, 3, 16}) {
    for (const std::size_t piece : {1, 2, 100}) {
      for (const auto& act : {up_to(1), up_to(3), lend(1), lend(3), lend(100)}) {
        Log log;
        auto source = source_of("aabb|cc||ddee.", std::deque<Act>(20, act), log, buffer);
        const auto drained = test::drain(source, piece);
        ASSERT_TRUE(drained.end.has_value());
        ASSERT_EQ(drained.bytes, "abcde");
        ASSERT_EQ(*source.tell(), 5u);
      }
    }
  }
}

TEST(CodecSource, SurfacesWouldBlockAndGoesOn) {
  Log log;
  auto source = source_of("aabb.", {blocks(), up_to(1), blocks(), up_to(2), blocks()}, log);
  const auto drained = test::drain(source, 10);
  EXPECT_TRUE(drained.end.has_value());
  EXPECT_EQ(drained.bytes, "ab");
  EXPECT_EQ(drained.blocks, 3u);
}

TEST(CodecSource, ReturnsWhatItHasBeforeItReadsOn) {
  Log log;
  auto source = source_of("aabb.", {up_to(2), blocks()}, log);
  std::byte room[10];
  EXPECT_EQ(*source.read(room), 1u);
  EXPECT_EQ(log.reads, 1);
}

TEST(CodecSource, ReadsNothingForAnEmptySpan) {
  Log log;
  auto source = source_of("aa.", {}, log);
  EXPECT_EQ(*source.read({}), 0u);
  EXPECT_EQ(log.reads, 0);
}

TEST(CodecSource, DoesNotReadBehindTheEnd) {
  Log log;
  auto source = source_of("aa.", {}, log);
  EXPECT_EQ(test::drain(source, 10).bytes, "a");
  const int reads = log.reads;
  std::byte room[1];
  EXPECT_EQ(*source.read(room), 0u);
  EXPECT_EQ(*source.read(room), 0u);
  EXPECT_EQ(log.reads, reads);
}

TEST(CodecSource, EndsTruncatedWhereTheCodecSaysSo) {
  for (const std::string content : {"", "a", "aa", "aab", "aabb"}) {
    Log log;
    auto source = source_of(content, {}, log);
    const auto drained = test::drain(source, 1);
    ASSERT_TRUE(failed_with(drained.end, Code::kTruncated)) << content;
    EXPECT_EQ(drained.end.error().offset, content.size());
    EXPECT_EQ(drained.bytes, std::string("ab").substr(0, content.size() / 2));
    std::byte room[1];
    EXPECT_TRUE(failed_with(source.read(room), Code::kTruncated));
  }
}

TEST(CodecSource, RefusesBytesBehindTheEnd) {
  for (const auto& acts : {std::deque<Act>{}, std::deque<Act>{up_to(3)}, {lend(3)}, {lend(10)}}) {
    Log log;
    auto source = source_of("aa.bb", acts, log);
    const auto drained = test::drain(source, 10);
    EXPECT_EQ(drained.bytes, "a");
    ASSERT_TRUE(failed_with(drained.end, Code::kCorrupt));
    EXPECT_EQ(drained.end.error().offset, 3u);
  }
}

TEST(CodecSource, GivesBytesFirstAndRepeatsTheCodecsError) {
  Log log;
  auto source = source_of("aabx", {}, log);
  std::byte room[10];
  EXPECT_EQ(*source.read(room), 1u);
  for (int i = 0; i < 2; ++i) {
    const auto result = source.read(room);
    ASSERT_TRUE(failed_with(result, Code::kCorrupt));
    EXPECT_EQ(result.error().offset, 3u);
  }
}

TEST(CodecSource, PassesFaultsOnUnchangedForEver) {
  Log log;
  auto source = source_of("aabb.", {up_to(3), fails(io_error(EIO, "disk"))}, log);
  const auto drained = test::drain(source, 10);
  EXPECT_EQ(drained.bytes, "a");
  EXPECT_TRUE(is_io(drained.end.error(), EIO));
  EXPECT_EQ(drained.end.error().detail.view(), "disk");
  const int reads = log.reads;
  std::byte room[1];
  EXPECT_TRUE(is_io(source.read(room).error(), EIO));
  EXPECT_EQ(log.reads, reads);
  EXPECT_TRUE(is_io(source.close().error(), EIO));
  EXPECT_EQ(log.closes, 1);
}

TEST(CodecSource, DistrustsCounts) {
  Log log;
  auto source = source_of("aabb.", {claims(17)}, log, 16);
  std::byte room[100];
  EXPECT_TRUE(failed_with(source.read(room), Code::kBadStream));
  EXPECT_TRUE(failed_with(source.read(room), Code::kBadStream));
}

TEST(CodecSource, TurnsFailedAllocationsIntoErrors) {
  Log log;
  auto source = source_of("aa$", {up_to(2)}, log);
  const auto drained = test::drain(source, 10);
  EXPECT_EQ(drained.bytes, "a");
  EXPECT_TRUE(failed_with(drained.end, Code::kOutOfMemory));
}

TEST(CodecSource, IsNotSeekable) {
  Log log;
  auto source = source_of("aa.", {}, log);
  EXPECT_FALSE(source.seekable());
  EXPECT_TRUE(failed_with(source.seek(0, Whence::kSet), Code::kNotSeekable));
  EXPECT_EQ(test::drain(source, 10).bytes, "a");
}

TEST(CodecSource, ClosesBelowOnceAndResumes) {
  Log log;
  log.close_acts = {blocks(), fails(io_error(EIO, "close"))};
  auto source = source_of("aa.", {}, log);
  EXPECT_TRUE(failed_with(source.close(), Code::kWouldBlock));
  std::byte room[1];
  EXPECT_TRUE(failed_with(source.read(room), Code::kClosed));
  EXPECT_TRUE(is_io(source.close().error(), EIO));
  EXPECT_TRUE(is_io(source.close().error(), EIO));
  EXPECT_EQ(log.closes, 2);
  EXPECT_TRUE(failed_with(source.read(room), Code::kClosed));
  EXPECT_TRUE(failed_with(source.seek(0, Whence::kSet), Code::kClosed));
  EXPECT_TRUE(failed_with(source.tell(), Code::kClosed));
}

TEST(CodecSource, ReleasesWithoutClosing) {
  Log log;
  { auto source = source_of("aa.", {}, log); }
  EXPECT_EQ(log.closes, 0);
}

TEST(CodecSink, EncodesHoweverItIsCut) {
  for (const std::size_t buffer : {1, 2, 3, 16}) {
    for (const std::size_t piece : {1, 2, 100}) {
      for (const auto& act : {up_to(1), up_to(3), blocks(), lend(1), lend(3), lend(100)}) {
        Log log;
        auto sink = sink_of(std::deque<Act>(20, act), log, buffer);
        ASSERT_TRUE(test::write_all(sink, "abcde", piece).has_value());
        ASSERT_EQ(*sink.tell(), 5u);
        ASSERT_TRUE(until_done([&] { return sink.close(); }).has_value());
        ASSERT_EQ(log.taken, "aabbccddee.");
        ASSERT_EQ(log.closes, 1);
      }
    }
  }
}

TEST(CodecSink, LeavesItsInputAlone) {
  Log log;
  auto sink = sink_of({lend(3), up_to(1)}, log);
  const std::string input = "abcde";
  std::string kept = input;
  EXPECT_TRUE(test::write_all(sink, kept, 5).has_value());
  EXPECT_EQ(kept, input);
}

TEST(CodecSink, BlocksOnlyWhenItsBufferIsFull) {
  Log log;
  auto sink = sink_of(std::deque<Act>(10, blocks()), log, 4);
  // Two bytes fill the buffer, the codec keeps what does not fit.
  EXPECT_GT(*sink.write(bytes_of("ab")), 0u);
  std::uint64_t taken = *sink.tell();
  Result<std::size_t> result = 0;
  while ((result = sink.write(bytes_of("c")))) taken += *result;
  EXPECT_TRUE(failed_with(result, Code::kWouldBlock));
  EXPECT_EQ(*sink.tell(), taken);
  EXPECT_LE(taken, 5u);
  EXPECT_TRUE(until_done([&] { return sink.close(); }).has_value());
  EXPECT_EQ(log.taken.size(), 2 * taken + 1);
}

TEST(CodecSink, MakesRoomFromAPartialWrite) {
  Log log;
  auto sink = sink_of({up_to(1), blocks(), up_to(1), blocks()}, log, 4);
  EXPECT_TRUE(test::write_all(sink, "abcdefgh", 8).has_value());
  EXPECT_TRUE(sink.close().has_value());
  EXPECT_EQ(log.taken, "aabbccddeeffgghh.");
}

TEST(CodecSink, FlushPassesAllOnAndFlushesBelow) {
  Log log;
  auto sink = sink_of({}, log);
  EXPECT_TRUE(test::write_all(sink, "ab", 2).has_value());
  EXPECT_EQ(log.taken, "");
  EXPECT_TRUE(sink.flush().has_value());
  EXPECT_EQ(log.taken, "aabb|");
  EXPECT_EQ(log.flushes, 1);
}

TEST(CodecSink, FlushResumesWhereItBlocked) {
  for (const std::size_t buffer : {1, 2, 3, 16}) {
    Log log;
    log.flush_acts = {blocks(), blocks()};
    auto sink = sink_of({blocks(), up_to(1), blocks(), up_to(2), blocks()}, log, buffer);
    EXPECT_TRUE(test::write_all(sink, "ab", 2).has_value());
    EXPECT_TRUE(until_done([&] { return sink.flush(); }).has_value());
    EXPECT_EQ(log.taken, "aabb|");
    EXPECT_EQ(log.flushes, 3);
  }
}

TEST(CodecSink, WriteFinishesAnUnfinishedFlush) {
  for (const std::size_t buffer : {1, 2, 16}) {
    Log log;
    log.flush_acts = {blocks()};
    auto sink = sink_of({blocks(), up_to(1), blocks()}, log, buffer);
    EXPECT_TRUE(test::write_all(sink, "a", 1).has_value());
    EXPECT_TRUE(failed_with(sink.flush(), Code::kWouldBlock));
    EXPECT_TRUE(test::write_all(sink, "b", 1).has_value());
    EXPECT_EQ(log.flushes, 2);
    EXPECT_TRUE(until_done([&] { return sink.close(); }).has_value());
    EXPECT_EQ(log.taken, "aa|bb.");
  }
}

TEST(CodecSink, CloseFinishesAnUnfinishedFlush) {
  for (const std::size_t buffer : {1, 2, 16}) {
    Log log;
    auto sink = sink_of({blocks(), up_to(1), blocks(), blocks()}, log, buffer);
    EXPECT_TRUE(test::write_all(sink, "a", 1).has_value());
    EXPECT_TRUE(failed_with(sink.flush(), Code::kWouldBlock));
    EXPECT_TRUE(until_done([&] { return sink.close(); }).has_value());
    EXPECT_EQ(log.taken, "aa|.");
    EXPECT_EQ(log.closes, 1);
  }
}

TEST(CodecSink, CloseResumesAndRefusesEverythingElse) {
  Log log;
  log.close_acts = {blocks()};
  auto sink = sink_of({blocks()}, log);
  EXPECT_TRUE(test::write_all(sink, "a", 1).has_value());
  EXPECT_TRUE(failed_with(sink.close(), Code::kWouldBlock));
  EXPECT_EQ(log.closes, 0);
  EXPECT_TRUE(failed_with(sink.write(bytes_of("b")), Code::kClosed));
  EXPECT_TRUE(failed_with(sink.flush(), Code::kClosed));
  EXPECT_TRUE(failed_with(sink.tell(), Code::kClosed));
  EXPECT_TRUE(failed_with(sink.close(), Code::kWouldBlock));
  EXPECT_TRUE(sink.close().has_value());
  EXPECT_TRUE(sink.close().has_value());
  EXPECT_EQ(log.closes, 2);
  EXPECT_EQ(log.taken, "aa.");
}

TEST(CodecSink, TakenBytesComeBeforeTheError) {
  Log log;
  auto sink = sink_of({fails(io_error(ENOSPC, "full"))}, log, 4);
  const auto first = sink.write(bytes_of("abcdef"));
  ASSERT_TRUE(first.has_value());
  EXPECT_LT(*first, 6u);
  EXPECT_TRUE(is_io(sink.write(bytes_of("x")).error(), ENOSPC));
  EXPECT_EQ(*sink.tell(), *first);
}

TEST(CodecSink, FailsForGoodAndStillClosesBelow) {
  Log log;
  log.close_acts = {fails(io_error(EIO, "close"))};
  auto sink = sink_of({fails(io_error(ENOSPC, "full"))}, log);
  EXPECT_TRUE(test::write_all(sink, "ab", 2).has_value());
  EXPECT_TRUE(is_io(sink.flush().error(), ENOSPC));
  EXPECT_TRUE(is_io(sink.flush().error(), ENOSPC));
  EXPECT_TRUE(is_io(sink.write(bytes_of("c")).error(), ENOSPC));
  EXPECT_EQ(log.writes, 1);
  EXPECT_TRUE(is_io(sink.close().error(), ENOSPC));
  EXPECT_TRUE(is_io(sink.close().error(), ENOSPC));
  EXPECT_EQ(log.closes, 1);
  EXPECT_EQ(log.taken, "");
}

TEST(CodecSink, CloseReportsTheLastBytesAndTheSinkBelow) {
  {
    Log log;
    auto sink = sink_of({fails(io_error(ENOSPC, "full"))}, log);
    EXPECT_TRUE(test::write_all(sink, "ab", 2).has_value());
    EXPECT_TRUE(is_io(sink.close().error(), ENOSPC));
    EXPECT_EQ(log.closes, 1);
  }
  {
    Log log;
    log.close_acts = {fails(io_error(EIO, "close"))};
    auto sink = sink_of({}, log);
    EXPECT_TRUE(is_io(sink.close().error(), EIO));
    EXPECT_TRUE(is_io(sink.close().error(), EIO));
    EXPECT_EQ(log.closes, 1);
  }
  {
    Log log;
    log.flush_acts = {fails(io_error(EIO, "flush"))};
    auto sink = sink_of({}, log);
    EXPECT_TRUE(is_io(sink.flush().error(), EIO));
    EXPECT_TRUE(is_io(sink.close().error(), EIO));
  }
}

TEST(CodecSink, ReportsAFailedCommit) {
  Log log;
  auto sink = sink_of({lend(4), fails(io_error(ENOSPC, "full"))}, log);
  EXPECT_TRUE(test::write_all(sink, "abc", 3).has_value());
  EXPECT_TRUE(is_io(sink.write(bytes_of("d")).error(), ENOSPC));
  EXPECT_TRUE(is_io(sink.close().error(), ENOSPC));
}

TEST(CodecSink, DistrustsCounts) {
  for (const std::size_t claim : {0, 100}) {
    Log log;
    auto sink = sink_of({claims(claim)}, log);
    EXPECT_TRUE(test::write_all(sink, "ab", 2).has_value());
    EXPECT_TRUE(failed_with(sink.flush(), Code::kBadStream));
    EXPECT_TRUE(failed_with(sink.close(), Code::kBadStream));
    EXPECT_EQ(log.closes, 1);
  }
  Log log;
  auto sink = sink_of({lend(4), blocks()}, log);
  EXPECT_TRUE(test::write_all(sink, "abc", 3).has_value());
  EXPECT_TRUE(failed_with(sink.write(bytes_of("d")), Code::kBadStream));
}

TEST(CodecSink, PassesTheCodecsErrorOn) {
  Log log;
  auto sink = sink_of({}, log);
  EXPECT_TRUE(failed_with(sink.write(bytes_of("!")), Code::kInvalidArgument));
  EXPECT_TRUE(failed_with(sink.write(bytes_of("a")), Code::kInvalidArgument));
  EXPECT_TRUE(failed_with(sink.close(), Code::kInvalidArgument));
  EXPECT_EQ(log.taken, "");
}

TEST(CodecSink, TurnsFailedAllocationsIntoErrors) {
  Log log;
  auto sink = sink_of({}, log);
  EXPECT_TRUE(failed_with(sink.write(bytes_of("$")), Code::kOutOfMemory));
  EXPECT_TRUE(failed_with(sink.close(), Code::kOutOfMemory));
  EXPECT_EQ(log.closes, 1);
}

TEST(CodecSink, WritesNothingForAnEmptySpanAndNothingWhenAbandoned) {
  Log log;
  {
    auto sink = sink_of({}, log);
    EXPECT_EQ(*sink.write({}), 0u);
    EXPECT_TRUE(test::write_all(sink, "ab", 2).has_value());
  }
  EXPECT_EQ(log.writes, 0);
  EXPECT_EQ(log.closes, 0);
}

/// Answers as it is told.
class ToldCodec final : public Codec {
 public:
  using Answer = std::function<Result<Step>(std::span<const std::byte>, std::span<std::byte>)>;
  explicit ToldCodec(Answer answer) : answer_(std::move(answer)) {}
  Result<Step> step(std::span<const std::byte> input, std::span<std::byte> output,
                    Directive) override {
    return answer_(input, output);
  }

 private:
  Answer answer_;
};

void write_with(ToldCodec::Answer answer) {
  Log log;
  CodecSink sink(std::make_unique<ScriptedSink>(std::deque<Act>{}, log),
                 std::make_unique<ToldCodec>(std::move(answer)));
  static_cast<void>(sink.write(bytes_of("abc")));
  static_cast<void>(sink.close());
}
void read_with(ToldCodec::Answer answer) {
  Log log;
  CodecSource source(std::make_unique<ScriptedSource>("abc", std::deque<Act>{}, log),
                     std::make_unique<ToldCodec>(std::move(answer)));
  std::byte room[10];
  static_cast<void>(source.read(room));
}

TEST(CodecDeathTest, LeavingTheSpansEndsTheProgram) {
  const auto too_much_in = [](auto in, auto) { return Step{in.size() + 1, 0}; };
  const auto too_much_out = [](auto in, auto out) { return Step{in.size(), out.size() + 1}; };
  EXPECT_DEATH(write_with(too_much_in), "within its spans");
  EXPECT_DEATH(write_with(too_much_out), "within its spans");
  EXPECT_DEATH(read_with(too_much_in), "within its spans");
  EXPECT_DEATH(read_with(too_much_out), "within its spans");
}

TEST(CodecDeathTest, StandingStillEndsTheProgram) {
  const auto idle = [](auto, auto) { return Step{0, 0, Status::kNeedOutput}; };
  EXPECT_DEATH(write_with(idle), "makes progress");
  EXPECT_DEATH(read_with(idle), "makes progress");
  const auto never_ends = [](auto in, auto) { return Step{in.size(), 0, Status::kNeedInput}; };
  EXPECT_DEATH(write_with(never_ends), "makes progress");
  EXPECT_DEATH(read_with(never_ends), "makes progress");
}

TEST(CodecDeathTest, UnfitAnswersEndTheProgram) {
  const auto flushed = [](auto in, auto) { return Step{in.size(), 0, Status::kFlushed}; };
  EXPECT_DEATH(write_with(flushed), "only a flush");
  EXPECT_DEATH(read_with(flushed), "only a flush");
  const auto ended = [](auto in, auto) { return Step{in.size(), 0, Status::kEnd}; };
  EXPECT_DEATH(write_with(ended), "when it is told to");
  const auto waits = [](auto, auto) -> Result<Step> { return fail(Code::kWouldBlock); };
  EXPECT_DEATH(write_with(waits), "does not block");
  EXPECT_DEATH(read_with(waits), "does not block");
}

TEST(CodecDeathTest, NullSpansEndTheProgram) {
  Log log;
  auto source = source_of("aa.", {}, log);
  auto sink = sink_of({}, log);
  EXPECT_DEATH(static_cast<void>(source.read({static_cast<std::byte*>(nullptr), 1})), "room");
  EXPECT_DEATH(static_cast<void>(sink.write({static_cast<const std::byte*>(nullptr), 1})), "bytes");
}

/// Comes back to the stream that uses it.
class LoopingSource final : public Source {
 public:
  Source* above = nullptr;
  Result<std::size_t> read(std::span<std::byte> output) override { return above->read(output); }
  Result<std::uint64_t> tell() const override { return 0; }
  Result<void> close() override { return {}; }
};

TEST(CodecDeathTest, ReentrancyEndsTheProgram) {
  auto below = std::make_unique<LoopingSource>();
  LoopingSource& loop = *below;
  CodecSource source(std::move(below), std::make_unique<DoublingDecoder>());
  loop.above = &source;
  std::byte room[1];
  EXPECT_DEATH(static_cast<void>(source.read(room)), "inside itself");
}

}  // namespace
}  // namespace weir
