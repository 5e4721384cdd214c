// Several runs that share one plan: which of them runs what, and how their reports become one.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "properties/runner.h"

namespace weir::properties {

/// Number `index` of `of` runs that share a plan, counted from 1.
struct Shard {
  std::uint64_t index = 1;
  std::uint64_t of = 1;
};

/// What one of them runs. A unit is a pair with a seed: with the first seed all engines of the plan
/// run, with the others random cases alone.
struct Share {
  /// With one seed.
  struct Part {
    std::vector<bool> pairs;  ///< by their index in the report
    std::uint64_t units = 0;  ///< of them: what has a case to run
  };
  std::vector<Part> parts;  ///< by seed
  std::uint64_t units = 0;
  std::uint64_t units_in_all = 0;  ///< of all shares
};

/// The share of `shard` in `plan` with `seeds` seeds from the plan's on. A function of its
/// arguments alone; every pair and seed is in one share. The numbers of units differ by one at
/// most. Neighbours, which cost about as much (the same pair with the next seed, the same clause on
/// the next subject, the next clause on the same subject), are in different shares as far as that
/// goes. What has no case to run is in the first.
Share share_of(const Plan& plan, std::uint64_t seeds, const Shard& shard);

/// Runs `share` of `plan`: one seed after the other, each with the part of the budget that its
/// units are. Otherwise as run().
Report run_share(const Plan& plan, const Share& share, Observer& observer,
                 const std::atomic<bool>& stop);

/// Adds to `report` what another run of the same plan came to; a report without pairs takes over
/// all of `more`. In whichever order the reports of all shares are added, the result is the same,
/// and that of one run, if nothing depends on time. The findings of a pair are in the order of
/// their kinds, and of two with the same signature the one with the simpler case stays.
void add_report(Report more, Report& report);

}  // namespace weir::properties
