// Guards what a person gets of a bug: every mutant's first failing random case shrinks within a
// thousand evaluations to a case that nothing simpler replaces, whose size is pinned, and which is
// never larger than what RapidCheck's own minimiser leaves.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "properties/allocation.h"
#include "properties/case_generate.h"
#include "properties/case_text.h"
#include "properties/clause.h"
#include "properties/engine.h"
#include "properties/mutant.h"
#include "properties/payload.h"
#include "properties/random_engine.h"
#include "properties/shrinker.h"

namespace weir::properties {
namespace {

constexpr std::uint64_t kSeeds = 5;
constexpr std::uint64_t kCasesMax = 5000;

struct Size {
  std::size_t operations;
  std::size_t payload_bytes;
};
bool larger(const Size& a, const Size& b) {
  return a.operations > b.operations ||
         (a.operations == b.operations && a.payload_bytes > b.payload_bytes);
}

Size size_of(const Case& value) {
  std::vector<std::byte> payload;
  EXPECT_TRUE(materialise(value, {}, std::size_t{16} << 20, payload).has_value());
  return {value.op_count(), payload.size()};
}

// A mutant under its primary clause, in this process.
class Bench {
 public:
  explicit Bench(const Mutant& mutant)
      : clause_(*find_clause(mutant.primary)), subject_(subject_of(mutant)) {
    workspace_.files = &files_;
  }
  const Clause& clause() const { return clause_; }
  const Subject& subject() const { return subject_; }

  // The kind of violation; empty without one.
  std::string kind_of(const Case& value) {
    const Verdict verdict = run_check(clause_, subject_, value, workspace_);
    return verdict.outcome == Outcome::kViolated ? std::string(verdict.kind) : std::string();
  }
  // The first random case that fails, in a given way where `kind` is not empty.
  std::optional<Case> first_failing(std::uint64_t seed, std::string& kind) {
    Case value;
    value.subject = subject_.name;
    value.clause = clause_.id;
    for (std::uint64_t index = 0; index < kCasesMax; ++index) {
      make_random_case(clause_, subject_, {seed, index, {}}, value);
      const std::string seen = kind_of(value);
      if (seen.empty() || (!kind.empty() && seen != kind)) continue;
      kind = seen;
      return value;
    }
    return std::nullopt;
  }
  ShrinkOutcome shrink(const Case& value, const std::string& kind) {
    return shrink_with(value, [&](const Case& candidate) { return kind_of(candidate) == kind; },
                       {});
  }

