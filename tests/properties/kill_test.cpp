// Guards the kill matrix: what it calls killed, missed, reached, beyond and accused, and that it
// says so of planted bugs whose truth is known.

#include "properties/kill.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "properties/random_engine.h"
#include "properties/roster.h"
#include "properties/yardsticks/yardstick.h"

namespace weir::properties {
namespace {

const std::atomic<bool> kGoOn{false};

KillPlan plan_for(std::initializer_list<std::string_view> names) {
  KillPlan plan;
  for (const std::string_view name : names) {
    const Subject* subject = find_subject(name);
    EXPECT_NE(subject, nullptr) << name;
    plan.subjects.push_back(subject);
  }
  plan.engines = {EngineId::kExhaustive, EngineId::kRandom};
  plan.seeds = {1};
  plan.cases = 2000;
  plan.budget_seconds = 0;
  plan.random = make_random_case;
  plan.others = false;
  return plan;
}

KillReport kill_quietly(const KillPlan& plan) { return kill(plan, {}, kGoOn); }

const Hunt& hunt_of(const KillReport& report, std::string_view engine) {
  const auto& hunts = report.rows.at(0).hunts;
  const auto found = std::find_if(hunts.begin(), hunts.end(),
                                  [&](const Hunt& hunt) { return hunt.engine == engine; });
  EXPECT_NE(found, hunts.end()) << engine;
  return *found;
}

bool any_has(const std::vector<std::string>& lines, std::string_view part) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return line.find(part) != std::string::npos; });
}

TEST(Kill, FindsAPlantedBugWithEveryEngineAndShrinksIt) {
  const KillReport report = kill_quietly(plan_for({"mutant.ignores-count/1"}));
  ASSERT_EQ(report.rows.size(), 1u);
  for (const std::string_view engine : {"exhaustive", "random"}) {
    const Hunt& hunt = hunt_of(report, engine);
    EXPECT_EQ(hunt.fate, Fate::kKilled) << engine;
    EXPECT_GT(hunt.cases, 0u);
    EXPECT_LE(hunt.operations, 3u);
    EXPECT_LE(hunt.payload_bytes, 8u);
    ASSERT_TRUE(hunt.smallest.has_value());
    EXPECT_EQ(hunt.smallest->clause, "short-sink-writes");
  }
  ASSERT_TRUE(report.rows[0].standard.has_value());
  EXPECT_EQ(report.rows[0].standard->fate, Fate::kKilled);
  EXPECT_TRUE(problems(report).empty()) << problems(report).front();
}

TEST(Kill, IsTheSameTwice) {
  const KillPlan plan = plan_for({"mutant.one-read-is-all/1"});
  const KillReport first = kill_quietly(plan);
  const KillReport second = kill_quietly(plan);
  for (std::size_t i = 0; i < first.rows.at(0).hunts.size(); ++i) {
    EXPECT_EQ(first.rows[0].hunts[i].cases, second.rows.at(0).hunts.at(i).cases);
    EXPECT_TRUE(first.rows[0].hunts[i].smallest == second.rows[0].hunts[i].smallest);
  }
}

TEST(Kill, SurvivesACrashAndAHang) {
  KillPlan plan = plan_for({"mutant.crash-abort/1", "mutant.crash-hang/1", "stream.identity/1"});
  plan.engines = {EngineId::kRandom};
  plan.standard = false;
  plan.limits.cpu_seconds = 0.2;
  plan.shrink.evaluations_max = 5;
  const KillReport report = kill_quietly(plan);
  ASSERT_EQ(report.rows.size(), 3u);
  EXPECT_EQ(report.rows[0].hunts.at(0).fate, Fate::kKilled);
  EXPECT_EQ(report.rows[1].hunts.at(0).kind, "hang");
  EXPECT_TRUE(problems(report).empty());
}

TEST(Kill, TellsNeverReachedFromReachedButNotNoticed) {
  // One case is too few.
  KillPlan plan = plan_for({"mutant.seek-keeps-buffer/1"});
  plan.engines = {EngineId::kRandom};
  plan.standard = false;
  plan.cases = 1;
  const KillReport report = kill_quietly(plan);
  const Hunt& hunt = hunt_of(report, "random");
  ASSERT_EQ(hunt.fate, Fate::kSurvived);
  EXPECT_EQ(hunt.cases, 1u);
  ASSERT_EQ(problems(report).size(), 1u);
  EXPECT_TRUE(
      any_has(problems(report), hunt.faulty_steps == 0 ? "never reached" : "times, not noticed"));

  KillReport reached = report;
  reached.rows[0].hunts[0].faulty_steps = 31;
  EXPECT_TRUE(any_has(problems(reached), "reached 31 times, not noticed"));
  reached.rows[0].hunts[0].faulty_steps = 0;
  EXPECT_TRUE(any_has(problems(reached), "never reached"));
}

