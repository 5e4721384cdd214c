#include "properties/program.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "properties/foreign_breach.h"
#include "properties/signature.h"

extern char** environ;

namespace weir::properties {
namespace {

// What has a meaning of its own to a shell, outside quotes. A line that has any of them is for
// /bin/sh.
constexpr std::string_view kShellBytes = "|&;<>()$`\\*?[]{}!~#\n";
constexpr std::string_view kShellBytesInQuotes = "$`\\";
constexpr std::string_view kBlanks = " \t";
constexpr const char* kShell = "/bin/sh";

// How often the process tree is looked at while there is something to wait for.
constexpr double kLookSeconds = 0.02;
// How long it is waited for a program that has begun to read, does nothing and does not read on:
// once, and in all. It may take its time to begin: a share of that after which it is lost.
constexpr double kReadSeconds = 0.02;
constexpr double kPatienceSeconds = 0.1;
constexpr double kBeginShare = 0.5;
// A share of the time that it has been waited for, so that who is quick is not kept waiting.
constexpr double kAskedShare = 0.125;
constexpr double kAskedSecondsMin = 0.0001;
constexpr double kAskedSecondsMax = 0.01;
// How much of the end of standard error is kept: room for a sanitizer's report.
constexpr std::size_t kWordsBytesMax = std::size_t{64} << 10;
constexpr std::size_t kLineBytesMax = 300;
// A shell's exit code for what a signal ended.
constexpr int kSignalCode = 128;
// A tree of processes that is deeper than this is looked at in part.
constexpr int kDepthMax = 8;

double seconds_between(std::chrono::steady_clock::time_point from,
                       std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

// ---- command lines ----

/// The words of `text`; nothing where a shell has to be asked. `open_quote`: a quote is not closed.
std::optional<std::vector<std::string>> split_words(std::string_view text, bool& open_quote) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = '\0';
  for (const char c : text) {
    if (quote != '\0') {
      if (c == quote) {
        quote = '\0';
      } else if (quote == '"' && kShellBytesInQuotes.find(c) != std::string_view::npos) {
        return std::nullopt;
      } else {
        words.back() += c;
      }
      continue;
    }
    if (kShellBytes.find(c) != std::string_view::npos) return std::nullopt;
    if (kBlanks.find(c) != std::string_view::npos) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (c == '\'' || c == '"') {
      quote = c;
    } else {
      words.back() += c;
    }
  }
  open_quote = quote != '\0';
  // A variable for the program alone.
  if (!words.empty() && words.front().find('=') != std::string::npos) return std::nullopt;
  return words;
}

/// errno: 0 for a file that can be executed.
int why_not_executable(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return errno;
  if (S_ISDIR(status.st_mode)) return EISDIR;
  return ::access(path.c_str(), X_OK) == 0 ? 0 : errno;
}

Result<std::string> find_in_path(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    const int error = why_not_executable(name);
    if (error != 0) return fail(io_error(error, name));
    return name;
  }
  const char* const variable = std::getenv("PATH");
  std::string_view folders = variable != nullptr ? variable : "/usr/bin:/bin";
  int error = ENOENT;
  while (!name.empty()) {
    const std::size_t end = std::min(folders.find(':'), folders.size());
    std::string path(folders.substr(0, end));
    if (!path.empty()) path += '/';
    path += name;
    const int why = why_not_executable(path);
    if (why == 0) return path;
    if (why != ENOENT && why != ENOTDIR && why != EISDIR) error = why;
    if (end == folders.size()) break;
    folders.remove_prefix(end + 1);
  }
  return fail(io_error(error, name));
}

// ---- the guard ----

// A process that waits for the end of this one and then ends the groups in the list: what is killed
// cannot clean up. It has a group of its own, so that it is not ended with this one.
constexpr std::size_t kGroupsMax = 64;
struct Groups {
  std::atomic<int> leaders[kGroupsMax];
};
struct Guard {
  pid_t owner = 0;  // a child of this process has none yet, whatever it inherited
  int lifeline = -1;
  Groups* groups = nullptr;
};

[[noreturn]] void stand_guard(Groups& groups, int lifeline) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_NAME, "weir-guard");
  ::dup2(lifeline, 0);
  ::close_range(1, UINT_MAX, 0);
  char byte = 0;
  while (::read(0, &byte, 1) != 0) {
  }
  for (const std::atomic<int>& leader : groups.leaders) {
    if (leader.load() > 0) ::kill(-leader.load(), SIGKILL);
  }
  ::_exit(0);
}

