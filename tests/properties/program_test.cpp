// Guards how commands are split, run, watched and ended: what a program sees, and what is left of
// it.
#include "properties/program.h"

#include <dirent.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fstream>

#include "properties/foreign_breach.h"
#include "tests/properties/folder.h"

namespace weir::properties {
namespace {

using Words = std::vector<std::string>;

Program program(std::string_view text) {
  auto parsed = parse_program(text);
  EXPECT_TRUE(parsed.has_value()) << text;
  return *parsed;
}

struct Ran {
  ProgramEnd end;
  std::string written;
};
Ran run(std::string_view text, std::string_view input, OutputTo output = OutputTo::kPipe,
        const ProgramLimits& limits = {}) {
  auto process = Process::start(program(text), limits, output);
  EXPECT_TRUE(process.has_value());
  auto left = std::as_bytes(std::span(input));
  std::array<std::byte, 4096> room{};
  Ran ran;
  while (!process->end().has_value()) {
    if (left.empty()) process->close_input();
    const Process::Moved moved = process->step(left, room);
    left = left.subspan(moved.taken);
    ran.written.append(reinterpret_cast<const char*>(room.data()), moved.given);
  }
  ran.end = *process->end();
  return ran;
}

std::string lost_as(std::string_view text, const ProgramLimits& limits = {}) {
  try {
    run(text, "abc", OutputTo::kPipe, limits);
  } catch (const ForeignBreach& lost) {
    EXPECT_NE(lost.expected.find(text), std::string::npos);
    return lost.kind;
  }
  return "not lost";
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  DIR* const folder = ::opendir("/proc/self/fd");
  while (::readdir(folder) != nullptr) ++count;
  ::closedir(folder);
  return count;
}

TEST(ParseProgram, SplitsWordsAndQuotesAsAShellWould) {
  EXPECT_EQ(program("cat").words, Words({"cat"}));
  EXPECT_EQ(program("  cat\t -u  - ").words, Words({"cat", "-u", "-"}));
  EXPECT_EQ(program("cat 'a  b' \"c 'd\" e'f'\"g\" ''").words,
            Words({"cat", "a  b", "c 'd", "efg", ""}));
  EXPECT_EQ(program("cat --a=b,c:d/e@f%g+h^i").words, Words({"cat", "--a=b,c:d/e@f%g+h^i"}));
  EXPECT_EQ(program("cat '|$*\\'").words, Words({"cat", "|$*\\"}));
  EXPECT_FALSE(program("cat").by_shell);
  EXPECT_EQ(program("/bin/cat").path, "/bin/cat");
}

TEST(ParseProgram, LeavesTheRestToAShell) {
  for (const char* text : {"cat | cat", "cat; cat", "cat < x", "cat > x", "cat &", "cat $x",
                           "cat `x`", "(cat)", "cat *", "cat a?", "cat a\\ b", "X=y cat",
                           "cat \"$x\"", "cat \"a\\b\"", "cat #x", "cat\ncat", "! cat"}) {
    const Program parsed = program(text);
    EXPECT_TRUE(parsed.by_shell) << text;
    EXPECT_EQ(parsed.words, Words({"/bin/sh", "-c", text}));
  }
}

TEST(ParseProgram, RefusesWhatCannotBeRun) {
  const auto why = [](std::string_view text) { return parse_program(text).error(); };
  EXPECT_EQ(why("").code, Code::kInvalidArgument);
  EXPECT_EQ(why(" \t").code, Code::kInvalidArgument);
  EXPECT_EQ(why("''").code, Code::kInvalidArgument);
  EXPECT_EQ(why("cat 'a").code, Code::kInvalidArgument);
  EXPECT_EQ(why("cat \"a").code, Code::kInvalidArgument);
  EXPECT_EQ(why("no-such-program-of-weir").os_error, ENOENT);
  EXPECT_EQ(why("./no-such-program-of-weir").os_error, ENOENT);
  EXPECT_EQ(why("/usr").os_error, EISDIR);
  EXPECT_EQ(why("/etc/passwd").os_error, EACCES);
}

TEST(Process, MovesBytesBothWaysAtOnce) {
  // More than two pipes hold, from a program that reads before it writes and from one that does
  // not read.
  const std::string much(1 << 20, 'x');
  EXPECT_EQ(run("cat", much).written, much);
  EXPECT_EQ(run("cat", "").written, "");
  const Ran deaf = run("seq 1 100000", much);
  EXPECT_TRUE(deaf.end.well());
  EXPECT_EQ(deaf.written.size(), 588895u);
  // Standard error does not hold it up either.
  EXPECT_EQ(run("cat; seq 1 100000 >&2; echo end >&2", much).end.last_words, "end");
}

TEST(Process, TellsHowItEnded) {
  EXPECT_EQ(describe(run("exit 3;", "").end), "exit code 3");
  EXPECT_EQ(describe(run("echo one >&2; echo two >&2; echo >&2; exit 1", "").end),
            "exit code 1: two");
  const ProgramEnd killed = run("kill -TERM $$", "").end;
  EXPECT_EQ(killed.signal, SIGTERM);
  EXPECT_EQ(killed.code, 128 + SIGTERM);
  EXPECT_EQ(describe(killed), "ended by signal 15");
}

TEST(Process, GivesItThreeDescriptorsAndNoIgnoredSignals) {
  std::FILE* const inheritable = std::tmpfile();
  const int higher = ::dup(::fileno(inheritable));
  // The shell's own look at the folder is one more.
  EXPECT_EQ(run("echo /proc/self/fd/*", "").written,
            "/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3\n");
  ::close(higher);
  std::fclose(inheritable);
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  EXPECT_EQ(run("grep SigIgn /proc/self/status", "").written, "SigIgn:\t0000000000000000\n");
  EXPECT_EQ(run("grep SigBlk /proc/self/status", "").written, "SigBlk:\t0000000000000000\n");
  EXPECT_EQ(std::signal(SIGPIPE, before), SIG_IGN);
}

TEST(Process, WritesToAFullDeviceOrAClosedPipe) {
  EXPECT_EQ(run("cat", "abc", OutputTo::kFullDevice).end.code, 1);
  EXPECT_NE(run("cat", "abc", OutputTo::kFullDevice).end.last_words.find("No space left"),
            std::string::npos);
  EXPECT_EQ(run("cat", "abc", OutputTo::kClosedPipe).end.signal, SIGPIPE);
}

TEST(Process, GivesPiecesAsReadsOfTheirOwn) {
  auto process = Process::start(program("dd bs=4096 status=none count=1; cat >/dev/null"), {});
  ASSERT_TRUE(process.has_value());
  std::array<std::byte, 64> room{};
  std::string written;
  const auto step = [&](std::string_view piece) {
    const Process::Moved moved = process->step(std::as_bytes(std::span(piece)), room, 0.001);
    written.append(reinterpret_cast<const char*>(room.data()), moved.given);
    return moved.taken;
  };
  EXPECT_EQ(step("ab"), 2u);
  while (!process->has_read()) step("");
  step("cd");
  process->close_input();
  while (!process->end().has_value()) step("");
  EXPECT_EQ(written, "ab");
}

// The output of a program that got two pieces, each when it was due.
std::string given_in_pieces(std::string_view text, const ProgramLimits& limits = {}) {
  auto process = Process::start(program(text), limits);
  EXPECT_TRUE(process.has_value());
  std::array<std::byte, 64> room{};
  std::string written;
  const auto step = [&](std::span<const std::byte> input, double seconds_max) {
    const Process::Moved moved = process->step(input, room, seconds_max);
    written.append(reinterpret_cast<const char*>(room.data()), moved.given);
    return moved.taken;
  };
  const auto runs = [&] { return !process->end().has_value(); };
  for (const std::string_view piece : {"ab", "cd"}) {
    auto left = std::as_bytes(std::span(piece));
    while (runs() && !process->has_read()) step({}, process->until_asked());
    while (runs() && process->takes() && !left.empty()) left = left.subspan(step(left, 0.01));
  }
  process->close_input();
  while (runs()) step({}, 0.01);
  return written;
}

TEST(Process, WaitsForWhoBeginsLate) {
  take_merged();
  const std::string reads_once = "dd bs=4096 status=none count=1; cat >/dev/null";
  EXPECT_EQ(given_in_pieces("sleep 0.4; " + reads_once), "ab");
  EXPECT_EQ(given_in_pieces("i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done; " + reads_once),
            "ab");
  // Who does not read, but ends or closes its input, has no second piece.
  EXPECT_EQ(given_in_pieces("sleep 0.1"), "");
  EXPECT_EQ(given_in_pieces("exec <&-; sleep 0.1; echo x"), "x\n");
  EXPECT_FALSE(take_merged());
}

TEST(Process, TellsWherePiecesMayHaveBecomeOne) {
  take_merged();
  EXPECT_EQ(given_in_pieces("head -c 1; sleep 0.5; cat"), "abcd");
  EXPECT_TRUE(take_merged());
  EXPECT_FALSE(take_merged());
  ProgramLimits limits;
  limits.blocked_seconds = 2;
  EXPECT_EQ(given_in_pieces("sleep 1.6; cat", limits), "abcd");
  EXPECT_TRUE(take_merged());
}

TEST(Process, IsLostWhenItCrashesOrDoesNotEnd) {
  EXPECT_EQ(lost_as("kill -SEGV $$"), "segv");
  EXPECT_EQ(lost_as("sh -c 'kill -ABRT $$'; exit $?"), "abort");
  EXPECT_EQ(lost_as("kill -KILL $$"), "killed");
  EXPECT_EQ(lost_as("exit 3;"), "not lost");
  EXPECT_EQ(lost_as("echo '==1==ERROR: AddressSanitizer: heap-use-after-free on x' >&2; exit 1"),
            "sanitizer heap-use-after-free");
  ProgramLimits limits;
  limits.processor_seconds = 0.1;
  limits.blocked_seconds = 0.1;
  EXPECT_EQ(lost_as("while :; do :; done", limits), "hang");
  EXPECT_EQ(lost_as("sleep 1000", limits), "hang");
  // It closed its output and goes on.
  EXPECT_EQ(lost_as("exec >&- ; sleep 1000", limits), "hang");
  limits = {};
  limits.resident_bytes = std::uint64_t{64} << 20;
  EXPECT_EQ(lost_as("head -c 300M /dev/zero | tail -c 299M | wc -c", limits), "out-of-memory");
}

TEST(Process, EndsWithItsLeader) {
  // Whoever else has its output goes on, until it is ended.
  const std::string much(1 << 20, 'x');
  const Ran left = run("sleep 1000 & exec cat", much);
  EXPECT_TRUE(left.end.well());
  EXPECT_EQ(left.written, much);
  EXPECT_EQ(run("sleep 1000 & exit 3", "").end.code, 3);
  EXPECT_EQ(run("(while :; do echo y; done) & exit 4", "").end.code, 4);
}

TEST(Process, LeavesNothingBehind) {
  const test::Folder folder;
  const std::string file = folder.path() + "/pid";
  const auto gone = [&] {
    int pid = 0;
    std::ifstream(file) >> pid;
    EXPECT_GT(pid, 0);
    // Whoever adopted it may not have looked after it yet.
    char state = 'Z';
    std::ifstream status("/proc/" + std::to_string(pid) + "/stat");
    std::string word;
    if (status >> word >> word) status >> state;
    return state == 'Z' || state == 'X';
  };
  const auto ends = [&] {
    for (int tries = 0; tries < 10000 && !gone(); ++tries) ::usleep(1000);
    return gone();
  };
  const std::string background =
      "sleep 1000 >/dev/null 2>&1 </dev/null & echo $! > '" + file + "'; ";
  run("cat", "");  // which starts the guard
  const auto before = open_descriptors();
  // At its end, when it is lost, and when whoever has it goes away.
  run(background + "cat", "abc");
  EXPECT_TRUE(ends());
  ProgramLimits limits;
  limits.blocked_seconds = 0.1;
  EXPECT_EQ(lost_as(background + "sleep 1000", limits), "hang");
  EXPECT_TRUE(ends());
  {
    auto process = Process::start(program(background + "echo; sleep 1000"), {});
    std::array<std::byte, 1> room{};
    while (process->step({}, room).given == 0) {
    }
  }
  EXPECT_TRUE(ends());
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), 0) << "a child other than the guard, or not even that";

