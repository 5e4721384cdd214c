// Guards the text form: what is printed parses back, and what does not parse is told precisely.
#include "properties/case_text.h"

#include <gtest/gtest.h>

#include "tests/properties/case_test_support.h"

namespace weir::properties {
namespace {

std::string reprinted(std::string_view text) {
  Case value;
  const ParseOutcome outcome = parse(text, value);
  if (!outcome.ok)
    return "line " + std::to_string(outcome.error.line) + ": " + outcome.error.message;
  return print(value);
}

TEST(CaseText, DrawnCasesComeBack) {
  for (std::uint64_t seed = 0; seed < 20'000 / test::kWorkDivisor; ++seed) {
    const Case value = test::drawn_case(seed);
    const std::string text = print(value);
    Case again;
    const ParseOutcome outcome = parse(text, again);
    ASSERT_TRUE(outcome.ok) << outcome.error.message << "\n" << text;
    ASSERT_TRUE(value == again) << text << print(again);
    ASSERT_EQ(print(again), text);
  }
}

TEST(CaseText, EveryVerbWithEveryEdgeOfItsRangePrintsAndParses) {
  for (const Field& field : schema()) {
    for (std::size_t v = 0; v < field.verbs.size(); ++v) {
      for (int edge = 0; edge < 3; ++edge) {
        Case value;
        Op op;
        op.verb = static_cast<std::uint8_t>(v);
        for (std::size_t a = 0; a < field.verbs[v].args.size(); ++a) {
          const Arg& arg = field.verbs[v].args[a];
          op.args[a] = edge == 0 ? arg.simplest : edge == 1 ? arg.min : arg.max;
        }
        std::string bytes;
        for (int i = 0; i < 256 * edge; ++i) bytes += static_cast<char>(i);
        if (field.verbs[v].has_bytes)
          value.set_bytes(op, std::as_bytes(std::span<const char>(bytes)));
        value.ops(field.id) = {op, op};
        Case again;
        const ParseOutcome outcome = parse(print(value), again);
        ASSERT_TRUE(outcome.ok) << outcome.error.message << "\n" << print(value);
        EXPECT_EQ(value, again) << print(value);
      }
    }
  }
}

TEST(CaseText, EveryAliasMeansItsVerb) {
  int aliases = 0;
  for (const Field& field : schema()) {
    for (const Verb& verb : field.verbs) {
      if (verb.alias.empty()) continue;
      ++aliases;
      EXPECT_EQ(
          reprinted("weir-case 1\n" + std::string(field.name) + " " + std::string(verb.alias)),
          reprinted("weir-case 1\n" + std::string(field.name) + " " + std::string(verb.name)));
    }
  }
  EXPECT_GT(aliases, 0);
}

TEST(CaseText, LooksAsDocumented) {
  Case value;
  value.subject = "stream.zstd/1";
  value.clause = "seek-model";
  value.add(FieldId::kPayload, "random", {300000, 7});
  value.add(FieldId::kPayload, "literal", {}, std::string_view("a\"\\\n\t\x01\xff", 7));
  value.add(FieldId::kPayload, "file", {0x123, 4, 5});
  value.add(FieldId::kWrites, "", {70000});
  value.add(FieldId::kWrites, "flush");
  value.add(FieldId::kSink, "fail", {1});
  value.add(FieldId::kDamage, "replace", {-1}, "x");
  value.add(FieldId::kDamage, "swap", {1, 2, 3});
  value.add(FieldId::kReads, "seek end", {-5});
  value.add(FieldId::kDescriptor, "drop-version");
  EXPECT_EQ(print(value),
            "weir-case 1\n"
            "subject   stream.zstd/1\n"
            "clause    seek-model\n"
            "payload   random 300000 seed 7, literal \"a\\\"\\\\\\n\\t\\x01\\xff\", "
            "file 0x0000000000000123 from 4 take 5\n"
            "writes    70000, flush\n"
            "sink      fail ENOSPC\n"
            "damage    replace -1 with \"x\", swap 1 with 2 size 3\n"
            "reads     seek end -5\n"
            "descriptor drop-version\n");
  EXPECT_EQ(print_ops(value, FieldId::kWrites), "70000, flush");
  EXPECT_EQ(print_ops(value, FieldId::kSource), "");
}

TEST(CaseText, OtherSpellingsPrintCanonically) {
  const std::string canonical =
      "weir-case 1\n"
      "subject   stream.rot13/1\n"
      "clause    seek-model\n"
      "payload   literal \"a,b;#\", counter 16\n"
      "source    give 3, block, all\n"
      "reads     read 10, seek end -5, tell\n";
  EXPECT_EQ(reprinted(canonical), canonical);
  EXPECT_EQ(reprinted("\xef\xbb\xbf# a comment\r\n\r\n  weir-case   1  # another\r\n"
                      "reads\tread 0x0a; seek   end -5; tell # more\r\n"
                      "#writes 7\r\n"
                      "writes\r\n"
                      "payload literal \"\\x61,b;#\" , counter 016\r\n"
                      "clause seek-model\r\n"
                      "source give 3,block,give rest\r\n"
                      "subject \"stream.rot13/1\""),
            canonical);
}

TEST(CaseText, OddNamesAreQuoted) {
  Case value;
  value.subject = std::string("stream.odd/1 \0\"#\\", 17);
  value.clause = "a,b";
  Case again;
  const ParseOutcome outcome = parse(print(value), again);
  ASSERT_TRUE(outcome.ok) << outcome.error.message;
  EXPECT_EQ(value, again);
}

TEST(CaseText, TheEmptyCaseIsItsHeader) { EXPECT_EQ(print(Case()), "weir-case 1\n"); }

struct Refusal {
  std::string_view name;
  std::string text;
  int line;
  std::string_view message;  ///< a part of it
  TextError::Kind kind = TextError::Kind::kMalformed;
};

class CaseTextRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(CaseTextRefusal, IsPrecise) {
  Case value;
  const ParseOutcome outcome = parse(GetParam().text, value);
  ASSERT_FALSE(outcome.ok) << print(value);
  EXPECT_EQ(outcome.error.line, GetParam().line) << outcome.error.message;
  EXPECT_NE(outcome.error.message.find(GetParam().message), std::string::npos)
      << outcome.error.message;
  EXPECT_EQ(outcome.error.message.find('\n'), std::string::npos);
  EXPECT_EQ(outcome.error.kind, GetParam().kind);
}

std::string headed(std::string_view rest) { return "weir-case 1\n" + std::string(rest); }

const Refusal kRefusals[] = {
    {"Empty", "", 1, "empty"},
    {"OnlyComments", "# x\n\n", 2, "empty"},
    {"MissingHeader", "\npayload counter 1\n", 2, "starts with the line \"weir-case 1\""},
    {"HeaderWithoutNumber", "weir-case\n", 1, "number of the format"},
    {"HeaderWithAWord", "weir-case one\n", 1, "number of the format"},
    {"HeaderWithMore", "weir-case 1 2\n", 1, "number of the format"},
    {"FormatZero", "weir-case 0\n", 1, "there is no format 0"},
    {"Future", "weir-case 2\nnonsense\x01", 1, "format 2, this build reads 1",
     TextError::Kind::kStale},
    {"FarFuture", "weir-case 99999999999999999999\n", 1, "this build reads 1",
     TextError::Kind::kStale},
    {"SecondHeader", headed("weir-case 1\n"), 2, "again"},
    {"BinaryFirst",
     std::string("\x7f"
                 "ELF\0\1",
                 6),
     1, "binary data (byte \\x7f)"},
    {"BinaryLater", headed(std::string_view("clause a\npayload \0", 18)), 3,
     "binary data (byte \\x00)"},
    {"UnknownField", headed("playload counter 1\n"), 2, "did you mean \"payload\"?"},
    {"UnknownFarField", headed("zzzzzzzzzzz 1\n"), 2,
     "There are: subject, clause, payload, writes"},
    {"UnknownVerb", headed("source giv 1\n"), 2,
     "did you mean \"give\"? There are: all, good N, give N"},
    {"UnknownFarVerb", headed("source xyzzyxyz\n"), 2,
     "there are: all, good N, give N, lend N, block"},
    {"UnknownSecondWord", headed("reads seek sat 1\n"), 2, "did you mean \"seek set\"?"},
    {"NumberWhereVerbs", headed("source 3\n"), 2, "unknown operation \"3\" in \"source\""},
    {"UnknownChainMember", headed("chain subject, stream.rot14/1\n"), 2,
     "did you mean \"stream.rot13/1\"?"},
    {"UnknownName", headed("sink fail EIX\n"), 2, "did you mean \"EIO\"? There are: EIO, ENOSPC"},
    {"MissingName", headed("sink fail\n"), 2, "a name is missing"},
    {"MissingNumber", headed("payload counter\n"), 2, "a number is missing"},
    {"NotANumber", headed("payload counter 1x\n"), 2, "a number stands here, instead of \"1x\""},
    {"MissingLabel", headed("payload byte 97 300\n"), 2, "\"times\" is missing before \"300\""},
    {"TooLarge", headed("payload byte 300 times 1\n"), 2, "out of range 0 to 255"},
    {"TooSmall", headed("writes 0\n"), 2, "out of range 1 to 16777216"},
    {"Negative", headed("writes -3\n"), 2, "out of range 1 to 16777216"},
    {"FarTooLarge", headed("payload counter 99999999999999999999\n"), 2,
     "out of range 0 to 16777216"},
    {"FarTooLargeHexadecimal", headed("payload counter 0xffffffffffffffff\n"), 2, "out of range"},
    {"HashNotHexadecimal", headed("payload file 12 from 0 take 1\n"), 2, "a hash is hexadecimal"},
    {"HashTooLong", headed("payload file 0x11223344556677889 from 0 take 1\n"), 2,
     "a hash has 64 bits"},
    {"Unterminated", headed("payload literal \"abc\nwrites 1\n"), 2, "unterminated string"},
    {"UnterminatedEscape", headed("payload literal \"abc\\"), 2, "unterminated string"},
    {"UnknownEscape", headed("payload literal \"\\q\"\n"), 2, "unknown escape"},
    {"ShortEscape", headed("payload literal \"\\x1\"\n"), 2, "two hexadecimal digits"},
    {"MissingString", headed("payload literal abc\n"), 2, "a quoted string is missing"},
    {"DuplicateField", headed("writes 1\n\nwrites 2\n"), 4,
     "a second \"writes\"; the first stands in line 2"},
    {"DuplicateSubject", headed("subject a\nsubject a\n"), 3, "the first stands in line 2"},
    {"NameWithBlank", headed("clause two words\n"), 2, "the line ends, instead of \"words\""},
    {"LongName", headed("subject " + std::string(256, 'a')), 2, "at most 255"},
    {"MissingComma", headed("writes 1 2\n"), 2, "stands ',' or the end of the line"},
    {"TrailingComma", headed("writes 1,\n"), 2, "an operation of \"writes\" is missing"},
    {"DoubleComma", headed("writes 1,,2\n"), 2, "is missing before \",\""},
    {"StringWhereVerb", headed("source \"x\"\n"), 2, "is missing before"},
    {"TooManyOperations",
     headed("writes 1" +
            [] {
              std::string more;
              for (int i = 0; i < 64; ++i) more += ", 1";
              return more;
            }()),
     2, "more than 64 operations"},
    {"LongString", headed("payload literal \"" + std::string(kOpBytesMax + 1, 'a') + "\""), 2,
     "at most 262144"},
    {"LongStringsTogether",
     [] {
       const std::string one = "literal \"" + std::string(kOpBytesMax, 'a') + "\"";
       return headed("payload " + one + ", " + one + ", " + one + ", " + one + "\n");
     }(),
     2, "too long together"},
    {"Oversized", std::string(kCaseTextMax + 1, '#'), 1, "a case has at most"},
};

INSTANTIATE_TEST_SUITE_P(All, CaseTextRefusal, testing::ValuesIn(kRefusals),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(CaseText, NoTextCrashesTheParser) {
  RandomBits bits(77);
  int parsed = 0;
  for (int i = 0; i < 50'000 / test::kWorkDivisor; ++i) {
    std::string text = print(test::drawn_case(bits.below(1000)));
    for (std::uint64_t edits = bits.below(4); edits > 0; --edits) {
      const std::uint64_t at = bits.below(text.size());
      const std::uint64_t kind = bits.below(3);
      if (kind == 0) text[at] = static_cast<char>(bits.below(256));
      if (kind == 1) text.erase(at, bits.below(6));
      if (kind == 2) text.insert(at, text.substr(bits.below(text.size()), 5));
      if (text.empty()) text = "#";
    }
    Case value;
    if (!parse(text, value).ok) continue;
    ++parsed;
    const std::string canonical = print(value);
    Case again;
    ASSERT_TRUE(parse(canonical, again).ok) << canonical;
    ASSERT_TRUE(value == again);
    ASSERT_EQ(print(again), canonical);
  }
  EXPECT_GT(parsed, 1000 / test::kWorkDivisor);
}

}  // namespace
}  // namespace weir::properties
