// Guards runs that share a plan: every pair and seed is in one share, the shares are of one size
// and mixed, and their reports add up to that of one run, in whatever order.
#include "properties/share.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "properties/case_text.h"
#include "properties/finding.h"
#include "properties/roster.h"
#include "tests/properties/planted.h"

namespace weir::properties {
namespace {

using planted::kHolds;
using planted::kMisbehave;

const std::atomic<bool> kGoesOn = false;

/// All that a report says but times and paths.
std::string summary(const Report& report) {
  std::ostringstream text;
  for (const PairReport& pair : report.pairs) {
    text << pair.clause->id << ' ' << pair.subject->name << ' ' << pair.elsewhere << ' '
         << pair.skip_reason << ' ' << pair.not_run_reason << ' ' << pair.cases << ' '
         << pair.discarded << ' ' << pair.vacuous.size() << pair.nothing_checked;
    for (const EngineRun& engine : pair.engines) text << ' ' << engine.cases << '/' << engine.of;
    for (const Tally& tally : pair.tallies) text << ' ' << tally.reason << '=' << tally.count;
    for (const std::uint64_t count : pair.counters.values) text << ' ' << count;
    if (pair.finding) text << " finding " << *pair.finding;
    text << '\n';
  }
  for (const Finding& finding : report.findings) {
    text << finding.subject << ' ' << file_text(finding) << finding.shrink_evaluations << '\n';
  }
  for (const Hint& hint : report.hints) text << hint.subject->name << ' ' << hint.cases << '\n';
  for (const std::string& error : report.errors) text << error << '\n';
  text << report.seed << ' ' << report.seeds << ' ' << report.cases << ' ' << report.interrupted;
  return text.str();
}

class ShareTest : public testing::Test {
 protected:
  ShareTest() {
    plan_.clauses = {&kMisbehave, &kHolds};
    plan_.budget_seconds = 0;
    plan_.cases = 80;
    plan_.random = make_random_case;
    folder_ = testing::TempDir() + "weir-share-" + std::to_string(::getpid());
    plan_.findings_folder = folder_;
  }
  ~ShareTest() override { std::filesystem::remove_all(folder_); }

  Report run_all(std::uint64_t seeds) {
    Observer observer;
    return run_share(plan_, share_of(plan_, seeds, {1, 1}), observer, kGoesOn);
  }

  /// What the shards say, added up in this order.
  Report run_shards(std::uint64_t seeds, const std::vector<std::uint64_t>& order) {
    Report all;
    for (const std::uint64_t index : order) {
      Plan plan = plan_;
      plan.findings_folder = folder_ + "/" + std::to_string(index);
      Observer observer;
      add_report(run_share(plan, share_of(plan, seeds, {index, order.size()}), observer, kGoesOn),
                 all);
    }
    all.seeds = seeds;
    return all;
  }

