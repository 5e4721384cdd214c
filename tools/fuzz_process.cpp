#include "fuzz_process.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string_view>

namespace weir::cli {

namespace {

constexpr std::size_t kTailBytes = 16384;

// The number behind `label` in `line`; leaves `value` alone without one.
void take_number(std::string_view line, std::string_view label, std::uint64_t& value) {
  const std::size_t at = line.find(label);
  if (at == std::string_view::npos) return;
  std::size_t digit = at + label.size();
  while (digit < line.size() && line[digit] == ' ') ++digit;
  if (digit >= line.size() || line[digit] < '0' || line[digit] > '9') return;
  value = 0;
  for (; digit < line.size() && line[digit] >= '0' && line[digit] <= '9'; ++digit) {
    value = value * 10 + static_cast<std::uint64_t>(line[digit] - '0');
  }
}

}  // namespace

std::string read_fuzz_line(const std::string& line, FuzzNumbers& numbers) {
  constexpr std::string_view kWritten = "Test unit written to ";
  const std::size_t written = line.find(kWritten);
  if (written != std::string::npos) return line.substr(written + kWritten.size());
  if (!line.empty() && line[0] == '#') {
    take_number(line, "#", numbers.executions);
    take_number(line, " cov: ", numbers.coverage);
    take_number(line, " ft: ", numbers.features);
    if (numbers.features_at_start == 0) numbers.features_at_start = numbers.features;
    if (line.find("\tNEW ") != std::string::npos) ++numbers.new_paths;
    take_number(line, " corp: ", numbers.corpus);
    take_number(line, " exec/s: ", numbers.per_second);
  }
  take_number(line, "stat::number_of_executed_units:", numbers.executions);
  return {};
}

std::string seed_option(std::uint64_t seed) {
  return fmt::format("-seed={}", std::max(static_cast<std::uint32_t>(seed), 1u));
}

FuzzProcess::FuzzProcess(const std::vector<std::string>& arguments, const std::string& subject) {
  std::vector<char*> words;
  for (const std::string& argument : arguments)
    words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return;
  process_ = ::fork();
  if (process_ == 0) {
    // A group of its own: Ctrl-C comes to the parent alone, which then ends everybody in order.
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ})
      std::signal(number, SIG_DFL);
    const int nothing = ::open("/dev/null", O_RDWR);
    ::dup2(nothing, 0);
    ::dup2(nothing, 1);
    ::dup2(ends[1], 2);
    if (subject.empty()) {
      ::unsetenv("WEIR_SUBJECT");
    } else {
      ::setenv("WEIR_SUBJECT", subject.c_str(), 1);
    }
    ::execv(words[0], words.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  if (process_ < 0) {
    ::close(ends[0]);
    return;
  }
  descriptor_ = ends[0];
  ::fcntl(descriptor_, F_SETFL, O_NONBLOCK);
}

FuzzProcess::~FuzzProcess() {
  end();
  if (descriptor_ >= 0) ::close(descriptor_);
}

void FuzzProcess::pump() {
  char buffer[65536];
  for (;;) {
    const ssize_t size = ::read(descriptor_, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return;
    const std::string_view text(buffer, static_cast<std::size_t>(size));
    tail_ += text;
    if (tail_.size() > 2 * kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);
    for (const char c : text) {
      if (c != '\n') {
        // A line of a subject's own can be endless; libFuzzer's are short.
        if (line_.size() < 4096) line_ += c;
        continue;
      }
      const std::string artifact = read_fuzz_line(line_, numbers_);
      if (!artifact.empty()) artifact_ = artifact;
      line_.clear();
    }
  }
}

std::optional<int> FuzzProcess::ended() {
  if (exit_code_ || process_ < 0) return exit_code_ ? exit_code_ : std::optional<int>(127);
  int status = 0;
  if (::waitpid(process_, &status, WNOHANG) != process_) return std::nullopt;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (WIFSIGNALED(status)) killed_by_ = WTERMSIG(status);
  // What it left behind in its group goes with it.
  ::kill(-process_, SIGKILL);
  pump();
  return exit_code_;
}

void FuzzProcess::end() noexcept {
  if (exit_code_ || process_ < 0) return;
  ::kill(-process_, SIGKILL);
  ::kill(process_, SIGKILL);
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  exit_code_ = 128 + SIGKILL;
}

double FuzzProcess::seconds() const noexcept {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

}  // namespace weir::cli
