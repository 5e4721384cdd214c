// Guards the explanation of a case: what matters is said to matter, what does not is said not to,
// within a cap, and the annotated text is still the case.
#include "properties/explain.h"

#include <gtest/gtest.h>

#include "properties/case_text.h"
#include "tests/properties/planted.h"

namespace weir::properties {
namespace {

Case example() {
  Case value;
  value.subject = "planted.two-conditions/1";
  value.clause = "planted-misbehave";
  value.add(FieldId::kPayload, "literal", {}, "ab");
  value.add(FieldId::kReads, "seek end", {-7});
  value.add(FieldId::kReads, "tell");
  value.add(FieldId::kReads, "read", {37});
  return value;
}

Changed run_planted(const Case& value) {
  return planted::two_conditions(value) ? Changed::kFails : Changed::kHolds;
}

const Part& part_of(const Explanation& explanation, Part::Kind kind, FieldId field,
                    std::size_t op) {
  for (const Part& part : explanation.parts) {
    if (part.kind == kind && part.field == field && part.op == op) return part;
  }
  static const Part none;
  ADD_FAILURE() << "no such part";
  return none;
}

TEST(Explain, SaysWhatMattersAndWhatDoesNot) {
  const Explanation explanation = explain(example(), run_planted, 1000);
  EXPECT_TRUE(explanation.complete);
  using Kind = Part::Kind;
  const auto need = [&](Kind kind, FieldId field, std::size_t op) {
    return part_of(explanation, kind, field, op).need;
  };
  EXPECT_EQ(need(Kind::kOperation, FieldId::kPayload, 0), Need::kAny);
  EXPECT_EQ(need(Kind::kBytes, FieldId::kPayload, 0), Need::kAny);
  EXPECT_EQ(need(Kind::kOperation, FieldId::kReads, 0), Need::kExact);
  EXPECT_EQ(need(Kind::kOperation, FieldId::kReads, 1), Need::kAny);
  EXPECT_EQ(need(Kind::kOperation, FieldId::kReads, 2), Need::kExact);
  EXPECT_EQ(
      part_of(explanation, Kind::kArgument, FieldId::kReads, 0).note.find("only -7 and less fail"),
      0u);
  EXPECT_EQ(
      part_of(explanation, Kind::kArgument, FieldId::kReads, 2).note.find("only 37 and more fail"),
      0u);
  EXPECT_NE(part_of(explanation, Kind::kOperation, FieldId::kReads, 2).note.find("it holds"),
            std::string::npos);
}

TEST(Explain, TellsSingleBytesThatMatter) {
  Case value = example();
  value.ops(FieldId::kPayload).clear();
  value.add(FieldId::kPayload, "literal", {}, "aXa");
  const auto second_is_upper = [](const Case& changed) {
    if (changed.ops(FieldId::kPayload).empty()) return Changed::kUnknown;
    const auto bytes = changed.bytes(changed.ops(FieldId::kPayload).front());
    if (bytes.size() < 2) return Changed::kDiffers;
    return bytes[1] >= std::byte{'A'} && bytes[1] <= std::byte{'Z'} ? Changed::kFails
                                                                    : Changed::kHolds;
  };
  const Explanation explanation = explain(value, second_is_upper, 1000);
  std::vector<Need> needs;
  for (const Part& part : explanation.parts) {
    if (part.kind == Part::Kind::kBytes) needs.push_back(part.need);
  }
  EXPECT_EQ(needs, (std::vector<Need>{Need::kAny, Need::kSome, Need::kAny}));
}

TEST(Explain, KeepsToItsCap) {
  for (const std::uint64_t cap : {0u, 1u, 5u, 9u}) {
    std::uint64_t runs = 0;
    const Explanation explanation = explain(
        example(),
        [&](const Case& value) {
          ++runs;
          return run_planted(value);
        },
        cap);
    EXPECT_EQ(runs, cap);
    EXPECT_EQ(explanation.evaluations, cap);
    EXPECT_FALSE(explanation.complete);
    EXPECT_EQ(explanation.parts.back().need, Need::kUntested);
  }
}

TEST(Explain, AnnotatedTextIsStillTheCase) {
  Case value = example();
  // Strings that look like what stands around them.
  value.add(FieldId::kPayload, "literal", {}, "#, literal \"ab\"\n");
  value.add(FieldId::kDamage, "replace", {3}, "with 3");
  const std::string text = annotate(value, explain(value, run_planted, 1000));
  Case parsed;
  const ParseOutcome outcome = parse(text, parsed);
  ASSERT_TRUE(outcome.ok) << outcome.error.message << '\n' << text;
  EXPECT_EQ(parsed, value);
  EXPECT_NE(text.find("#         "), std::string::npos) << text;
  EXPECT_NE(text.find("only 37 and more fail"), std::string::npos) << text;
}

TEST(Explain, MarksStandUnderWhatTheyAreAbout) {
  const Case value = example();
  const std::string text = annotate(value, explain(value, run_planted, 1000));
  const std::size_t reads = text.find("reads ");
  const std::string line = text.substr(reads, text.find('\n', reads) - reads);
  const std::size_t note = text.find("only 37 and more fail");
  const std::size_t begin = text.rfind('\n', note) + 1;
  EXPECT_EQ(text.find('^', begin) - begin, line.find("37")) << text;
}

}  // namespace
}  // namespace weir::properties
