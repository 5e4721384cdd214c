// The progress of a copy: a line on the terminal while bytes flow.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "chain_options.h"
#include "terminal.h"

namespace weir::cli {

/// How far a copy is.
struct Totals {
  std::uint64_t input = 0;   ///< bytes read from the input
  std::uint64_t output = 0;  ///< bytes written to the output
  std::uint64_t done = 0;    ///< of the meter's total, in whatever that is counted
};

/// Shows the share that is done, both sizes, the rate of the payload and the time left, at most ten
/// times a second and only on a terminal.
class Meter {
 public:
  /// `title` is what stands at the front; `total` what `done` grows to, where that is known.
  Meter(Direction direction, std::string title, std::optional<std::uint64_t> total, bool quiet);
  void update(const Totals& totals);
  void clear() { progress_.clear(); }

 private:
  Direction direction_;
  std::string title_;
  std::optional<std::uint64_t> total_;
  bool quiet_;
  std::chrono::steady_clock::time_point start_;
  Progress progress_;
};

}  // namespace weir::cli
