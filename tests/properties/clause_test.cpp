// Guards the reasons for which clauses are skipped.
#include "properties/clause.h"

#include <gtest/gtest.h>

#include "properties/allocation.h"

namespace weir::properties {
namespace {

TEST(SkipReason, NamesTheBoundThatIsNotClaimed) {
  const Clause* clause = find_clause("heap-bound");
  ASSERT_NE(clause, nullptr);
  Subject subject = builtin_subjects().front();
  subject.bounds = {};
  EXPECT_EQ(skip_reason(*clause, subject), "claims no bound on heap");
  subject.bounds.read_heap_bytes = 1;
  EXPECT_EQ(skip_reason(*clause, subject),
            can_meter_allocations()
                ? ""
                : "needs malloc interposition, which sanitizer builds do not have");
}

}  // namespace
}  // namespace weir::properties