TEST(Kill, NamesUndeclaredClausesAndAccusedSubjects) {
  KillReport report = kill_quietly(plan_for({"mutant.ignores-count/1", "stream.identity/1"}));
  ASSERT_TRUE(problems(report).empty());
  Fired fired;
  fired.clause = find_clause("eof-sticky");
  fired.kind = "end-not-sticky";
  fired.declared = true;
  report.rows[0].fired.push_back(fired);
  EXPECT_TRUE(problems(report).empty());
  report.rows[0].fired[0].declared = false;
  report.rows[1].fired.push_back(report.rows[0].fired[0]);
  EXPECT_TRUE(any_has(problems(report), "ignores-count: eof-sticky fires"));
  EXPECT_TRUE(any_has(problems(report), "and the subject is correct"));
}

TEST(Kill, CountsWhatEachEngineCanReach) {
  KillReport report;
  for (const Fate fate : {Fate::kKilled, Fate::kSurvived, Fate::kBeyond, Fate::kNoCase}) {
    KillRow& row = report.rows.emplace_back();
    row.mutant = find_mutant("ignores-count");
    Hunt& hunt = row.hunts.emplace_back();
    hunt.engine = "random";
    hunt.fate = fate;
  }
  // One seed that misses is a miss.
  report.rows[0].hunts.push_back(report.rows[1].hunts[0]);
  ASSERT_EQ(scores(report).size(), 1u);
  EXPECT_EQ(scores(report)[0].able, 2u);
  EXPECT_EQ(scores(report)[0].killed, 0u);
  EXPECT_EQ(scores(report)[0].beyond, 1u);
  EXPECT_EQ(scores(report)[0].no_case, 1u);
  report.rows[0].hunts.pop_back();
  EXPECT_EQ(scores(report)[0].killed, 1u);
}

TEST(Kill, ReadsDeclarations) {
  Mutant mutant = *find_mutant("ignores-count");
  mutant.allowed = "eof-exact chain";
  EXPECT_TRUE(declares(mutant, "chain"));
  EXPECT_TRUE(declares(mutant, mutant.primary));
  EXPECT_FALSE(declares(mutant, "eof"));
  mutant.allowed = "*";
  EXPECT_TRUE(declares(mutant, "eof"));
  mutant.beyond = "sweep guided";
  EXPECT_TRUE(is_beyond(mutant, "guided"));
  EXPECT_FALSE(is_beyond(mutant, "guide"));
  EXPECT_EQ(mutant_of(subject_of(*find_mutant("ignores-count"))), find_mutant("ignores-count"));
  EXPECT_EQ(mutant_of(*find_subject("stream.identity/1")), nullptr);
}

TEST(Kill, MedianIsTheLowerMiddle) {
  EXPECT_EQ(median({}), 0);
  EXPECT_EQ(median({3}), 3);
  EXPECT_EQ(median({4, 1, 3, 2}), 2);
  EXPECT_EQ(median({5, 1, 3}), 3);
}

class YardstickTest : public ::testing::TestWithParam<std::size_t> {
 protected:
  const Yardstick& yardstick() const { return yardsticks()[GetParam()]; }
};

TEST_P(YardstickTest, KillsNoCorrectSubject) {
  for (const Subject& subject : builtin_subjects()) {
    const YardstickRun run = measure(yardstick(), subject, 0.3, 1, 10);
    EXPECT_FALSE(run.killed) << subject.name << ": " << run.what;
    EXPECT_EQ(run.could_not_run, "");
    EXPECT_GT(run.rounds, 0u);
  }
}

TEST_P(YardstickTest, KillsWhatAnyTestKills) {
  const Subject broken =
      with_fault(*find_subject("stream.rot13/1"), *find_generic_fault("reader-drops-last-byte"));
  const YardstickRun run = measure(yardstick(), broken, 2, 1);
  EXPECT_TRUE(run.killed);
  EXPECT_NE(run.what, "");
}

TEST_P(YardstickTest, SurvivesCrashExitHangAndMemory) {
  for (const std::string_view name :
       {"mutant.crash-abort/1", "mutant.crash-exit/1", "mutant.crash-hang/1"}) {
    const YardstickRun run = measure(yardstick(), *find_subject(name), 2, 1, 0.2);
    EXPECT_TRUE(run.killed) << name;
    EXPECT_NE(run.what, "") << name;
  }
}

TEST_P(YardstickTest, StandsInAFileOfItsOwn) {
  const std::string path = std::string(WEIR_SOURCE_DIR) + "/" + std::string(yardstick().file);
  std::FILE* file = std::fopen(path.c_str(), "r");
  EXPECT_NE(file, nullptr) << path;
  if (file != nullptr) std::fclose(file);
}

INSTANTIATE_TEST_SUITE_P(All, YardstickTest, ::testing::Range<std::size_t>(0, yardsticks().size()));

}  // namespace
}  // namespace weir::properties
