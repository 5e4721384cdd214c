// The random engine: RapidCheck over the case description. Everything of RapidCheck stands in
// random_engine.cpp.
#pragma once

#include <cstdint>
#include <string>

#include "properties/engine.h"

namespace weir::properties {

/// The RandomMaker of the random engine: a RapidCheck generator of cases, its generator seeded by
/// `case_seed`.
void make_random_case(const Clause& clause, const Subject& subject, const Draw& draw, Case& result);

/// What RapidCheck itself said of a clause on a subject.
struct PropertyOutcome {
  enum class Kind : std::uint8_t {
    kHeld,      ///< as many cases held as were asked for
    kViolated,  ///< `counterexample` is RapidCheck's smallest
    kGaveUp,    ///< too many cases were discarded
    kError,     ///< the property could not be run
  };
  Kind kind = Kind::kError;
  int held = 0;             ///< cases that held
  int discarded = 0;        ///< cases that were discarded
  Case counterexample;      ///< for kViolated
  std::string description;  ///< a few lines for a person; for kViolated with expected and seen
};

/// Runs RapidCheck's own loop, shrinking included, over `cases` cases of `clause` on `subject` in
/// this process. A discarded case counts neither as held nor as violated; more than thirty for each
/// that holds is kGaveUp.
PropertyOutcome check_property(const Clause& clause, const Subject& subject, int cases,
                               std::uint64_t seed);

}  // namespace weir::properties
