#include "properties/try_apart.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace weir::properties {
namespace {

constexpr off_t kAnswerBytesMax = off_t{4} << 20;
constexpr std::size_t kWordsBytesMax = 200;
// In front of an answer: an empty one is one, too.
constexpr char kMark = '>';

struct OpenFile {
  int number;
  ~OpenFile() {
    if (number >= 0) ::close(number);
  }
};

std::string content_of(int descriptor) {
  std::string content;
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return content;
  content.resize(static_cast<std::size_t>(std::min(status.st_size, kAnswerBytesMax)));
  const ssize_t got = ::pread(descriptor, content.data(), content.size(), 0);
  content.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return content;
}

[[noreturn]] void answer(const std::function<std::string()>& question, int answer_file,
                         int words_file) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) std::signal(number, SIG_DFL);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(words_file, STDOUT_FILENO);
  ::dup2(words_file, STDERR_FILENO);
  const std::string text = kMark + question();
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t put = ::write(answer_file, text.data() + at, text.size() - at);
    if (put <= 0) break;
    at += static_cast<std::size_t>(put);
  }
  ::_exit(0);
}

// How the process ended that gave no answer.
std::string fate(int status, bool late, int milliseconds, std::string_view words) {
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%g s", milliseconds / 1000.0);
  std::string text =
      late ? std::string("it was still being loaded after ") + seconds
      : WIFSIGNALED(status)
          ? "it crashed when it was loaded: " + std::string(::strsignal(WTERMSIG(status)))
          : "it ended the process when it was loaded, with exit code " +
                std::to_string(WEXITSTATUS(status));
  // A runtime that objects says so.
  const std::string_view line = words.substr(0, words.find('\n'));
  if (!line.empty()) text += "; it said: " + std::string(line.substr(0, kWordsBytesMax));
  return text;
}

}  // namespace

ToldApart ask_apart(const std::function<std::string()>& question, int milliseconds) {
  ToldApart told;
  const OpenFile answer_file{::memfd_create("weir-answer", MFD_CLOEXEC)};
  const OpenFile words_file{::memfd_create("weir-words", MFD_CLOEXEC)};
  const pid_t child = answer_file.number >= 0 && words_file.number >= 0 ? ::fork() : -1;
  if (child < 0) {
    told.fate = "cannot start a process to look at it: " + std::string(std::strerror(errno));
    return told;
  }
  if (child == 0) answer(question, answer_file.number, words_file.number);
  ::setpgid(child, child);
  bool late = false;
  siginfo_t ended{};
  for (int waited = 0;; ++waited) {
    // It is not reaped yet: nobody else has its number, and so its group.
    if (::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        ended.si_pid == child) {
      break;
    }
    late = waited >= milliseconds;
    if (late) break;
    ::usleep(1000);
  }
  ::kill(-child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  told.answer = content_of(answer_file.number);
  if (told.answer.empty()) {
    told.fate = fate(status, late, milliseconds, content_of(words_file.number));
  } else {
    told.answer.erase(0, 1);
  }
  return told;
}

}  // namespace weir::properties
