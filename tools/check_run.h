// What `check` and `ci` have in common: a run of the property suite, watched, and what it came to.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "properties/runner.h"
#include "report.h"
#include "terminal.h"

namespace weir::cli {

/// Shows a run on standard error while it goes on: on a terminal in two lines that are drawn over
/// and over, else as a sign of life now and then.
class RunDisplay final : public properties::Observer {
 public:
  RunDisplay(bool quiet, bool fail_fast) : quiet_(quiet), fail_fast_(fail_fast) {}

  void on_progress(const properties::Progress& at) override;
  void on_finding(const properties::Finding& finding) override;

  /// Whether the run ended because of --fail-fast.
  bool ended_itself() const { return ended_itself_; }
  const FindingTimes& found_after() const { return found_after_; }

  void clear() { progress_.clear(); }

 private:
  bool quiet_;
  bool fail_fast_;
  bool ended_itself_ = false;
  FindingTimes found_after_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  Progress progress_;
  double last_sign_ = 0;
};

/// How much a run of the suite searches.
struct SearchOptions {
  std::uint64_t seed = 1;
  std::optional<std::uint64_t> cases;  ///< random ones a pair
  double budget_seconds = 0;           ///< 0: no limit
  unsigned jobs = 0;                   ///< 0: one a core
};
/// Fills them in. Precondition: `plan` has its subjects.
void prepare_search(const SearchOptions& options, properties::Plan& plan);

}  // namespace weir::cli
