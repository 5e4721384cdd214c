// Guards the scripted streams: they keep the contract of streams themselves, and remember whatever
// a subject does to them that it must not.
#include "properties/scripted.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace weir::properties {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

class ScriptedTest : public testing::Test {
 protected:
  ScriptedSource source(const ScriptOptions& options = {}) {
    return ScriptedSource(bytes_of("abcdef"), value_, options, workspace_, below_);
  }
  ScriptedSink sink(const ScriptOptions& options = {}) {
    return ScriptedSink(output_, value_, options, workspace_, below_);
  }

  Case value_;
  Workspace workspace_;
  Below below_;
  ByteBuffer output_;
  std::array<std::byte, 4> room_{};
};

TEST_F(ScriptedTest, SourceCountsWhatIsCalledBehindItsClose) {
  ScriptedSource below = source();
  EXPECT_EQ(*below.tell(), 0u);
  EXPECT_TRUE(below.close().has_value());
  EXPECT_TRUE(failed_with(below.read(room_), Code::kClosed));
  EXPECT_TRUE(failed_with(below.seek(0, Whence::kSet), Code::kClosed));
  EXPECT_TRUE(below.peek(1).empty());
  EXPECT_TRUE(failed_with(below.tell(), Code::kClosed));
  EXPECT_EQ(below_.calls_after_close, 3u);
  EXPECT_TRUE(below.close().has_value());
  EXPECT_EQ(below_.closes, 2u);
}

TEST_F(ScriptedTest, SourceSeeksLikeMemoryAndFailsAsItsScriptSays) {
  value_.add(FieldId::kSource, "good", {4});
  value_.add(FieldId::kSource, "fail", {1});
  ScriptedSource below = source();
  EXPECT_EQ(*below.seek(-2, Whence::kEnd), 4u);
  EXPECT_EQ(*below.seek(-1, Whence::kCurrent), 3u);
  EXPECT_TRUE(failed_with(below.seek(-1, Whence::kSet), Code::kInvalidArgument));
  EXPECT_TRUE(failed_with(below.seek(std::numeric_limits<std::int64_t>::max(), Whence::kEnd),
                          Code::kInvalidArgument));
  EXPECT_EQ(*below.tell(), 3u);
  const auto failed = below.seek(0, Whence::kSet);
  ASSERT_TRUE(failed_with(failed, Code::kIo));
  EXPECT_TRUE(same_failure(failed.error(), scripted_error(1)));
  EXPECT_TRUE(failed_with(below.read(room_), Code::kIo)) << "it fails for ever";
  EXPECT_EQ(below_.fault->os_error, failed.error().os_error);
}

TEST_F(ScriptedTest, SourceThatDoesNotSeekSaysSo) {
  ScriptOptions options;
  options.seekable = false;
  ScriptedSource below = source(options);
  EXPECT_FALSE(below.seekable());
  EXPECT_TRUE(failed_with(below.seek(0, Whence::kSet), Code::kNotSeekable));
}

TEST_F(ScriptedTest, SourceNoticesWhoWritesIntoLentBytes) {
  value_.add(FieldId::kSource, "lend", {3});
  ScriptedSource below = source();
  const auto lent = below.peek(2);
  ASSERT_EQ(lent.size(), 2u);
  const_cast<std::byte&>(lent[1]) = std::byte{0};
  below.consume(1);
  EXPECT_TRUE(below_.lent_bytes_changed);
  EXPECT_EQ(*below.read(room_), 4u);
  EXPECT_EQ(room_[0], std::byte{'b'}) << "what it gives later is as it was";
}

TEST_F(ScriptedTest, SourceLendsOnlyWhereItsScriptSays) {
  value_.add(FieldId::kSource, "give", {1});
  ScriptedSource below = source();
  EXPECT_TRUE(below.peek(4).empty());
  EXPECT_EQ(*below.read(room_), 1u);
  EXPECT_TRUE(below.peek(4).empty());
  EXPECT_DEATH(below.consume(1), "beyond what peek lent");
}

TEST_F(ScriptedTest, SinkCountsWhatIsCalledBehindItsClose) {
  ScriptedSink below = sink();
  EXPECT_EQ(*below.write(bytes_of("ab")), 2u);
  EXPECT_EQ(*below.tell(), 2u);
  EXPECT_TRUE(below.close().has_value());
  EXPECT_TRUE(failed_with(below.write(bytes_of("c")), Code::kClosed));
  EXPECT_TRUE(failed_with(below.flush(), Code::kClosed));
  EXPECT_TRUE(below.reserve(1).empty());
  EXPECT_TRUE(failed_with(below.tell(), Code::kClosed));
  EXPECT_EQ(below_.calls_after_close, 3u);
  EXPECT_EQ(output_.size(), 2u);
}

