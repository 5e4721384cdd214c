// Guards what `weir ci` takes for one finding, where several clauses, subjects and engines show it.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "properties/case_text.h"
#include "tools/ci_run.h"

namespace weir::cli {
namespace {

using properties::Finding;
using properties::Report;

Finding finding_of(const std::string& subject, const std::string& clause, const std::string& kind,
                   const std::string& fields = "") {
  Finding finding;
  finding.subject = subject;
  finding.signature = {clause, kind};
  finding.origin = "random, seed 1, case 1";
  const properties::ParseOutcome parsed =
      properties::parse("weir-case 1\nsubject " + subject + "\nclause " + clause +
                            "\npayload literal \"a\"\n" + fields,
                        finding.value);
  EXPECT_TRUE(parsed.ok) << parsed.error.message;
  return finding;
}

std::vector<CiFinding> group(std::vector<Finding> found) {
  Report suite;
  suite.findings = std::move(found);
  return group_findings(suite, {}, {});
}

TEST(CiFindings, OneCauseOnOneSubjectIsOneFinding) {
  const auto findings = group({finding_of("stream.rot13/1", "read-chunking", "wrong-bytes"),
                               finding_of("stream.rot13/1", "round-trip", "wrong-bytes"),
                               finding_of("stream.crc32c/1", "round-trip", "wrong-bytes")});
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].finding.subject, "stream.crc32c/1");
  EXPECT_EQ(findings[1].finding.signature.clause, "round-trip");
  EXPECT_EQ(findings[1].also.size(), 1u);
}

// Whoever is wrong makes chains fail whose subject is another.
TEST(CiFindings, AChainIsTheFaultOfTheMemberThatIsWrongByItself) {
  const auto findings = group(
      {finding_of("stream.crc32c/1", "chain", "unexpected-error", "chain stream.rot13/1\n"),
       finding_of("stream.identity/1", "chain", "wrong-bytes", "chain stream.rot13/1\n"),
       finding_of("stream.identity/1", "seek-model", "ends-early", "reads rest, seek cur -1\n"),
       finding_of("stream.rot13/1", "round-trip", "wrong-bytes"),
       finding_of("stream.zstd/1", "chain", "unexpected-error", "chain stream.rot13/1\n")});
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].finding.signature.clause, "seek-model");
  EXPECT_EQ(findings[0].also.size(), 1u);
  EXPECT_EQ(findings[1].finding.signature.clause, "round-trip");
  EXPECT_EQ(findings[1].also.size(), 2u);
}

// Two bugs that meet in a chain stay two.
TEST(CiFindings, AChainOfTwoThatAreWrongJoinsThemNot) {
  const auto findings =
      group({finding_of("stream.identity/1", "chain", "wrong-bytes", "chain stream.rot13/1\n"),
             finding_of("stream.identity/1", "seek-model", "ends-early"),
             finding_of("stream.rot13/1", "round-trip", "wrong-bytes")});
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].also.size(), 1u);
  EXPECT_TRUE(findings[1].also.empty());
}

// A chain that the suite found does not take the place of what only the fuzz build showed.
TEST(CiFindings, AChainLeadsNothingThatIsWrongByItself) {
  Report suite;
  suite.findings = {
      finding_of("stream.zstd/1", "chain", "unexpected-error", "chain stream.rot13/1\n")};
  const auto findings =
      group_findings(suite, {finding_of("stream.rot13/1", "round-trip", "sanitizer")}, {{}});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].finding.subject, "stream.rot13/1");
  EXPECT_TRUE(findings[0].by_fuzz_build);
  ASSERT_EQ(findings[0].also.size(), 1u);
  EXPECT_EQ(also_text(findings[0], findings[0].also[0]), "stream.zstd/1 chain: unexpected-error");
}

TEST(CiFindings, WhatIsOfAnotherAgeIsAFindingASubject) {
  CiFinding old;
  old.finding = finding_of("stream.rot13/1", "round-trip", "wrong-bytes");
  old.age = Age::kOlder;
  old.also = {finding_of("stream.rot13/1", "read-chunking", "wrong-bytes"),
              finding_of("stream.rot13/1", "write-chunking", "wrong-bytes"),
              finding_of("stream.rot13/1", "deterministic", "encoded-bytes-differ"),
              finding_of("stream.crc32c/1", "chain", "unexpected-error", "chain stream.rot13/1\n"),
              finding_of("stream.zstd/1", "chain", "unexpected-error", "chain stream.rot13/1\n"),
              finding_of("stream.zstd/1", "chain", "wrong-bytes", "chain stream.rot13/1\n")};
  const Aged older{Age::kOlder, "violated there, too"};
  const Aged newer{Age::kNew, "holds there"};
  const Aged unknown{Age::kUnknown, "cannot run there"};
  const auto apart = part_by_age(old, {older, unknown, newer, newer, newer, newer});
  ASSERT_EQ(old.also.size(), 2u);
  EXPECT_EQ(old.also[1].signature.clause, "write-chunking");
  ASSERT_EQ(apart.size(), 3u);
  EXPECT_EQ(apart[0].finding.signature.clause, "deterministic");
  EXPECT_EQ(apart[1].finding.subject, "stream.crc32c/1");
  EXPECT_EQ(apart[2].finding.subject, "stream.zstd/1");
  EXPECT_EQ(apart[2].also.size(), 1u);
  for (const CiFinding& each : apart) {
    EXPECT_EQ(each.age, Age::kNew);
    EXPECT_EQ(each.age_reason, "holds there");
  }
}

TEST(CiFindings, AChainOfMembersThatHoldIsAFindingOfItsOwn) {
  const auto findings =
      group({finding_of("stream.rot13/1", "round-trip", "wrong-bytes"),
             finding_of("stream.zstd/1", "chain", "unexpected-error", "chain stream.crc32c/1\n")});
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[1].finding.subject, "stream.zstd/1");
}

}  // namespace
}  // namespace weir::cli