  Plan plan_;
  std::string folder_;
};

/// The clauses of the contract on four of the subjects that ship.
Plan contract_plan() {
  Plan plan;
  plan.clauses.assign(clauses().begin(), clauses().end());
  for (const char* name :
       {"stream.identity/1", "stream.rot13/1", "stream.crc32c/1", "chain.rot13+rot13/1"}) {
    plan.subjects.push_back(find_subject(name));
  }
  plan.random = make_random_case;
  plan.cases = 10;
  return plan;
}

TEST(ShareOf, EveryPairAndSeedIsInOneShare) {
  const Plan plan = contract_plan();
  const std::size_t pairs = plan.clauses.size() * plan.subjects.size();
  for (const std::uint64_t of : {1, 2, 3, 4, 7, 60}) {
    std::vector<std::vector<int>> owners(2, std::vector<int>(pairs));
    std::uint64_t units = 0;
    std::set<std::uint64_t> sizes;
    std::uint64_t in_all = 0;
    for (std::uint64_t index = 1; index <= of; ++index) {
      const Share share = share_of(plan, 2, {index, of});
      ASSERT_EQ(share.parts.size(), 2u);
      for (std::size_t seed = 0; seed < 2; ++seed) {
        ASSERT_EQ(share.parts[seed].pairs.size(), pairs);
        for (std::size_t i = 0; i < pairs; ++i) owners[seed][i] += share.parts[seed].pairs[i];
      }
      units += share.units;
      sizes.insert(share.units);
      in_all = share.units_in_all;
    }
    for (const auto& of_seed : owners) EXPECT_EQ(of_seed, std::vector<int>(pairs, 1));
    EXPECT_EQ(units, in_all);
    EXPECT_LE(*sizes.rbegin() - *sizes.begin(), 1u) << of;
  }
}

TEST(ShareOf, NeighboursAreInDifferentShares) {
  const Plan plan = contract_plan();
  const std::size_t subjects = plan.subjects.size();
  const std::uint64_t of = 4;
  std::vector<std::uint64_t> owner(plan.clauses.size() * subjects);
  std::map<std::pair<std::uint64_t, std::size_t>, int> of_subject;
  for (std::uint64_t index = 1; index <= of; ++index) {
    const Share share = share_of(plan, 1, {index, of});
    for (std::size_t i = 0; i < owner.size(); ++i) {
      const bool runs =
          skip_reason(*plan.clauses[i / subjects], *plan.subjects[i % subjects]).empty();
      if (!share.parts[0].pairs[i] || !runs) continue;
      owner[i] = index;
      ++of_subject[{index, i % subjects}];
    }
  }
  std::size_t together = 0;
  std::size_t neighbours = 0;
  for (std::size_t i = 0; i < owner.size(); ++i) {
    if (owner[i] == 0) continue;
    if (i % subjects != 0 && owner[i - 1] != 0) {
      EXPECT_NE(owner[i], owner[i - 1]) << "the same clause on two subjects";
    }
    if (i >= subjects && owner[i - subjects] != 0) {
      ++neighbours;
      together += owner[i] == owner[i - subjects] ? 1 : 0;
    }
  }
  EXPECT_LE(together * 4, neighbours);
  // No subject, which may be slow as a whole, is one shard's.
  for (std::size_t s = 0; s < subjects; ++s) {
    int most = 0;
    int all = 0;
    for (std::uint64_t index = 1; index <= of; ++index) {
      most = std::max(most, of_subject[{index, s}]);
      all += of_subject[{index, s}];
    }
    EXPECT_LE(most * 2, all) << plan.subjects[s]->name;
  }
}

TEST(ShareOf, SeedsOfAPairAreInDifferentShares) {
  const Plan plan = contract_plan();
  std::size_t pairs_of_one_seed = 0;
  std::size_t pairs_all = 0;
  for (std::uint64_t index = 1; index <= 4; ++index) {
    const Share share = share_of(plan, 4, {index, 4});
    for (std::size_t i = 0; i < share.parts[0].pairs.size(); ++i) {
      const std::size_t subjects = plan.subjects.size();
      if (!skip_reason(*plan.clauses[i / subjects], *plan.subjects[i % subjects]).empty()) continue;
      int seeds = 0;
      for (const Share::Part& part : share.parts) seeds += part.pairs[i] ? 1 : 0;
      EXPECT_LE(seeds, 2);
      ++pairs_all;
      pairs_of_one_seed += seeds == 1 ? 1 : 0;
    }
  }
  EXPECT_GT(pairs_of_one_seed * 10, pairs_all * 7);
}

TEST(ShareOf, WhatHasNoCaseToRunIsTheFirst) {
  Plan plan = contract_plan();
  plan.engines = {EngineId::kReplay};  // and an empty corpus
  for (std::uint64_t index = 1; index <= 3; ++index) {
    const Share share = share_of(plan, 1, {index, 3});
    EXPECT_EQ(share.units_in_all, 0u);
    for (const bool runs : share.parts[0].pairs) EXPECT_EQ(runs, index == 1);
  }
}

TEST_F(ShareTest, SharesAddUpToOneRun) {
  plan_.subjects = {find_subject("stream.rot13/1"), find_subject("stream.identity/1")};
  plan_.clauses = {find_clause("round-trip"), find_clause("eof-sticky"), find_clause("truncation"),
                   find_clause("seek-model")};
  plan_.exhaustive_cases_max = 200;
  Observer observer;
  const Report whole = run(plan_, observer, kGoesOn);
  EXPECT_GT(whole.cases, 0u);
  EXPECT_EQ(summary(run_shards(1, {1, 2, 3})), summary(whole));
  EXPECT_EQ(summary(run_shards(1, {3, 1, 2})), summary(whole));
}

TEST_F(ShareTest, FindingsAddUpOverSeeds) {
  plan_.subjects = {find_subject("mutant.ignores-count/1"), find_subject("stream.rot13/1")};
  plan_.clauses = {find_clause("round-trip"), find_clause("short-sink-writes"),
                   find_clause("would-block-write")};
  plan_.engines = {EngineId::kRandom};
  const Report whole = run_all(3);
  EXPECT_GT(whole.findings.size(), 0u);
  EXPECT_EQ(whole.seeds, 3u);
  EXPECT_EQ(summary(run_shards(3, {1, 2, 3, 4})), summary(whole));
  EXPECT_EQ(summary(run_shards(3, {4, 2, 1, 3})), summary(whole));
  // What one seed after the other says of a pair that holds is added up.
  const PairReport& holds = whole.pairs[1];
  EXPECT_EQ(holds.subject->name, "stream.rot13/1");
  EXPECT_EQ(holds.engines[static_cast<std::size_t>(EngineId::kRandom)].cases, 240u);
}

// A report of one pair, which `fill` completes.
template <class Fill>
Report report_of(Fill fill) {
  static const Subject subject = [] {
    Subject s;
    s.name = "planted";
    return s;
  }();
  Report report;
  PairReport& pair = report.pairs.emplace_back();
  pair.clause = &kHolds;
  pair.subject = &subject;
  pair.cases = 10;
  fill(report, pair);
  return report;
}

Report sum(Report a, Report b) {
  add_report(std::move(b), a);
  return a;
}

TEST(AddReport, AskedForByEitherOrder) {
  const Report vacuous = report_of([](Report&, PairReport& pair) {
    pair.vacuous = {Counter::kSeeks, Counter::kReads};
    pair.discarded = 10;
    pair.nothing_checked = true;
    pair.tallies = {{"b", 6}, {"a", 4}};
  });
  const Report fuller = report_of([](Report&, PairReport& pair) {
    pair.vacuous = {Counter::kReads};
    pair.discarded = 1;
    pair.tallies = {{"a", 1}};
  });
  const Report moot = report_of([](Report&, PairReport& pair) {
    pair.discarded = 10;
    pair.skip_reason = "nothing to check";
  });
  const Report cut =
      report_of([](Report&, PairReport& pair) { pair.not_run_reason = "the budget ran out"; });
  const Report elsewhere = report_of([](Report&, PairReport& pair) {
    pair.cases = 0;
    pair.elsewhere = true;
  });
  const std::vector<const Report*> all{&vacuous, &fuller, &moot, &cut, &elsewhere};
  for (const Report* a : all) {
    for (const Report* b : all) EXPECT_EQ(summary(sum(*a, *b)), summary(sum(*b, *a)));
  }

  // Vacuous is what stays at zero in both.
  EXPECT_EQ(sum(vacuous, fuller).pairs[0].vacuous, std::vector<Counter>{Counter::kReads});
  EXPECT_FALSE(sum(vacuous, fuller).pairs[0].nothing_checked);
  EXPECT_TRUE(sum(vacuous, vacuous).pairs[0].nothing_checked);
  // Moot is what all say.
  EXPECT_TRUE(sum(moot, moot).pairs[0].skipped());
  EXPECT_FALSE(sum(moot, fuller).pairs[0].skipped());
  EXPECT_TRUE(sum(moot, vacuous).pairs[0].is_vacuous());
  // Not run to its end is what one says.
  EXPECT_TRUE(sum(fuller, cut).pairs[0].not_run());
  EXPECT_EQ(sum(fuller, elsewhere).pairs[0].cases, 10u);
}

TEST(AddReport, OneFindingOfASignatureTheSimplest) {
  const auto with = [](const char* kind, int reads, const char* origin) {
    return report_of([&](Report& report, PairReport& pair) {
      Finding finding;
      finding.subject = "planted";
      finding.signature = {std::string(kHolds.id), kind};
      finding.origin = origin;
      std::string text = "weir-case 1\nsubject planted\nclause " + std::string(kHolds.id) + "\n";
      if (reads > 0) text += "reads read " + std::to_string(reads) + "\n";
      EXPECT_TRUE(parse(text, finding.value).ok);
      report.findings.push_back(finding);
      pair.finding = 0;
    });
  };
  const Report small = with("hang", 0, "random, seed 10, case 3");
  const Report large = with("hang", 9, "random, seed 9, case 3");
  const Report other = with("abort", 9, "random, seed 2, case 3");
  const Report early = with("hang", 0, "random, seed 9, case 3");
  EXPECT_EQ(sum(small, large).findings.size(), 1u);
  EXPECT_EQ(sum(small, large).findings[0].origin, "random, seed 10, case 3");
  EXPECT_EQ(summary(sum(small, large)), summary(sum(large, small)));
  EXPECT_EQ(sum(small, early).findings[0].origin, "random, seed 9, case 3");
  EXPECT_EQ(summary(sum(small, early)), summary(sum(early, small)));
  EXPECT_EQ(sum(small, other).findings.size(), 2u);
  EXPECT_EQ(sum(small, other).findings[0].signature.kind, "abort");
  EXPECT_EQ(*sum(small, other).pairs[0].finding, 0u);
  // A finding says more than that something was vacuous.
  const Report vacuous =
      report_of([](Report&, PairReport& pair) { pair.vacuous = {Counter::kReads}; });
  EXPECT_FALSE(sum(vacuous, small).pairs[0].is_vacuous());
}

TEST(AddReport, WhoBreaksTheContractGetsNoHint) {
  const Report hint = report_of([](Report& report, PairReport& pair) {
    report.hints.push_back({pair.subject, Trait::kDeterministic, true, 5});
    report.errors = {"one"};
  });
  const Report broken = report_of([](Report& report, PairReport& pair) {
    pair.not_run_reason = "given up";
    report.errors = {"one", "two"};
    report.interrupted = true;
  });
  const Report held = report_of([](Report&, PairReport&) {});
  EXPECT_EQ(sum(hint, held).hints.size(), 1u);
  EXPECT_TRUE(sum(hint, broken).hints.empty());
  EXPECT_EQ(sum(hint, broken).errors, (std::vector<std::string>{"one", "two"}));
  EXPECT_TRUE(sum(hint, broken).interrupted);
}

}  // namespace
}  // namespace weir::properties