TEST_F(ScriptedTest, SinkNoticesWhoWritesBehindLentRoom) {
  value_.add(FieldId::kSink, "lend", {2});
  ScriptedSink below = sink();
  const auto room = below.reserve(9);
  ASSERT_EQ(room.size(), 2u);
  room.data()[0] = std::byte{'x'};
  EXPECT_DEATH(static_cast<void>(below.commit(3)), "beyond what reserve lent");
  room.data()[2] = std::byte{'y'};
  EXPECT_TRUE(below.commit(1).has_value());
  EXPECT_TRUE(below_.lent_room_overrun);
  EXPECT_EQ(below_.bytes, 1u);
  EXPECT_TRUE(below.reserve(9).empty()) << "the script has ended";
}

TEST_F(ScriptedTest, LieIsToldOnceAndRemembered) {
  value_.add(FieldId::kSource, "claim", {2});
  value_.add(FieldId::kSink, "claim", {3});
  ScriptOptions options;
  options.lies = true;
  ScriptedSource from = source(options);
  EXPECT_EQ(*from.read(room_), room_.size() + 2);
  EXPECT_TRUE(below_.lied);
  EXPECT_EQ(*from.read(room_), 2u);
  Below other;
  ScriptedSink to(output_, value_, options, workspace_, other);
  EXPECT_EQ(*to.write(bytes_of("ab")), 2u + 3u);
  EXPECT_EQ(other.fault->code, Code::kBadStream);
  EXPECT_EQ(workspace_.counters[Counter::kLies], 2u);
}

TEST_F(ScriptedTest, NobodyIsToldToWaitWhoDoesNotClaimIt) {
  value_.add(FieldId::kSource, "block");
  value_.add(FieldId::kSink, "block");
  workspace_.traits = 0;
  EXPECT_EQ(*source().read(room_), 4u);
  EXPECT_EQ(*sink().write(bytes_of("ab")), 2u);
  workspace_.traits = traits(Trait::kNonblocking);
  EXPECT_TRUE(failed_with(source().read(room_), Code::kWouldBlock));
  EXPECT_TRUE(failed_with(sink().write(bytes_of("ab")), Code::kWouldBlock));
}

TEST_F(ScriptedTest, NobodyMeetsAPartWhoDoesNotClaimIt) {
  value_.add(FieldId::kSource, "give", {1});
  value_.add(FieldId::kSource, "lend", {1});
  value_.add(FieldId::kSink, "take", {1});
  value_.add(FieldId::kSink, "lend", {1});
  workspace_.traits = static_cast<Traits>(kAllTraits & ~traits(Trait::kPartialBelow));
  EXPECT_TRUE(source().peek(4).empty());
  EXPECT_EQ(*source().read(room_), 4u);
  EXPECT_TRUE(sink().reserve(4).empty());
  EXPECT_EQ(*sink().write(bytes_of("ab")), 2u);
  workspace_.traits = kAllTraits;
  EXPECT_EQ(*source().read(room_), 1u);
  EXPECT_EQ(*sink().write(bytes_of("ab")), 1u);
}

TEST_F(ScriptedTest, SourceRemembersHowFarItHadGotWhenItFailed) {
  value_.add(FieldId::kSource, "give", {3});
  value_.add(FieldId::kSource, "good", {2});
  value_.add(FieldId::kSource, "fail", {0});
  ScriptedSource from = source();
  EXPECT_EQ(*from.read(room_), 3u);
  EXPECT_EQ(*from.seek(1, Whence::kSet), 1u);
  EXPECT_EQ(*from.read(std::span(room_).first(1)), 1u);
  EXPECT_FALSE(from.read(room_).has_value());
  EXPECT_EQ(below_.position, 2u);
  EXPECT_EQ(below_.reached_before_fault, 3u);
}

TEST(ScriptedError, HasAnErrorForEveryName) {
  std::vector<std::pair<Code, int>> seen;
  for (std::int64_t name = 0; name < 7; ++name) {
    const Error error = scripted_error(name);
    seen.emplace_back(error.code, error.os_error);
  }
  EXPECT_EQ(seen[3].first, Code::kCorrupt);
  EXPECT_EQ(seen[4].first, Code::kTruncated);
  EXPECT_EQ(seen[5].first, Code::kLimitExceeded);
  EXPECT_EQ(seen[6].first, Code::kOutOfMemory);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(seen[i], seen[j]) << i << ' ' << j;
  }
}

}  // namespace
}  // namespace weir::properties
