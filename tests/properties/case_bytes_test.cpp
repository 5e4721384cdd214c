// Guards the byte form: every byte string is a case, and a case comes back from its bytes.
#include "properties/case_bytes.h"

#include <gtest/gtest.h>

#include <set>

#include "properties/case_flat.h"
#include "properties/case_generate.h"
#include "properties/case_text.h"
#include "tests/properties/case_test_support.h"

namespace weir::properties {
namespace {

using test::kTestNames;

/// The header that names `clause` and `subject`, then `rest`.
std::vector<std::byte> with_header(std::string_view clause, std::string_view subject,
                                   std::initializer_list<int> rest) {
  std::vector<std::byte> result;
  for (const unsigned hash : {name_hash(clause), name_hash(subject)}) {
    result.push_back(static_cast<std::byte>(hash & 0xffu));
    result.push_back(static_cast<std::byte>(hash >> 8));
  }
  for (const int value : rest) result.push_back(static_cast<std::byte>(value));
  return result;
}

void expect_valid(const Case& value, FieldSet uses) {
  for (const Field& field : schema()) {
    const std::vector<Op>& list = value.ops(field.id);
    ASSERT_TRUE((uses & field_bit(field.id)) != 0 || list.empty());
    ASSERT_LE(list.size(), field.ops_max);
    for (const Op& op : list) {
      ASSERT_LT(op.verb, field.verbs.size());
      const Verb& verb = field.verbs[op.verb];
      for (std::size_t a = 0; a < verb.args.size(); ++a) {
        ASSERT_GE(op.args[a], verb.args[a].min);
        ASSERT_LE(op.args[a], verb.args[a].max);
      }
      ASSERT_LE(op.bytes_size, verb.has_bytes ? kOpBytesMax : 0);
    }
  }
}

TEST(CaseBytes, AMillionRandomByteStringsDecodeToAFixedPoint) {
  RandomBits bits(2026);
  Case value;
  Case again;
  std::vector<std::byte> input;
  std::vector<std::byte> canonical;
  std::vector<std::byte> second;
  std::size_t ops = 0;
  for (int i = 0; i < 1'000'000 / test::kWorkDivisor; ++i) {
    input.resize(bits.below(1 + bits.below(96)));
    // Small numbers now and then, so that lists end and several fields are reached.
    const bool small = bits.chance(1, 2);
    for (std::byte& b : input) b = static_cast<std::byte>(bits.below(small ? 12 : 256));
    if (input.size() >= 2 && bits.chance(1, 2)) {
      const unsigned hash = test::kClauses[bits.below(test::kClauses.size())].hash;
      input[0] = static_cast<std::byte>(hash & 0xffu);
      input[1] = static_cast<std::byte>(hash >> 8);
    }
    decode(input, kTestNames, value);
    ops += value.op_count();
    encode(value, kTestNames, canonical);
    ASSERT_LE(canonical.size(), std::max<std::size_t>(input.size(), 4));
    decode(canonical, kTestNames, again);
    ASSERT_TRUE(value == again) << print(value) << print(again);
    encode(again, kTestNames, second);
    ASSERT_EQ(canonical, second);
    if (i % 64 == 0) {
      ASSERT_NO_FATAL_FAILURE(expect_valid(value, test::kAllFields)) << print(value);
    }
  }
  EXPECT_GT(ops, 1'000'000u / test::kWorkDivisor) << "the inputs hardly reach the lists";
}

TEST(CaseBytes, DrawnCasesComeBack) {
  std::vector<std::byte> bytes;
  Case again;
  for (std::uint64_t seed = 0; seed < 20'000 / test::kWorkDivisor; ++seed) {
    const Case value = test::drawn_case(seed);
    encode(value, kTestNames, bytes);
    decode(bytes, kTestNames, again);
    ASSERT_TRUE(value == again) << print(value) << print(again);
  }
}

TEST(CaseBytes, TheEmptyInputIsTheNeutralCaseOfTheClauseNearestToZero) {
  Case value;
  decode({}, kTestNames, value);
  EXPECT_EQ(value.op_count(), 0u);
  const auto nearest =
      std::min_element(test::kClauses.begin(), test::kClauses.end(),
                       [](const auto& a, const auto& b) { return a.hash < b.hash; });
  EXPECT_EQ(value.clause, nearest->id);
}

TEST(CaseBytes, NamesAreFoundByTheirHash) {
  Case value;
  for (const Names::Clause& clause : test::kClauses) {
    for (const std::string_view subject : test::kSubjects) {
      decode(with_header(clause.id, subject, {}), kTestNames, value);
      EXPECT_EQ(value.clause, clause.id);
      EXPECT_EQ(value.subject, subject);
    }
  }
}

TEST(CaseBytes, UnknownHashesMeanTheNearestName) {
  Case value;
  std::vector<std::byte> input = with_header("corruption", "stream.zstd/1", {});
  input[0] ^= std::byte{1};
  input[2] ^= std::byte{1};
  decode(input, kTestNames, value);
  EXPECT_EQ(value.clause, "corruption");
  EXPECT_EQ(value.subject, "stream.zstd/1");
}

TEST(CaseBytes, TheDocumentedExampleDecodes) {
  Case value;
  // literal "ab", counter 300; 5, flush; all defaults behind.
  decode(
      with_header("round-trip", "stream.rot13/1", {1, 2, 'a', 'b', 3, 0xac, 0x02, 0, 1, 4, 2, 0}),
      kTestNames, value);
  EXPECT_EQ(print(value),
            "weir-case 1\n"
            "subject   stream.rot13/1\n"
            "clause    round-trip\n"
            "payload   literal \"ab\", counter 300\n"
            "writes    5, flush\n");
}

TEST(CaseBytes, VerbsAndNumbersBeyondTheirRangeWrap) {
  Case value;
  const int verbs = static_cast<int>(schema()[0].verbs.size());
  // counter by its second number; 2^24 + 1 values there are, so that 2^24 + 2 + 5 means 6.
  decode(with_header("round-trip", "stream.rot13/1", {3 + verbs, 0x87, 0x80, 0x80, 0x08}),
         kTestNames, value);
  EXPECT_EQ(print_ops(value, FieldId::kPayload), "counter 6");
}

TEST(CaseBytes, StringsAreClippedToWhatIsLeft) {
  Case value;
  decode(with_header("round-trip", "stream.rot13/1", {1, 200, 1, 'x', 'y'}), kTestNames, value);
  EXPECT_EQ(print_ops(value, FieldId::kPayload), "literal \"xy\"");
}

TEST(CaseBytes, OverlongNumbersEnd) {
  Case value;
  std::vector<std::byte> input = with_header("round-trip", "stream.rot13/1", {3});
  input.insert(input.end(), 10, std::byte{0xff});
  input.push_back(std::byte{3});
  input.push_back(std::byte{9});
  decode(input, kTestNames, value);
  ASSERT_EQ(value.ops(FieldId::kPayload).size(), 2u);
  EXPECT_EQ(value.ops(FieldId::kPayload)[1].args[0], 9);
}

TEST(CaseBytes, AFullListEndsByItself) {
  Case value;
  value.subject = "stream.rot13/1";
  value.clause = "round-trip";
  for (std::size_t i = 0; i < schema()[0].ops_max; ++i)
    value.add(FieldId::kPayload, "counter", {1});
  value.add(FieldId::kWrites, "flush");
  std::vector<std::byte> bytes;
  encode(value, kTestNames, bytes);
  Case again;
  decode(bytes, kTestNames, again);
  EXPECT_EQ(value, again);
}

TEST(CaseBytes, StringsThatEndInZerosKeepThem) {
  Case value;
  value.subject = "stream.rot13/1";
  value.clause = "round-trip";
  value.add(FieldId::kPayload, "literal", {}, std::string_view("a\0\0", 3));
  std::vector<std::byte> bytes;
  encode(value, kTestNames, bytes);
  Case again;
  decode(bytes, kTestNames, again);
  EXPECT_EQ(value, again);
}

TEST(CaseBytes, TheLongestCasesComeBackFromBytesAndText) {
  RandomBits bits(5);
  for (const Names::Clause& clause : {test::kClauses[0], test::kClauses[5]}) {
    std::vector<std::byte> input = with_header(clause.id, "stream.zstd/1", {});
    while (input.size() < kCaseBytesMax + 4096) {
      for (const int b : {1, 0xff, 0xff, 0x0f}) input.push_back(static_cast<std::byte>(b));
      for (int i = 0; i < 0x3ffff; ++i) input.push_back(static_cast<std::byte>(bits.below(256)));
    }
    Case value;
    decode(input, kTestNames, value);
    EXPECT_GT(encoded_size(value), kCaseBytesMax / 2);
    ASSERT_LE(encoded_size(value), kCaseBytesMax);
    std::vector<std::byte> canonical;
    encode(value, kTestNames, canonical);
    Case again;
    decode(canonical, kTestNames, again);
    ASSERT_TRUE(value == again);
    const ParseOutcome outcome = parse(print(value), again);
    ASSERT_TRUE(outcome.ok) << outcome.error.message;
    ASSERT_TRUE(value == again);
  }
}

TEST(CaseBytes, TheSimplestValueIsZeroAndCodesComeBack) {
  for (std::size_t f = 0; f < kFieldCount; ++f) {
    for (std::size_t v = 0; v < schema()[f].verbs.size(); ++v) {
      const Verb& verb = schema()[f].verbs[v];
      for (std::size_t a = 0; a < verb.args.size(); ++a) {
        const Arg& arg = verb.args[a];
        const internal::FlatArg& flat = internal::flat_schema()[f].verbs[v].args[a];
        EXPECT_EQ(flat.code_of(arg.simplest), 0u);
        for (const std::int64_t value :
             {arg.min, arg.max, arg.simplest, arg.min + 1, arg.max - 1}) {
          EXPECT_EQ(flat.value_of(flat.code_of(value)), value) << verb.name << " " << value;
        }
        for (const std::uint64_t code : {std::uint64_t{0} - 1, std::uint64_t{1} << 63}) {
          const std::int64_t value = flat.value_of(code);
          EXPECT_GE(value, arg.min);
          EXPECT_LE(value, arg.max);
        }
      }
    }
  }
}

TEST(CaseBytes, EveryVerbByteIsTakenModuloTheNumberOfVerbs) {
  for (std::size_t f = 0; f < kFieldCount; ++f) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      EXPECT_EQ(internal::flat_schema()[f].verb_of(byte), byte % schema()[f].verbs.size());
    }
  }
}

