#include "meter.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "text.h"

namespace weir::cli {

Meter::Meter(Direction direction, std::string title, std::optional<std::uint64_t> total, bool quiet)
    : direction_(direction),
      title_(std::move(title)),
      total_(total),
      quiet_(quiet),
      start_(std::chrono::steady_clock::now()) {}

void Meter::update(const Totals& totals) {
  if (quiet_ || !progress_.due()) return;
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  // What is over at once needs no bar.
  if (seconds < 0.3) return;
  std::string line = title_ + "  ";
  if (total_ && *total_ > 0) {
    const std::uint64_t done = std::min(totals.done, *total_);
    line += bar(progress_.terminal(), done, *total_, 20);
    line += fmt::format(" {:>3.0f}%  ", std::floor(100.0 * static_cast<double>(done) /
                                                   static_cast<double>(*total_)));
  }
  const std::uint64_t payload = direction_ == Direction::kEncode ? totals.input : totals.output;
  line +=
      fmt::format("{} in, {} out, {}/s", human_bytes(totals.input), human_bytes(totals.output),
                  human_bytes(static_cast<std::uint64_t>(static_cast<double>(payload) / seconds)));
  if (total_ && totals.done > 0 && totals.done < *total_) {
    const double left =
        seconds * static_cast<double>(*total_ - totals.done) / static_cast<double>(totals.done);
    line += fmt::format(", {} left", human_seconds(left));
  }
  progress_.draw({line});
}

}  // namespace weir::cli
