// Guards when the faults of a script fire: at any call, or only while the writer flushes or closes;
// and that a stream below that lied may be answered with any error, but not with success.

#include <gtest/gtest.h>

#include <array>
#include <cerrno>

#include "properties/harness.h"
#include "properties/model.h"
#include "properties/scripted.h"

namespace weir::properties {
namespace {

constexpr std::array<std::byte, 2> kBytes = {std::byte{'a'}, std::byte{'b'}};

// A sink below and all that it needs, driven by hand.
struct Rig {
  Case value;
  Workspace workspace;
  ByteBuffer output;
  Below below;
  ScriptedSink make(FaultTime time) {
    ScriptOptions options;
    options.faults_at = time;
    return {output, value, options, workspace, below};
  }
};

bool failed_with_io(const Result<void>& result) { return failed_with(result, Code::kIo); }

TEST(FaultTime, AnyCallMeetsTheFaultWhereItStands) {
  Rig rig;
  rig.value.add(FieldId::kSink, "good", {1});
  rig.value.add(FieldId::kSink, "fail-once", {0});
  ScriptedSink sink = rig.make(FaultTime::kAnyCall);
  EXPECT_TRUE(sink.write(kBytes).has_value());
  EXPECT_TRUE(failed_with(sink.write(kBytes), Code::kIo));
  EXPECT_TRUE(sink.write(kBytes).has_value());
  EXPECT_EQ(rig.below.bytes, 4u);
}

TEST(FaultTime, FlushFaultsWaitForAFlushAndWhatIsBehindThemToo) {
  Rig rig;
  rig.value.add(FieldId::kSink, "fail-once", {0});
  rig.value.add(FieldId::kSink, "take", {1});
  ScriptedSink sink = rig.make(FaultTime::kFlush);
  EXPECT_EQ(sink.write(kBytes).value_or(0), 2u);
  EXPECT_TRUE(sink.flush().has_value()) << "the writer itself does not flush";
  EXPECT_EQ(rig.below.bytes_flushed, 2u);
  rig.below.flushing = true;
  EXPECT_TRUE(failed_with_io(sink.flush()));
  rig.below.flushing = false;
  EXPECT_EQ(sink.write(kBytes).value_or(0), 1u);
  EXPECT_EQ(rig.below.flushes, 1u);
}

TEST(FaultTime, CloseFaultsCountFromTheCloseOn) {
  Rig rig;
  rig.value.add(FieldId::kSink, "good", {1});
  rig.value.add(FieldId::kSink, "fail-once", {0});
  ScriptedSink sink = rig.make(FaultTime::kClose);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(sink.write(kBytes).has_value());
  rig.below.closing = true;
  EXPECT_TRUE(sink.write(kBytes).has_value());
  EXPECT_TRUE(failed_with(sink.write(kBytes), Code::kIo));
  EXPECT_TRUE(sink.close().has_value());
}

TEST(FaultTime, TheCloseOfTheStreamItselfMissesNoFaultThatIsLeft) {
  for (const FaultTime time : {FaultTime::kClose, FaultTime::kCloseBelow}) {
    Rig rig;
    rig.value.add(FieldId::kSink, "good", {1000});
    rig.value.add(FieldId::kSink, "block");
    rig.value.add(FieldId::kSink, "take", {1});
    rig.value.add(FieldId::kSink, "fail-once", {1});
    ScriptedSink sink = rig.make(time);
    EXPECT_EQ(sink.write(kBytes).value_or(0), 2u);
    rig.below.closing = true;
    EXPECT_TRUE(failed_with(sink.close(), Code::kWouldBlock));
    EXPECT_EQ(rig.below.closes, 0u);
    const auto result = sink.close();
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().os_error, ENOSPC);
    EXPECT_EQ(rig.below.closes, 1u);
    EXPECT_TRUE(sink.close().has_value()) << "it passes";
  }
}

TEST(FaultTime, ASourceFailsInItsClose) {
  Case value;
  value.add(FieldId::kSource, "give", {1});
  value.add(FieldId::kSource, "fail", {0});
  Workspace workspace;
  Below below;
  ScriptOptions options;
  options.faults_at = FaultTime::kCloseBelow;
  ScriptedSource source(kBytes, value, options, workspace, below);
  std::array<std::byte, 8> room{};
  EXPECT_EQ(source.read(room).value_or(0), 1u);
  EXPECT_EQ(source.read(room).value_or(0), 1u);
  EXPECT_EQ(source.read(room).value_or(9), 0u);
  EXPECT_TRUE(failed_with_io(source.close()));
  EXPECT_TRUE(failed_with_io(source.close()));
}

TEST(Lies, ComeWithThePlaceUpToWhichAllWasTrue) {
  Case value;
  value.add(FieldId::kSource, "give", {1});
  value.add(FieldId::kSource, "claim", {5});
  Workspace workspace;
  Below below;
  ScriptOptions options;
  options.lies = true;
  ScriptedSource source(kBytes, value, options, workspace, below);
  std::array<std::byte, 8> room{};
  EXPECT_EQ(source.read(room).value_or(0), 1u);
  EXPECT_EQ(source.read(room).value_or(0), room.size() + 5);
  EXPECT_TRUE(below.lied);
  EXPECT_EQ(below.reached_before_fault, 1u);
  EXPECT_EQ(below.bytes, 2u);
}

TEST(Lies, MayBeAnsweredWithAnyErrorButNotWithSuccess) {
  BelowView below;
  below.fault = Error(Code::kBadStream);
  below.lied = true;
  SourceModel told(kBytes, Ending::kClean, below);
  EXPECT_FALSE(told.on_read(std::span(kBytes), fail(Code::kCorrupt)).has_value());
  SourceModel ended(kBytes, Ending::kClean, below);
  const auto end = ended.on_read(std::span(kBytes), std::size_t{0});
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(end->rule, Rule::kFaultSwallowed);
  SinkModel reported(below);
  EXPECT_FALSE(reported.on_close(fail(Code::kIo)).has_value());
  SinkModel silent(below);
  const auto closed = silent.on_close({});
  ASSERT_TRUE(closed.has_value());
  EXPECT_EQ(closed->rule, Rule::kFaultSwallowed);
}

// The harness records each flush: what the subject had taken, and what stood below.
TEST(FlushMarks, TellWhatStoodBelow) {
  Workspace workspace;
  Case value;
  value.add(FieldId::kWrites, "", {1});
  value.add(FieldId::kWrites, "flush");
  Verdict verdict;
  const auto transform = make_instance(builtin_subjects().front(), verdict);
  ASSERT_NE(transform, nullptr);
  WriteOptions options;
  options.program = true;
  Below below;
  const auto run =
      write_through(*transform, kBytes, value, options, workspace, workspace.encoded, below);
  ASSERT_FALSE(run.breach.has_value());
  ASSERT_EQ(run.flushes.size(), 1u);
  EXPECT_EQ(run.flushes[0].taken, 1u);
  EXPECT_EQ(run.flushes[0].bytes, 1u);
  EXPECT_EQ(run.flushes[0].bytes_flushed, 1u);
  EXPECT_EQ(run.flushes[0].flushes, 1u);
}

}  // namespace
}  // namespace weir::properties
