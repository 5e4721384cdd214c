// What a project brings of its own: subjects, clauses, payload recipes and a dictionary. A program
// of its own, since they are given once, before anything runs.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "fuzz/fuzz_target.h"
#include "properties/case_generate.h"
#include "properties/case_text.h"
#include "properties/clause.h"
#include "properties/harness.h"
#include "properties/payload.h"
#include "properties/random_engine.h"
#include "properties/roster.h"
#include "properties/runner.h"
#include "tests/properties/folder.h"
#include "weir/builtin.h"

namespace weir::properties {
namespace {

// Lines of numbers.
void append_csv(std::size_t size, std::uint64_t seed, std::vector<std::byte>& output) {
  const std::size_t end = output.size() + size;
  for (std::uint64_t i = 0; output.size() < end; ++i) {
    for (const char c : std::to_string(seed * 31 + i) + ",\n") {
      output.push_back(static_cast<std::byte>(c));
    }
  }
}

constexpr std::string_view kMagic = "PROJ\x01";

// A promise of this project: what it encodes does not have its magic number in it. rot13 changes
// the letters, and identity does not.
Verdict check_no_magic(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  if (prepare_encoded(subject, value, workspace, verdict) == nullptr) return verdict;
  const auto encoded = workspace.encoded.bytes();
  const auto magic = std::as_bytes(std::span(kMagic));
  if (std::search(encoded.begin(), encoded.end(), magic.begin(), magic.end()) == encoded.end()) {
    return Verdict::held();
  }
  return Verdict::violated("magic-inside", Verdict::kNoStep, "encoded bytes without the magic",
                           "the magic");
}

const Clause kNoMagic = {
    "no-magic",
    Group::kRoundTrip,
    "Encoded bytes do not have the magic number in them.",
    "A reader that looks for it would be misled.",
    traits(),
    fields(FieldId::kPayload),
    counters(Counter::kWrites),
    check_no_magic,
};

const Subject& rot13() { return *find_subject("own.rot13/1"); }

Subject own(std::string name, std::string_view descriptor) {
  Subject subject = *find_subject(descriptor);
  subject.name = std::move(name);
  return subject;
}

TEST(Project, SubjectsTakeThePlaceOfTheBuiltInOnes) {
  ASSERT_EQ(subjects_under_test().size(), 2u);
  EXPECT_EQ(subjects_under_test()[0]->name, "own.rot13/1");
  EXPECT_NE(find_subject("stream.rot13/1"), nullptr);
  EXPECT_EQ(find_subject("own.none/1"), nullptr);
}

TEST(Project, ClausesStandBehindThoseOfTheContract) {
  EXPECT_EQ(clauses().back(), &kNoMagic);
  EXPECT_EQ(find_clause("no-magic"), &kNoMagic);
}

TEST(Project, APayloadRecipeIsTextAndBytes) {
  const std::string text =
      "weir-case 1\nsubject   own.rot13/1\nclause    no-magic\npayload   csv 9 seed 2\n";
  Case value;
  ASSERT_TRUE(parse(text, value).ok);
  EXPECT_EQ(print(value), text);
  std::vector<std::byte> payload;
  ASSERT_TRUE(materialise(value, PayloadFiles{}, 1000, payload).has_value());
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(payload.data()), payload.size()),
            "62,\n63,\n6");  // cut to its size
  // And to what is left of the whole payload.
  payload.clear();
  ASSERT_TRUE(materialise(value, PayloadFiles{}, 3, payload).has_value());
  EXPECT_EQ(payload.size(), 3u);
}

TEST(Project, EveryWayOfMakingCasesUsesRecipesAndDictionary) {
  const std::uint8_t csv = verb_index(FieldId::kPayload, "csv");
  std::uint64_t recipes = 0;
  std::uint64_t magics = 0;
  const auto count = [&](const Case& value) {
    for (const Op& op : value.ops(FieldId::kPayload)) recipes += op.verb == csv ? 1 : 0;
    for (const FieldId id : {FieldId::kPayload, FieldId::kDamage}) {
      for (const Op& op : value.ops(id)) {
        const auto bytes = value.bytes(op);
        const auto magic = std::as_bytes(std::span(kMagic));
        magics += std::equal(bytes.begin(), bytes.end(), magic.begin(), magic.end()) ? 1 : 0;
      }
    }
  };
  const Scope scope(fields(FieldId::kPayload, FieldId::kDamage));
  RandomBits bits(1);
  Case value;
  for (int i = 0; i < 2000; ++i) {
    generate(bits, scope, {}, value);
    count(value);
  }
  EXPECT_GT(recipes, 100u);
  EXPECT_GT(magics, 100u);
  recipes = magics = 0;
  for (int i = 0; i < 2000; ++i) {
    mutate(bits, scope, value);
    count(value);
  }
  EXPECT_GT(recipes, 100u);
  EXPECT_GT(magics, 100u);
  recipes = 0;
  const Enumeration small(kNoMagic.uses, 2000);
  for (std::uint64_t i = 0; i < small.size(); ++i) {
    small.at(i, value);
    count(value);
  }
  EXPECT_GT(recipes, 0u);
}

TEST(Project, AClauseRunsUnderEveryEngineAndShrinks) {
  Plan plan;
  plan.subjects = {find_subject("own.identity/1")};
  plan.clauses = {&kNoMagic};
  plan.cases = 2000;
  plan.budget_seconds = 0;
  plan.random = make_random_case;
  const test::Folder folder;
  plan.findings_folder = folder.path();
  std::atomic<bool> stop{false};
  Observer nobody;
  const Report report = run(plan, nobody, stop);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].signature.kind, "magic-inside");
  EXPECT_NE(print(report.findings[0].value).find("payload   literal \"PROJ\\x01\""),
            std::string::npos)
      << print(report.findings[0].value);

  plan.subjects = {&rot13()};
  const Report held = run(plan, nobody, stop);
  EXPECT_TRUE(held.findings.empty());
  EXPECT_FALSE(held.vacuous());
}

TEST(Project, AClauseJoinsTheFuzzTargetOfItsGroup) {
  std::string error;
  const auto target = fuzz::FuzzTarget::make("round_trip", "", error, "no-magic");
  ASSERT_NE(target, nullptr) << error;
  Case value;
  value.subject = "own.rot13/1";
  value.clause = "no-magic";
  value.add(FieldId::kPayload, "csv", {4, 1});
  EXPECT_TRUE(target->contains(value));
}

TEST(ProjectDeathTest, MistakesOfTheCallerAreChecked) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  ASSERT_FALSE(schema().empty());  // made at the latest now
  EXPECT_DEATH(add_payload_recipes({{"late", append_csv}}), "before the first case");
  EXPECT_DEATH(add_dictionary({"late"}), "before the first case");
  EXPECT_DEATH(add_subjects({rot13()}), "no two subjects have one name");
  const Clause* const again[] = {&kNoMagic};
  EXPECT_DEATH(add_clauses(again), "no two clauses have one id");
}

}  // namespace
}  // namespace weir::properties

int main(int argc, char** argv) {
  using namespace weir::properties;
  add_payload_recipes({{"csv", append_csv}});
  add_dictionary({std::string(kMagic)});
  add_subjects({own("own.rot13/1", "stream.rot13/1"), own("own.identity/1", "stream.identity/1")});
  const Clause* const added[] = {&kNoMagic};
  add_clauses(added);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