 private:
  const Clause& clause_;
  const Subject& subject_;
  const PayloadFiles files_;
  Workspace workspace_;
};

// Mutants that this process survives and whose clause this build can run.
std::vector<const Mutant*> tame_mutants() {
  std::vector<const Mutant*> tame;
  for (const Mutant* mutant : mutants()) {
    if (mutant->allowed == "*") continue;
    if (skip_reason(*find_clause(mutant->primary), subject_of(*mutant)).empty()) {
      tame.push_back(mutant);
    }
  }
  return tame;
}

TEST(ShrinkMutants, ThousandEvaluationsAndOneMinimal) {
  std::vector<std::uint64_t> evaluations;
  std::vector<std::size_t> operations;
  std::vector<std::size_t> payload_bytes;
  for (const Mutant* mutant : tame_mutants()) {
    Bench bench(*mutant);
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      std::string kind;
      const std::optional<Case> value = bench.first_failing(seed, kind);
      if (!value) continue;  // rare bugs: whether they are found is another test's matter
      const ShrinkOutcome outcome = bench.shrink(*value, kind);
      evaluations.push_back(outcome.evaluations);
      operations.push_back(size_of(outcome.minimal).operations);
      payload_bytes.push_back(size_of(outcome.minimal).payload_bytes);
      EXPECT_EQ(bench.kind_of(outcome.minimal), kind) << print(outcome.minimal);
      EXPECT_EQ(outcome.end, ShrinkEnd::kMinimal) << print(*value);
      visit_simpler(outcome.minimal, [&](const Case& variant) {
        const bool fails = bench.kind_of(variant) == kind;
        EXPECT_FALSE(fails) << print(outcome.minimal) << "is not minimal:\n" << print(variant);
        return fails;
      });
    }
  }
  ASSERT_GE(evaluations.size(), tame_mutants().size() * 4);
  std::sort(evaluations.begin(), evaluations.end());
  std::sort(operations.begin(), operations.end());
  std::sort(payload_bytes.begin(), payload_bytes.end());
  const auto at = [](const auto& sorted, std::size_t percent) {
    return static_cast<unsigned long long>(sorted[(sorted.size() - 1) * percent / 100]);
  };
  std::printf("%zu shrinks  median  95%%   most\n", evaluations.size());
  std::printf("evaluations  %6llu %6llu %6llu\n", at(evaluations, 50), at(evaluations, 95),
              at(evaluations, 100));
  std::printf("operations   %6llu %6llu %6llu\n", at(operations, 50), at(operations, 95),
              at(operations, 100));
  std::printf("payload      %6llu %6llu %6llu\n", at(payload_bytes, 50), at(payload_bytes, 95),
              at(payload_bytes, 100));
  EXPECT_LE(at(evaluations, 95), 1000u);
  EXPECT_LE(at(operations, 50), 3u);
  EXPECT_LE(at(payload_bytes, 50), 8u);
}

struct Pin {
  std::string_view mutant;
  Size most;  // over all seeds
};
constexpr Pin kPins[] = {
#include "tests/mutants/shrink_pins.def"
};

TEST(ShrinkMutants, SmallestCasesHaveTheirPinnedSize) {
  static_assert(std::size(kPins) >= 20);
  for (const Pin& pin : kPins) {
    const Mutant* mutant = find_mutant(pin.mutant);
    ASSERT_NE(mutant, nullptr) << pin.mutant;
    Bench bench(*mutant);
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      std::string kind;
      const std::optional<Case> value = bench.first_failing(seed, kind);
      ASSERT_TRUE(value.has_value()) << pin.mutant << " seed " << seed;
      const Case minimal = bench.shrink(*value, kind).minimal;
      EXPECT_FALSE(larger(size_of(minimal), pin.most)) << pin.mutant << " seed " << seed << '\n'
                                                       << print(minimal);
    }
  }
}

// RapidCheck does not keep the kind of violation, so ours begins with a case of the kind at which
// RapidCheck arrived.
TEST(ShrinkMutants, NeverLargerThanWhatRapidCheckLeaves) {
  std::size_t compared = 0;
  for (const Pin& pin : kPins) {
    Bench bench(*find_mutant(pin.mutant));
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      const PropertyOutcome theirs =
          check_property(bench.clause(), bench.subject(), static_cast<int>(kCasesMax), seed);
      ASSERT_EQ(theirs.kind, PropertyOutcome::Kind::kViolated) << pin.mutant << " seed " << seed;
      std::string kind = bench.kind_of(theirs.counterexample);
      ASSERT_FALSE(kind.empty()) << pin.mutant;
      std::optional<Case> value;
      for (std::uint64_t other = seed; !value && other < seed + 10 * kSeeds; other += kSeeds) {
        value = bench.first_failing(other, kind);
      }
      ASSERT_TRUE(value.has_value()) << pin.mutant << " seed " << seed << ": " << kind;
      const Case ours = bench.shrink(*value, kind).minimal;
      EXPECT_FALSE(larger(size_of(ours), size_of(theirs.counterexample)))
          << pin.mutant << " seed " << seed << "\nours\n"
          << print(ours) << "RapidCheck's\n"
          << print(theirs.counterexample);
      ++compared;
    }
  }
  EXPECT_EQ(compared, std::size(kPins) * kSeeds);
}

}  // namespace
}  // namespace weir::properties
