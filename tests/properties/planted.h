// Planted clauses and subjects for the tests of the machinery: what they do is decided by the case
// alone.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "properties/clause.h"
#include "properties/random_engine.h"
#include "properties/runner.h"
#include "properties/subject.h"
#include "properties/worker.h"
#include "tests/properties/folder.h"

namespace weir::properties::planted {

using test::Folder;

/// The largest argument of the reads named `verb`; the least number without one.
inline std::int64_t largest(const Case& value, std::string_view verb) {
  std::int64_t most = std::numeric_limits<std::int64_t>::min();
  for (const Op& op : value.ops(FieldId::kReads)) {
    if (op.verb == verb_index(FieldId::kReads, verb)) most = std::max(most, op.args[0]);
  }
  return most;
}

/// A read of ten bytes or more sets the misbehaving subjects off.
inline bool triggered(const Case& value) { return largest(value, "read") >= 10; }

/// Two conditions at once: a read of 37 bytes or more, and a seek from the end by 7 or more back.
inline bool two_conditions(const Case& value) {
  bool seek = false;
  for (const Op& op : value.ops(FieldId::kReads)) {
    seek = seek || (op.verb == verb_index(FieldId::kReads, "seek end") && op.args[0] <= -7);
  }
  return seek && largest(value, "read") >= 37;
}

[[noreturn]] inline void spin() {
  volatile std::uint64_t turns = 0;
  for (;;) turns = turns + 1;
}

inline void exhaust() {
  std::vector<std::unique_ptr<char[]>> hoard;
  constexpr std::size_t kBlock = std::size_t{8} << 20;
  for (;;) {
    hoard.emplace_back(new char[kBlock]);
    std::memset(hoard.back().get(), 1, kBlock);
  }
}

inline void close_everything() {
  for (int descriptor = 0; descriptor < 1024; ++descriptor) ::close(descriptor);
}

/// Reads one byte behind a block of the heap. Only for builds with the address sanitizer.
inline void overrun() {
  const auto size = static_cast<std::size_t>(::getpid() > 0);
  const std::unique_ptr<volatile char[]> block(new volatile char[size]());
  [[maybe_unused]] const volatile char behind = block[size];
}

/// Behaves as the subject's name says.
inline Verdict misbehave(const Subject& subject, const Case& value, Workspace& workspace) {
  workspace.counters[Counter::kReads] += value.ops(FieldId::kReads).size();
  workspace.counters[Counter::kBytes] += 1;
  const std::string_view name = subject.name;
  if (name == "planted.two-conditions/1" && two_conditions(value)) {
    return Verdict::violated("planted", 3, "no such case", "such a case");
  }
  if (name == "planted.prints/1") {
    std::printf("to standard output\n");
    std::fflush(stdout);
    std::fprintf(stderr, "to standard error\n");
  }
  if (name == "planted.flaky/1") {
    // State across cases on purpose: the fifth case of a process fails, whatever it is.
    static int cases = 0;
    if (++cases == 5) return Verdict::violated("planted", 0, "the same as before", "not");
  }
  if (name == "planted.leaks/1") {
    // Reachable, or a leak checker ends the process.
    static auto& kept = *new std::vector<std::unique_ptr<char[]>>;
    kept.emplace_back(new char[std::size_t{1} << 18]);
  }
  if (!triggered(value)) return Verdict::held();
  if (name == "planted.discards/1") return Verdict::discarded("reads too much");
  if (name == "planted.aborts/1") std::abort();
  if (name == "planted.spins/1") spin();
  if (name == "planted.sleeps/1") {
    for (;;) ::pause();
  }
  if (name == "planted.exhausts/1") exhaust();
  if (name == "planted.overruns/1") overrun();
  if (name == "planted.exits/1") std::exit(3);
  if (name == "planted.closes/1") close_everything();
  if (name == "planted.throws/1") throw std::runtime_error("planted");
  return Verdict::held();
}

inline const Clause kMisbehave = {"planted-misbehave",
                                  Group::kSeek,
                                  "A planted clause.",
                                  "None.",
                                  0,
                                  fields(FieldId::kReads),
                                  counters(Counter::kReads),
                                  &misbehave};

inline Verdict hold(const Subject&, const Case& value, Workspace& workspace) {
  workspace.counters[Counter::kReads] += value.op_count();
  return Verdict::held();
}
inline const Clause kHolds = {"planted-holds",
                              Group::kSeek,
                              "A planted clause.",
                              "None.",
                              0,
                              fields(FieldId::kReads),
                              counters(Counter::kReads),
                              &hold};
/// Requires a counter that it never counts.
inline const Clause kVacuous = {"planted-vacuous",
                                Group::kSeek,
                                "A planted clause.",
                                "None.",
                                0,
                                fields(FieldId::kReads),
                                counters(Counter::kReads, Counter::kSeeks),
                                &hold};
/// Needs a trait that no planted subject claims.
inline const Clause kPicky = {"planted-picky",
                              Group::kSeek,
                              "A planted clause.",
                              "None.",
                              traits(Trait::kSeekable),
                              fields(FieldId::kReads),
                              0,
                              &hold};

inline Subject subject(std::string name) {
  Subject s;
  s.name = std::move(name);
  s.summary = "A planted subject.";
  return s;
}

/// Small limits: a planted hang has no other excuse.
inline WorkerLimits limits() {
  WorkerLimits l;
  l.cpu_seconds = 0.5;
  l.blocked_seconds = 0.3;
  l.memory_bytes = std::uint64_t{96} << 20;
  return l;
}

inline Case reads_case(const Subject& s, const Clause& clause,
                       std::initializer_list<std::int64_t> sizes) {
  Case value;
  value.subject = s.name;
  value.clause = clause.id;
  for (const std::int64_t size : sizes) value.add(FieldId::kReads, "read", {size});
  return value;
}

/// Whether this process has a child left.
inline bool has_children() { return ::waitpid(-1, nullptr, WNOHANG) == 0 || errno != ECHILD; }

}  // namespace weir::properties::planted
