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

const Part& argument_of(const Explanation& explanation, FieldId field) {
  return part_of(explanation, Part::Kind::kArgument, field, 0);
}

TEST(Explain, TellsWhichNamesMatter) {
  Case value;
  value.add(FieldId::kSource, "fail", {1});
  const auto failing_names = [](std::int64_t most) {
    return [most](const Case& changed) {
      if (changed.ops(FieldId::kSource).empty()) return Changed::kUnknown;
      return changed.ops(FieldId::kSource)[0].args[0] <= most ? Changed::kFails : Changed::kHolds;
    };
  };
  const Explanation some = explain(value, failing_names(2), 1000);
  EXPECT_EQ(argument_of(some, FieldId::kSource).text, "ENOSPC");
  EXPECT_EQ(argument_of(some, FieldId::kSource).need, Need::kSome);
  EXPECT_EQ(argument_of(some, FieldId::kSource).note.find("also fails with EIO, EPIPE; not with "),
            0u);
  EXPECT_NE(argument_of(some, FieldId::kSource).note.find("not with corrupt"), std::string::npos);
  EXPECT_NE(part_of(some, Part::Kind::kOperation, FieldId::kSource, 0).note.find("nothing to say"),
            std::string::npos);
  const Explanation any = explain(value, failing_names(100), 1000);
  EXPECT_EQ(argument_of(any, FieldId::kSource).need, Need::kAny);
  EXPECT_EQ(argument_of(any, FieldId::kSource).note, "any other name here also fails");
  const Explanation none = explain(value, failing_names(-1), 1000);
  EXPECT_EQ(argument_of(none, FieldId::kSource).need, Need::kExact);
  EXPECT_EQ(argument_of(none, FieldId::kSource).note, "no other name here fails like this");
  const Explanation cut = explain(value, failing_names(2), 2);
  EXPECT_FALSE(cut.complete);
  EXPECT_EQ(cut.parts.back().tried, 1u) << "one other name was tried before the cap";
}

TEST(Explain, TellsNumbersThatMatterOnBothSides) {
  Case value;
  value.add(FieldId::kReads, "read", {100});
  const auto note_of = [&](const auto& fails) {
    const auto run = [&](const Case& changed) {
      if (changed.ops(FieldId::kReads).empty()) return Changed::kDiffers;
      return fails(changed.ops(FieldId::kReads)[0].args[0]) ? Changed::kFails : Changed::kHolds;
    };
    const Explanation explanation = explain(value, run, 1000);
    EXPECT_NE(part_of(explanation, Part::Kind::kOperation, FieldId::kReads, 0)
                  .note.find("fails in another way"),
              std::string::npos);
    return argument_of(explanation, FieldId::kReads).note;
  };
  EXPECT_EQ(note_of([](std::int64_t) { return true; }).find("any other number here also fails"),
            0u);
  EXPECT_EQ(note_of([](std::int64_t) { return false; }).find("only 100 fails"), 0u);
  EXPECT_EQ(note_of([](std::int64_t n) { return n % 2 == 0; }).find("also fails with "), 0u);
}

TEST(Explain, HasAWordForEveryNeed) {
  EXPECT_EQ(to_string(Need::kAny), "any");
  EXPECT_EQ(to_string(Need::kSome), "some");
  EXPECT_EQ(to_string(Need::kExact), "exact");
  EXPECT_EQ(to_string(Need::kUntested), "untested");
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
