// What the tests of the shapes share: whole runs of the contract on one subject.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <string>
#include <vector>

#include "properties/case_text.h"
#include "properties/clause.h"
#include "properties/random_engine.h"
#include "properties/runner.h"
#include "tests/properties/case_test_support.h"
#include "tests/properties/folder.h"

namespace weir::properties::shapes {

/// How many cases a pair gets. Sanitizers run a part of them.
struct Work {
  std::uint64_t exhaustive = 800;
  std::uint64_t random = 120;
};

/// What a run of exhaustive, sweep and random engines says of `subject`. `only` is a clause's id;
/// empty: all of them.
inline Report report_on(const Subject& subject, std::string_view only = {}, Work work = {}) {
  Plan plan;
  plan.subjects = {&subject};
  for (const Clause* clause : clauses()) {
    if (only.empty() || clause->id == only) plan.clauses.push_back(clause);
  }
  plan.engines = {EngineId::kExhaustive, EngineId::kSweep, EngineId::kRandom};
  plan.exhaustive_cases_max = work.exhaustive / test::kWorkDivisor;
  plan.cases = work.random / test::kWorkDivisor;
  plan.budget_seconds = 0;
  plan.random = make_random_case;
  plan.hints = false;
  const test::Folder folder;
  plan.findings_folder = folder.path();
  Observer observer;
  const std::atomic<bool> stop{false};
  return run(plan, observer, stop);
}

/// Every clause that applies holds and had something to look at, but those in `moot`, which say
/// that they had not.
inline void expect_held(const Subject& subject, const std::set<std::string_view>& moot = {},
                        Work work = {}) {
  SCOPED_TRACE(subject.name);
  const Report report = report_on(subject, {}, work);
  EXPECT_TRUE(report.errors.empty());
  for (const Finding& finding : report.findings) {
    ADD_FAILURE() << print(finding.value) << to_string(finding.signature) << ": expected "
                  << finding.expected << ", seen " << finding.seen << finding.report;
  }
  std::set<std::string_view> nothing_to_check;
  for (const PairReport& pair : report.pairs) {
    const std::string expected = skip_reason(*pair.clause, subject);
    if (expected.empty() && pair.skipped()) nothing_to_check.insert(pair.clause->id);
    // So few cases may well meet nothing.
    EXPECT_TRUE(pair.skipped() || !pair.is_vacuous() || test::kWorkDivisor > 1)
        << pair.clause->id << " is vacuous";
    EXPECT_TRUE(pair.not_run_reason.empty()) << pair.clause->id << " " << pair.not_run_reason;
  }
  EXPECT_EQ(nothing_to_check, moot);
}

/// The clauses that `subject` does not have to keep, whatever the reason.
inline std::set<std::string_view> skipped_clauses(const Subject& subject) {
  std::set<std::string_view> ids;
  for (const Clause* clause : clauses()) {
    const std::string reason = skip_reason(*clause, subject);
    // That depends on the build.
    if (reason.rfind("needs malloc interposition", 0) == 0) continue;
    if (!reason.empty()) ids.insert(clause->id);
  }
  return ids;
}

/// `clause` is violated in the way `kind`.
inline void expect_caught(const Subject& subject, std::string_view clause, std::string_view kind) {
  SCOPED_TRACE(subject.name);
  // A bug wants all of it, however slow the build is.
  Work whole;
  whole.exhaustive *= test::kWorkDivisor;
  whole.random *= test::kWorkDivisor;
  const Report report = report_on(subject, clause, whole);
  ASSERT_EQ(report.findings.size(), 1u) << clause << " is silent";
  const Finding& finding = report.findings.front();
  EXPECT_EQ(finding.signature.kind, kind) << print(finding.value) << finding.seen;
  EXPECT_TRUE(finding.reproduces);
}

}  // namespace weir::properties::shapes
