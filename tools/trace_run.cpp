#include "trace_run.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <type_traits>

// Where a sanitizer is part of the build, its report ends the process without signal or exit
// handlers.
extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace weir::cli {

using properties::Event;
using properties::Trace;

namespace {

static_assert(std::is_trivially_copyable_v<Event>, "events are copied out of a dying process");

// What child and parent share.
constexpr std::size_t kBytesMax = 4096;
struct SharedBytes {
  std::size_t size;
  std::byte bytes[kBytesMax];
};
struct Shared {
  SharedBytes payload;
  SharedBytes damaged;
  std::size_t count;
  Event events[Trace::kEventsMax];
  std::size_t moved_count;
  Trace::Moved moved[Trace::kEventsMax];
  std::byte pool[Trace::kPoolMax];
};

// The child is lost in the middle of a call: what its trace holds by then is saved from wherever it
// dies. These are set in the child alone.
struct Rescue {
  const properties::Workspace* workspace = nullptr;
  Shared* shared = nullptr;
};
Rescue& rescue() noexcept {
  static Rescue instance;
  return instance;
}

void save_bytes(std::span<const std::byte> from, SharedBytes& to) noexcept {
  if (from.empty() || from.size() > kBytesMax) return;
  std::memcpy(to.bytes, from.data(), from.size());
  to.size = from.size();
}

void save_trace() noexcept {
  const Rescue& from = rescue();
  if (from.workspace == nullptr || from.shared == nullptr) return;
  save_bytes(from.workspace->payload, from.shared->payload);
  save_bytes(from.workspace->damaged, from.shared->damaged);
  const std::vector<Event>& events = from.workspace->trace.events();
  const std::size_t count = std::min(events.size(), Trace::kEventsMax);
  if (count > 0) std::memcpy(from.shared->events, events.data(), count * sizeof(Event));
  from.shared->count = count;
  const auto moved = from.workspace->trace.moved();
  const auto pool = from.workspace->trace.pool();
  if (!pool.empty()) std::memcpy(from.shared->pool, pool.data(), pool.size());
  if (!moved.empty()) std::memcpy(from.shared->moved, moved.data(), moved.size_bytes());
  from.shared->moved_count = moved.size();
}

void on_death(int) {
  save_trace();
  ::_exit(1);
}

bool sanitized() noexcept { return __sanitizer_set_death_callback != nullptr; }

[[noreturn]] void run_child(const properties::Clause& clause, const properties::Subject& subject,
                            const properties::Case& value, const properties::PayloadFiles& files,
                            unsigned seconds, Shared* shared) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int nothing = ::open("/dev/null", O_RDWR);
  for (const int descriptor : {0, 1, 2}) ::dup2(nothing, descriptor);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  const rlimit processor{seconds, seconds + 1};
  ::setrlimit(RLIMIT_CPU, &processor);
  if (!sanitized()) {
    const rlimit memory{rlim_t{4} << 30, rlim_t{4} << 30};
    ::setrlimit(RLIMIT_AS, &memory);
  }
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) std::signal(number, SIG_DFL);
  for (const int number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGXCPU, SIGALRM}) {
    std::signal(number, on_death);
  }
  if (sanitized()) __sanitizer_set_death_callback(save_trace);
  std::atexit(save_trace);
  ::alarm(seconds * 10);
  const auto workspace = std::make_unique<properties::Workspace>();
  workspace->files = &files;
  workspace->trace.keep_bytes();
  rescue() = {workspace.get(), shared};
  [[maybe_unused]] const properties::Verdict verdict =
      properties::run_check(clause, subject, value, *workspace);
  save_trace();
  ::_exit(0);
}

}  // namespace

properties::RunRecord record_run(const properties::Clause& clause,
                                 const properties::Subject& subject, const properties::Case& value,
                                 const properties::PayloadFiles& files, unsigned seconds) {
  properties::RunRecord record;
  void* const memory =
      ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return record;
  Shared* const shared = static_cast<Shared*>(memory);
  const pid_t child = ::fork();
  if (child == 0) run_child(clause, subject, value, files, seconds, shared);
  if (child > 0) {
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
    record.events.assign(shared->events,
                         shared->events + std::min<std::size_t>(shared->count, Trace::kEventsMax));
    const auto bytes = [](const SharedBytes& from) {
      return std::vector<std::byte>(from.bytes, from.bytes + std::min(from.size, kBytesMax));
    };
    record.payload = bytes(shared->payload);
    record.damaged = bytes(shared->damaged);
    record.moved.resize(record.events.size());
    for (std::size_t i = 0; i < std::min<std::size_t>(shared->moved_count, Trace::kEventsMax);
         ++i) {
      const Trace::Moved& moved = shared->moved[i];
      if (moved.event >= record.moved.size() || moved.offset > Trace::kPoolMax ||
          moved.size > Trace::kPoolMax - moved.offset) {
        continue;  // the child was lost while it wrote this
      }
      const std::byte* const first = shared->pool + moved.offset;
      record.moved[moved.event].assign(first, first + moved.size);
    }
  }
  ::munmap(memory, sizeof(Shared));
  return record;
}

std::vector<Event> record_trace(const properties::Clause& clause,
                                const properties::Subject& subject, const properties::Case& value,
                                const properties::PayloadFiles& files, unsigned seconds) {
  return record_run(clause, subject, value, files, seconds).events;
}

}  // namespace weir::cli
