#include "child_process.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>

#include "terminal.h"
#include "text.h"

namespace weir::cli {

namespace {

constexpr std::size_t kOutputBytesMax = std::size_t{1} << 20;
constexpr int kWaitMilliseconds = 50;

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point from) {
  return std::chrono::duration<double>(Clock::now() - from).count();
}

[[noreturn]] void become(const std::vector<std::string>& arguments, const ChildOptions& options,
                         int output, int errors) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ}) std::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, 0);
  // A terminal is drawn on.
  const bool draws = options.shows && ::isatty(2) == 1;
  ::dup2(draws ? 2 : output, 1);
  if (!draws) ::dup2(errors < 0 ? output : errors, 2);
  for (const auto& [name, value] : options.environment) {
    if (value.empty()) {
      ::unsetenv(name.c_str());
    } else {
      ::setenv(name.c_str(), value.c_str(), 1);
    }
  }
  if (options.folder.empty() || ::chdir(options.folder.c_str()) == 0) {
    std::vector<char*> words;
    for (const std::string& argument : arguments)
      words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    ::execvp(words[0], words.data());
  }
  ::_exit(127);
}

// Reads what there is. False at the end.
bool drain(int descriptor, ChildEnd& end, std::string& line, const ChildOptions& options) {
  char buffer[65536];
  for (;;) {
    const ssize_t size = ::read(descriptor, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return errno == EAGAIN;
    if (size == 0) return false;
    const std::string_view text(buffer, static_cast<std::size_t>(size));
    end.output += text;
    if (end.output.size() > 2 * kOutputBytesMax) {
      end.output.erase(0, end.output.size() - kOutputBytesMax);
    }
    if (options.shows) {
      [[maybe_unused]] const ssize_t shown = ::write(2, text.data(), text.size());
    }
    if (!options.on_line) continue;
    for (const char c : text) {
      if (c != '\n') {
        line += c;
        continue;
      }
      options.on_line(line);
      line.clear();
    }
  }
}

// What stands in the file, the last of it where that is long.
std::string text_of(int descriptor) {
  const off_t size = ::lseek(descriptor, 0, SEEK_END);
  const off_t from = std::max<off_t>(0, size - static_cast<off_t>(kOutputBytesMax));
  std::string text(static_cast<std::size_t>(std::max<off_t>(0, size - from)), '\0');
  const ssize_t got = ::pread(descriptor, text.data(), text.size(), from);
  text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return text;
}

}  // namespace

std::string ChildEnd::problem() const {
  if (interrupted) return "interrupted";
  if (timed_out) return "it did not end in time";
  const std::string& text = words();
  std::string last;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t stop = std::min(text.find('\n', at), text.size());
    if (text.find_first_not_of(" \t\r", at) < stop) last = text.substr(at, stop - at);
    at = stop + 1;
  }
  constexpr std::size_t kLineColumns = 300;
  return fmt::format("it ended with code {}{}{}", code, last.empty() ? "" : ": ",
                     clip(printable(last), kLineColumns));
}

bool signal_came() noexcept {
  if (interrupted()) return true;
  sigset_t waiting;
  if (::sigpending(&waiting) != 0) return false;
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    if (sigismember(&waiting, number) == 1) return true;
  }
  return false;
}

ChildEnd run_child(const std::vector<std::string>& arguments, const ChildOptions& options) {
  ChildEnd end;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return end;
  const int errors = options.errors_apart ? ::memfd_create("errors", MFD_CLOEXEC) : -1;
  const bool lacking = options.errors_apart && errors < 0;
  const pid_t process = lacking ? -1 : ::fork();
  if (process == 0) become(arguments, options, ends[1], errors);
  ::close(ends[1]);
  if (process < 0) {
    ::close(ends[0]);
    if (errors >= 0) ::close(errors);
    return end;
  }
  // Both sides say it, so that it is so before either goes on.
  ::setpgid(process, process);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  if (options.on_start) options.on_start(process);
  const Clock::time_point start = Clock::now();
  Clock::time_point told{};
  std::string line;
  int status = 0;
  for (bool gone = false; !gone;) {
    pollfd wanted{ends[0], POLLIN, 0};
    ::poll(&wanted, 1, kWaitMilliseconds);
    // What it has started may hold its output open for longer than it lives.
    if (!drain(ends[0], end, line, options)) ::usleep(10000);
    const pid_t waited = ::waitpid(process, &status, WNOHANG);
    gone = waited == process || (waited < 0 && errno != EINTR);
    if (gone) break;
    if (options.seconds_max > 0 && seconds_since(start) > options.seconds_max) {
      end.timed_out = true;
      ::kill(-process, SIGKILL);
    }
    if (!options.ends_on_signal || !signal_came()) continue;
    // Once: a second one would be taken for impatience.
    if (!end.interrupted) {
      end.interrupted = true;
      told = Clock::now();
      ::kill(-process, SIGTERM);
    } else if (seconds_since(told) > options.leaving_seconds) {
      ::kill(-process, SIGKILL);
    }
  }
  drain(ends[0], end, line, options);
  ::close(ends[0]);
  // What it left behind in its group goes with it.
  ::kill(-process, SIGKILL);
  if (!line.empty() && options.on_line) options.on_line(line);
  if (errors >= 0) {
    end.errors = text_of(errors);
    ::close(errors);
  }
  end.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return end;
}

}  // namespace weir::cli
