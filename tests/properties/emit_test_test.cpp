// Guards the other forms of a case: the emitted test holds all of the case, and the recipe has the
// bytes, the answers of the streams below, and what should have come.
#include "properties/emit_test.h"

#include <gtest/gtest.h>

#include "properties/case_text.h"
#include "properties/roster.h"

namespace weir::properties {
namespace {

Case parsed(const std::string& text) {
  Case value;
  const ParseOutcome outcome = parse(text, value);
  EXPECT_TRUE(outcome.ok) << outcome.error.message;
  return value;
}

TEST(EmitTest, EscapesTheCaseForTheCompiler) {
  const Case value = parsed(
      "weir-case 1\nsubject mutant.one-read-is-all/1\nclause short-source-reads\n"
      "payload literal \"a\\\"\\\\\\x00\"\nsource give 1\n");
  const std::string text = emit_test(value, {"short-source-reads", "ends-early"});
  EXPECT_NE(text.find("TEST(ShortSourceReads, MutantOneReadIsAll)"), std::string::npos) << text;
  EXPECT_NE(text.find("kSubject = \"mutant.one-read-is-all/1\""), std::string::npos) << text;
  EXPECT_NE(text.find(R"("payload   literal \"a\\\"\\\\\\x00\"\n")"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("source    give 1\n")"), std::string::npos) << text;
}

TEST(Recipe, TellsBytesCallsAndWhatShouldCome) {
  const Case value = parsed(
      "weir-case 1\nsubject mutant.one-read-is-all/1\nclause short-source-reads\n"
      "payload literal \"ab\"\nsource give 1\n");
  const Clause& clause = *find_clause(value.clause);
  Workspace workspace;
  const PayloadFiles files;
  workspace.files = &files;
  workspace.trace.keep_bytes();
  const Verdict verdict = run_check(clause, *find_subject(value.subject), value, workspace);
  ASSERT_EQ(verdict.outcome, Outcome::kViolated);
  RunRecord run;
  run.events = workspace.trace.events();
  run.payload = workspace.payload;
  run.moved.resize(run.events.size());
  for (const Trace::Moved& moved : workspace.trace.moved()) {
    const auto bytes = workspace.trace.pool().subspan(moved.offset, moved.size);
    run.moved[moved.event].assign(bytes.begin(), bytes.end());
  }
  run.step = verdict.step;
  run.expected = verdict.expected;
  run.seen = verdict.seen;
  const std::string text = recipe(value, clause, run);
  EXPECT_NE(text.find("1. Take these 2 bytes as payload, in hexadecimal: 61 62"), std::string::npos)
      << text;
  EXPECT_NE(text.find("let it answer with 1 byte: 61"), std::string::npos) << text;
  EXPECT_NE(text.find("<-- here it breaks the promise"), std::string::npos) << text;
  EXPECT_NE(text.find("What should come: " + verdict.expected), std::string::npos) << text;
  EXPECT_NE(text.find("What comes:       " + verdict.seen), std::string::npos) << text;
}

}  // namespace
}  // namespace weir::properties
