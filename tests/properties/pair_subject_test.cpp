#include "properties/pair_subject.h"

#include <gtest/gtest.h>

#include "properties/clause.h"
#include "properties/roster.h"

namespace weir::properties {
namespace {

TEST(PairSubject, IsFoundByTheNamesOfItsTwo) {
  const std::string name = pair_name("stream.rot13/1", "stream.identity/1");
  EXPECT_EQ(name, "stream.rot13/1~stream.identity/1");
  const Subject* const pair = find_subject(name);
  ASSERT_NE(pair, nullptr);
  EXPECT_EQ(pair->name, name);
  EXPECT_EQ(pair->peer, find_subject("stream.identity/1"));
  EXPECT_EQ(find_subject(name), pair);
  EXPECT_EQ(implementation_name(*pair), "stream.rot13/1");
  EXPECT_EQ(implementation_name(*pair->peer), "stream.identity/1");
}

TEST(PairSubject, IsNoneOfUnknownOrOfMoreThanTwo) {
  for (const char* name : {"stream.rot13/1~", "~stream.rot13/1", "stream.rot13/1~none/1", "~",
                           "stream.rot13/1~stream.rot13/1~stream.rot13/1"}) {
    EXPECT_EQ(find_subject(name), nullptr) << name;
  }
}

// Rules about one implementation say nothing of two, and the reverse.
TEST(PairSubject, OnlyClausesAboutTwoRun) {
  const Subject& pair = *find_subject("stream.rot13/1~stream.identity/1");
  const Subject& one = *find_subject("stream.rot13/1");
  std::size_t about_two = 0;
  for (const Clause* clause : clauses()) {
    EXPECT_EQ(skip_reason(*clause, pair).empty(), clause->pairs) << clause->id;
    if (!clause->pairs) continue;
    ++about_two;
    EXPECT_EQ(skip_reason(*clause, one), "needs another implementation of the format (--interop)");
  }
  EXPECT_EQ(about_two, 2u);
}

Outcome outcome(std::string_view clause, std::string_view subject, const Case& value) {
  Workspace workspace;
  const PayloadFiles no_files;
  workspace.files = &no_files;
  return run_check(*find_clause(clause), *find_subject(subject), value, workspace).outcome;
}

TEST(PairSubject, TwoOfOneKindAgree) {
  Case value;
  value.add(FieldId::kPayload, "literal", {}, "ab");
  value.add(FieldId::kDamage, "cut", {1});
  for (const Subject& subject : builtin_subjects()) {
    const std::string name = pair_name(subject.name, subject.name);
    EXPECT_EQ(outcome("interop-accepts", name, value), Outcome::kHeld) << name;
    Case plain = value;
    plain.ops(FieldId::kDamage).clear();
    EXPECT_EQ(outcome("interop-decodes", name, plain), Outcome::kHeld) << name;
  }
}

TEST(PairSubject, EitherDirectionCounts) {
  Case value;
  value.add(FieldId::kPayload, "literal", {}, "ab");
  for (const char* name :
       {"stream.rot13/1~stream.identity/1", "stream.identity/1~stream.rot13/1"}) {
    EXPECT_EQ(outcome("interop-decodes", name, value), Outcome::kViolated) << name;
  }
}

}  // namespace
}  // namespace weir::properties
