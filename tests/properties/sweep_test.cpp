// Guards the sweep: numbers mean the same everywhere, every call has its fault, and what happens in
// the runs that only count is a finding too.
#include "properties/sweep.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "properties/case_text.h"
#include "properties/stats.h"
#include "properties/worker.h"
#include "tests/properties/planted.h"

namespace weir::properties {
namespace {

/// A clause whose subject makes `calls` calls to the source below.
Verdict make_calls(const Case& value, Workspace& workspace, std::uint64_t calls) {
  workspace.source_chances = calls;
  const auto& script = value.ops(FieldId::kSource);
  std::uint64_t good = 0;
  for (const Op& op : script) {
    if (verb_of(FieldId::kSource, op).name == "good") {
      good += static_cast<std::uint64_t>(op.args[0]);
    }
  }
  if (good >= calls) return Verdict::discarded("the fault was not reached");
  ++workspace.counters[Counter::kFaults];
  return Verdict::held();
}

Clause source_clause(Verdict (*check)(const Subject&, const Case&, Workspace&),
                     KindSet kinds = verbs(VerbKind::kFault, VerbKind::kDelay),
                     KindSet needs = verbs(VerbKind::kFault)) {
  return {"planted-source",
          Group::kFaults,
          "",
          "",
          0,
          {fields(FieldId::kSource), kinds, needs},
          0,
          check};
}

class SweepTest : public testing::Test {
 protected:
  Answer sweep_all(const Clause& clause, const Subject& subject, std::uint64_t per_job) {
    context_.clauses = {&clause};
    context_.subjects = {&subject};
    CaseFactory factory(CaseFactory::Options{});
    context_.factory = &factory;
    Worker worker(context_, wake_up_);
    Job job;
    job.engine = EngineId::kSweep;
    Answer sum;
    while (job.first < factory.size(EngineId::kSweep, clause, subject)) {
      job.count = per_job;
      worker.start(job, planted::limits());
      Answer answer = worker.wait();
      answer.cases += sum.cases;
      answer.discarded += sum.discarded;
      answer.unreached += sum.unreached;
      sum = answer;
      if (sum.violation) break;
      job.first = sum.next;
      job.sweep_calls = sum.sweep_calls;
    }
    return sum;
  }

