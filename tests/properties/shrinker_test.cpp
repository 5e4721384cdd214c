// Guards the shrinker: planted bugs shrink to their minimum within a bounded number of evaluations,
// crashes too.
#include "properties/shrinker.h"

#include <gtest/gtest.h>

#include "properties/case_generate.h"
#include "properties/case_text.h"
#include "properties/payload.h"
#include "properties/random_bits.h"
#include "tests/properties/planted.h"

namespace weir::properties {
namespace {

constexpr std::uint64_t kEvaluationsMax = 1000;

/// A failing case among generated ones, the largest of several: shrinking has to earn its keep.
template <class Fails>
Case failing_case(std::uint64_t seed, FieldSet uses, const Fails& fails) {
  RandomBits bits(seed);
  GenerateOptions options;
  options.size = 100;
  Case value;
  Case best;
  int found = 0;
  for (int i = 0; i < 200000 && found < 5; ++i) {
    value.subject = "planted.two-conditions/1";
    value.clause = "planted-misbehave";
    generate(bits, uses, options, value);
    if (!fails(value)) continue;
    if (found == 0 || simpler_than(best, value)) best = value;
    ++found;
  }
  EXPECT_GT(found, 0) << "no failing case was generated";
  return best;
}

TEST(Shrinker, FindsTheMinimumOfTwoConditions) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Case value =
        failing_case(seed, fields(FieldId::kPayload, FieldId::kWrites, FieldId::kReads),
                     &planted::two_conditions);
    const ShrinkOutcome outcome = shrink_with(value, &planted::two_conditions, {});
    EXPECT_EQ(outcome.end, ShrinkEnd::kMinimal);
    EXPECT_LT(outcome.evaluations, kEvaluationsMax) << print(value);
    EXPECT_TRUE(outcome.minimal.ops(FieldId::kPayload).empty());
    EXPECT_TRUE(outcome.minimal.ops(FieldId::kWrites).empty());
    EXPECT_EQ(outcome.minimal.ops(FieldId::kReads).size(), 2u) << print(outcome.minimal);
    EXPECT_EQ(planted::largest(outcome.minimal, "read"), 37);
    EXPECT_EQ(planted::largest(outcome.minimal, "seek end"), -7);
  }
}

TEST(Shrinker, FindsTheMinimumOfAPayloadAndAScript) {
  // The payload crosses a block boundary while the source answers short: what a buffering decoder
  // gets wrong.
  const PayloadFiles files;
  const auto fails = [&files](const Case& value) {
    bool gives = false;
    for (const Op& op : value.ops(FieldId::kSource)) {
      gives = gives || (op.verb == verb_index(FieldId::kSource, "give") && op.args[0] >= 3);
    }
    std::vector<std::byte> payload;
    return gives && materialise(value, files, std::size_t{1} << 24, payload) &&
           payload.size() > 4096;
  };
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Case value =
        failing_case(seed, fields(FieldId::kPayload, FieldId::kSource, FieldId::kReads), fails);
    const ShrinkOutcome outcome = shrink_with(value, fails, {});
    EXPECT_EQ(outcome.end, ShrinkEnd::kMinimal);
    EXPECT_LT(outcome.evaluations, kEvaluationsMax) << print(value);
    EXPECT_EQ(outcome.minimal.op_count(), 2u) << print(outcome.minimal);
    std::vector<std::byte> payload;
    ASSERT_TRUE(materialise(outcome.minimal, files, std::size_t{1} << 24, payload));
    EXPECT_EQ(payload.size(), 4097u);
  }
}

TEST(Shrinker, IsDeterministic) {
  const Case value = failing_case(7, fields(FieldId::kReads), &planted::two_conditions);
  const ShrinkOutcome first = shrink_with(value, &planted::two_conditions, {});
  const ShrinkOutcome second = shrink_with(value, &planted::two_conditions, {});
  EXPECT_EQ(first.minimal, second.minimal);
  EXPECT_EQ(first.evaluations, second.evaluations);
}

TEST(Shrinker, KeepsToItsLimitAndReportsEveryImprovement) {
  const Case value = failing_case(3, fields(FieldId::kPayload, FieldId::kWrites, FieldId::kReads),
                                  &planted::two_conditions);
  ShrinkLimits limits;
  limits.evaluations_max = 5;
  std::uint64_t improvements = 0;
  Case last = value;
  ShrinkHooks hooks;
  hooks.on_improvement = [&](const Case& improved) {
    ++improvements;
    EXPECT_TRUE(planted::two_conditions(improved));
    EXPECT_TRUE(simpler_than(improved, last));
    last = improved;
  };
  const ShrinkOutcome outcome = shrink_with(value, &planted::two_conditions, limits, hooks);
  EXPECT_EQ(outcome.end, ShrinkEnd::kEvaluations);
  EXPECT_EQ(outcome.evaluations, 5u);
  EXPECT_EQ(outcome.improvements, improvements);
  EXPECT_EQ(outcome.minimal, last);
}

TEST(Shrinker, LeavesAMinimalCaseAlone) {
  Case value;
  value.subject = "planted.two-conditions/1";
  value.clause = "planted-misbehave";
  const auto always = [](const Case&) { return true; };
  const ShrinkOutcome outcome = shrink_with(value, always, {});
  EXPECT_EQ(outcome.minimal, value);
  EXPECT_EQ(outcome.improvements, 0u);
  EXPECT_EQ(outcome.end, ShrinkEnd::kMinimal);
}

class ShrinkerInWorker : public testing::TestWithParam<const char*> {};

TEST_P(ShrinkerInWorker, ShrinksCrashesToTheSmallestThatCrashes) {
  const Subject subject = planted::subject(std::string("planted.") + GetParam() + "/1");
  const WorkerContext context{{&planted::kMisbehave}, {&subject}, nullptr, nullptr};
  WakeUp wake_up;
  Worker worker(context, wake_up);
  Case value;
  value.subject = subject.name;
  value.clause = planted::kMisbehave.id;
  for (const std::int64_t size : {3, 8, 70000, 1, 0, 12}) {
    value.add(FieldId::kReads, "read", {size});
    value.add(FieldId::kReads, "seek set", {size});
  }
  const Answer answer = worker.evaluate(value, planted::limits());
  ASSERT_TRUE(answer.violation);
  const Signature signature{value.clause, answer.violation->kind};
  const ShrinkOutcome outcome = shrink(value, signature, worker, planted::limits(), ShrinkLimits{});
  EXPECT_TRUE(outcome.reproduces);
  EXPECT_EQ(outcome.minimal, planted::reads_case(subject, planted::kMisbehave, {10}))
      << print(outcome.minimal);
  EXPECT_LT(outcome.evaluations, 200u);
}

INSTANTIATE_TEST_SUITE_P(Planted, ShrinkerInWorker,
                         testing::Values("aborts", "spins", "exits", "exhausts", "closes",
                                         "throws"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace weir::properties