/// The list of this process; null when there is no guard to be had (errno).
Groups* guarded_groups() {
  static Guard guard;
  if (guard.owner == ::getpid()) return guard.groups;
  void* const memory =
      ::mmap(nullptr, sizeof(Groups), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    ::munmap(memory, sizeof(Groups));
    return nullptr;
  }
  const pid_t made = ::fork();
  if (made == 0) stand_guard(*static_cast<Groups*>(memory), ends[0]);
  ::close(ends[0]);
  if (made < 0) {
    ::close(ends[1]);
    ::munmap(memory, sizeof(Groups));
    return nullptr;
  }
  // What was inherited keeps the guard of the parent waiting.
  if (guard.lifeline >= 0) ::close(guard.lifeline);
  guard = {::getpid(), ends[1], static_cast<Groups*>(memory)};
  return guard.groups;
}

// ---- starting ----

/// A pipe whose ends are none of the standard descriptors.
bool make_pipe(std::array<int, 2>& ends) {
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
  for (int& end : ends) {
    if (end > 2) continue;
    const int higher = ::fcntl(end, F_DUPFD_CLOEXEC, 3);
    ::close(end);
    end = higher;
  }
  return ends[0] >= 0 && ends[1] >= 0;
}

void close_one(int& descriptor) noexcept {
  if (descriptor >= 0) ::close(descriptor);
  descriptor = -1;
}

struct Launch {
  const char* path;
  char* const* words;
  int input;
  int output;
  int errors;
  pid_t parent;
  std::atomic<int>* slot;
  rlimit processor;
  rlimit file;
  int error;
};

// In the child, which borrows the memory of the parent until it is another program: nothing but
// system calls.
[[noreturn, gnu::noinline]] void become_program(Launch& launch) noexcept {
  ::setpgid(0, 0);
  launch.slot->store(::getpid());
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != launch.parent) ::_exit(127);
  ::dup2(launch.input, 0);
  ::dup2(launch.output, 1);
  ::dup2(launch.errors, 2);
  ::close_range(3, UINT_MAX, 0);
  rlimit limit{};
  // That of a worker is for a worker, and a program that was built with a sanitizer needs terabytes
  // of addresses: what is resident is looked at instead.
  ::getrlimit(RLIMIT_AS, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_AS, &limit);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::setrlimit(RLIMIT_CPU, &launch.processor);
  ::setrlimit(RLIMIT_FSIZE, &launch.file);
  // What was ignored stays so across an exec: SIGPIPE among them.
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve(launch.path, launch.words, environ);
  launch.error = errno;
  launch.slot->store(0);
  ::_exit(127);
}

/// The child, or -1 (errno).
pid_t launch_program(Launch& launch) {
  // No handler of this program may run in the child, which shares its memory.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  // Not fork: with the memory of a worker it takes as long as a small program does.
  const pid_t made = ::vfork();  // NOLINT(clang-analyzer-security.insecureAPI.vfork)
  if (made == 0) become_program(launch);
  const int error = errno;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  if (made > 0 && launch.error != 0) {
    while (::waitpid(made, nullptr, 0) < 0 && errno == EINTR) {
    }
    errno = launch.error;
    return -1;
  }
  errno = error;
  return made;
}

/// A program that has gone must not take this one with it.
class PipesMayBreak {
 public:
  PipesMayBreak() { before_ = std::signal(SIGPIPE, SIG_IGN); }
  ~PipesMayBreak() { std::signal(SIGPIPE, before_); }
  PipesMayBreak(const PipesMayBreak&) = delete;
  PipesMayBreak& operator=(const PipesMayBreak&) = delete;

 private:
  void (*before_)(int);
};

std::uint64_t& peak_bytes() noexcept {
  static std::uint64_t most = 0;
  return most;
}

bool& merged() noexcept {
  static bool any = false;
  return any;
}

// ---- what the system says ----

std::size_t read_file(const char* path, char* buffer, std::size_t capacity) {
  const int descriptor = ::open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return 0;
  const ssize_t size = ::read(descriptor, buffer, capacity - 1);
  ::close(descriptor);
  const std::size_t got = size > 0 ? static_cast<std::size_t>(size) : 0;
  buffer[got] = '\0';
  return got;
}