  // When whoever has it is killed: the guard.
  const pid_t victim = ::fork();
  if (victim == 0) {
    auto process = Process::start(program(background + "echo; sleep 1000"), {});
    std::array<std::byte, 1> room{};
    while (process->step({}, room).given == 0) {
    }
    ::kill(::getpid(), SIGKILL);
  }
  ASSERT_EQ(::waitpid(victim, nullptr, 0), victim);
  EXPECT_TRUE(ends());
}

TEST(Process, CountsWhatAProgramHadInMemory) {
  take_peak_bytes();
  run("head -c 100000000 /dev/zero | tail -c 99999999 | wc -c", "");
  EXPECT_GT(take_peak_bytes(), std::uint64_t{90} << 20);
  EXPECT_EQ(take_peak_bytes(), 0u);
  // Also of one that is ended from here, and of what that started.
  for (const char* text : {"dd if=/dev/zero bs=100000000 count=1 status=none",
                           "head -c 100000000 /dev/zero | tail -c 99999999"}) {
    {
      auto process = Process::start(program(text), {});
      ASSERT_TRUE(process.has_value());
      std::array<std::byte, 1> room{};
      while (process->step({}, room).given == 0) {
      }
    }
    EXPECT_GT(take_peak_bytes(), std::uint64_t{90} << 20) << text;
    EXPECT_EQ(take_peak_bytes(), 0u);
  }
}

}  // namespace
}  // namespace weir::properties
