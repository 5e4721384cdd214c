// Guards the worker: whatever a subject does to its process is told apart, and the next case runs
// as if nothing had been.
#include "properties/worker.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "properties/signature.h"
#include "tests/properties/planted.h"

namespace weir::properties {
namespace {

using planted::kMisbehave;
using planted::reads_case;

class WorkerTest : public testing::Test {
 protected:
  const Subject& add(const std::string& name) {
    subjects_.push_back(std::make_unique<Subject>(planted::subject(name)));
    context_.subjects.push_back(subjects_.back().get());
    return *subjects_.back();
  }
  Answer evaluate(Worker& worker, const Subject& subject, std::int64_t size) {
    return worker.evaluate(reads_case(subject, kMisbehave, {size}), limits_);
  }
  /// The kind of violation of a case that sets `name` off; checks that the worker is as good as new
  /// afterwards.
  std::string kind_of(const std::string& name) {
    const Subject& subject = add(name);
    WakeUp wake_up;
    Worker worker(context_, wake_up);
    EXPECT_FALSE(evaluate(worker, subject, 9).violation);
    const Answer first = evaluate(worker, subject, 10);
    const Answer second = evaluate(worker, subject, 10);
    const Answer after = evaluate(worker, subject, 9);
    EXPECT_FALSE(after.violation);
    EXPECT_EQ(after.cases, 1u);
    EXPECT_EQ(after.counters[Counter::kReads], 1u);
    if (!first.violation || !second.violation) return "none";
    EXPECT_EQ(first.violation->kind, second.violation->kind);
    EXPECT_FALSE(first.violation->expected.empty());
    EXPECT_FALSE(first.violation->seen.empty());
    return first.violation->kind;
  }