void look_at(pid_t pid, int depth, ProcessTree& tree) {
  char path[64];
  char text[1024];
  std::snprintf(path, sizeof path, "/proc/%d/stat", pid);
  if (read_file(path, text, sizeof text) == 0) return;
  // The name in brackets may have any bytes. Source: proc(5).
  const char* at = std::strrchr(text, ')');
  if (at == nullptr || at[1] == '\0') return;
  char state = '\0';
  unsigned long user = 0;
  unsigned long system = 0;
  long children_user = 0;
  long children_system = 0;
  long pages = 0;
  if (std::sscanf(at + 2,
                  "%c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %ld %ld %*d %*d %*d %*d %*u "
                  "%*u %ld",
                  &state, &user, &system, &children_user, &children_system, &pages) != 6) {
    return;
  }
  static const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  static const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  tree.runnable = tree.runnable || state == 'R' || state == 'D';
  tree.processor_seconds += static_cast<double>(user + system) / ticks +
                            static_cast<double>(children_user + children_system) / ticks;
  tree.resident_bytes += static_cast<std::uint64_t>(std::max(0L, pages)) * page;
  if (depth == kDepthMax) return;
  std::snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
  if (read_file(path, text, sizeof text) == 0) return;
  char* next = text;
  for (long child = std::strtol(next, &next, 10); child > 0; child = std::strtol(next, &next, 10)) {
    look_at(static_cast<pid_t>(child), depth + 1, tree);
  }
}

/// The last line of `text` that has something in it.
std::string last_line(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  const std::size_t newline = text.find_last_of("\r\n");
  if (newline != std::string_view::npos) text.remove_prefix(newline + 1);
  return std::string(text.substr(0, kLineBytesMax));
}

std::string seconds_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%g s", seconds);
  return text;
}

}  // namespace

Result<Program> parse_program(std::string_view text) {
  Program program;
  program.text = text;
  bool open_quote = false;
  const auto words = split_words(text, open_quote);
  if (open_quote) return fail(Code::kInvalidArgument, "a quote is not closed");
  if (!words.has_value()) {
    program.by_shell = true;
    program.words = {kShell, "-c", program.text};
    program.path = kShell;
    return program;
  }
  if (words->empty() || words->front().empty()) {
    return fail(Code::kInvalidArgument, "it names no program");
  }
  program.words = *words;
  auto path = find_in_path(program.words.front());
  if (!path.has_value()) return fail(path.error());
  program.path = std::move(*path);
  return program;
}

std::string describe(const ProgramEnd& end) {
  std::string text = end.signal != 0 ? "ended by signal " + std::to_string(end.signal)
                                     : "exit code " + std::to_string(end.code);
  if (!end.last_words.empty()) text += ": " + end.last_words;
  return text;
}

ProcessTree look_at(pid_t pid) {
  ProcessTree tree;
  look_at(pid, 0, tree);
  return tree;
}

bool take_merged() noexcept { return std::exchange(merged(), false); }

std::uint64_t take_peak_bytes() noexcept { return std::exchange(peak_bytes(), 0); }

Result<Process> Process::start(const Program& program, const ProgramLimits& limits,
                               OutputTo output) {
  Groups* const groups = guarded_groups();
  if (groups == nullptr) return fail(io_error(errno, "no process to guard another"));
  std::size_t slot = 0;
  while (slot < kGroupsMax && groups->leaders[slot].load() != 0) ++slot;
  if (slot == kGroupsMax) return fail(io_error(EAGAIN, "too many processes at once"));

  std::array<int, 2> input = {-1, -1};
  std::array<int, 2> out = {-1, -1};
  std::array<int, 2> errors = {-1, -1};
  bool made = make_pipe(input) && make_pipe(errors);
  if (output == OutputTo::kFullDevice) {
    out[1] = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    made = made && out[1] >= 0;
  } else {
    made = made && make_pipe(out);
    if (output == OutputTo::kClosedPipe) close_one(out[0]);
  }
  int error = made ? 0 : errno;
  pid_t pid = -1;
  if (made) {
    std::vector<char*> words;
    for (const std::string& word : program.words) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    // A program that nobody looks at any more: the kernel has the last word.
    const auto seconds = static_cast<rlim_t>(limits.processor_seconds) + 1;
    Launch launch{program.path.c_str(),
                  words.data(),
                  input[0],
                  out[1],
                  errors[1],
                  ::getpid(),
                  &groups->leaders[slot],
                  {seconds, seconds + 1},
                  {limits.file_bytes, limits.file_bytes},
                  0};
    pid = launch_program(launch);
    if (pid < 0) error = errno;
  }
  close_one(input[0]);
  close_one(out[1]);
  close_one(errors[1]);
  Process process;
  process.input_ = input[1];
  process.output_ = out[0];
  process.errors_ = errors[0];
  if (pid < 0) return fail(io_error(error, program.words.front()));
  process.text_ = program.text;
  process.by_shell_ = program.by_shell;
  process.limits_ = limits;
  process.pid_ = pid;
  process.slot_ = slot;
  process.patience_ = kPatienceSeconds;
  process.moved_at_ = process.looked_at_ = Clock::now();
  // Of glibc 2.36's pidfd.h, C++ cannot be linked: it has no extern "C".
  process.handle_ = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (process.handle_ < 0) return fail(io_error(errno, "no handle of the process"));
  for (const int end : {process.input_, process.output_, process.errors_}) {
    if (end >= 0) ::fcntl(end, F_SETFL, O_NONBLOCK);
  }
  return process;
}

