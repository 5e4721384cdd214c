// Guards commands as subjects: which clauses run on them and why others do not, what their streams
// say, and what is no subject at all.
#include "properties/command_subject.h"

#include <gtest/gtest.h>

#include <set>

#include "properties/case_text.h"
#include "properties/clause.h"
#include "properties/mutant.h"
#include "weir/descriptor.h"
#include "weir/memory.h"

namespace weir::properties {
namespace {

CommandPair commands(std::string_view encode, std::string_view decode) {
  CommandPair pair;
  pair.encode = *parse_program(encode);
  pair.decode = *parse_program(decode);
  return pair;
}

Subject subject(std::string_view encode, std::string_view decode, Traits claimed = 0) {
  Subject made = command_subject(commands(encode, decode));
  made.traits |= claimed;
  return made;
}

Verdict verdict_of(const Subject& under_test, std::string_view clause, std::string_view fields) {
  static Workspace workspace;
  static const PayloadFiles files;
  workspace.files = &files;
  Case value;
  const auto parsed = parse("weir-case 1\nsubject " + under_test.name + "\nclause " +
                                std::string(clause) + "\n" + std::string(fields),
                            value);
  EXPECT_TRUE(parsed.ok);
  Verdict verdict = run_check(*find_clause(clause), under_test, value, workspace);
  return verdict;
}

// A new clause has to be looked at: does it say anything about a program between two pipes?
TEST(CommandSubject, EveryClauseIsDecided) {
  const std::set<std::string_view> run = {
      "round-trip",       "write-chunking",     "deterministic", "independent",   "concatenation",
      "multi-member",     "short-source-reads", "first-read",    "full-output",   "truncation",
      "trailing-garbage", "corruption",         "garbage",       "amplification", "splice"};
  const Subject all = subject("cat", "cat", kAllTraits);
  for (const Clause* clause : clauses()) {
    if (clause->pairs) continue;
    EXPECT_EQ(skip_reason(*clause, all).empty(), run.count(clause->id) == 1) << clause->id;
  }
  for (const Inapplicable& each : all.inapplicable) {
    EXPECT_NE(find_clause(each.clause), nullptr) << each.clause;
  }
  EXPECT_EQ(skip_reason(*find_clause("seek-model"), all), "a pipe does not seek");
}

TEST(CommandSubject, IsNamedByItsProgram) {
  const auto name = [](std::string_view text) {
    return command_subject_name(*parse_program(text));
  };
  EXPECT_EQ(name("cat -u"), "command.cat/1");
  EXPECT_EQ(name("/bin/cat"), "command.cat/1");
  EXPECT_EQ(name("  head -c -1 | cat"), "command.head/1");
  EXPECT_EQ(name("(cat)"), "command.cat/1");
  EXPECT_EQ(name("X=1 cat"), "command.X-1/1");
  EXPECT_EQ(name("| cat"), "command.shell/1");
  EXPECT_TRUE(Descriptor::parse(name("a~b@c+d |")).has_value());
  EXPECT_EQ(subject("cat | cat", "cat").summary,
            "The command 'cat | cat' (by /bin/sh), read by 'cat'.");
}

TEST(CommandSubject, StreamsSayWhatTheCommandSays) {
  const Subject failing = subject("cat; echo no more >&2; exit 4", "echo; echo bad >&2; exit 5");
  const auto transform = *failing.make();
  ByteBuffer buffer;
  const auto sink = *transform->transform_to(std::make_unique<MemorySink>(buffer));
  const std::array<std::byte, 2> bytes{std::byte{'a'}, std::byte{'b'}};
  EXPECT_EQ(sink->write(bytes), 2u);
  EXPECT_EQ(sink->tell(), 2u);
  EXPECT_TRUE(sink->flush().has_value());
  const auto closed = sink->close();
  ASSERT_FALSE(closed.has_value());
  EXPECT_EQ(describe(closed.error()), "io at byte 2: exit code 4: no more");
  EXPECT_EQ(buffer.size(), 2u);
  EXPECT_EQ(sink->close().error().code, Code::kIo);
  EXPECT_EQ(sink->write(bytes).error().code, Code::kClosed);
  EXPECT_EQ(sink->flush().error().code, Code::kClosed);
  EXPECT_EQ(sink->tell().error().code, Code::kClosed);

  const auto source = *transform->transform_from(std::make_unique<MemorySource>(buffer.bytes()));
  std::array<std::byte, 8> room{};
  EXPECT_EQ(source->read(room), 1u);
  EXPECT_EQ(source->read({}), 0u);
  EXPECT_EQ(source->tell(), 1u);
  EXPECT_EQ(source->seek(0, Whence::kSet).error().code, Code::kNotSeekable);
  const auto read = source->read(room);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, Code::kCorrupt);
  EXPECT_EQ(read.error().detail.view(), "exit code 5: bad");
  EXPECT_EQ(source->read(room).error().code, Code::kCorrupt);
  EXPECT_FALSE(source->close().has_value());
  EXPECT_EQ(source->read(room).error().code, Code::kClosed);
  EXPECT_EQ(source->tell().error().code, Code::kClosed);
}

TEST(CommandSubject, CatHoldsWhatRunsOnIt) {
  const Subject cat = subject("cat", "cat",
                              traits(Trait::kDeterministic, Trait::kSizePreserving,
                                     Trait::kConcatenable, Trait::kMultiMember));
  const char* const fields = "payload text 300\n";
  for (const char* clause : {"round-trip", "garbage", "full-output", "independent"}) {
    EXPECT_EQ(verdict_of(cat, clause, fields).outcome, Outcome::kHeld) << clause;
  }
  EXPECT_EQ(
      verdict_of(cat, "write-chunking", "payload text 300\nwrites 1, 2, flush, 100\n").outcome,
      Outcome::kHeld);
  EXPECT_EQ(
      verdict_of(cat, "short-source-reads", "payload text 300\nsource give 1, give 7\n").outcome,
      Outcome::kHeld);
  EXPECT_EQ(verdict_of(cat, "full-output", "").outcome, Outcome::kDiscarded);
}

TEST(CommandSubject, FaultyCommandsAreFound) {
  const auto kind = [](const Subject& under_test, std::string_view clause,
                       std::string_view fields) {
    const Verdict verdict = verdict_of(under_test, clause, fields);
    return verdict.outcome == Outcome::kViolated ? std::string(verdict.kind) : "none";
  };
  const char* const one = "payload literal \"a\"\n";
  EXPECT_EQ(kind(subject("cat", "head -c -1"), "round-trip", one), "ends-early");
  EXPECT_EQ(kind(subject("cat", "cat; exit 1"), "round-trip", one), "unexpected-error");
  EXPECT_EQ(kind(subject("cat", "cat; kill -SEGV $$"), "garbage", one), "segv");
  // One read is taken for all there is.
  EXPECT_EQ(kind(subject("cat", "dd bs=64k count=1 status=none"), "short-source-reads",
                 "payload literal \"ab\"\nsource give 1\n"),
            "ends-early");
  EXPECT_EQ(kind(subject("cat", "sleep 0.4; dd bs=64k count=1 status=none"), "short-source-reads",
                 "payload literal \"ab\"\nsource give 1\n"),
            "ends-early");
  EXPECT_EQ(kind(subject("dd bs=64k count=1 status=none", "cat"), "write-chunking",
                 "payload literal \"ab\"\nwrites 1\n"),
            "ends-early");
  EXPECT_EQ(kind(subject("cat 2>/dev/null; exit 0", "cat"), "full-output", one),
            "full-device-unnoticed");
  EXPECT_EQ(kind(subject("cat", "trap '' PIPE; cat 2>/dev/null || [ -p /dev/stdout ]"),
                 "full-output", one),
            "closed-pipe-unnoticed");
  EXPECT_EQ(kind(subject("cat", "cat", traits(Trait::kDetectsTruncation)), "truncation",
                 "payload literal \"ab\"\ndamage cut 1\n"),
            "cut-taken-for-complete");
  EXPECT_EQ(
      kind(subject("cat; date +%N", "cat", traits(Trait::kDeterministic)), "deterministic", one),
      "encoded-bytes-differ");
}

// What a program never saw in pieces is no proof that it can take them.
TEST(CommandSubject, PiecesThatWereNotReadAsSuchDoNotHold) {
  const Subject slow = subject("cat", "head -c 1; sleep 0.5; cat");
  const char* const pieces = "payload literal \"abcd\"\nsource give 2, give 1\n";
  const Verdict verdict = verdict_of(slow, "short-source-reads", pieces);
  EXPECT_EQ(verdict.outcome, Outcome::kDiscarded);
  EXPECT_EQ(verdict.kind, "the command did not read one piece before the next was due");
  EXPECT_EQ(verdict_of(slow, "garbage", pieces).outcome, Outcome::kHeld);
  EXPECT_EQ(verdict_of(slow, "round-trip", "payload literal \"abcd\"\n").outcome, Outcome::kHeld);
}

TEST(CommandSubject, DamageThatTakesMemoryIsFound) {
  // What begins otherwise than it was written makes it take 600 MiB.
  const Subject greedy =
      subject("cat",
              "read -r line; case $line in a*) echo \"$line\";; *) head -c 600M /dev/zero | "
              "tail -c 599M | wc -c;; esac");
  const char* const fields = "payload literal \"ab\\n\"\ndamage flip 0 bit 4\n";
  const Verdict verdict = verdict_of(greedy, "amplification", fields);
  EXPECT_EQ(verdict.outcome, Outcome::kViolated);
  EXPECT_EQ(verdict.kind, "hostile-bytes-amplified");
  EXPECT_EQ(verdict_of(subject("cat", "cat"), "amplification", fields).outcome, Outcome::kHeld);
}

TEST(CommandSubject, LongPayloadsAreCut) {
  const Subject cat = subject("cat", "cat");
  static Workspace workspace;
  static const PayloadFiles files;
  workspace.files = &files;
  Case value;
  value.add(FieldId::kPayload, "text", {std::int64_t{3} << 20});
  EXPECT_EQ(run_check(*find_clause("round-trip"), cat, value, workspace).outcome, Outcome::kHeld);
  EXPECT_EQ(workspace.payload.size(), std::size_t{1} << 20);
}

TEST(CommandSubject, WhatIsNoFilterIsNotTested) {
  const auto why = [](std::string_view encode, std::string_view decode) {
    return why_not_testable(commands(encode, decode));
  };
  EXPECT_EQ(why("cat", "cat"), "");
  EXPECT_EQ(why("cat", "head -c -1"), "");
  EXPECT_EQ(why("cat; exit 1", "cat; exit 1"), "") << "what comes out is right: a verdict";
  EXPECT_EQ(why("kill -SEGV $$", "cat"), "") << "a crash: a verdict";
  EXPECT_EQ(why("kill -SEGV $$", "gzip -dc"), "") << "whatever its output is to the decoder";
  EXPECT_EQ(why("echo half; exit 1", "gzip -dc"), "");
  EXPECT_EQ(why("cat >/dev/null", "cat"), "");
  EXPECT_EQ(why("cat --no-such-option", "cat")
                .find("--encode-command 'cat --no-such-option' fails "
                      "whatever it is given: exit code 1: Try"),
            0u);
  EXPECT_EQ(why("cat", "echo usage >&2; exit 2"),
            "--decode-command 'echo usage >&2; exit 2' fails on all that the other command wrote: "
            "exit code 2: usage");
  EXPECT_EQ(why("cat >&2", "cat"),
            "--encode-command 'cat >&2' writes nothing to standard output, and to standard error: "
            "Weir tries this command.");
  EXPECT_EQ(why("cat", "cat >&2"),
            "--decode-command 'cat >&2' writes nothing to standard output, and to standard error: "
            "Weir tries this command.");
}

TEST(CommandSubject, WhatIsTooSlowForItsLimitsIsNotTested) {
  const auto why = [](std::string_view encode, std::string_view decode) {
    CommandPair pair = commands(encode, decode);
    pair.limits.processor_seconds = 0.2;
    pair.limits.blocked_seconds = 0.5;
    return why_not_testable(pair);
  };
  const std::string computes = "cat; while :; do :; done";
  EXPECT_EQ(why(computes, "gzip -dc"),
            "--encode-command '" + computes +
                "' takes too long, whatever it is given: it used more than 0.2 s of processor "
                "time; if it is only slow, --command-seconds N allows more");
  EXPECT_EQ(why("cat", "sleep 1000").find("--decode-command 'sleep 1000' takes too long"), 0u);
  EXPECT_EQ(why("if read -r line; then sleep 1000; fi", "gzip -dc"), "") << "a hang: a verdict";
}

TEST(CommandSubject, WhatCannotBeStartedIsNotTested) {
  CommandPair pair = commands("cat", "cat");
  pair.decode.path = "/no/such/program";
  EXPECT_EQ(why_not_testable(pair),
            "--decode-command 'cat' cannot be started: io: cat (No such file or directory)");
  const Subject gone = command_subject(pair);
  const auto transform = *gone.make();
  EXPECT_EQ(transform->transform_from(std::make_unique<MemorySource>(std::span<const std::byte>()))
                .error()
                .os_error,
            ENOENT);
}

}  // namespace
}  // namespace weir::properties