  std::vector<std::unique_ptr<Subject>> subjects_;
  WorkerLimits limits_ = planted::limits();
  WorkerContext context_{{&kMisbehave, &planted::kHolds}, {}, nullptr, nullptr};
};

TEST_F(WorkerTest, TellsAnAbort) { EXPECT_EQ(kind_of("planted.aborts/1"), "abort"); }
TEST_F(WorkerTest, TellsAHangThatComputes) { EXPECT_EQ(kind_of("planted.spins/1"), "hang"); }
TEST_F(WorkerTest, TellsAHangThatSleeps) { EXPECT_EQ(kind_of("planted.sleeps/1"), "hang"); }
TEST_F(WorkerTest, TellsExhaustedMemory) {
  EXPECT_EQ(kind_of("planted.exhausts/1"), "out-of-memory");
}
TEST_F(WorkerTest, TellsAnExit) { EXPECT_EQ(kind_of("planted.exits/1"), "exit"); }
TEST_F(WorkerTest, TellsClosedDescriptors) {
  EXPECT_EQ(kind_of("planted.closes/1"), "closed-descriptors");
}
TEST_F(WorkerTest, TellsAnException) { EXPECT_EQ(kind_of("planted.throws/1"), "threw"); }

#if defined(__SANITIZE_ADDRESS__)
#define WEIR_TEST_OVERRUN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WEIR_TEST_OVERRUN 1
#endif
#endif
#ifdef WEIR_TEST_OVERRUN
TEST_F(WorkerTest, TellsASanitizersReport) {
  // Which frames have names depends on the symbolizer, which takes its time over a large program.
  limits_.cpu_seconds = 60;
  limits_.blocked_seconds = 60;
  const std::string kind = kind_of("planted.overruns/1");
  EXPECT_EQ(kind.substr(0, kind.find(" in ")), "sanitizer heap-buffer-overflow");
}
#endif

TEST_F(WorkerTest, PassesTheVerdictOn) {
  const Subject& subject = add("planted.two-conditions/1");
  WakeUp wake_up;
  Worker worker(context_, wake_up);
  Case value = reads_case(subject, kMisbehave, {37});
  value.add(FieldId::kReads, "seek end", {-7});
  const Answer answer = worker.evaluate(value, planted::limits());
  ASSERT_TRUE(answer.violation);
  EXPECT_EQ(answer.violation->kind, "planted");
  EXPECT_EQ(answer.violation->step, 3u);
  EXPECT_EQ(answer.violation->expected, "no such case");
  EXPECT_EQ(answer.violation->seen, "such a case");
  EXPECT_FALSE(answer.violation->died);
}

TEST_F(WorkerTest, PassesACaseOnUnchanged) {
  const Subject& subject = add("planted.well/1");
  static Case expected;
  static constexpr auto kCompare = [](const Subject&, const Case& value, Workspace&) {
    return value == expected ? Verdict::held() : Verdict::violated("differs", 0, "", "");
  };
  const Clause compare = {
      "planted-compare", Group::kSeek, "", "", 0, fields(FieldId::kPayload, FieldId::kReads), 0,
      kCompare};
  context_.clauses.push_back(&compare);
  expected.subject = subject.name;
  expected.clause = compare.id;
  expected.add(FieldId::kPayload, "literal", {}, std::string(100000, 'x') + '\0' + "\xff");
  expected.add(FieldId::kPayload, "random", {300000, 7});
  expected.add(FieldId::kReads, "seek end", {-5});
  WakeUp wake_up;
  Worker worker(context_, wake_up);
  EXPECT_FALSE(worker.evaluate(expected, planted::limits()).violation);
}

TEST_F(WorkerTest, DoesNotRunACaseThatIsTooLarge) {
  const Subject& subject = add("planted.aborts/1");
  WakeUp wake_up;
  Worker worker(context_, wake_up);
  Case value = reads_case(subject, kMisbehave, {10});
  for (int i = 0; i < 40; ++i) {
    value.add(FieldId::kPayload, "literal", {}, std::string(kOpBytesMax, 'x'));
  }
  const Answer answer = worker.evaluate(value, planted::limits());
  EXPECT_EQ(answer.could_not_run, "the case is too large for a worker");
  EXPECT_FALSE(answer.violation);
  EXPECT_EQ(answer.cases, 0u);
  const Answer after = evaluate(worker, subject, 9);
  EXPECT_EQ(after.could_not_run, "");
  EXPECT_EQ(after.cases, 1u);
}

void say(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(STDERR_FILENO, text.data(), text.size());
    if (count <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

// Writes as many KiB as its first read says, and with a second one a long sanitizer report.
Verdict chat(const Subject&, const Case& value, Workspace&) {
  const std::string line = std::string(1023, '.') + '\n';
  const std::vector<Op>& reads = value.ops(FieldId::kReads);
  for (std::int64_t i = 0; i < reads[0].args[0]; ++i) say(line);
  // Time for the parent to look at what there is.
  ::usleep(50000);
  if (reads.size() > 1) {
    say("=====\n==1==ERROR: AddressSanitizer: stack-overflow on address 0x1\n");
    for (int i = 0; i < 1000; ++i) say("    #0 0x56 in planted_frame /src/frame.cpp:12:3\n");
  }
  say("the last line\n");
  std::abort();
}

TEST_F(WorkerTest, FindsTheReportAtTheEndOfWhatAChattySubjectWrites) {
  const Subject& subject = add("planted.chats/1");
  const Clause chats = {
      "planted-chats", Group::kSeek, "", "", 0, fields(FieldId::kReads), 0, &chat};
  context_.clauses.push_back(&chats);
  WakeUp wake_up;
  Worker worker(context_, wake_up);
  constexpr std::size_t kReportBytes = std::size_t{16} << 10;
  WorkerLimits limits = planted::limits();
  limits.cpu_seconds = 10;
  for (const std::int64_t kibibytes : {0, 100, 20000}) {
    SCOPED_TRACE(kibibytes);
    const Answer plain = worker.evaluate(reads_case(subject, chats, {kibibytes}), limits);
    ASSERT_TRUE(plain.violation);
    EXPECT_EQ(plain.violation->kind, "abort");
    const std::string& text = plain.violation->report;
    EXPECT_EQ(text.size(),
              kibibytes == 0 ? std::string_view("the last line\n").size() : kReportBytes);
    ASSERT_GE(text.size(), 14u);
    EXPECT_EQ(text.substr(text.size() - 14), "the last line\n");

    const Answer sanitized = worker.evaluate(reads_case(subject, chats, {kibibytes, 1}), limits);
    ASSERT_TRUE(sanitized.violation);
    EXPECT_EQ(sanitized.violation->kind,
              "sanitizer stack-overflow in planted_frame < planted_frame < planted_frame");
    EXPECT_EQ(sanitized.violation->report.size(), kReportBytes);
    EXPECT_EQ(sanitized.violation->report.rfind("==1==ERROR: ", 0), 0u);
  }
}

TEST_F(WorkerTest, KeepsOutputOffTheTerminal) {
  const Subject& subject = add("planted.prints/1");
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  {
    WakeUp wake_up;
    Worker worker(context_, wake_up);
    EXPECT_FALSE(evaluate(worker, subject, 10).violation);
  }
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(WorkerTest, RunsNumberedCasesUpToTheFirstViolation) {
  const Subject& subject = add("planted.aborts/1");
  std::vector<CorpusCase> corpus;
  for (const std::int64_t size : {1, 2, 3, 10, 4}) {
    corpus.push_back({"case", reads_case(subject, kMisbehave, {size})});
  }
  CaseFactory factory({.corpus = corpus});
  context_.factory = &factory;
  WakeUp wake_up;
  Worker worker(context_, wake_up);
  Job job{EngineId::kReplay, 0, 0, 1, 0, 5};
  worker.start(job, planted::limits());
  const Answer answer = worker.wait();
  ASSERT_TRUE(answer.violation);
  EXPECT_EQ(answer.violation->index, 3u);
  EXPECT_EQ(answer.violation->kind, "abort");
  EXPECT_TRUE(answer.violation->died);
  EXPECT_EQ(answer.cases, 4u);
  EXPECT_EQ(answer.counters[Counter::kReads], 3u);

  job.first = 4;
  job.count = 1;
  worker.start(job, planted::limits());
  const Answer rest = worker.wait();
  EXPECT_FALSE(rest.violation);
  EXPECT_EQ(rest.cases, 1u);
}

// What earlier cases left behind is no memory of the case that comes after them.
TEST_F(WorkerTest, RunsALeakingSubjectToTheEndOfItsJob) {
  const Subject& subject = add("planted.leaks/1");
  CaseFactory factory({.random = make_random_case});
  context_.factory = &factory;
  WakeUp wake_up;
  Worker worker(context_, wake_up);
  WorkerLimits limits = planted::limits();
  const std::uint64_t allowed_cases = limits.memory_bytes >> 18;
  const std::uint64_t cases = 3 * allowed_cases;
  worker.start(Job{EngineId::kRandom, 0, 0, 1, 0, cases}, limits);
  const Answer answer = worker.wait();
  EXPECT_FALSE(answer.violation) << answer.violation->kind;
  EXPECT_EQ(answer.cases, cases);
  EXPECT_EQ(answer.next, cases);
  EXPECT_EQ(answer.counters[Counter::kBytes], cases);
  for (std::uint64_t i = 0; i < 2 * allowed_cases; ++i) {
    ASSERT_FALSE(evaluate(worker, subject, 1).violation) << i;
  }
}

TEST_F(WorkerTest, CountsDiscardedCasesByReason) {
  const Subject& subject = add("planted.discards/1");
  WakeUp wake_up;
  Worker worker(context_, wake_up);
  const Answer answer = evaluate(worker, subject, 10);
  EXPECT_EQ(answer.discarded, 1u);
  ASSERT_EQ(answer.tallies.size(), 1u);
  EXPECT_EQ(answer.tallies[0].reason, "reads too much");
}

TEST_F(WorkerTest, EndsItsChildOnStop) {
  const Subject& subject = add("planted.sleeps/1");
  WakeUp wake_up;
  Worker worker(context_, wake_up);
  WorkerLimits patient;
  patient.blocked_seconds = 3600;
  const std::atomic<bool> stop = true;
  const Answer answer = worker.evaluate(reads_case(subject, kMisbehave, {10}), patient, &stop);
  EXPECT_TRUE(answer.cancelled);
  EXPECT_FALSE(answer.violation);
  EXPECT_EQ(worker.process_id(), 0);
  EXPECT_FALSE(planted::has_children());
}

TEST_F(WorkerTest, SurvivesTheDeathOfAnIdleChild) {
  const Subject& subject = add("planted.well/1");
  WakeUp wake_up;
  Worker worker(context_, wake_up);
  EXPECT_FALSE(evaluate(worker, subject, 10).violation);
  ::kill(worker.process_id(), SIGKILL);
  siginfo_t info;
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(worker.process_id()), &info, WEXITED | WNOWAIT), 0);
  EXPECT_FALSE(evaluate(worker, subject, 10).violation);
}

TEST(Signature, IsOneLineAndBack) {
  const Signature signature{"eof-sticky", "sanitizer heap-buffer-overflow in a < b"};
  EXPECT_EQ(to_string(signature), "eof-sticky: sanitizer heap-buffer-overflow in a < b");
  EXPECT_EQ(parse_signature(to_string(signature)), signature);
  EXPECT_TRUE(parse_signature("no signature").clause.empty());
  EXPECT_TRUE(parse_signature("two words: abort").clause.empty());
  EXPECT_TRUE(parse_signature("").clause.empty());
}

TEST(SanitizerKind, NamesTheErrorAndTheFramesThatMatter) {
  const std::string report =
      "some output before\n"
      "=================================================================\n"
      "==42==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602000000011 at pc 0x1\n"
      "READ of size 1 at 0x602000000011 thread T0\n"
      "    #0 0x55 in __asan_memcpy (/tmp/a+0x1)\n"
      "    #1 0x56 in frame::decode(unsigned char const*, int) /src/frame.cpp:12:3\n"
      "    #2 0x57 in (anonymous namespace)::Reader::read(std::span<int>) /src/read.cpp:9\n"
      "    #3 0x58 in weir::properties::ScriptedSource::read(std::span<int>) /src/c.cpp:1\n"
      "    #4 0x59 in pump /src/pump.c:1:2\n"
      "    #5 0x5a in fourth /src/pump.c:1:2\n"
      "\n"
      "0x602000000011 is located 0 bytes to the right of 1-byte region\n"
      "allocated by thread T0 here:\n"
      "    #0 0x55 in malloc (/tmp/a+0x1)\n"
      "    #1 0x56 in allocator /src/frame.cpp:12:3\n";
  EXPECT_EQ(sanitizer_kind(report),
            "sanitizer heap-buffer-overflow in frame::decode < "
            "(anonymous namespace)::Reader::read < pump");
}

TEST(SanitizerKind, EndsAtTheHarness) {
  EXPECT_EQ(sanitizer_kind("==42==ERROR: AddressSanitizer: stack-overflow on address 0x1\n"
                           "    #0 0x56 in decode /src/frame.cpp:12:3\n"
                           "    #1 0x57 in weir::properties::run_check(int) /src/clause.cpp:9\n"
                           "    #2 0x58 in whoever_called /src/other.cpp:1\n"),
            "sanitizer stack-overflow in decode");
}

TEST(SanitizerKind, KeepsWhatDoesNotDependOnTheData) {
  EXPECT_EQ(sanitizer_kind("a.cpp:3:5: runtime error: signed integer overflow: 1 + 2 cannot\n"),
            "sanitizer signed-integer-overflow");
  EXPECT_EQ(sanitizer_kind("a.cpp:3:5: runtime error: index 5 out of bounds for type 'int[4]'\n"),
            "sanitizer index");
  EXPECT_EQ(sanitizer_kind("==1==ERROR: AddressSanitizer: requested allocation size 0xffff\n"),
            "out-of-memory");
  EXPECT_EQ(sanitizer_kind("check failed: nothing of a sanitizer\n"), "");
  EXPECT_EQ(sanitizer_kind(""), "");
}

}  // namespace
}  // namespace weir::properties
