// Guards the engines: cases are a function of their numbers, and the table has what is announced.
#include "properties/engine.h"

#include <gtest/gtest.h>

#include <set>

#include "properties/case_text.h"
#include "properties/random_engine.h"
#include "tests/properties/planted.h"

namespace weir::properties {
namespace {

using planted::kHolds;

TEST(Engines, AreFoundByName) {
  EXPECT_EQ(find_engine("sweep"), &engines()[static_cast<std::size_t>(EngineId::kSweep)]);
  for (const Engine& engine : engines()) {
    EXPECT_EQ(find_engine(engine.name), &engine);
    EXPECT_EQ(to_string(engine.id), engine.name);
    EXPECT_FALSE(engine.about.empty());
  }
  EXPECT_EQ(find_engine("nonesuch"), nullptr);
}

TEST(RandomEngine, MakesTheSameCaseForTheSameNumber) {
  const Subject subject = planted::subject("planted.well/1");
  CaseFactory first({.random = &make_random_case});
  CaseFactory second({.random = &make_random_case});
  Case a;
  Case b;
  std::set<std::string> texts;
  for (std::uint64_t i = 300; i-- > 0;) {
    first.make(EngineId::kRandom, kHolds, subject, 1, i, a);
    second.make(EngineId::kRandom, kHolds, subject, 1, i, b);
    ASSERT_EQ(a, b);
    EXPECT_EQ(a.subject, subject.name);
    EXPECT_EQ(a.clause, kHolds.id);
    texts.insert(print(a));
  }
  EXPECT_GT(texts.size(), 150u) << "most cases differ";
}

TEST(RandomEngine, DrawsOtherCasesForAnotherSeedSubjectOrClause) {
  const Subject well = planted::subject("planted.well/1");
  const Subject other = planted::subject("planted.other/1");
  EXPECT_NE(case_seed(kHolds, well, 1, 0), case_seed(kHolds, well, 2, 0));
  EXPECT_NE(case_seed(kHolds, well, 1, 0), case_seed(kHolds, well, 1, 1));
  EXPECT_NE(case_seed(kHolds, well, 1, 0), case_seed(kHolds, other, 1, 0));
  EXPECT_NE(case_seed(kHolds, well, 1, 0), case_seed(planted::kVacuous, well, 1, 0));
}

TEST(RandomEngine, PinsItsSeedsAndSizes) {
  // Findings name their seed and number: these stay what they are.
  const Subject subject = planted::subject("planted.well/1");
  EXPECT_EQ(case_seed(kHolds, subject, 1, 0), 5060991861244286135u);
  EXPECT_EQ(case_size(0), 1);
  EXPECT_EQ(case_size(99), 100);
  std::set<int> sizes;
  for (std::uint64_t i = 100; i < 201; ++i) {
    const int size = case_size(i);
    EXPECT_GE(size, 0);
    EXPECT_LE(size, 100);
    sizes.insert(size);
  }
  EXPECT_EQ(sizes.size(), 101u);
}

TEST(ExhaustiveEngine, MakesEveryCaseOnce) {
  const Subject subject = planted::subject("planted.well/1");
  CaseFactory factory({.exhaustive_cases_max = 3000});
  const std::uint64_t size = factory.size(EngineId::kExhaustive, kHolds, subject);
  EXPECT_GT(size, 10u);
  EXPECT_LE(size, 3000u);
  EXPECT_FALSE(factory.bound(kHolds).empty());
  std::set<std::string> texts;
  Case value;
  for (std::uint64_t i = 0; i < size; ++i) {
    factory.make(EngineId::kExhaustive, kHolds, subject, 1, i, value);
    texts.insert(print(value));
  }
  EXPECT_EQ(texts.size(), size);
}

TEST(ReplayEngine, TakesTheCasesOfThePairOnly) {
  const Subject well = planted::subject("planted.well/1");
  const Subject other = planted::subject("planted.other/1");
  const std::vector<CorpusCase> corpus = {
      {"a.case", planted::reads_case(well, kHolds, {1})},
      {"b.case", planted::reads_case(other, kHolds, {2})},
      {"c.case", planted::reads_case(well, kHolds, {3})},
  };
  CaseFactory factory({.corpus = corpus});
  ASSERT_EQ(factory.size(EngineId::kReplay, kHolds, well), 2u);
  EXPECT_EQ(factory.size(EngineId::kReplay, planted::kVacuous, well), 0u);
  EXPECT_EQ(factory.corpus_path(kHolds, well, 1), "c.case");
  Case value;
  factory.make(EngineId::kReplay, kHolds, well, 1, 1, value);
  EXPECT_EQ(value, corpus[2].value);
}

TEST(CheckProperty, HoldsOnlyWithAsManyCasesAsAskedFor) {
  const Subject subject = planted::subject("planted.well/1");
  const PropertyOutcome outcome = check_property(kHolds, subject, 50, 1);
  EXPECT_EQ(outcome.kind, PropertyOutcome::Kind::kHeld) << outcome.description;
  EXPECT_EQ(outcome.held, 50);
}

TEST(CheckProperty, ShrinksToAMinimum) {
  const Subject subject = planted::subject("planted.two-conditions/1");
  const PropertyOutcome outcome = check_property(planted::kMisbehave, subject, 5000, 1);
  ASSERT_EQ(outcome.kind, PropertyOutcome::Kind::kViolated) << outcome.description;
  EXPECT_TRUE(planted::two_conditions(outcome.counterexample));
  EXPECT_EQ(outcome.counterexample.ops(FieldId::kReads).size(), 2u);
  EXPECT_EQ(planted::largest(outcome.counterexample, "read"), 37);
  EXPECT_NE(outcome.description.find("planted"), std::string::npos);
}

TEST(CheckProperty, GivesUpWhenEverythingIsDiscarded) {
  static constexpr auto kDiscard = [](const Subject&, const Case&, Workspace&) {
    return Verdict::discarded("planted");
  };
  const Clause discards = {
      "planted-discards", Group::kSeek, "", "", 0, fields(FieldId::kReads), 0, kDiscard};
  const Subject subject = planted::subject("planted.well/1");
  const PropertyOutcome outcome = check_property(discards, subject, 10, 1);
  EXPECT_EQ(outcome.kind, PropertyOutcome::Kind::kGaveUp) << outcome.description;
}

}  // namespace
}  // namespace weir::properties
