// Verdict: what a clause says of a case.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weir::properties {

enum class Outcome : std::uint8_t { kHeld, kViolated, kDiscarded };

/// What was exercised while a case ran.
enum class Counter : std::uint8_t {
  kBytes,         ///< payload bytes compared
  kWrites,        ///< write calls on the subject
  kReads,         ///< read calls on the subject
  kShortReads,    ///< reads that the source below answered with less than asked for
  kShortWrites,   ///< writes that the sink below took in part
  kWouldBlocks,   ///< would-block answers of the streams below
  kFaults,        ///< faults of the streams below that fired
  kSeeks,         ///< seeks that the subject was asked for
  kSeekRefusals,  ///< seeks that had to be refused
  kEnds,          ///< ends of stream seen
  kCuts,          ///< encoded streams that were cut
  kDamaged,       ///< encoded streams that were damaged
  kDetected,      ///< damage that was noticed
  kCloses,        ///< closes of the subject's streams
  kAfterClose,    ///< calls after close
  kEmptySpans,    ///< reads and writes of zero bytes
  kDescriptors,   ///< descriptors tried
  kLinks,         ///< chain members beyond the first
  kAbandoned,     ///< streams destroyed without close
  kFlushes,       ///< flushes of the subject's sink
  kLies,          ///< answers of the streams below that claimed too much
  kAllocations,   ///< allocations of the subject
  kMembers,       ///< encoded streams put one behind the other
  kFilePayloads,  ///< payloads with a piece of a real file
  kFaultySteps,   ///< steps at which a deliberately faulty transform did wrong (mutant.h)
};
inline constexpr std::size_t kCounterCount = 25;
/// As in reports, e.g. "short_reads".
std::string_view to_string(Counter counter) noexcept;

/// One number for each Counter.
struct Counters {
  std::array<std::uint64_t, kCounterCount> values{};
  std::uint64_t& operator[](Counter c) noexcept { return values[static_cast<std::size_t>(c)]; }
  std::uint64_t operator[](Counter c) const noexcept { return values[static_cast<std::size_t>(c)]; }
  Counters& operator+=(const Counters& other) noexcept {
    for (std::size_t i = 0; i < kCounterCount; ++i) values[i] += other.values[i];
    return *this;
  }
};

/// Held, violated (what, where, expected and seen) or discarded (why). Nothing is formatted unless
/// a case fails.
struct Verdict {
  Outcome outcome = Outcome::kHeld;
  /// Violated: the kind of violation, short and stable: part of the signature (e.g.
  /// "decoded-bytes-differ"). Discarded: why, for tallies.
  std::string_view kind{};
  std::size_t step = 0;  ///< violated: index into the trace of the call where expected and seen
                         ///< part; kNoStep without one
  std::string expected;  ///< violated: one line
  std::string seen;      ///< violated: one line
  static constexpr std::size_t kNoStep = ~std::size_t{0};

  static Verdict held() { return {}; }
  /// `kind` must outlive the verdict: a literal, or a workspace's breach_kind until its next check.
  static Verdict discarded(std::string_view kind) {
    Verdict v;
    v.outcome = Outcome::kDiscarded;
    v.kind = kind;
    return v;
  }
  static Verdict violated(std::string_view kind, std::size_t step, std::string expected,
                          std::string seen) {
    Verdict v;
    v.outcome = Outcome::kViolated;
    v.kind = kind;
    v.step = step;
    v.expected = std::move(expected);
    v.seen = std::move(seen);
    return v;
  }
};

}  // namespace weir::properties
