// Guards errors as values: names, the inline text that never allocates, and how they are shown.
#include "weir/error.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <set>

#include "weir/check.h"
#include "weir/result.h"
#include "weir/sink.h"
#include "weir/source.h"

namespace weir {
namespace {

TEST(Code, HasANameOfItsOwnEach) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Code::kUnsupportedVersion); ++i) {
    names.insert(to_string(static_cast<Code>(i)));
  }
  EXPECT_EQ(names.size(), 13u);
  EXPECT_EQ(names.count("unknown"), 0u);
  EXPECT_EQ(to_string(Code::kWouldBlock), "would_block");
  EXPECT_EQ(to_string(static_cast<Code>(names.size())), "unknown");
}

TEST(Detail, EscapesWhatDoesNotPrint) {
  Detail detail;
  detail.append(std::string_view("a\0\n\x7f\xff z", 7));
  EXPECT_EQ(detail.view(), "a\\x00\\x0a\\x7f\\xff z");
}

TEST(Detail, AppendsNumbers) {
  Detail detail;
  detail.append("of ").append(std::uint64_t{0}).append(" ").append(~std::uint64_t{0});
  EXPECT_EQ(detail.view(), "of 0 18446744073709551615");
}

TEST(Detail, HoldsExactlySixtyFourBytes) {
  Detail detail;
  detail.append(std::string(64, 'x'));
  EXPECT_EQ(detail.view(), std::string(64, 'x'));
}

TEST(Detail, MarksWhatWasCut) {
  Detail detail;
  detail.append(std::string(65, 'x'));
  EXPECT_EQ(detail.view(), std::string(61, 'x') + "...");
  detail.append("more");
  EXPECT_EQ(detail.view(), std::string(61, 'x') + "...");
}

TEST(Detail, NeverSplitsAnEscape) {
  for (std::size_t before = 50; before <= 64; ++before) {
    Detail detail;
    detail.append(std::string(before, 'x')).append("\x01\x02\x03\x04");
    const std::string_view text = detail.view();
    ASSERT_LE(text.size(), 64u);
    ASSERT_TRUE(text.ends_with("...") || text.ends_with("\\x04")) << text;
    std::string_view escapes = text.substr(text.find_first_not_of('x'));
    while (escapes.starts_with("\\x0")) escapes.remove_prefix(4);
    ASSERT_TRUE(escapes.empty() || escapes == "...") << text;
    const std::string before_more(text);
    detail.append("y");
    if (before_more.ends_with("...")) {
      ASSERT_EQ(detail.view(), before_more);
    }
  }
}

TEST(Describe, SaysWhatWhereAndWhy) {
  EXPECT_EQ(describe(Error(Code::kCorrupt, 17, "checksum does not match")),
            "corrupt at byte 17: checksum does not match");
  EXPECT_EQ(describe(Error(Code::kClosed)), "closed");
  EXPECT_EQ(describe(io_error(ENOSPC, "write")), "io: write (No space left on device)");
}

TEST(SameFailure, LooksAtCodeAndErrnoOnly) {
  EXPECT_TRUE(same_failure(Error(Code::kCorrupt, 1, "a"), Error(Code::kCorrupt, 2, "b")));
  EXPECT_FALSE(same_failure(Error(Code::kCorrupt), Error(Code::kTruncated)));
  EXPECT_FALSE(same_failure(io_error(EIO, ""), io_error(ENOSPC, "")));
}

TEST(Result, IsAValueOrAnError) {
  const Result<int> value = 3;
  const Result<int> error = fail(Code::kIo);
  EXPECT_EQ(*value, 3);
  EXPECT_TRUE(failed_with(error, Code::kIo));
  EXPECT_FALSE(failed_with(error, Code::kClosed));
  EXPECT_FALSE(failed_with(value, Code::kIo));
}

TEST(CheckDeathTest, NamesThePlaceAndTheReason) {
  EXPECT_DEATH(WEIR_CHECK(1 == 2, "sums add up"),
               "error_test.cpp:[0-9]+: check failed: 1 == 2 \\(sums add up\\)");
}

class BareSource final : public Source {
 public:
  Result<std::size_t> read(std::span<std::byte>) override { return 0; }
  Result<std::uint64_t> tell() const override { return 0; }
  Result<void> close() override { return {}; }
};
class BareSink final : public Sink {
 public:
  Result<std::size_t> write(std::span<const std::byte> input) override { return input.size(); }
  Result<void> flush() override { return {}; }
  Result<std::uint64_t> tell() const override { return 0; }
  Result<void> close() override { return {}; }
};

TEST(Source, NeitherLendsNorSeeksUnlessItSaysSo) {
  BareSource source;
  EXPECT_TRUE(source.peek(10).empty());
  EXPECT_FALSE(source.seekable());
  EXPECT_TRUE(failed_with(source.seek(0, Whence::kSet), Code::kNotSeekable));
}

TEST(SinkDeathTest, CommitNeedsLentRoom) {
  BareSink sink;
  EXPECT_TRUE(sink.reserve(10).empty());
  EXPECT_DEATH(static_cast<void>(sink.commit(0)), "lends no room");
}

TEST(SourceDeathTest, ConsumeNeedsLentBytes) {
  BareSource source;
  EXPECT_DEATH(source.consume(0), "lends nothing");
}

}  // namespace
}  // namespace weir
