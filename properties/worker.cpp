#include "properties/worker.h"

#include <fcntl.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

#include "properties/program.h"
#include "properties/signature.h"
#include "weir/check.h"

// There in programs with these sanitizers alone, however this file is compiled: a project may have
// them where the library that it links has none.
extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier)
void __asan_init() __attribute__((weak));
void __msan_init() __attribute__((weak));
void __tsan_init() __attribute__((weak));
// NOLINTEND(bugprone-reserved-identifier)
}

namespace weir::properties {
namespace {

// The shadow of a sanitizer takes terabytes of address space: there only the resident size says
// anything.
bool limits_address_space() noexcept {
  return __asan_init == nullptr && __msan_init == nullptr && __tsan_init == nullptr;
}

constexpr std::size_t kTalliesMax = 16;
constexpr std::size_t kReasonBytes = 64;
constexpr std::size_t kKindBytes = 256;
constexpr std::size_t kLineBytes = 2048;
constexpr std::size_t kReportBytesMax = std::size_t{16} << 10;
constexpr off_t kStderrBytesMax = off_t{8} << 20;
// How much of its end is kept and looked through. A sanitizer's report has some hundred lines a
// stack.
constexpr off_t kStderrTailBytes = off_t{1} << 20;
// Larger than any case: byte strings are bounded by kCaseBytesMax, and an operation takes less than
// 64 bytes beside them.
constexpr std::size_t kCaseRoomBytes = std::size_t{8} << 20;
constexpr double kWatchSeconds = 0.01;
// How many times as long a case may sleep while programs that it started compute.
constexpr double kProgramsFactor = 6;
constexpr int kForkAttempts = 100;
constexpr unsigned kForkPauseMicroseconds = 10000;
constexpr double kShortNapSeconds = 0.0005;
// How often a child that works on a job looks whether its subject leaks.
constexpr std::uint64_t kCasesBetweenLooks = 128;
constexpr double kLongNapSeconds = 0.002;

using Clock = std::chrono::steady_clock;
double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

enum class Phase : std::uint32_t { kIdle, kRequested, kAnswered };

struct SharedTally {
  char reason[kReasonBytes];
  std::uint64_t count;
};

// What parent and child share. The child writes counts as it goes, so that they are right when it
// is lost.
struct Shared {
  sem_t request;
  std::atomic<Phase> phase;
  std::atomic<bool> cancel;
  std::atomic<std::uint64_t> beat;   // cases begun over the child's life
  std::atomic<std::uint64_t> index;  // of the case that was begun last
  std::atomic<std::uint64_t> cases;  // of this job, run to their end
  std::atomic<std::uint64_t> next;   // the first that was not begun

  bool single;  // one explicit case in case_bytes; otherwise `job`
  Job job;
  std::uint64_t memory_bytes;
  std::size_t clause;
  std::size_t subject;

  std::uint64_t discarded;
  std::size_t tally_count;
  SharedTally tallies[kTalliesMax];
  Counters counters;
  Stats stats;
  SweepCalls sweep_calls;
  std::uint64_t unreached;
  bool violated;
  bool cancelled;
  bool leaving;  // the child ends itself after this answer
  bool hoards;   // it holds on to much memory, and is to be replaced; so the rest of its job, too,
                 // is for another one, if `unfinished`
  bool unfinished;
  std::size_t step;
  char kind[kKindBytes];
  char expected[kLineBytes];
  char seen[kLineBytes];

  char case_bytes[kCaseRoomBytes];
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(std::is_trivially_copyable_v<Job> && std::is_trivially_copyable_v<Counters> &&
              std::is_trivially_copyable_v<Stats>);

void copy_text(char* target, std::size_t capacity, std::string_view text) {
  const std::size_t size = std::min(text.size(), capacity - 1);
  std::memcpy(target, text.data(), size);
  target[size] = '\0';
}

// ---- a case in the shared mapping: both ends are the same program image, so plain records do ----

class RecordWriter {
 public:
  RecordWriter(char* target, std::size_t capacity) : next_(target), left_(capacity) {}
  void bytes(const void* data, std::size_t size) {
    fits_ = fits_ && size <= left_;
    if (!fits_) return;
    if (size > 0) std::memcpy(next_, data, size);
    next_ += size;
    left_ -= size;
  }
  template <class T>
  void value(const T& v) {
    bytes(&v, sizeof v);
  }
  bool fits() const { return fits_; }

