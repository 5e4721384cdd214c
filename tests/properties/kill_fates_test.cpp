// Guards what becomes of a hunt: the fates that a healthy matrix does not have, the guided engine's
// word, and that over all mutants no clause fires that is not declared.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "properties/case_text.h"
#include "properties/kill.h"
#include "properties/random_engine.h"
#include "properties/roster.h"

namespace weir::properties {
namespace {

const std::atomic<bool> kGoOn{false};

KillPlan plan_for(std::string_view name) {
  KillPlan plan;
  plan.subjects = {find_subject(name)};
  plan.engines = {EngineId::kRandom};
  plan.seeds = {1};
  plan.cases = 300;
  plan.budget_seconds = 0;
  plan.random = make_random_case;
  plan.standard = false;
  plan.others = false;
  return plan;
}

Case case_of(const std::string& text) {
  Case value;
  const ParseOutcome outcome = parse("weir-case 1\n" + text, value);
  EXPECT_TRUE(outcome.ok) << outcome.error.message;
  return value;
}

std::string all(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  return text;
}

TEST(Fate, HasANameOfItsOwnEach) {
  EXPECT_EQ(to_string(Fate::kKilled), "killed");
  EXPECT_EQ(to_string(Fate::kByOther), "killed-by-other");
  EXPECT_EQ(to_string(Fate::kSurvived), "survived");
  EXPECT_EQ(to_string(Fate::kBeyond), "beyond");
  EXPECT_EQ(to_string(Fate::kNoCase), "no-case");
  EXPECT_EQ(to_string(Fate::kSkipped), "skipped");
  EXPECT_EQ(to_string(Fate::kFailed), "failed");
}

TEST(KillFates, TakesTheGuidedEnginesWordOnlyWhenItIsSeenAgain) {
  KillPlan plan = plan_for("mutant.one-read-is-all/1");
  plan.engines = {EngineId::kReplay, EngineId::kGuided};
  EXPECT_TRUE(kill(plan, {}, kGoOn).rows.at(0).hunts.empty()) << "there is no such program";

  const std::string names = "subject mutant.one-read-is-all/1\nclause short-source-reads\n";
  for (const bool harmless : {false, true}) {
    plan.guided = [&](const KillRow& row, std::uint64_t) {
      Hunt hunt;
      hunt.engine = "guided";
      hunt.fate = Fate::kKilled;
      hunt.kind = "as the program said";
      hunt.found = case_of(names + (harmless ? "" : "payload literal \"ab\"\nsource give 1\n"));
      EXPECT_EQ(row.primary->id, "short-source-reads");
      return hunt;
    };
    const KillReport report = kill(plan, {}, kGoOn);
    const Hunt& hunt = report.rows.at(0).hunts.at(0);
    EXPECT_EQ(hunt.fate, harmless ? Fate::kSurvived : Fate::kKilled);
    EXPECT_EQ(hunt.kind == "as the program said", harmless);
    EXPECT_EQ(hunt.smallest.has_value(), !harmless);
    EXPECT_EQ(problems(report).empty(), !harmless) << all(problems(report));
  }
}

TEST(KillFates, NamesTheOtherClauseThatFires) {
  KillReport report;
  KillRow& row = report.rows.emplace_back();
  row.subject = find_subject("mutant.one-read-is-all/1");
  row.mutant = find_mutant("one-read-is-all");
  row.primary = find_clause(row.mutant->primary);
  Hunt& hunt = row.hunts.emplace_back();
  hunt.engine = "random";
  hunt.seed = 7;
  hunt.fate = Fate::kByOther;
  hunt.why = "eof-exact";
  hunt.cases = 12;
  hunt.faulty_steps = 3;
  EXPECT_NE(all(problems(report)).find("random, seed 7"), std::string::npos);
  EXPECT_NE(all(problems(report)).find("reached 3 times, not noticed; only eof-exact fires"),
            std::string::npos);
  for (const Fate fate : {Fate::kBeyond, Fate::kNoCase, Fate::kSkipped}) {
    row.hunts[0].fate = fate;
    EXPECT_TRUE(problems(report).empty()) << to_string(fate);
    EXPECT_FALSE(row.hunts[0].counts());
  }
  ASSERT_EQ(scores(report).size(), 1u);
  EXPECT_EQ(scores(report)[0].skipped, 1u);

  Mutant unreachable = *row.mutant;
  unreachable.beyond = "random";
  row.mutant = &unreachable;
  row.hunts[0].fate = Fate::kKilled;
  EXPECT_NE(all(problems(report)).find("declared out of reach, and killed all the same"),
            std::string::npos);

  // A primary clause that does not apply proves nothing.
  const Subject seeks_not = [] {
    Subject subject = *find_subject("stream.identity/1");
    subject.traits = 0;
    return subject;
  }();
  row.subject = &seeks_not;
  row.primary = find_clause("seek-model");
  EXPECT_NE(all(problems(report)).find("does not apply to it: does not claim"), std::string::npos);
}

TEST(KillFates, AnEngineThatCannotBeSetUpIsAProblem) {
  KillPlan plan = plan_for("mutant.one-read-is-all/1");
  plan.engines = {EngineId::kGuided};
  plan.seeds = {4, 5};
  plan.guided = [&](const KillRow&, std::uint64_t) {
    Hunt hunt;
    hunt.fate = Fate::kFailed;
    hunt.why = "no such program";
    return hunt;
  };
  const KillReport report = kill(plan, {}, kGoOn);
  ASSERT_EQ(report.rows.at(0).hunts.size(), 2u);
  EXPECT_EQ(report.rows[0].hunts[1].seed, 5u);
  EXPECT_EQ(report.rows[0].hunts[1].engine, "guided");
  ASSERT_EQ(problems(report).size(), 1u) << "said once";
  EXPECT_EQ(problems(report)[0], "guided could not run: no such program (2 hunts)");
  ASSERT_EQ(scores(report).size(), 1u);
  EXPECT_EQ(scores(report)[0].able, 1u);
  EXPECT_EQ(scores(report)[0].killed, 0u);
}

TEST(KillFates, WhatIsDeclaredOutOfReachOfTheGuidedEngineIsTriedAllTheSame) {
  ASSERT_TRUE(is_beyond(*find_mutant("crash-exit"), "guided"));
  KillPlan plan = plan_for("mutant.crash-exit/1");
  plan.engines = {EngineId::kGuided};
  plan.shrinks = false;
  for (const bool finds : {false, true}) {
    plan.guided = [&](const KillRow&, std::uint64_t) {
      Hunt hunt;
      if (!finds) return hunt;
      hunt.fate = Fate::kKilled;
      hunt.found =
          case_of("subject mutant.crash-exit/1\nclause round-trip\npayload literal \"aaa\"\n");
      return hunt;
    };
    const KillReport report = kill(plan, {}, kGoOn);
    EXPECT_EQ(report.rows.at(0).hunts.at(0).fate, finds ? Fate::kKilled : Fate::kBeyond);
    const bool said =
        all(problems(report)).find("declared out of reach, and killed") != std::string::npos;
    EXPECT_EQ(said, finds) << all(problems(report));
  }
}

TEST(KillFates, SmallestIsTheCaseWithTheFewestOperations) {
  KillRow row;
  EXPECT_EQ(row.smallest(), nullptr);
  for (const auto& [operations, bytes] : {std::pair{3, 0}, {2, 9}, {2, 4}, {5, 1}}) {
    Hunt& hunt = row.hunts.emplace_back();
    hunt.operations = static_cast<std::size_t>(operations);
    hunt.payload_bytes = static_cast<std::size_t>(bytes);
    hunt.smallest.emplace();
  }
  row.standard.emplace();
  EXPECT_EQ(row.smallest(), &row.hunts[2]);
}

TEST(KillFates, StopsWithTheRowsSoFar) {
  const std::atomic<bool> stop{true};
  const KillReport report = kill(plan_for("mutant.one-read-is-all/1"), {}, stop);
  EXPECT_TRUE(report.interrupted);
  EXPECT_TRUE(report.rows.empty());
}

TEST(KillFates, NoUndeclaredClauseFiresOnAnyMutant) {
  KillPlan plan = plan_for("stream.identity/1");
  for (const Mutant* mutant : mutants()) plan.subjects.push_back(&subject_of(*mutant));
  plan.engines = {EngineId::kExhaustive, EngineId::kRandom};
  plan.cases = 30;
  plan.exhaustive_cases_max = 400;
  plan.others = true;
  plan.others_exhaustive = 60;
  plan.others_random = 30;
  plan.correct_factor = 1;
  plan.shrinks = false;
  plan.limits.cpu_seconds = 1;
  const KillReport report = kill(plan, {}, kGoOn);
  ASSERT_EQ(report.rows.size(), mutants().size() + 1) << report.could_not_run;
  std::size_t fired = 0;
  for (const KillRow& row : report.rows) {
    for (const Fired& each : row.fired) {
      EXPECT_TRUE(each.declared) << row.subject->name << ": " << each.clause->id << " fires, "
                                 << each.kind << '\n'
                                 << print(each.value);
      ++fired;
    }
  }
  EXPECT_GT(fired, mutants().size()) << "hardly any mutant breaks one clause alone";
}

}  // namespace
}  // namespace weir::properties
