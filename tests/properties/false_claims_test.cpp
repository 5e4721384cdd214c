// Guards that claims are promises: for each trait a subject that claims it falsely is accused, and
// a trait that holds without being claimed is pointed out.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <string>
#include <vector>

#include "properties/clause.h"
#include "properties/engine.h"
#include "properties/mutant.h"
#include "properties/random_engine.h"
#include "properties/roster.h"
#include "properties/runner.h"
#include "tests/properties/folder.h"
#include "tests/properties/innocents.h"

namespace weir::properties {
namespace {

Subject claiming(Subject subject, Traits more) {
  subject.traits |= more;
  return subject;
}

Subject without(Subject subject, Trait trait) {
  subject.traits = static_cast<Traits>(subject.traits & ~traits(trait));
  return subject;
}

const Subject& identity() { return *find_subject("stream.identity/1"); }

// Whether the clause judges by the trait: needs it, or heeds it.
bool concerns(const Clause& clause, Trait trait) {
  if (has(clause.needs, trait) || has(clause.heeds, trait)) return true;
  return trait == Trait::kShortWrites &&
         (clause.uses.fields & fields(FieldId::kWrites, FieldId::kSink)) != 0;
}

// The clauses that accuse `subject`, in the small scope and in a short search, among those that
// `chosen` says.
template <class Chosen>
std::set<std::string> accusers(const Subject& subject, const Chosen& chosen) {
  constexpr std::uint64_t kCases = 300;
  CaseFactory::Options options;
  options.exhaustive_cases_max = kCases;
  options.random = make_random_case;
  CaseFactory factory(options);
  Workspace workspace;
  std::set<std::string> ids;
  Case value;
  for (const Clause* clause : clauses()) {
    if (!chosen(*clause) || !skip_reason(*clause, subject).empty()) continue;
    for (const EngineId engine : {EngineId::kExhaustive, EngineId::kRandom}) {
      const std::uint64_t count = std::min(factory.size(engine, *clause, subject), kCases);
      for (std::uint64_t index = 0; index < count; ++index) {
        factory.make(engine, *clause, subject, 1, index, value);
        if (run_check(*clause, subject, value, workspace).outcome != Outcome::kViolated) continue;
        ids.emplace(clause->id);
        break;
      }
    }
  }
  return ids;
}

struct FalseClaim {
  Trait trait;
  Subject subject;          // claims it, and does not do it
  std::string_view clause;  // that must say so
};

std::vector<FalseClaim> false_claims() {
  return {
      {Trait::kSizePreserving, innocents::multi_member(), "round-trip"},
      {Trait::kDeterministic, subject_of(*find_mutant("numbers-streams")), "deterministic"},
      {Trait::kSeekable, innocents::prefetcher(), "seek-honest"},
      {Trait::kSeekable, innocents::multi_member(), "seek-model"},
      {Trait::kSeekable, innocents::single_member(), "seek-past-end"},
      {Trait::kDetectsTruncation, identity(), "truncation"},
      {Trait::kDetectsCorruption, identity(), "corruption"},
      {Trait::kFlushable, innocents::holds_back(), "flush-readable"},
      {Trait::kConcatenable, innocents::single_member(), "concatenation"},
      {Trait::kNonblocking, subject_of(*find_mutant("counts-blocked-read")), "would-block-read"},
      {Trait::kMultiMember, innocents::single_member(), "multi-member"},
      {Trait::kMultiMember, innocents::checks_at_close(), "multi-member"},
      {Trait::kReportsEndPosition, innocents::prefetches_one_member(), "end-position"},
      {Trait::kReportsEndPosition, innocents::checks_at_close(), "end-position"},
      {Trait::kPartialBelow, innocents::trusts_below(), "short-source-reads"},
      {Trait::kPartialBelow, innocents::trusts_below(), "short-sink-writes"},
  };
}

TEST(FalseClaims, AreViolations) {
  for (const FalseClaim& claim : false_claims()) {
    SCOPED_TRACE(std::string(to_string(claim.trait)) + " of " + claim.subject.name);
    const auto ids = accusers(claiming(claim.subject, traits(claim.trait)),
                              [&](const Clause& clause) { return concerns(clause, claim.trait); });
    EXPECT_EQ(ids.count(std::string(claim.clause)), 1u) << claim.clause << " is silent";
  }
}

TEST(FalseClaims, AreTriedForEveryTraitThatPromisesSomething) {
  Traits tried = 0;
  for (const FalseClaim& claim : false_claims()) tried |= traits(claim.trait);
  EXPECT_EQ(static_cast<Traits>(tried | kPermissions), kAllTraits);
  EXPECT_EQ(tried & kPermissions, 0);
  // What nobody can break no clause needs.
  for (const Clause* clause : clauses()) EXPECT_EQ(clause->needs & kPermissions, 0) << clause->id;
}

// Who claims a permission without need is not accused of anything.
TEST(FalseClaims, OfPermissionsHarmNobody) {
  for (const Subject& subject : {innocents::late_teller(), innocents::multi_member()}) {
    const auto ids = accusers(claiming(subject, kPermissions), [](const Clause& clause) {
      return concerns(clause, Trait::kShortWrites) || concerns(clause, Trait::kVerifiesAtClose) ||
             concerns(clause, Trait::kFinishesInDestructor);
    });
    EXPECT_TRUE(ids.empty()) << subject.name << ": " << *ids.begin();
  }
}

// What a run with the clauses that `trait` concerns says about it. Null: nothing.
const Hint* hint_for(const Subject& subject, Trait trait, Report& report) {
  Plan plan;
  plan.subjects = {&subject};
  for (const Clause* clause : clauses()) {
    if (concerns(*clause, trait)) plan.clauses.push_back(clause);
  }
  plan.engines = {EngineId::kRandom};
  plan.cases = 3;
  plan.budget_seconds = 0;
  plan.random = make_random_case;
  const test::Folder folder;
  plan.findings_folder = folder.path();
  Observer observer;
  const std::atomic<bool> stop{false};
  report = run(plan, observer, stop);
  for (const Hint& hint : report.hints) {
    if (hint.trait == trait) return &hint;
  }
  return nullptr;
}

TEST(UnclaimedTraits, ThatHoldArePointedOut) {
  std::vector<std::pair<Trait, Subject>> modest;
  for (const Trait trait :
       {Trait::kSizePreserving, Trait::kDeterministic, Trait::kSeekable, Trait::kFlushable,
        Trait::kConcatenable, Trait::kNonblocking, Trait::kMultiMember, Trait::kPartialBelow}) {
    modest.emplace_back(trait, identity());
  }
  for (const Trait trait : {Trait::kDetectsTruncation, Trait::kDetectsCorruption}) {
    modest.emplace_back(trait, innocents::multi_member());
  }
  modest.emplace_back(Trait::kReportsEndPosition, innocents::single_member());
  Traits tried = kPermissions;
  for (const auto& [trait, subject] : modest) {
    SCOPED_TRACE(to_string(trait));
    ASSERT_TRUE(has(subject.traits, trait));
    tried |= traits(trait);
    Report report;
    const Subject quiet = without(subject, trait);
    const Hint* hint = hint_for(quiet, trait, report);
    ASSERT_NE(hint, nullptr);
    EXPECT_TRUE(hint->claim);
    EXPECT_GT(hint->cases, 0u);
  }
  EXPECT_EQ(tried, kAllTraits);
}

TEST(UnclaimedTraits, ThatDoNotHoldAreNot) {
  for (const FalseClaim& claim : false_claims()) {
    if (claim.subject.name.rfind("mutant.", 0) == 0) continue;
    Report report;
    EXPECT_EQ(hint_for(without(claim.subject, claim.trait), claim.trait, report), nullptr)
        << to_string(claim.trait) << " of " << claim.subject.name;
  }
}

TEST(ClaimedPermissions, ThatAreNotUsedArePointedOut) {
  for (const auto& [trait, subject, used] :
       {std::tuple(Trait::kShortWrites, innocents::late_teller(), false),
        std::tuple(Trait::kShortWrites, identity(), true),
        std::tuple(Trait::kVerifiesAtClose, innocents::multi_member(), false),
        std::tuple(Trait::kVerifiesAtClose, innocents::checks_at_close(), true),
        std::tuple(Trait::kFinishesInDestructor, identity(), false),
        std::tuple(Trait::kFinishesInDestructor, subject_of(*find_mutant("finishes-in-destructor")),
                   true)}) {
    SCOPED_TRACE(std::string(to_string(trait)) + " of " + subject.name);
    Report report;
    const Subject permitted = claiming(subject, traits(trait));
    const Hint* hint = hint_for(permitted, trait, report);
    ASSERT_EQ(hint == nullptr, used);
    if (hint != nullptr) {
      EXPECT_FALSE(hint->claim);
    }
  }
}

// A clause that has nothing to look at in a subject says so, and the run is none the worse.
TEST(NothingToCheck, IsSaidInsteadOfPassing) {
  const Clause* clause = find_clause("allocation-fault");
  const Subject quiet = innocents::allocates_nothing();
  // Some builds cannot make allocations fail at all; they say that instead, of every subject.
  const std::string not_here = skip_reason(*clause, quiet);
  Plan plan;
  plan.subjects = {&quiet, &identity()};
  plan.clauses = {clause, find_clause("round-trip")};
  plan.cases = 30;
  plan.budget_seconds = 0;
  plan.random = make_random_case;
  plan.exhaustive_cases_max = 200;
  const test::Folder folder;
  plan.findings_folder = folder.path();
  Observer observer;
  const std::atomic<bool> stop{false};
  const Report report = run(plan, observer, stop);
  for (const PairReport& pair : report.pairs) {
    EXPECT_FALSE(pair.is_vacuous()) << pair.clause->id << ' ' << pair.subject->name;
    EXPECT_EQ(pair.not_run_reason, "");
  }
  EXPECT_EQ(report.pairs[0].skip_reason,
            not_here.empty() ? "the subject allocates nothing" : not_here);
  EXPECT_EQ(report.pairs[1].skip_reason, not_here);
  EXPECT_EQ(report.pairs[2].skip_reason, "");
  EXPECT_TRUE(report.findings.empty());
}

}  // namespace
}  // namespace weir::properties
