// Guards against false accusations: correct transforms of unusual shape keep the whole contract, in
// the small scope and in a search.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "properties/case_text.h"
#include "properties/clause.h"
#include "properties/engine.h"
#include "properties/random_engine.h"
#include "tests/properties/innocents.h"

namespace weir::properties {
namespace {

constexpr std::uint64_t kSmallCases = 1200;
constexpr std::uint64_t kRandomCases = 300;

void expect_held(CaseFactory& factory, EngineId engine, const Clause& clause,
                 const Subject& subject, Workspace& workspace) {
  const std::uint64_t count = std::min(factory.size(engine, clause, subject),
                                       engine == EngineId::kRandom ? kRandomCases : kSmallCases);
  Case value;
  for (std::uint64_t index = 0; index < count; ++index) {
    factory.make(engine, clause, subject, 1, index, value);
    const Verdict verdict = run_check(clause, subject, value, workspace);
    ASSERT_NE(verdict.outcome, Outcome::kViolated) << print(value) << verdict.kind << ": expected "
                                                   << verdict.expected << ", seen " << verdict.seen;
  }
}

TEST(Innocents, AreNotAccused) {
  CaseFactory::Options options;
  options.exhaustive_cases_max = kSmallCases;
  options.random = make_random_case;
  CaseFactory factory(options);
  Workspace workspace;
  for (const Subject& subject : innocents::all()) {
    for (const Clause* clause : clauses()) {
      if (!skip_reason(*clause, subject).empty()) continue;
      SCOPED_TRACE(subject.name);
      expect_held(factory, EngineId::kExhaustive, *clause, subject, workspace);
      expect_held(factory, EngineId::kRandom, *clause, subject, workspace);
    }
  }
}

}  // namespace
}  // namespace weir::properties
