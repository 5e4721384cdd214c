// Guards that nothing is carried from one case to the next: the same case gives the same verdict
// and the same counters, whatever ran before it in the same process and the same workspace, and so
// whatever the pools of contexts, the buffers and the trace were left with.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "properties/allocation.h"
#include "properties/case_text.h"
#include "properties/clause.h"
#include "properties/random_bits.h"
#include "properties/random_engine.h"
#include "properties/subject.h"
#include "tests/properties/case_test_support.h"

namespace weir::properties {
namespace {

struct Work {
  const Clause* clause;
  const Subject* subject;
  Case value;
};

// What can be seen of a run, but for the words of a violation.
struct Seen {
  Outcome outcome;
  std::string kind;
  std::size_t step;
  std::array<std::uint64_t, kCounterCount> counters;
  std::size_t events;
  friend bool operator==(const Seen& a, const Seen& b) {
    return a.outcome == b.outcome && a.kind == b.kind && a.step == b.step &&
           a.counters == b.counters && a.events == b.events;
  }
};

std::vector<Work> work_list() {
  // Under a sanitizer a case costs ten times as much.
  constexpr std::uint64_t kCasesOfAPair = 20 / std::uint64_t{test::kWorkDivisor} + 2;
  std::vector<Work> list;
  for (const Clause* clause : clauses()) {
    if (clause->meters && !can_meter_allocations()) continue;
    for (const Subject& subject : builtin_subjects()) {
      if (!skip_reason(*clause, subject).empty()) continue;
      for (std::uint64_t i = 0; i < kCasesOfAPair; ++i) {
        Work work{clause, &subject, {}};
        // 41 has no factor in common with the period of the sizes: small and large ones.
        make_random_case(*clause, subject, Draw{7, i * 41, {}}, work.value);
        list.push_back(std::move(work));
      }
    }
  }
  return list;
}

Seen run(const Work& work, Workspace& workspace) {
  const Verdict verdict = run_check(*work.clause, *work.subject, work.value, workspace);
  return {verdict.outcome, std::string(verdict.kind), verdict.step, workspace.counters.values,
          workspace.trace.total()};
}

TEST(Reuse, SameCaseSameVerdictFirstAndLast) {
  const std::vector<Work> list = work_list();
  ASSERT_GT(list.size(), clauses().size());
  const PayloadFiles no_files;

  Workspace shared;
  shared.files = &no_files;
  std::vector<Seen> first;
  for (const Work& work : list) first.push_back(run(work, shared));
  // Only cases that do something can leave something behind.
  EXPECT_GT(std::count_if(first.begin(), first.end(),
                          [](const Seen& seen) { return seen.outcome == Outcome::kHeld; }),
            static_cast<std::ptrdiff_t>(list.size() / 2));

  std::vector<std::size_t> order(list.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto expect_equal = [&](const char* what, bool fresh) {
    for (const std::size_t i : order) {
      Workspace own;
      own.files = &no_files;
      const Seen seen = run(list[i], fresh ? own : shared);
      EXPECT_TRUE(seen == first[i]) << what << ":\n" << print(list[i].value);
    }
  };
  std::reverse(order.begin(), order.end());
  expect_equal("backwards", false);
  RandomBits bits(11);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[bits.below(i)]);
  expect_equal("shuffled", false);
  expect_equal("in a workspace of its own", true);
}

}  // namespace
}  // namespace weir::properties
