// Guards the ends that a worker and a shrinker seldom come to: every signal, more reasons than are
// counted one by one, what is found once and never again, and a stop.
#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "properties/case_text.h"
#include "properties/shrinker.h"
#include "properties/worker.h"
#include "tests/properties/planted.h"

namespace weir::properties {
namespace {

/// Sends itself the signal that the first read names.
Verdict raise_signal(const Subject&, const Case& value, Workspace&) {
  const auto number = static_cast<int>(planted::largest(value, "read"));
  ::signal(number, SIG_DFL);
  ::kill(::getpid(), number);
  return Verdict::held();
}

/// Discards each case for a reason of its own.
Verdict discard(const Subject&, const Case& value, Workspace&) {
  // A verdict keeps a reason by reference.
  static const std::vector<std::string> reasons = [] {
    std::vector<std::string> made;
    for (int i = 0; i < 40; ++i) made.push_back("reason " + std::to_string(i));
    return made;
  }();
  return Verdict::discarded(reasons[static_cast<std::size_t>(planted::largest(value, "read"))]);
}

/// Fails in the first case of a process only.
Verdict fail_once(const Subject&, const Case&, Workspace&) {
  static bool first = true;
  if (!std::exchange(first, false)) return Verdict::held();
  return Verdict::violated("planted", 0, "the same as before", "not");
}

/// Sleeps where there is a read of ten bytes or more, longer than a short limit allows.
Verdict sleep_a_little(const Subject&, const Case& value, Workspace&) {
  if (planted::triggered(value)) ::usleep(600000);
  return Verdict::held();
}

Clause clause_of(Verdict (*check)(const Subject&, const Case&, Workspace&)) {
  return {"planted-end", Group::kSeek, "", "", 0, fields(FieldId::kReads), 0, check};
}

class WorkerEndsTest : public testing::Test {
 protected:
  void use(const Clause& clause) {
    context_.clauses = {&clause};
    context_.subjects = {&subject_};
  }
  Case case_of(std::initializer_list<std::int64_t> reads) {
    return planted::reads_case(subject_, *context_.clauses[0], reads);
  }

