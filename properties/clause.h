// Clause: one sentence of the contract, and the check that can tell when it is broken.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "properties/case.h"
#include "properties/payload.h"
#include "properties/subject.h"
#include "properties/trace.h"
#include "properties/verdict.h"
#include "weir/memory.h"

namespace weir::properties {

/// What a check works in: buffers that are kept from case to case, the trace and the counters of
/// this case. Carries no state between cases.
struct Workspace {
  const PayloadFiles* files = nullptr;  ///< not null when cases run
  std::size_t payload_bytes_max = std::size_t{16} << 20;
  Traits traits = kAllTraits;  ///< what the subject claims: run_check says
  bool close_waits = false;    ///< as the subject's: run_check says
  Trace trace;
  Counters counters;
  /// Calls that the scripts of this check's streams below could have interrupted: the most of any
  /// one source and of any one sink.
  std::uint64_t source_chances = 0;
  std::uint64_t sink_chances = 0;
  std::vector<std::byte> payload;
  ByteBuffer encoded;
  std::vector<std::byte> damaged;
  std::vector<std::byte> decoded;
  std::vector<std::byte> scratch;
  std::string breach_kind;  ///< of the last ForeignBreach: verdicts only point to their kind

  /// A second workspace, cleared, for the same files and traits: what a control writes beside this
  /// one. The same one at each call, so that its memory is kept as well.
  Workspace& control() {
    if (control_ == nullptr) control_ = std::make_unique<Workspace>();
    control_->clear();
    control_->files = files;
    control_->payload_bytes_max = payload_bytes_max;
    control_->traits = traits;
    control_->close_waits = close_waits;
    return *control_;
  }

  void clear() {
    trace.clear();
    counters = {};
    source_chances = sink_chances = 0;
    payload.clear();
    encoded.clear();
    damaged.clear();
    decoded.clear();
  }

 private:
  std::unique_ptr<Workspace> control_;
};

/// The groups of clauses; each is a fuzz target.
enum class Group : std::uint8_t {
  kRoundTrip,
  kPartialReads,
  kPartialWrites,
  kBuffers,
  kSeek,
  kFaults,
  kLifecycle,
  kHostileBytes,
  kMalformedVersions
};
inline constexpr std::size_t kGroupCount = 9;
/// The fuzz target's name, e.g. "partial_reads".
std::string_view to_string(Group group) noexcept;

/// A set of counters.
using CounterSet = std::uint64_t;
template <class... Cs>
constexpr CounterSet counters(Cs... cs) noexcept {
  return (CounterSet{0} | ... | (CounterSet{1} << static_cast<unsigned>(cs)));
}

/// One clause. Each stands in a file of its own, `properties/clauses/ID.cpp`.
struct Clause {
  std::string_view id;  ///< e.g. "eof-sticky"
  Group group;
  std::string_view statement;  ///< the promise, one sentence
  std::string_view why;        ///< the real bug that it catches, one or two sentences
  Traits needs;                ///< runs only on subjects that claim all of these
  Scope uses;                  ///< what cases of this clause are made of
  CounterSet required;  ///< counters that must be above zero over a run, or the clause is vacuous
  /// Runs `value` on `subject`. Expects a cleared `workspace`. The same case gives the same
  /// verdict.
  Verdict (*check)(const Subject& subject, const Case& value, Workspace& workspace);
  bool meters = false;  ///< needs a program whose allocations can be metered (allocation.h)
  std::optional<std::uint64_t> Bounds::*bound = nullptr;  ///< needs a subject that claims this one
  std::optional<std::uint64_t> Bounds::*or_bound = nullptr;  ///< or this one
  Traits heeds = 0;  ///< traits that it does not need but judges by: it asks for more of a subject
                     ///< that claims them, or for less where they are permissions
  /// The discard that says that there is nothing to check in the subject at all. Where no case gets
  /// further, the clause does not apply. Empty: there is none.
  std::string_view moot{};
  bool pairs = false;     ///< is about two implementations: needs a subject with a peer
  bool commands = false;  ///< needs a subject that is a command
};

/// All clauses, in the order of the contract, and behind them those that were added (roster.h).
std::span<const Clause* const> clauses();
/// Null when there is none of that id.
const Clause* find_clause(std::string_view id) noexcept;

/// The counters that a run of `clause` on `subject` requires: without those of what its streams
/// below never do (see Trait).
CounterSet required_counters(const Clause& clause, const Subject& subject) noexcept;

/// Why `clause` does not run on `subject`, as a sentence; empty when it does.
std::string skip_reason(const Clause& clause, const Subject& subject);

/// Clears the workspace, runs the check, and turns exceptions into violations ("threw", or what a
/// ForeignBreach says).
Verdict run_check(const Clause& clause, const Subject& subject, const Case& value,
                  Workspace& workspace);

}  // namespace weir::properties