TEST(CaseBytes, ReusedCasesKeepNothing) {
  Case value;
  decode(with_header("everything", "stream.zstd/1", {1, 3, 'x', 'y', 'z', 0, 2, 2, 2}), kTestNames,
         value);
  decode(with_header("round-trip", "stream.rot13/1", {}), kTestNames, value);
  EXPECT_EQ(value.op_count(), 0u);
  EXPECT_EQ(value.subject, "stream.rot13/1");
}

TEST(CaseBytesDeathTest, NamesAndFieldsOutsideTheClauseAreABugOfTheCaller) {
  Case value;
  value.subject = "stream.rot13/1";
  value.clause = "no-such-clause";
  std::vector<std::byte> bytes;
  EXPECT_DEATH(encode(value, kTestNames, bytes), "clause");
  value.clause = "round-trip";
  value.add(FieldId::kReads, "tell");
  EXPECT_DEATH(encode(value, kTestNames, bytes), "does not use");
}

TEST(CaseSchema, NamesOfAFieldDiffer) {
  for (const Field& field : schema()) {
    std::set<std::string_view> names;
    for (const Verb& verb : field.verbs) EXPECT_TRUE(names.insert(verb.name).second) << verb.name;
  }
  EXPECT_EQ(schema_hash(), schema_hash());
}

}  // namespace
}  // namespace weir::properties
