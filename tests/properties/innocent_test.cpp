// Guards against false accusations: correct transforms of unusual shape keep the whole contract, in
// the small scope and in a search, and each clause that acquits them had something to look at.

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "properties/case_text.h"
#include "properties/clause.h"
#include "properties/engine.h"
#include "properties/random_engine.h"
#include "tests/properties/case_test_support.h"
#include "tests/properties/innocents.h"

namespace weir::properties {
namespace {

constexpr std::uint64_t kSmallCases = 1200 / test::kWorkDivisor;
constexpr std::uint64_t kRandomCases = test::kWorkDivisor > 1 ? 100 : 300;

// Clauses that have nothing to look at in a subject, and say so.
constexpr std::pair<std::string_view, std::string_view> kMoot[] = {
    {"innocent.allocates-nothing/1", "allocation-fault"},
    {"innocent.allocates-nothing/1", "no-leaks"},
    {"innocent.single-member/1", "short-source-reads"},
    {"innocent.single-member/1", "first-read"},
};

// What came of the cases of a clause and a subject.
struct Sum {
  Counters counters;
  std::uint64_t cases = 0;
  std::uint64_t discarded = 0;
  std::uint64_t moot = 0;
};

void expect_held(CaseFactory& factory, EngineId engine, const Clause& clause,
                 const Subject& subject, Workspace& workspace, Sum& sum) {
  const std::uint64_t count = std::min(factory.size(engine, clause, subject),
                                       engine == EngineId::kRandom ? kRandomCases : kSmallCases);
  Case value;
  for (std::uint64_t index = 0; index < count; ++index) {
    factory.make(engine, clause, subject, 1, index, value);
    const Verdict verdict = run_check(clause, subject, value, workspace);
    ASSERT_NE(verdict.outcome, Outcome::kViolated) << print(value) << verdict.kind << ": expected "
                                                   << verdict.expected << ", seen " << verdict.seen;
    ++sum.cases;
    if (verdict.outcome == Outcome::kDiscarded) {
      ++sum.discarded;
      if (verdict.kind == clause.moot) ++sum.moot;
    }
    sum.counters += workspace.counters;
  }
}

// A clause that is silent because it looked at nothing acquits nobody.
void expect_exercised(const Clause& clause, const Subject& subject, const Sum& sum) {
  if (sum.discarded == sum.cases && sum.moot > 0) {
    const std::pair<std::string_view, std::string_view> known(subject.name, clause.id);
    EXPECT_NE(std::find(std::begin(kMoot), std::end(kMoot), known), std::end(kMoot)) << clause.id;
    return;
  }
  EXPECT_LT(sum.discarded, sum.cases) << clause.id;
  const CounterSet required = required_counters(clause, subject);
  for (std::size_t c = 0; c < kCounterCount; ++c) {
    if (((required >> c) & 1u) == 0) continue;
    EXPECT_GT(sum.counters.values[c], 0u)
        << clause.id << " needs " << to_string(static_cast<Counter>(c));
  }
}

class Innocents : public testing::TestWithParam<Subject> {};

TEST_P(Innocents, AreNotAccusedByClausesThatLooked) {
  CaseFactory::Options options;
  options.exhaustive_cases_max = kSmallCases;
  options.random = make_random_case;
  CaseFactory factory(options);
  Workspace workspace;
  const Subject& subject = GetParam();
  for (const Clause* clause : clauses()) {
    if (!skip_reason(*clause, subject).empty()) continue;
    Sum sum;
    expect_held(factory, EngineId::kExhaustive, *clause, subject, workspace, sum);
    expect_held(factory, EngineId::kRandom, *clause, subject, workspace, sum);
    if (HasFatalFailure()) return;
    expect_exercised(*clause, subject, sum);
  }
}

std::string name_of(const testing::TestParamInfo<Subject>& test) {
  std::string name(test.param.name);
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, Innocents, testing::ValuesIn(innocents::all()), name_of);

}  // namespace
}  // namespace weir::properties
