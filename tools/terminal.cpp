#include "terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "program.h"
#include "text.h"

namespace weir::cli {

namespace {

// The state of a process's signals and of its standard output belongs to the process, so it is kept
// in one place for it.
struct ProcessState {
  std::atomic<bool> interrupted{false};
  std::atomic<bool> remove_and_leave{false};
  std::atomic<bool> leave_silently{false};
  char remove_path[4096] = {};
  int output_error = 0;
};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler touches these");

ProcessState& process_state() noexcept {
  static ProcessState state;
  return state;
}

// Only async-signal-safe calls.
void on_signal(int) {
  ProcessState& state = process_state();
  const int saved = errno;
  if (state.leave_silently) ::_exit(kExitInterrupted);
  if (state.remove_and_leave || state.interrupted.exchange(true)) {
    if (state.remove_path[0] != '\0') ::unlink(state.remove_path);
    static constexpr char kMessage[] = "\nweir: interrupted\n";
    [[maybe_unused]] const ssize_t written = ::write(2, kMessage, sizeof kMessage - 1);
    ::_exit(kExitInterrupted);
  }
  errno = saved;
}

bool locale_is_utf8() noexcept {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const std::string_view text(value);
    return text.find("UTF-8") != std::string_view::npos ||
           text.find("utf8") != std::string_view::npos ||
           text.find("utf-8") != std::string_view::npos;
  }
  return false;
}

void write_all(int descriptor, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

void write_out(std::string_view text) noexcept {
  int& error = process_state().output_error;
  if (error != 0 || text.empty()) return;
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) {
    error = errno != 0 ? errno : EIO;
  }
}

int finish_output() noexcept {
  int& error = process_state().output_error;
  errno = 0;
  if (error == 0 && std::fflush(stdout) != 0) error = errno != 0 ? errno : EIO;
  return error;
}

void complain(std::string_view message) noexcept {
  std::fflush(stdout);
  const Terminal terminal(2);
  write_all(2,
            terminal.styled(Style::kBad, program_name() + ":") + " " + printable(message) + "\n");
}

ExitCode refuse(ExitCode code, std::string_view message) noexcept {
  complain(message);
  return code;
}

Terminal::Terminal(int descriptor) noexcept
    : descriptor_(descriptor), interactive_(::isatty(descriptor) == 1), unicode_(locale_is_utf8()) {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* kind = std::getenv("TERM");
  const bool dumb = kind == nullptr || std::strcmp(kind, "dumb") == 0;
  colour_ = interactive_ && !dumb && (no_colour == nullptr || *no_colour == '\0');
  // A dumb terminal cannot go back over what was drawn.
  interactive_ = interactive_ && !dumb;
}

std::size_t Terminal::width() const noexcept {
  winsize size{};
  if (interactive_ && ::ioctl(descriptor_, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20) {
    return size.ws_col;
  }
  // What a person or a pager asks for where there is no terminal.
  if (const char* columns = std::getenv("COLUMNS")) {
    const long asked = std::strtol(columns, nullptr, 10);
    if (asked >= 20 && asked <= 1000) return static_cast<std::size_t>(asked);
  }
  return 80;
}

std::size_t Terminal::height() const noexcept {
  winsize size{};
  const bool known = interactive_ && ::ioctl(descriptor_, TIOCGWINSZ, &size) == 0;
  return known && size.ws_row >= 2 ? size.ws_row : 24;
}

std::string Terminal::styled(Style style, std::string_view text) const {
  if (!colour_ || style == Style::kPlain || text.empty()) return std::string(text);
  std::string_view code;
  switch (style) {
    case Style::kPlain:
      break;
    case Style::kTitle:
      code = "1";
      break;
    case Style::kDim:
      code = "2";
      break;
    case Style::kGood:
      code = "32";
      break;
    case Style::kWarn:
      code = "33";
      break;
    case Style::kBad:
      code = "1;31";
      break;
  }
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

bool Progress::due() const noexcept {
  return terminal_.interactive() &&
         std::chrono::steady_clock::now() - last_ >= std::chrono::milliseconds(100);
}

void Progress::draw(const std::vector<std::string>& lines) noexcept {
  if (!terminal_.interactive()) return;
  last_ = std::chrono::steady_clock::now();
  // The last column stays free: writing there wraps on some terminals.
  const std::size_t width = terminal_.width() - 1;
  std::string text;
  if (drawn_ > 1) text += fmt::format("\x1b[{}A", drawn_ - 1);
  if (drawn_ > 0) text += '\r';
  // What has scrolled off the top cannot be drawn over.
  const std::size_t count = std::min(lines.size(), terminal_.height());
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) text += '\n';
    text += clip(lines[i], width);
    text += "\x1b[K";
  }
  if (count < drawn_) text += "\x1b[J";
  drawn_ = count;
  std::fflush(stdout);
  write_all(2, text);
}

void Progress::clear() noexcept {
  if (drawn_ == 0) return;
  // Line by line: some terminals keep a copy of what "clear to the end of the screen" wipes.
  std::string text = "\r\x1b[K";
  for (std::size_t i = 1; i < drawn_; ++i) text += "\x1b[A\x1b[K";
  write_all(2, text);
  drawn_ = 0;
}

std::string bar(const Terminal& terminal, std::uint64_t part, std::uint64_t whole,
                std::size_t width) {
  const double share =
      whole == 0 ? 0 : static_cast<double>(std::min(part, whole)) / static_cast<double>(whole);
  const auto full = static_cast<std::size_t>(share * static_cast<double>(width) + 0.5);
  const std::string_view on = terminal.unicode() ? "━" : "#";
  const std::string_view off = terminal.unicode() ? "━" : ".";
  std::string done;
  std::string rest;
  for (std::size_t i = 0; i < width; ++i) (i < full ? done : rest) += i < full ? on : off;
  if (terminal.unicode() && !terminal.colour()) {
    rest.clear();
    for (std::size_t i = full; i < width; ++i) rest += "·";
  }
  return terminal.styled(Style::kGood, done) + terminal.styled(Style::kDim, rest);
}

void catch_signals() noexcept {
  process_state();
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(number, &action, nullptr);
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  for (const int number : {SIGPIPE, SIGXFSZ}) ::sigaction(number, &ignore, nullptr);
}

void fill_standard_descriptors() noexcept {
  for (int number = 0; number <= 2; ++number) {
    if (::fcntl(number, F_GETFD) >= 0 || errno != EBADF) continue;
    // The wrong way round: what is written to a closed output must not seem to have arrived.
    const int filled = ::open("/dev/null", number == 0 ? O_WRONLY : O_RDONLY);
    if (filled >= 0 && filled != number) {
      ::dup2(filled, number);
      ::close(filled);
    }
  }
}

const std::atomic<bool>& interrupted() noexcept { return process_state().interrupted; }

void request_stop() noexcept { process_state().interrupted = true; }

void remove_on_signal(std::string_view path) noexcept {
  ProcessState& state = process_state();
  const SignalsHeld held;
  // A path cut short would be another file's.
  const std::size_t size = path.size() < sizeof state.remove_path ? path.size() : 0;
  if (size > 0) std::memcpy(state.remove_path, path.data(), size);
  state.remove_path[size] = '\0';
  state.remove_and_leave = true;
}

SignalsHeld::SignalsHeld() noexcept {
  sigset_t all;
  sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, &before_);
}

SignalsHeld::~SignalsHeld() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

LeaveOnSignal::LeaveOnSignal() noexcept {
  std::fflush(stdout);
  process_state().leave_silently = true;
}

LeaveOnSignal::~LeaveOnSignal() { process_state().leave_silently = false; }

}  // namespace weir::cli