 private:
  char* next_;
  std::size_t left_;
  bool fits_ = true;
};

/// False when there is not room enough.
bool store_case(const Case& value, char* target, std::size_t capacity) {
  RecordWriter writer(target, capacity);
  for (std::size_t f = 0; f < kFieldCount; ++f) {
    const std::vector<Op>& ops = value.ops(static_cast<FieldId>(f));
    writer.value(ops.size());
    for (const Op& op : ops) {
      const std::span<const std::byte> bytes = value.bytes(op);
      writer.value(op.verb);
      writer.value(op.args);
      writer.value(bytes.size());
      writer.bytes(bytes.data(), bytes.size());
    }
  }
  return writer.fits();
}

void load_case(const char* source, Case& result) {
  const auto take = [&source](auto& value) {
    std::memcpy(&value, source, sizeof value);
    source += sizeof value;
  };
  result.clear();
  for (std::size_t f = 0; f < kFieldCount; ++f) {
    std::size_t count = 0;
    take(count);
    std::vector<Op>& ops = result.ops(static_cast<FieldId>(f));
    for (std::size_t i = 0; i < count; ++i) {
      Op op;
      std::size_t size = 0;
      take(op.verb);
      take(op.args);
      take(size);
      result.set_bytes(op, std::as_bytes(std::span(source, size)));
      source += size;
      ops.push_back(op);
    }
  }
}

// ---- what the child wrote ----

/// Where the line stands that begins the last sanitizer report of `text`; npos without one.
std::size_t last_sanitizer_report(std::string_view text) {
  const auto line_start = [text](std::size_t at) {
    const std::size_t newline = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
    return newline == std::string_view::npos ? 0 : newline + 1;
  };
  // "==42==ERROR: AddressSanitizer: heap-buffer-overflow on ..."
  for (std::size_t at = text.rfind("ERROR: "); at != std::string_view::npos;
       at = at == 0 ? std::string_view::npos : text.rfind("ERROR: ", at - 1)) {
    const std::string_view line = text.substr(at, text.find('\n', at) - at);
    if (line.find("Sanitizer: ") != std::string_view::npos) return line_start(at);
  }
  const std::size_t at = text.rfind(": runtime error: ");
  return at == std::string_view::npos ? at : line_start(at);
}

// ---- what the system says of a process ----

/// Pages of address space and resident, in bytes. Zeros when the process is gone.
struct Memory {
  std::uint64_t address_space = 0;
  std::uint64_t resident = 0;
};

std::size_t read_proc(int pid, const char* name, char* buffer, std::size_t capacity) {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
  const int descriptor = ::open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return 0;
  const ssize_t size = ::read(descriptor, buffer, capacity - 1);
  ::close(descriptor);
  const std::size_t got = size > 0 ? static_cast<std::size_t>(size) : 0;
  buffer[got] = '\0';
  return got;
}

Memory memory_of(int pid) {
  char text[128];
  if (read_proc(pid, "statm", text, sizeof text) == 0) return {};
  char* end = nullptr;
  const std::uint64_t page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t size = std::strtoull(text, &end, 10);
  const std::uint64_t resident = std::strtoull(end, nullptr, 10);
  return {size * page, resident * page};
}

double cpu_seconds_of(int pid) {
  clockid_t clock;
  timespec time{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// ---- the child ----

/// What a case is to its job.
enum class Role : std::uint8_t {
  kCase,
  kCount,  // a base case of a sweep: runs to be counted, and is no case unless it is violated
  kPoint,  // of a sweep: is no case when nothing happened to the subject
};

/// Whether anything that a sweep puts at a call came to pass.
bool interrupted(const Counters& counters) {
  return counters[Counter::kFaults] + counters[Counter::kWouldBlocks] +
             counters[Counter::kShortReads] + counters[Counter::kShortWrites] !=
         0;
}

struct Child {
  Shared& shared;
  const WorkerContext& context;
  WakeUp& wake_up;
  int sentinel;
  std::uint64_t address_space;  // at the start
  Workspace workspace{};
  PayloadFiles no_files{};
  Case value{};

  [[noreturn]] void live();
  void run_request();
  void run_job(const Clause& clause, const Subject& subject);
  /// Whether the job goes on.
  bool run_case(const Clause& clause, const Subject& subject, Role role = Role::kCase);
  /// Whether earlier cases left so little memory that later ones could miss it: a subject that
  /// leaks is no subject that takes too much for a case.
  bool hoards() const;
  void tally(std::string_view reason);
  void report(std::string_view kind, std::size_t step, std::string_view expected,
              std::string_view seen);
};

void Child::live() {
  workspace.files = context.files != nullptr ? context.files : &no_files;
  for (;;) {
    while (::sem_wait(&shared.request) != 0) {
    }
    run_request();
    shared.hoards = shared.hoards || hoards();
    const bool leaving = shared.leaving;
    shared.phase.store(Phase::kAnswered, std::memory_order_release);
    wake_up.post();
    if (leaving) ::_exit(0);
  }
}

void Child::run_request() {
  if (limits_address_space()) {
    // Only the soft limit: the next job may have another.
    rlimit limit{};
    ::getrlimit(RLIMIT_AS, &limit);
    limit.rlim_cur = static_cast<rlim_t>(address_space + shared.memory_bytes);
    if (limit.rlim_max != RLIM_INFINITY) limit.rlim_cur = std::min(limit.rlim_cur, limit.rlim_max);
    ::setrlimit(RLIMIT_AS, &limit);
  }
  const Clause& clause = *context.clauses[shared.clause];
  const Subject& subject = *context.subjects[shared.subject];
  if (shared.single) {
    load_case(shared.case_bytes, value);
    value.subject = subject.name;
    value.clause = clause.id;
    shared.index.store(0, std::memory_order_relaxed);
    shared.beat.fetch_add(1, std::memory_order_relaxed);
    run_case(clause, subject);
    return;
  }
  run_job(clause, subject);
}

void Child::run_job(const Clause& clause, const Subject& subject) {
  const Job job = shared.job;
  const Sweep* const sweep =
      job.engine == EngineId::kSweep ? &context.factory->sweep(clause, subject) : nullptr;
  const std::uint64_t end =
      sweep == nullptr ? job.first + job.count : std::min(job.first + job.count, sweep->size());
  std::uint64_t turns = 0;
  for (std::uint64_t index = job.first; index < end; ++index) {
    if (++turns % kCasesBetweenLooks == 0 && hoards()) {
      shared.hoards = shared.unfinished = true;
      return;
    }
    if (shared.cancel.load(std::memory_order_relaxed)) {
      shared.cancelled = true;
      return;
    }
    if (sweep != nullptr) {
      index = std::min(end, sweep->next(index, shared.sweep_calls));
      shared.next.store(index, std::memory_order_relaxed);
      if (index == end) return;
    }
    const bool counting = sweep != nullptr && index < sweep->base_count();
    shared.index.store(index, std::memory_order_relaxed);
    shared.next.store(index + 1, std::memory_order_relaxed);
    shared.beat.fetch_add(1, std::memory_order_relaxed);
    context.factory->make(job.engine, clause, subject, job.seed, index, value);
    Role role = sweep != nullptr ? Role::kPoint : Role::kCase;
    if (counting) role = Role::kCount;
    if (!run_case(clause, subject, role)) return;
    if (counting) sweep->count(index, workspace, shared.sweep_calls);
  }
}

bool Child::run_case(const Clause& clause, const Subject& subject, Role role) {
  Verdict verdict;
  try {
    verdict = run_check(clause, subject, value, workspace);
  } catch (const std::bad_alloc&) {
    // What the subject throws is caught already; telling of it takes memory too.
    verdict = Verdict::violated("out-of-memory", Verdict::kNoStep, {}, {});
  }
  const bool unreached = role == Role::kPoint && verdict.outcome == Outcome::kDiscarded &&
                         !interrupted(workspace.counters);
  if (unreached) ++shared.unreached;
  const bool is_case =
      verdict.outcome == Outcome::kViolated || (role != Role::kCount && !unreached);
  if (is_case) {
    shared.cases.fetch_add(1, std::memory_order_relaxed);
    shared.counters += workspace.counters;
    if (!shared.single && shared.job.collects) {
      const bool uses_payload = (clause.uses.fields & field_bit(FieldId::kPayload)) != 0;
      shared.stats.add(value, uses_payload, workspace.payload.size());
    }
  }

  std::array<pollfd, 4> descriptors = {{{0, 0, 0}, {1, 0, 0}, {2, 0, 0}, {sentinel, 0, 0}}};
  if (::poll(descriptors.data(), descriptors.size(), 0) > 0) {
    for (const pollfd& d : descriptors) {
      if ((d.revents & POLLNVAL) == 0) continue;
      report("closed-descriptors", Verdict::kNoStep, "descriptors of the process are left alone",
             "descriptor " + std::to_string(d.fd) + " was closed");
      shared.leaving = true;
      return false;
    }
  }
  if (verdict.outcome == Outcome::kDiscarded && is_case) {
    ++shared.discarded;
    tally(verdict.kind);
  }
  if (verdict.outcome != Outcome::kViolated) return true;
  if (verdict.kind == "out-of-memory") {
    report(verdict.kind, verdict.step,
           "at most " + std::to_string(shared.memory_bytes >> 20) + " MiB of memory for a case",
           verdict.seen.empty() ? std::string("the allocation failed") : verdict.seen);
    // What was allocated on the way may still stand.
    shared.leaving = true;
  } else {
    report(verdict.kind, verdict.step, verdict.expected, verdict.seen);
  }
  return false;
}

bool Child::hoards() const {
  return limits_address_space() &&
         memory_of(::getpid()).address_space > address_space + shared.memory_bytes / 4;
}

void Child::tally(std::string_view reason) {
  for (std::size_t i = 0; i < shared.tally_count; ++i) {
    if (reason.substr(0, kReasonBytes - 1) == shared.tallies[i].reason) {
      ++shared.tallies[i].count;
      return;
    }
  }
  if (shared.tally_count == kTalliesMax) {
    ++shared.tallies[kTalliesMax - 1].count;
    return;
  }
  SharedTally& entry = shared.tallies[shared.tally_count++];
  copy_text(entry.reason, kReasonBytes,
            shared.tally_count == kTalliesMax ? std::string_view("other") : reason);
  entry.count = 1;
}

void Child::report(std::string_view kind, std::size_t step, std::string_view expected,
                   std::string_view seen) {
  copy_text(shared.kind, kKindBytes, kind);
  copy_text(shared.expected, kLineBytes, expected);
  copy_text(shared.seen, kLineBytes, seen);
  shared.step = step;
  shared.violated = true;
}

[[noreturn]] void child_main(Shared& shared, const WorkerContext& context, WakeUp& wake_up,
                             int stderr_descriptor, int parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGALRM, SIGCHLD, SIGWINCH}) {
    ::signal(signal, SIG_DFL);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::prctl(PR_SET_DUMPABLE, 1);  // keeps /proc readable for the parent whatever the subject does

  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup2(null, 0);
  ::dup2(null, 1);
  ::dup2(stderr_descriptor >= 0 ? stderr_descriptor : null, 2);
  // Well above what a subject opens itself, where the limit allows it.
  int sentinel = ::fcntl(null, F_DUPFD_CLOEXEC, 200);
  if (sentinel < 0) sentinel = null;
  Child child{shared, context, wake_up, sentinel, memory_of(::getpid()).address_space};
  child.live();
}

}  // namespace

// ---- WakeUp ----

WakeUp::WakeUp() {
  semaphore_ =
      ::mmap(nullptr, sizeof(sem_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (semaphore_ == MAP_FAILED) throw std::bad_alloc();
  ::sem_init(static_cast<sem_t*>(semaphore_), 1, 0);
}

WakeUp::~WakeUp() { ::munmap(semaphore_, sizeof(sem_t)); }

void WakeUp::post() noexcept { ::sem_post(static_cast<sem_t*>(semaphore_)); }

void WakeUp::wait(double seconds) {
  timespec until{};
  ::clock_gettime(CLOCK_REALTIME, &until);
  const auto nanoseconds = static_cast<long>(std::clamp(seconds, 0.0, 0.9) * 1e9);
  until.tv_nsec += nanoseconds;
  if (until.tv_nsec >= 1000000000L) {
    until.tv_nsec -= 1000000000L;
    ++until.tv_sec;
  }
  ::sem_timedwait(static_cast<sem_t*>(semaphore_), &until);
}

// ---- Worker, in the parent ----

struct Worker::State {
  State(const WorkerContext& c, WakeUp& w) : context(c), wake_up(w) {}

  const WorkerContext& context;
  WakeUp& wake_up;
  Shared* shared = nullptr;
  int stderr_descriptor = -1;
  pid_t pid = 0;
  bool busy = false;
  int launch_error = 0;    // errno of a fork that failed; the job then ends without a child
  bool too_large = false;  // the case does not fit into the mapping; likewise
  WorkerLimits limits{};
  std::uint64_t resident_at_start = 0;

  // The watch: what the case that is running has used, as far as was seen.
  Clock::time_point watched_at{};
  Clock::time_point ticked_at{};  // across jobs: short ones must not keep a caller's tick waiting
  std::uint64_t beat = 0;
  double cpu_at_beat = 0;
  double cpu_last = 0;
  Clock::time_point asleep_since{};
  Clock::time_point begun_at{};  // of the case
  std::string_view ended_for{};  // why this side killed the child
  off_t stderr_released = 0;     // bytes at the start of its standard error that are gone

  bool launch();
  bool ready();
  void request(const WorkerLimits& new_limits);
  void go_on();
  void post();
  void watch();
  bool reap(int& status, bool block);
  void kill_child() noexcept;
  Answer collect() const;
  Answer collect_death(int status) const;
  std::string read_report() const;
};

// Makes the child. Without a process to be had, the job that is about to begin ends at once.
bool Worker::State::launch() {
  if (shared == nullptr) {
    void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    shared = static_cast<Shared*>(memory);
    stderr_descriptor = ::memfd_create("weir-worker-stderr", MFD_CLOEXEC);
    // Appending, so that truncating between jobs starts the next report at zero.
    if (stderr_descriptor >= 0) ::fcntl(stderr_descriptor, F_SETFL, O_APPEND);
  }
  // A lost child may have left any of it in any state.
  ::sem_init(&shared->request, 1, 0);
  shared->phase.store(Phase::kIdle);
  shared->beat.store(0);
  // A subject that calls exit would write the parent's buffered output a second time.
  std::fflush(nullptr);
  const pid_t parent = ::getpid();
  pid_t made = ::fork();
  // A machine that is full for a moment is no reason to give up.
  for (int attempt = 0; made < 0 && attempt < kForkAttempts; ++attempt) {
    launch_error = errno;
    ::usleep(kForkPauseMicroseconds);
    made = ::fork();
  }
  if (made < 0) {
    launch_error = errno;
    shared->cases.store(0);
    busy = true;
    return false;
  }
  launch_error = 0;
  if (made == 0) child_main(*shared, context, wake_up, stderr_descriptor, parent);
  pid = made;
  ::setpgid(pid, pid);
  return true;
}

// A child to give work to; false when there is none to be had.
bool Worker::State::ready() {
  int status = 0;
  // A subject's thread or handler may have ended the child while it had nothing to do.
  if (pid != 0 && !reap(status, false)) return true;
  return launch();
}

void Worker::State::request(const WorkerLimits& new_limits) {
  limits = new_limits;
  ended_for = {};
  shared->memory_bytes = limits.memory_bytes;
  shared->cancel.store(false);
  shared->cases.store(0);
  shared->discarded = 0;
  shared->tally_count = 0;
  shared->counters = {};
  shared->stats = {};
  shared->unreached = 0;
  shared->violated = false;
  shared->cancelled = false;
  shared->leaving = false;
  shared->hoards = false;
  shared->unfinished = false;
  shared->step = Verdict::kNoStep;
  shared->kind[0] = shared->expected[0] = shared->seen[0] = '\0';
  if (stderr_descriptor >= 0) static_cast<void>(::ftruncate(stderr_descriptor, 0));
  stderr_released = 0;
  post();
}

// The rest of the job, in a child that has all its memory.
void Worker::State::go_on() {
  kill_child();
  const std::uint64_t next = shared->next.load();
  shared->job.count -= next - shared->job.first;
  shared->job.first = next;
  shared->hoards = false;
  shared->unfinished = false;
  ended_for = {};
  if (launch()) post();
}

void Worker::State::post() {
  busy = true;
  watched_at = asleep_since = begun_at = Clock::now();
  beat = shared->beat.load();
  cpu_at_beat = cpu_last = cpu_seconds_of(pid);
  // Now, and not when the child began: a sanitizer keeps what was freed by earlier cases.
  resident_at_start = memory_of(pid).resident;
  shared->phase.store(Phase::kRequested, std::memory_order_release);
  ::sem_post(&shared->request);
}

void Worker::State::watch() {
  const Clock::time_point now = Clock::now();
  if (seconds_between(watched_at, now) < kWatchSeconds) return;
  watched_at = now;
  const double cpu = cpu_seconds_of(pid);
  const std::uint64_t beat_now = shared->beat.load(std::memory_order_relaxed);
  if (beat_now != beat) {
    beat = beat_now;
    cpu_at_beat = cpu;
    asleep_since = now;
    begun_at = now;
  } else if (cpu - cpu_last > 0.1 * kWatchSeconds ||
             (seconds_between(begun_at, now) < kProgramsFactor * limits.blocked_seconds &&
              look_at(pid).runnable)) {
    // A busy machine must not make a hang of a case that waits for its turn, or for that of a
    // program that it started.
    asleep_since = now;
  }
  cpu_last = cpu;
  if (!ended_for.empty()) return;
  const bool late = cpu - cpu_at_beat > limits.cpu_seconds;
  // Allocating takes time, under a sanitizer much: what is far on its way through the memory when
  // its time is up is no mere hang. Where the address space is limited, that limit does the rest.
  const bool look = late || !limits_address_space();
  const std::uint64_t resident = look ? memory_of(pid).resident : 0;
  const std::uint64_t allowed = late ? limits.memory_bytes / 4 : limits.memory_bytes;
  if (resident > resident_at_start + allowed) {
    ended_for = "out-of-memory";
  } else if (late) {
    ended_for = "hang";
  } else if (seconds_between(asleep_since, now) > limits.blocked_seconds) {
    ended_for = "blocked";
  }
  if (!ended_for.empty()) ::kill(-pid, SIGKILL);
  struct stat status {};
  if (stderr_descriptor >= 0 && ::fstat(stderr_descriptor, &status) == 0 &&
      status.st_size - stderr_released > kStderrBytesMax) {
    // A hole frees the memory and leaves alone what the child is writing at the end.
    stderr_released = status.st_size - kStderrTailBytes;
    if (::fallocate(stderr_descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
                    stderr_released) != 0) {
      static_cast<void>(::ftruncate(stderr_descriptor, 0));
      stderr_released = 0;
    }
  }
}

bool Worker::State::reap(int& status, bool block) {
  status = 0;
  pid_t got = 0;
  do {
    got = ::waitpid(pid, &status, block ? 0 : WNOHANG);
  } while (got < 0 && errno == EINTR);
  if (got == 0) return false;
  // ECHILD: somebody ignores SIGCHLD. The child is gone all the same.
  if (got < 0) status = SIGKILL;
  // What the subject started must not outlive it.
  ::kill(-pid, SIGKILL);
  pid = 0;
  return true;
}

void Worker::State::kill_child() noexcept {
  if (pid != 0) {
    ::kill(pid, SIGKILL);
    int status = 0;
    reap(status, true);
  }
  launch_error = 0;
  too_large = false;
  busy = false;
}

Answer Worker::State::collect() const {
  Answer answer;
  answer.cases = shared->cases.load();
  answer.discarded = shared->discarded;
  answer.counters = shared->counters;
  answer.stats = shared->stats;
  answer.next = shared->next.load();
  answer.sweep_calls = shared->sweep_calls;
  answer.unreached = shared->unreached;
  answer.cancelled = shared->cancelled;
  for (std::size_t i = 0; i < std::min(shared->tally_count, kTalliesMax); ++i) {
    answer.tallies.push_back({shared->tallies[i].reason, shared->tallies[i].count});
  }
  if (shared->violated) {
    Violation& violation = answer.violation.emplace();
    violation.index = shared->index.load();
    violation.kind = shared->kind;
    violation.step = shared->step;
    violation.expected = shared->expected;
    violation.seen = shared->seen;
    violation.died = shared->leaving;
  }
  return answer;
}

std::string Worker::State::read_report() const {
  struct stat status {};
  if (stderr_descriptor < 0 || ::fstat(stderr_descriptor, &status) != 0) return {};
  const off_t from = std::max(off_t{0}, status.st_size - kStderrTailBytes);
  std::string text(static_cast<std::size_t>(status.st_size - from), '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::pread(stderr_descriptor, text.data() + size, text.size() - size,
                                from + static_cast<off_t>(size));
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  // The report that ended the process is the last one. It may be longer than what is kept, and
  // then its beginning says what happened and where.
  const std::size_t begin = last_sanitizer_report(text);
  if (begin != std::string::npos) return text.substr(begin, kReportBytesMax);
  return text.substr(text.size() - std::min(text.size(), kReportBytesMax));
}

Answer Worker::State::collect_death(int status) const {
  Answer answer = collect();
  ++answer.cases;
  answer.cancelled = false;
  Violation& violation = answer.violation.emplace();
  violation.index = shared->index.load();
  violation.died = true;
  violation.report = read_report();
  violation.expected = "the subject returns to its caller";
  if (ended_for == "hang") {
    violation.kind = "hang";
    violation.seen = "the case used all the processor time it was given";
  } else if (ended_for == "blocked") {
    violation.kind = "hang";
    violation.seen = "the case slept and did not wake up";
    violation.slept = true;
  } else if (ended_for == "out-of-memory") {
    violation.kind = "out-of-memory";
    violation.expected =
        "at most " + std::to_string(limits.memory_bytes >> 20) + " MiB of memory for a case";
    violation.seen = "the resident size went beyond it";
  } else if (std::string kind = sanitizer_kind(violation.report); !kind.empty()) {
    violation.seen = "the sanitizer ended the process";
    violation.kind = std::move(kind);
  } else if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    violation.kind = signal_kind(signal);
    if (violation.kind.empty()) violation.kind = "signal " + std::to_string(signal);
    violation.seen = "the process died of signal " + std::to_string(signal);
  } else {
    violation.kind = "exit";
    violation.seen = "the process exited with code " + std::to_string(WEXITSTATUS(status));
  }
  return answer;
}

Worker::Worker(const WorkerContext& context, WakeUp& wake_up)
    : state_(std::make_unique<State>(context, wake_up)) {}

Worker::~Worker() {
  state_->kill_child();
  if (state_->shared != nullptr) ::munmap(state_->shared, sizeof(Shared));
  if (state_->stderr_descriptor >= 0) ::close(state_->stderr_descriptor);
}

void Worker::start(const Job& job, const WorkerLimits& limits) {
  WEIR_CHECK(!state_->busy, "the worker is busy");
  WEIR_CHECK(state_->context.factory != nullptr, "a job needs a factory");
  WEIR_CHECK(
      job.clause < state_->context.clauses.size() && job.subject < state_->context.subjects.size(),
      "the job names a clause or subject that the worker does not have");
  if (!state_->ready()) return;
  state_->shared->single = false;
  state_->shared->job = job;
  state_->shared->next.store(job.first);
  state_->shared->sweep_calls = job.sweep_calls;
  state_->shared->clause = job.clause;
  state_->shared->subject = job.subject;
  state_->request(limits);
}

void Worker::start(const Case& value, const WorkerLimits& limits) {
  WEIR_CHECK(!state_->busy, "the worker is busy");
  const std::vector<const Clause*>& clauses = state_->context.clauses;
  const std::vector<const Subject*>& subjects = state_->context.subjects;
  const auto clause = std::find_if(clauses.begin(), clauses.end(),
                                   [&](const Clause* c) { return c->id == value.clause; });
  const auto subject = std::find_if(subjects.begin(), subjects.end(),
                                    [&](const Subject* s) { return s->name == value.subject; });
  WEIR_CHECK(clause != clauses.end() && subject != subjects.end(),
             "the case names a clause or subject that the worker does not have");
  if (!state_->ready()) return;
  if (!store_case(value, state_->shared->case_bytes, sizeof state_->shared->case_bytes)) {
    state_->shared->cases.store(0);
    state_->too_large = true;
    state_->busy = true;
    return;
  }
  state_->shared->single = true;
  state_->shared->clause = static_cast<std::size_t>(clause - clauses.begin());
  state_->shared->subject = static_cast<std::size_t>(subject - subjects.begin());
  state_->request(limits);
}

bool Worker::busy() const noexcept { return state_->busy; }

void Worker::cancel() noexcept {
  if (state_->shared != nullptr) state_->shared->cancel.store(true, std::memory_order_relaxed);
}

std::optional<Answer> Worker::poll() {
  State& state = *state_;
  if (!state.busy) return std::nullopt;
  if (state.launch_error != 0) {
    state.busy = false;
    Answer answer;
    answer.could_not_run =
        std::string("cannot start a process: ") + std::strerror(state.launch_error);
    state.launch_error = 0;
    return answer;
  }
  if (state.too_large) {
    state.busy = state.too_large = false;
    Answer answer;
    answer.could_not_run = "the case is too large for a worker";
    return answer;
  }
  int status = 0;
  if (state.shared->phase.load(std::memory_order_acquire) == Phase::kAnswered) {
    if (state.shared->unfinished) {
      state.go_on();
      return std::nullopt;
    }
    state.busy = false;
    state.shared->phase.store(Phase::kIdle);
    Answer answer = state.collect();
    if (state.shared->leaving) {
      answer.violation->report = state.read_report();
      state.kill_child();
    } else if (!state.ended_for.empty() || state.shared->hoards) {
      // It answered just before it was killed: the next job must not take its death for its own.
      state.kill_child();
    }
    return answer;
  }
  if (state.reap(status, false)) {
    state.busy = false;
    // It may have answered in between, and only then have gone.
    if (state.shared->phase.load(std::memory_order_acquire) == Phase::kAnswered) {
      if (!state.shared->unfinished) return state.collect();
      state.go_on();
      return std::nullopt;
    }
    return state.collect_death(status);
  }
  state.watch();
  return std::nullopt;
}

Answer Worker::wait(const std::atomic<bool>* stop, const Tick& tick) {
  WEIR_CHECK(state_->busy, "the worker has nothing to do");
  const Clock::time_point begun = Clock::now();
  for (;;) {
    const Clock::time_point now = Clock::now();
    if (tick && seconds_between(state_->ticked_at, now) > kWatchSeconds) {
      state_->ticked_at = now;
      tick();
    }
    if (std::optional<Answer> answer = poll()) return std::move(*answer);
    if (stop != nullptr && stop->load(std::memory_order_relaxed)) {
      end();
      Answer answer;
      answer.cancelled = true;
      return answer;
    }
    // A lost child wakes nobody up: short naps first, since shrinking a crash loses hundreds of
    // them.
    state_->wake_up.wait(seconds_between(begun, now) < 0.02 ? kShortNapSeconds : kLongNapSeconds);
  }
}

Answer Worker::evaluate(const Case& value, const WorkerLimits& limits,
                        const std::atomic<bool>* stop, const Tick& tick) {
  start(value, limits);
  return wait(stop, tick);
}

bool Worker::knows(const Case& value) const noexcept {
  const WorkerContext& context = state_->context;
  return std::any_of(context.clauses.begin(), context.clauses.end(),
                     [&](const Clause* c) { return c->id == value.clause; }) &&
         std::any_of(context.subjects.begin(), context.subjects.end(),
                     [&](const Subject* s) { return s->name == value.subject; });
}

int Worker::process_id() const noexcept { return static_cast<int>(state_->pid); }

std::uint64_t Worker::current_index() const noexcept {
  return state_->shared != nullptr ? state_->shared->index.load() : 0;
}

std::uint64_t Worker::current_cases() const noexcept {
  return state_->busy ? state_->shared->cases.load() : 0;
}

void Worker::end() noexcept { state_->kill_child(); }

Answer Worker::abandon() {
  WEIR_CHECK(state_->busy, "the worker has nothing to do");
  // The child may have ended its job, or itself, meanwhile.
  if (std::optional<Answer> answer = poll()) return std::move(*answer);
  state_->kill_child();
  Answer answer = state_->collect();
  if (state_->shared->phase.load(std::memory_order_acquire) != Phase::kAnswered) {
    answer.violation.reset();
    answer.cancelled = true;
  }
  return answer;
}

}  // namespace weir::properties
