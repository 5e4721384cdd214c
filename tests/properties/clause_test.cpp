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

// What Weir makes of descriptors in a subject's place would be held to the subject's credit.
TEST(SkipReason, LeavesOutDescriptorsThatAreNotTheSubjects) {
  const Subject subject = subject_from_maker("outside.same/1", "Passes bytes through.", traits(),
                                             builtin_subjects().front().make);
  std::string skipped;
  for (const Clause* clause : clauses()) {
    if (skip_reason(*clause, subject) != "has no descriptors of its own") continue;
    skipped += std::string(clause->id) + " ";
  }
  EXPECT_EQ(skipped,
            "self-describing descriptor-round-trip descriptor-own version-compatible "
            "version-rejected name-rejected list-atomic registry-hygiene ");
}

TEST(SubjectFromMaker, StandsInAChain) {
  const Subject subject = subject_from_maker("outside.same/1", "Passes bytes through.", traits(),
                                             builtin_subjects().front().make);
  const std::string both[] = {"outside.same/1", "stream.rot13/1"};
  const auto made = subject.from_descriptor_list(both);
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->size(), 2u);
  const std::string other[] = {"outside.same/2"};
  const auto refused = subject.from_descriptor_list(other);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(describe(refused.error()), "unsupported_version: '2'");
}

TEST(SkipReason, IsWhatTheSubjectSaysOfAClause) {
  Subject subject = builtin_subjects().front();
  subject.inapplicable = {{"abandon", "is never destroyed"}};
  EXPECT_EQ(skip_reason(*find_clause("abandon"), subject), "is never destroyed");
  EXPECT_EQ(skip_reason(*find_clause("round-trip"), subject), "");
}

}  // namespace
}  // namespace weir::properties
