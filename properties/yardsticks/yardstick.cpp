#include "properties/yardsticks/yardstick.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>

#include "properties/worker.h"

namespace weir::properties {
namespace {

using Clock = std::chrono::steady_clock;

// As much as Weir allows; under the address sanitizer what was freed counts for a while.
constexpr std::uint64_t kMemoryBytesMax = WorkerLimits{}.memory_bytes;
// A busy machine gives no processor for a while; that is no hang.
constexpr double kSleepSeconds = 10;
constexpr useconds_t kNapMicroseconds = 500;

constexpr std::array kYardsticks = {
    Yardstick{"iotest-style", "properties/yardsticks/iotest_reader.cpp",
              "The clauses of Go's iotest.TestReader, over its one-byte and half readers.",
              yardstick::iotest_reader, yardstick::kIotestRounds},
    Yardstick{"RapidCheck round trip", "properties/yardsticks/rapidcheck_round_trip.cpp",
              "A property test with random pieces, drawn element by element.",
              yardstick::rapidcheck_round_trip, Yardstick::kWithoutEnd},
    Yardstick{"zstd-style round trip", "properties/yardsticks/zstd_style.cpp",
              "A streaming round trip whose pieces the fuzzer's bytes decide.",
              yardstick::zstd_style, Yardstick::kWithoutEnd},
};

/// What the child tells; in memory that it shares with its parent.
struct Shared {
  std::atomic<std::uint64_t> rounds{0};
  std::atomic<bool> done{false};  // the child came to its own end
  std::atomic<bool> killed{false};
  std::array<char, 200> what{};
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

std::string round_or_exception(const Yardstick& yardstick, const Subject& subject,
                               std::uint64_t seed, std::uint64_t index) {
  try {
    return yardstick.round(subject, seed, index);
  } catch (const std::exception& exception) {
    return std::string("exception: ") + exception.what();
  } catch (...) {
    return "an exception";
  }
}

double seconds_since(Clock::time_point begun) {
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

[[noreturn]] void run_child(const Yardstick& yardstick, const Subject& subject, double seconds,
                            std::uint64_t seed, double hang_seconds, Shared& shared) {
  ::setpgid(0, 0);
  const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int descriptor : {0, 1, 2}) ::dup2(nowhere, descriptor);
  rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  const Clock::time_point begun = Clock::now();
  for (std::uint64_t index = 0; index < yardstick.rounds && seconds_since(begun) < seconds;
       ++index) {
    // Processor time of this round alone.
    const auto whole = static_cast<time_t>(hang_seconds);
    const auto micro = static_cast<suseconds_t>((hang_seconds - static_cast<double>(whole)) * 1e6);
    const itimerval limit{{0, 0}, {whole, micro}};
    ::setitimer(ITIMER_PROF, &limit, nullptr);
    const std::string wrong = round_or_exception(yardstick, subject, seed, index);
    shared.rounds.fetch_add(1);
    if (wrong.empty()) continue;
    std::snprintf(shared.what.data(), shared.what.size(), "%s", wrong.c_str());
    shared.killed = true;
    break;
  }
  shared.done = true;
  ::_exit(0);
}

std::uint64_t resident_bytes(pid_t process) {
  std::array<char, 64> path;
  std::snprintf(path.data(), path.size(), "/proc/%d/statm", static_cast<int>(process));
  std::FILE* file = std::fopen(path.data(), "re");
  if (file == nullptr) return 0;
  unsigned long long pages = 0;
  unsigned long long resident = 0;
  const bool read = std::fscanf(file, "%llu %llu", &pages, &resident) == 2;
  std::fclose(file);
  return read ? resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

}  // namespace

std::span<const Yardstick> yardsticks() noexcept { return kYardsticks; }

YardstickRun measure(const Yardstick& yardstick, const Subject& subject, double seconds,
                     std::uint64_t seed, double hang_seconds) {
  YardstickRun run;
  void* const memory =
      ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    run.could_not_run = "no shared memory";
    return run;
  }
  Shared& shared = *new (memory) Shared;
  const Clock::time_point begun = Clock::now();
  const pid_t child = ::fork();
  if (child == 0) run_child(yardstick, subject, seconds, seed, hang_seconds, shared);
  if (child < 0) {
    run.could_not_run = std::string("cannot start a process: ") + std::strerror(errno);
    ::munmap(memory, sizeof(Shared));
    return run;
  }
  const std::uint64_t memory_max = resident_bytes(child) + kMemoryBytesMax;
  int status = 0;
  std::string ended;
  for (;;) {
    const pid_t waited = ::waitpid(child, &status, WNOHANG);
    if (waited == child) break;
    // A child that sleeps uses no processor time: its round ends here.
    if (seconds_since(begun) > seconds + 4 * hang_seconds + kSleepSeconds) ended = "hang";
    if (resident_bytes(child) > memory_max) ended = "out of memory";
    if (!ended.empty()) {
      ::kill(-child, SIGKILL);
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      break;
    }
    ::usleep(kNapMicroseconds);
  }
  run.seconds = seconds_since(begun);
  run.rounds = shared.rounds;
  if (shared.killed) {
    run.killed = true;
    run.what = shared.what.data();
  } else if (!shared.done) {
    run.killed = true;
    const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (!ended.empty()) {
      run.what = ended;
    } else if (signal == SIGPROF) {
      run.what = "hang";
    } else {
      run.what = signal != 0 ? "signal " + std::to_string(signal) : "the process ended";
    }
  }
  shared.~Shared();
  ::munmap(memory, sizeof(Shared));
  return run;
}

}  // namespace weir::properties