Process::Process(Process&& other) noexcept
    : text_(std::move(other.text_)),
      by_shell_(other.by_shell_),
      limits_(other.limits_),
      pid_(std::exchange(other.pid_, 0)),
      handle_(std::exchange(other.handle_, -1)),
      input_(std::exchange(other.input_, -1)),
      output_(std::exchange(other.output_, -1)),
      errors_(std::exchange(other.errors_, -1)),
      leader_ended_(other.leader_ended_),
      slot_(other.slot_),
      words_(std::move(other.words_)),
      end_(std::move(other.end_)),
      moved_at_(other.moved_at_),
      looked_at_(other.looked_at_),
      taken_(other.taken_),
      begun_(other.begun_),
      patience_(other.patience_) {}

Process::~Process() {
  if (pid_ != 0) {
    // Nobody waits for what it has started, and so nobody is told what that had.
    peak_bytes() = std::max(peak_bytes(), weir::properties::look_at(pid_).resident_bytes);
    kill_group();
    int status = 0;
    collect(status);
  }
  close_one(input_);
  close_one(output_);
  close_one(errors_);
  close_one(handle_);
}

// Waits for the end of the leader, which has the say about what it waited for itself.
pid_t Process::collect(int& status) noexcept {
  rusage usage{};
  pid_t got = 0;
  do {
    got = ::wait4(pid_, &status, 0, &usage);
  } while (got < 0 && errno == EINTR);
  pid_ = 0;
  guarded_groups()->leaders[slot_].store(0);
  peak_bytes() =
      std::max(peak_bytes(), static_cast<std::uint64_t>(std::max(0L, usage.ru_maxrss)) * 1024);
  return got;
}

// Before the leader is reaped: until then nobody else has its number.
void Process::kill_group() noexcept { ::kill(-pid_, SIGKILL); }

void Process::close_input() noexcept { close_one(input_); }

bool Process::has_read() {
  int left = 0;
  if (input_ < 0 || ::ioctl(input_, FIONREAD, &left) != 0) return true;
  begun_ = begun_ || static_cast<std::uint64_t>(left) < taken_;
  if (left == 0) return true;
  // Nobody reads any more, as the next write will find.
  pollfd broken{input_, 0, 0};
  if (::poll(&broken, 1, 0) > 0) return true;
  if (patience_ > 0) {
    const double seconds =
        begun_ ? std::min(kReadSeconds, patience_) : kBeginShare * limits_.blocked_seconds;
    const Clock::time_point now = Clock::now();
    if (seconds_between(moved_at_, now) < seconds) return false;
    // Who computes, or waits for its turn, does not refuse to read.
    if (weir::properties::look_at(pid_).runnable) {
      moved_at_ = now;
      return false;
    }
    patience_ = begun_ ? patience_ - seconds : 0;
  }
  merged() = true;
  return true;
}

double Process::until_asked() const {
  return std::clamp(kAskedShare * seconds_between(moved_at_, Clock::now()), kAskedSecondsMin,
                    kAskedSecondsMax);
}

void Process::read_errors() {
  char buffer[4096];
  for (;;) {
    const ssize_t size = ::read(errors_, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size == 0) close_one(errors_);
    if (size <= 0) return;
    words_.append(buffer, static_cast<std::size_t>(size));
    if (words_.size() > 2 * kWordsBytesMax) words_.erase(0, words_.size() - kWordsBytesMax);
  }
}

