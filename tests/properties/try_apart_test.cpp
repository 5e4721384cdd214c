// Guards the look at what comes from outside by another process: whatever that does, there is an
// answer or a sentence.
#include "properties/try_apart.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>

namespace weir::properties {
namespace {

TEST(AskApart, GivesTheAnswer) {
  const ToldApart told = ask_apart([] {
    std::printf("not for us\n");
    char byte = 0;
    return std::string(::read(STDIN_FILENO, &byte, 1) == 0 ? "two\nlines" : "it can read");
  });
  EXPECT_EQ(told.answer, "two\nlines");
  EXPECT_EQ(told.fate, "");
  const ToldApart empty = ask_apart([] { return std::string(); });
  EXPECT_EQ(empty.answer, "");
  EXPECT_EQ(empty.fate, "");
  const std::string much(std::size_t{1} << 20, 'x');
  EXPECT_EQ(ask_apart([&] { return much; }).answer, much);
}

TEST(AskApart, TellsHowItEnded) {
  const auto fate = [](const auto& question, int milliseconds = kLoadMilliseconds) {
    const ToldApart told = ask_apart(question, milliseconds);
    EXPECT_EQ(told.answer, "");
    return told.fate;
  };
  EXPECT_EQ(fate([]() -> std::string { ::_exit(0); }),
            "it ended the process when it was loaded, with exit code 0");
  EXPECT_EQ(fate([]() -> std::string {
              std::fprintf(stderr, "no licence\nfor this\n");
              ::_exit(5);
            }),
            "it ended the process when it was loaded, with exit code 5; it said: no licence");
  EXPECT_EQ(fate([] {
              ::raise(SIGKILL);
              return std::string();
            }),
            "it crashed when it was loaded: Killed");
  EXPECT_EQ(fate(
                [] {
                  for (;;) ::pause();
                  return std::string();
                },
                200),
            "it was still being loaded after 0.2 s");
}

TEST(AskApart, LeavesNothingBehind) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  EXPECT_EQ(ask_apart([] {
              if (::fork() == 0) {
                for (;;) ::pause();
              }
              return std::string("started one");
            }).answer,
            "started one");
  ::close(ends[1]);
  // Whoever lives on has the other end.
  char byte = 0;
  EXPECT_EQ(::read(ends[0], &byte, 1), 0);
  ::close(ends[0]);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

}  // namespace
}  // namespace weir::properties