  Subject subject_ = planted::subject("planted.well/1");
  WorkerContext context_;
  WakeUp wake_up_;
};

TEST_F(WorkerEndsTest, NamesEverySignal) {
  const Clause clause = clause_of(&raise_signal);
  use(clause);
  Worker worker(context_, wake_up_);
  const std::vector<std::pair<int, std::string>> table = {
      {SIGABRT, "abort"},  {SIGSEGV, "segv"},
      {SIGBUS, "bus"},     {SIGFPE, "fpe"},
      {SIGILL, "ill"},     {SIGTRAP, "trap"},
      {SIGKILL, "killed"}, {SIGUSR1, "signal " + std::to_string(SIGUSR1)}};
  for (const auto& [number, kind] : table) {
    const Answer answer = worker.evaluate(case_of({number}), planted::limits());
    ASSERT_TRUE(answer.violation.has_value()) << kind;
    EXPECT_EQ(answer.violation->kind, kind);
    EXPECT_TRUE(answer.violation->died);
    EXPECT_NE(answer.violation->seen.find("signal " + std::to_string(number)), std::string::npos);
  }
}

TEST_F(WorkerEndsTest, PutsReasonsBeyondItsTableTogether) {
  const Clause clause = clause_of(&discard);
  use(clause);
  CaseFactory::Options options;
  options.random = [](const Clause&, const Subject&, const Draw& draw, Case& result) {
    result.ops(FieldId::kReads).clear();
    result.add(FieldId::kReads, "read", {static_cast<std::int64_t>(draw.index % 40)});
  };
  CaseFactory factory(options);
  context_.factory = &factory;
  Worker worker(context_, wake_up_);
  Job job;
  job.engine = EngineId::kRandom;
  job.count = 80;
  worker.start(job, planted::limits());
  const Answer answer = worker.wait();
  EXPECT_EQ(answer.discarded, 80u);
  ASSERT_EQ(answer.tallies.size(), 16u);
  EXPECT_EQ(answer.tallies.front().reason, "reason 0");
  EXPECT_EQ(answer.tallies.front().count, 2u);
  EXPECT_EQ(answer.tallies.back().reason, "other");
  std::uint64_t sum = 0;
  for (const auto& tally : answer.tallies) sum += tally.count;
  EXPECT_EQ(sum, 80u);
  EXPECT_EQ(worker.current_index(), 79u);
  EXPECT_EQ(worker.current_cases(), 0u) << "nothing runs";
}

TEST_F(WorkerEndsTest, GivesTheCaseBackThatFailsOnlyOnce) {
  const Clause clause = clause_of(&fail_once);
  use(clause);
  Worker worker(context_, wake_up_);
  const Case value = case_of({500, 20});
  ASSERT_TRUE(worker.evaluate(value, planted::limits()).violation.has_value());
  const ShrinkOutcome outcome =
      shrink(value, {"planted-end", "planted"}, worker, planted::limits(), {});
  EXPECT_FALSE(outcome.reproduces);
  EXPECT_EQ(outcome.minimal, value);
  EXPECT_EQ(outcome.improvements, 0u);
  EXPECT_EQ(outcome.end, ShrinkEnd::kEvaluations);
}

TEST_F(WorkerEndsTest, DoesNotTakeASlowCaseForAHangWhenShrinking) {
  // With the small limits that hangs are shrunk with it is one, with those of the worker it is not.
  const Clause clause = clause_of(&sleep_a_little);
  use(clause);
  Worker worker(context_, wake_up_);
  WorkerLimits patient = planted::limits();
  patient.blocked_seconds = 60;
  const Case value = case_of({500});
  std::vector<Case> improvements;
  ShrinkHooks hooks;
  hooks.on_improvement = [&](const Case& improved) { improvements.push_back(improved); };
  ShrinkLimits limits;
  limits.evaluations_max = 6;
  const ShrinkOutcome outcome =
      shrink(value, {"planted-end", "hang"}, worker, patient, limits, hooks);
  EXPECT_FALSE(outcome.reproduces);
  EXPECT_EQ(outcome.minimal, value);
  EXPECT_EQ(outcome.improvements, 0u);
  ASSERT_FALSE(improvements.empty());
  EXPECT_EQ(improvements.back(), value) << "the file is put right";
}

TEST_F(WorkerEndsTest, StopsShrinkingWhenToldTo) {
  const Clause clause = clause_of(&sleep_a_little);
  use(clause);
  Worker worker(context_, wake_up_);
  const std::atomic<bool> stop{true};
  ShrinkHooks hooks;
  hooks.stop = &stop;
  for (const char* kind : {"planted", "hang"}) {
    const ShrinkOutcome outcome =
        shrink(case_of({5}), {"planted-end", kind}, worker, planted::limits(), {}, hooks);
    EXPECT_EQ(outcome.end, ShrinkEnd::kStopped) << kind;
    EXPECT_EQ(outcome.minimal, case_of({5}));
    EXPECT_FALSE(outcome.reproduces);
  }
}

TEST(ShrinkEnd, KeepsToItsLimits) {
  const auto fails = [](const Case& value) { return planted::triggered(value); };
  Case value;
  value.subject = "planted.well/1";
  value.clause = "planted-end";
  for (int i = 0; i < 50; ++i) value.add(FieldId::kReads, "read", {1000 + i});
  ShrinkLimits no_time;
  no_time.seconds_max = -1;
  EXPECT_EQ(shrink_with(value, fails, no_time).end, ShrinkEnd::kTime);
  ShrinkLimits few;
  few.evaluations_max = 3;
  const ShrinkOutcome outcome = shrink_with(value, fails, few);
  EXPECT_EQ(outcome.end, ShrinkEnd::kEvaluations);
  EXPECT_EQ(outcome.evaluations, 3u);
  ShrinkLimits stall;
  stall.stall_max = 1;
  EXPECT_EQ(shrink_with(
                value, [](const Case&) { return false; }, stall)
                .end,
            ShrinkEnd::kEvaluations);
}

TEST(ShrinkEnd, HasANameOfItsOwnEach) {
  EXPECT_EQ(to_string(ShrinkEnd::kMinimal), "minimal");
  EXPECT_EQ(to_string(ShrinkEnd::kEvaluations), "evaluations");
  EXPECT_EQ(to_string(ShrinkEnd::kTime), "time");
  EXPECT_EQ(to_string(ShrinkEnd::kStopped), "stopped");
}

}  // namespace
}  // namespace weir::properties
