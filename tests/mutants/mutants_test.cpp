// Guards the contract's ability to fail: every mutant is killed by the clause that it declares, on
// its pinned case by exactly the clauses that it declares, and in a search by no others than those;
// every clause has a mutant.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <string>
#include <string_view>

#include "properties/allocation.h"
#include "properties/case_text.h"
#include "properties/clause.h"
#include "properties/engine.h"
#include "properties/mutant.h"
#include "properties/random_engine.h"
#include "properties/roster.h"
#include "properties/runner.h"

namespace weir::properties {
namespace {

std::set<std::string> words(std::string_view text) {
  std::set<std::string> found;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    if (end > begin) found.emplace(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return found;
}

std::string joined(const std::set<std::string>& set) {
  std::string text;
  for (const std::string& word : set) text += (text.empty() ? "" : " ") + word;
  return text;
}

bool ends_the_process(const Mutant& mutant) { return mutant.allowed == "*"; }

// The pinned case for `clause`: the fields that the clause does not use are left out.
Case pinned_case(const Mutant& mutant, const Clause& clause) {
  Case value;
  const auto parsed = parse("weir-case 1\nsubject   " + subject_of(mutant).name + "\nclause    " +
                                std::string(clause.id) + "\n" + std::string(mutant.pinned),
                            value);
  EXPECT_TRUE(parsed.ok) << mutant.name << ": " << parsed.error.message;
  for (std::size_t i = 0; i < kFieldCount; ++i) {
    const auto id = static_cast<FieldId>(i);
    if ((clause.uses & field_bit(id)) == 0) value.ops(id).clear();
  }
  return value;
}

// Those clauses of `ids` that this build can run: without malloc interposition some cannot.
std::set<std::string> runnable(std::set<std::string> ids) {
  for (const Clause* clause : clauses()) {
    if (clause->meters && !can_meter_allocations()) ids.erase(std::string(clause->id));
  }
  return ids;
}

class MutantTest : public ::testing::Test {
 public:
  explicit MutantTest(const Mutant& mutant) : mutant_(mutant) {}

 protected:
  void SetUp() override {
    const Clause* primary = find_clause(mutant_.primary);
    ASSERT_NE(primary, nullptr);
    // A mutant that its primary clause does not apply to proves nothing.
    ASSERT_EQ(skip_reason(*primary, subject_of(mutant_)), "") << primary->id;
  }

  const Mutant& mutant_;
};

// On the pinned case exactly the declared clauses fire.
class PinnedTest final : public MutantTest {
 public:
  using MutantTest::MutantTest;
  void TestBody() override {
    const Subject& subject = subject_of(mutant_);
    Workspace workspace;
    std::set<std::string> fired;
    for (const Clause* clause : clauses()) {
      if (!skip_reason(*clause, subject).empty()) continue;
      const Case value = pinned_case(mutant_, *clause);
      if (run_check(*clause, subject, value, workspace).outcome == Outcome::kViolated) {
        fired.emplace(clause->id);
      }
      if (clause->id == mutant_.primary) {
        EXPECT_GT(workspace.counters[Counter::kFaultySteps], 0u)
            << "no layer says that it did wrong (note_fault)";
      }
    }
    EXPECT_EQ(joined(fired), joined(runnable(words(mutant_.fires))));
    EXPECT_TRUE(fired.count(std::string(mutant_.primary)) == 1);
  }
};

// In a search the primary clause fires. What else fires in one is for `weir kill`, which takes its
// time.
class SearchTest final : public MutantTest {
 public:
  using MutantTest::MutantTest;
  void TestBody() override {
    const Subject& subject = subject_of(mutant_);
    const Clause* primary = find_clause(mutant_.primary);
    ASSERT_NE(primary, nullptr);
    if (!skip_reason(*primary, subject).empty()) return;
    CaseFactory::Options options;
    options.exhaustive_cases_max = 1500;
    options.random = make_random_case;
    CaseFactory factory(options);
    Workspace workspace;
    EXPECT_TRUE(search(factory, *primary, subject, workspace)) << primary->id << " does not notice";
  }

 private:
  static bool search(CaseFactory& factory, const Clause& clause, const Subject& subject,
                     Workspace& workspace) {
    constexpr std::uint64_t kRandomCases = 500;
    Case value;
    for (const EngineId engine : {EngineId::kExhaustive, EngineId::kRandom}) {
      const std::uint64_t count =
          std::min(factory.size(engine, clause, subject),
                   engine == EngineId::kRandom ? kRandomCases : CaseFactory::kUnbounded);
      for (std::uint64_t index = 0; index < count; ++index) {
        factory.make(engine, clause, subject, 1, index, value);
        if (run_check(clause, subject, value, workspace).outcome == Outcome::kViolated) return true;
      }
    }
    return false;
  }
};

// A mutant that ends or blocks its process is a finding with a case, and the run goes on to the
// next pair.
class WorkerTest final : public MutantTest {
 public:
  using MutantTest::MutantTest;
  void TestBody() override {
    const Clause* primary = find_clause(mutant_.primary);
    ASSERT_NE(primary, nullptr);
    const Subject* correct = find_subject("stream.identity/1");
    Plan plan;
    plan.subjects = {&subject_of(mutant_), correct};
    plan.clauses = {primary};
    plan.cases = 20;
    plan.budget_seconds = 0;
    plan.random = make_random_case;
    plan.exhaustive_cases_max = 400;
    plan.findings_folder = ::testing::TempDir() + "weir-mutant-" + std::string(mutant_.name);
    plan.limits.cpu_seconds = 0.5;
    plan.limits.memory_bytes = std::uint64_t{256} << 20;
    plan.shrink.evaluations_max = 12;
    Observer observer;
    const std::atomic<bool> stop{false};
    const Report report = run(plan, observer, stop);
    ASSERT_EQ(report.findings.size(), 1u);
    EXPECT_EQ(report.findings.front().subject, subject_of(mutant_).name);
    EXPECT_TRUE(report.findings.front().reproduces);
    for (const PairReport& pair : report.pairs) {
      if (pair.subject == correct) {
        EXPECT_GE(pair.cases, 20u);
      }
    }
  }
};

TEST(Mutants, EveryClauseHasOneThatItMustCatch) {
  std::set<std::string> caught;
  for (const Mutant* mutant : mutants()) caught.emplace(mutant->primary);
  for (const Clause* clause : clauses()) {
    EXPECT_EQ(caught.count(std::string(clause->id)), 1u) << clause->id << " has no mutant";
  }
}

TEST(Mutants, DeclareEnginesThatExist) {
  for (const Mutant* mutant : mutants()) {
    for (const std::string& name : words(mutant->beyond)) {
      EXPECT_NE(find_engine(name), nullptr) << mutant->name << ": " << name;
    }
  }
}

TEST(Mutants, CorrectSubjectsDoNoWrong) {
  CaseFactory::Options options;
  options.random = make_random_case;
  CaseFactory factory(options);
  Workspace workspace;
  const PayloadFiles no_files;
  workspace.files = &no_files;
  Case value;
  for (const Subject& subject : builtin_subjects()) {
    for (const Clause* clause : clauses()) {
      if (!skip_reason(*clause, subject).empty()) continue;
      for (std::uint64_t index = 0; index < 20; ++index) {
        factory.make(EngineId::kRandom, *clause, subject, 1, index, value);
        static_cast<void>(run_check(*clause, subject, value, workspace));
        ASSERT_EQ(workspace.counters[Counter::kFaultySteps], 0u) << clause->id << subject.name;
      }
    }
  }
}

TEST(Mutants, DeclareClausesThatExist) {
  for (const Mutant* mutant : mutants()) {
    EXPECT_NE(find_clause(mutant->primary), nullptr) << mutant->name;
    if (ends_the_process(*mutant)) continue;
    for (const std::string& id : words(mutant->allowed)) {
      EXPECT_NE(find_clause(id), nullptr) << mutant->name << ": " << id;
    }
    for (const std::string& id : words(mutant->fires)) {
      EXPECT_TRUE(id == mutant->primary || words(mutant->allowed).count(id) == 1)
          << mutant->name << ": " << id << " fires on the pinned case but is not declared";
    }
  }
}

void register_tests() {
  for (const Mutant* mutant : mutants()) {
    std::string name(mutant->name);
    // In a filter, GoogleTest takes what follows a dash for tests to leave out.
    std::replace(name.begin(), name.end(), '-', '_');
    // A build that cannot meter has no tests of what only the meter shows, rather than skipped
    // ones.
    const Clause* primary = find_clause(mutant->primary);
    if (primary != nullptr && primary->meters && !can_meter_allocations()) continue;
    if (ends_the_process(*mutant)) {
      ::testing::RegisterTest("MutantInWorker", name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                              [mutant]() -> ::testing::Test* { return new WorkerTest(*mutant); });
      continue;
    }
    ::testing::RegisterTest("MutantPinned", name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                            [mutant]() -> ::testing::Test* { return new PinnedTest(*mutant); });
    ::testing::RegisterTest("MutantSearch", name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                            [mutant]() -> ::testing::Test* { return new SearchTest(*mutant); });
  }
}

}  // namespace
}  // namespace weir::properties

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  weir::properties::register_tests();
  return RUN_ALL_TESTS();
}
