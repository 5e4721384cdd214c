// Yardsticks: how far one gets on the mutants with the tests that everybody writes.
//
// Each stands in a file of its own, written in the spirit of the tool that it stands for, over the
// same interfaces and without the contract's clauses.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "properties/subject.h"
#include "weir/result.h"
#include "weir/sink.h"
#include "weir/source.h"

namespace weir::properties {

/// One way of testing a transform.
struct Yardstick {
  std::string_view name;    ///< for people, e.g. "RapidCheck round trip"
  std::string_view file;    ///< where it stands in the project
  std::string_view spirit;  ///< what it stands for, one sentence
  /// Runs round number `index` on `subject`, in this process: empty, or what is wrong, one line.
  std::string (*round)(const Subject& subject, std::uint64_t seed, std::uint64_t index);
  std::uint64_t rounds;  ///< how many rounds there are; kWithoutEnd: as many as there is time for

  static constexpr std::uint64_t kWithoutEnd = ~std::uint64_t{0};
};

/// Those that need no fuzzing engine, in the order in which they are shown.
std::span<const Yardstick> yardsticks() noexcept;

/// What a yardstick came to.
struct YardstickRun {
  bool killed = false;
  std::string what;           ///< what it saw; for a lost process how it was lost
  std::uint64_t rounds = 0;   ///< completed
  double seconds = 0;         ///< wall time
  std::string could_not_run;  ///< why no process could be started
};

/// Runs `yardstick` on `subject` for at most `seconds` in a process of its own. A crash, an exit, a
/// round that takes more than `hang_seconds` of processor time, and more than 1 GiB are kills.
YardstickRun measure(const Yardstick& yardstick, const Subject& subject, double seconds,
                     std::uint64_t seed, double hang_seconds = 0.5);

namespace yardstick {

std::string iotest_reader(const Subject& subject, std::uint64_t seed, std::uint64_t index);
/// How many rounds the reader test has: contents by readers below.
inline constexpr std::uint64_t kIotestRounds = 15;
std::string rapidcheck_round_trip(const Subject& subject, std::uint64_t seed, std::uint64_t index);
/// A round over random bytes of ours.
std::string zstd_style(const Subject& subject, std::uint64_t seed, std::uint64_t index);
/// A round over the bytes of a fuzzing engine.
std::string zstd_style_bytes(const Subject& subject, std::span<const std::byte> input);
/// One write of everything, one read of everything: what the plain libFuzzer target does.
std::string whole_round_trip(const Subject& subject, std::span<const std::byte> input);

/// Writes all of `bytes` in pieces of the sizes that `next_size` gives. False after an error.
template <class NextSize>
bool write_all(Sink& sink, std::span<const std::byte> bytes, NextSize next_size) {
  while (!bytes.empty()) {
    std::span<const std::byte> piece =
        bytes.first(std::min<std::size_t>(bytes.size(), next_size()));
    bytes = bytes.subspan(piece.size());
    while (!piece.empty()) {
      const Result<std::size_t> taken = sink.write(piece);
      if (!taken.has_value() || *taken == 0 || *taken > piece.size()) return false;
      piece = piece.subspan(*taken);
    }
  }
  return true;
}

/// Reads to the end in pieces of the sizes that `next_size` gives; appends to `output`. False after
/// an error, and beyond `bytes_max`.
template <class NextSize>
bool read_all(Source& source, std::size_t bytes_max, std::vector<std::byte>& output,
              NextSize next_size) {
  std::vector<std::byte> piece;
  for (;;) {
    piece.resize(next_size());
    const Result<std::size_t> got = source.read(piece);
    if (!got.has_value() || *got > piece.size()) return false;
    if (*got == 0) return true;
    output.insert(output.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(*got));
    if (output.size() > bytes_max) return false;
  }
}

}  // namespace yardstick
}  // namespace weir::properties