  WorkerContext context_;
  WakeUp wake_up_;
};

TEST(Sweep, HasNoPointsWhereNothingBelowCanBeInterrupted) {
  const Subject& subject = builtin_subjects()[0];
  EXPECT_EQ(Sweep(*find_clause("round-trip"), subject).size(), 0u);
  EXPECT_EQ(Sweep(*find_clause("version-rejected"), subject).size(), 0u);
  EXPECT_GT(Sweep(*find_clause("source-fault"), subject).size(), 0u);
}

TEST(Sweep, PutsEveryActAtEveryCallAndOtherErrorsAtTheFirst) {
  const Clause clause = source_clause(nullptr, verbs(VerbKind::kFault, VerbKind::kPassingFault));
  const Sweep sweep(clause, planted::subject("planted.well/1"));
  ASSERT_EQ(sweep.base_count(), 1u) << "without a payload all base cases are one";
  SweepCalls calls;
  calls.calls[0] = {3, 0, 0};
  std::set<std::string> texts;
  Case value;
  std::uint64_t index = sweep.base_count();
  std::uint64_t points = 0;
  for (; (index = sweep.next(index, calls)) < sweep.size(); ++index, ++points) {
    sweep.make(index, value);
    texts.insert(print_ops(value, FieldId::kSource));
  }
  EXPECT_EQ(points, sweep.point_count(calls));
  EXPECT_EQ(texts.size(), points);
  for (const char* text : {"fail EIO", "good 1, fail EIO", "good 2, fail EIO", "fail-once EIO",
                           "good 2, fail-once EIO", "fail ENOSPC", "fail out_of_memory"}) {
    EXPECT_EQ(texts.count(text), 1u) << text;
  }
  EXPECT_EQ(texts.count("good 1, fail ENOSPC"), 0u);
  EXPECT_EQ(texts.count("good 3, fail EIO"), 0u);
}

TEST(Sweep, BlocksOnlyWhereThatIsClaimed) {
  const Clause clause = source_clause(nullptr, verbs(VerbKind::kBlock), verbs(VerbKind::kBlock));
  Subject subject = planted::subject("planted.well/1");
  EXPECT_EQ(Sweep(clause, subject).size(), 0u);
  subject.traits = traits(Trait::kNonblocking);
  EXPECT_GT(Sweep(clause, subject).size(), 0u);
}

TEST(Sweep, CrossesTheBoundariesOfBuffersAndBlocks) {
  const Sweep sweep(*find_clause("sink-fault"), builtin_subjects()[0]);
  std::uint64_t largest = 0;
  Case value;
  for (std::uint64_t i = 0; i < sweep.base_count(); ++i) {
    sweep.make(i, value);
    for (const Op& op : value.ops(FieldId::kPayload)) {
      largest = std::max(largest, static_cast<std::uint64_t>(op.args[0]));
    }
  }
  EXPECT_GT(largest, kBoundaryBytes.back());
}

TEST_F(SweepTest, RunsEveryPointHoweverItIsCutIntoJobs) {
  static constexpr auto kCheck = [](const Subject&, const Case& value, Workspace& workspace) {
    return make_calls(value, workspace, 7);
  };
  const Clause clause = source_clause(kCheck);
  const Subject subject = planted::subject("planted.well/1");
  const Sweep sweep(clause, subject);
  const Answer whole = sweep_all(clause, subject, sweep.size());
  EXPECT_EQ(whole.sweep_calls.calls[0][0], 7u);
  EXPECT_EQ(whole.cases, sweep.point_count(whole.sweep_calls));
  EXPECT_EQ(whole.cases, 7u + 6u) << "one error at each call, six others at the first";
  EXPECT_EQ(whole.discarded, 0u) << "the run that counts is no case";
  const Answer parts = sweep_all(clause, subject, 3);
  EXPECT_EQ(parts.cases, whole.cases);
  EXPECT_FALSE(whole.violation || parts.violation);
}

TEST_F(SweepTest, SetsApartPointsThatNothingReaches) {
  // More calls are counted than faults can be put at.
  static constexpr auto kCheck = [](const Subject&, const Case& value, Workspace& workspace) {
    const Verdict verdict = make_calls(value, workspace, 4);
    workspace.source_chances = 6;
    return verdict;
  };
  const Clause clause = source_clause(kCheck);
  const Subject subject = planted::subject("planted.well/1");
  const Answer answer = sweep_all(clause, subject, 1000000);
  EXPECT_EQ(answer.unreached, 2u);
  EXPECT_EQ(answer.cases, 4u + 6u);
  EXPECT_EQ(answer.discarded, 0u);
}

TEST_F(SweepTest, FindsACrashInTheRunThatCounts) {
  static constexpr auto kCheck = [](const Subject&, const Case& value, Workspace& workspace) {
    const auto& script = value.ops(FieldId::kSource);
    if (!script.empty() && script[0].args[0] > 1000) std::abort();
    return make_calls(value, workspace, 4);
  };
  const Clause clause = source_clause(kCheck);
  const Subject subject = planted::subject("planted.well/1");
  const Answer answer = sweep_all(clause, subject, 1000000);
  ASSERT_TRUE(answer.violation);
  EXPECT_EQ(answer.violation->kind, "abort");
  EXPECT_EQ(answer.violation->index, 0u);
  EXPECT_EQ(answer.cases, 1u);
}

TEST_F(SweepTest, CoversEveryCallOfTheShippedTransforms) {
  for (const Subject& subject : builtin_subjects()) {
    for (const char* id : {"source-fault", "sink-fault", "short-sink-writes"}) {
      SCOPED_TRACE(subject.name + " " + id);
      const Clause& clause = *find_clause(id);
      context_.files = nullptr;
      const Answer answer = sweep_all(clause, subject, ~std::uint64_t{0} >> 8);
      EXPECT_FALSE(answer.violation) << answer.violation->kind;
      EXPECT_EQ(answer.cases + answer.unreached,
                Sweep(clause, subject).point_count(answer.sweep_calls))
          << "no base case has more calls than there are numbers for";
      EXPECT_GT(answer.cases, 10u);
    }
  }
}

TEST(Stats, CountsSizesFieldsAndKinds) {
  Case value;
  value.add(FieldId::kWrites, "", {3});
  value.add(FieldId::kWrites, "flush");
  value.add(FieldId::kSource, "fail", {0});
  Stats stats;
  for (const std::uint64_t bytes : {0, 8, 9, 4097, 65536, 131073}) stats.add(value, true, bytes);
  stats.add(value, false, 5);
  EXPECT_EQ(stats.cases, 7u);
  EXPECT_EQ(stats.with_payload, 6u);
  EXPECT_EQ(stats.payload_sizes, (std::array<std::uint64_t, kSizeClassCount>{1, 1, 1, 0, 2, 0, 1}));
  EXPECT_EQ(stats.crossed, (std::array<std::uint64_t, 3>{3, 1, 1}));
  EXPECT_EQ(stats.operations[static_cast<std::size_t>(FieldId::kWrites)], 14u);
  EXPECT_EQ(stats.cases_with[static_cast<std::size_t>(FieldId::kSource)], 7u);
  EXPECT_EQ(stats.cases_with_kind[static_cast<std::size_t>(VerbKind::kFault)], 7u);
  EXPECT_EQ(stats.cases_with_kind[static_cast<std::size_t>(VerbKind::kSeek)], 0u);
  Stats twice = stats;
  twice += stats;
  EXPECT_EQ(twice.payload_sizes[4], 4u);
  EXPECT_EQ(to_string(VerbKind::kPassingFault), "passing fault");
  EXPECT_EQ(to_string(VerbKind::kHarm), "harm");
}

}  // namespace
}  // namespace weir::properties