Process::Moved Process::step(std::span<const std::byte> input, std::span<std::byte> output,
                             double seconds_max) {
  Moved moved;
  if (end_.has_value()) return moved;
  // Negative descriptors are passed over.
  std::array<pollfd, 4> waits = {{{input.empty() ? -1 : input_, POLLOUT, 0},
                                  {output.empty() ? -1 : output_, POLLIN, 0},
                                  {errors_, POLLIN, 0},
                                  {leader_ended_ ? -1 : handle_, POLLIN, 0}}};
  // All that it wrote is in the pipe by then.
  const bool written = leader_ended_;
  timespec time{};
  if (!written) time.tv_nsec = static_cast<long>(std::clamp(seconds_max, 0.0, 0.9) * 1e9);
  if (::ppoll(waits.data(), waits.size(), &time, nullptr) > 0) {
    if (waits[0].revents != 0) {
      const PipesMayBreak pipes_may_break;
      const ssize_t size = ::write(input_, input.data(), input.size());
      if (size > 0) {
        moved.taken = static_cast<std::size_t>(size);
        taken_ += moved.taken;
      } else if (size < 0 && errno != EAGAIN && errno != EINTR) {
        close_input();
      }
    }
    if (waits[1].revents != 0) {
      const ssize_t size = ::read(output_, output.data(), output.size());
      if (size > 0) {
        moved.given = static_cast<std::size_t>(size);
      } else if (size == 0) {
        close_one(output_);
      }
    }
    if (waits[2].revents != 0) read_errors();
    if (waits[3].revents != 0) {
      leader_ended_ = true;
      kill_group();
    }
  }
  if (written && waits[1].revents == 0 && !output.empty()) close_one(output_);
  if (leader_ended_ && output_ < 0) reap();
  if (!end_.has_value()) watch(moved.taken + moved.given > 0);
  return moved;
}

void Process::watch(bool moved) {
  const Clock::time_point now = Clock::now();
  if (moved) moved_at_ = now;
  if (seconds_between(looked_at_, now) < kLookSeconds) return;
  looked_at_ = now;
  const ProcessTree tree = weir::properties::look_at(pid_);
  // A busy machine must not make a hang of a program that waits for its turn.
  if (tree.runnable) moved_at_ = now;
  if (tree.resident_bytes > limits_.resident_bytes) {
    lose("out-of-memory", "more than " + std::to_string(limits_.resident_bytes >> 20) +
                              " MiB of memory were in use");
  }
  if (tree.processor_seconds > limits_.processor_seconds) {
    lose("hang",
         "it used more than " + seconds_text(limits_.processor_seconds) + " of processor time");
  }
  if (seconds_between(moved_at_, now) > limits_.blocked_seconds) {
    lose("hang", "it read nothing, wrote nothing and did not end for " +
                     seconds_text(limits_.blocked_seconds));
  }
}

void Process::reap() {
  int status = 0;
  const pid_t got = collect(status);
  if (errors_ >= 0) read_errors();
  ProgramEnd end;
  // ECHILD: somebody ignores SIGCHLD, and how it ended is lost.
  end.code = got < 0               ? 127
             : WIFSIGNALED(status) ? kSignalCode + WTERMSIG(status)
                                   : WEXITSTATUS(status);
  end.signal = got >= 0 && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  end.last_words = last_line(words_);
  // What a shell ran and a signal ended is an exit code of the shell.
  const int signal =
      by_shell_ && end.signal == 0 && end.code > kSignalCode ? end.code - kSignalCode : end.signal;
  if (!end.well()) {
    const std::string report = sanitizer_kind(words_);
    if (!report.empty()) lose(report, "it ended with a sanitizer's report: " + end.last_words);
  }
  if (signal == SIGXCPU) {
    lose("hang",
         "it used more than " + seconds_text(limits_.processor_seconds) + " of processor time");
  }
  const std::string_view kind = signal_kind(signal);
  if (!kind.empty()) lose(kind, "it was ended by signal " + std::to_string(signal));
  end_ = std::move(end);
}

void Process::lose(std::string_view kind, std::string seen) {
  throw ForeignBreach{std::string(kind), "the command '" + text_ + "' ends with an exit code",
                      std::move(seen)};
}

}  // namespace weir::properties
