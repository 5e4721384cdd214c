// The cases of corpus/open, which are known to be violated, as `weir check` replays them: apart
// from those that must hold.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "files.h"
#include "properties/clause.h"
#include "properties/payload.h"
#include "properties/subject.h"
#include "terminal.h"

namespace weir::cli {

/// What became of one.
struct OpenCase {
  enum class Status {
    kViolated,           ///< as it is recorded, or there is no record
    kViolatedOtherwise,  ///< in a way that nobody knew of
    kHoldsNow,
    kCouldNotRun,
  };
  std::string path;
  Status status = Status::kCouldNotRun;
  properties::Signature recorded;  ///< an empty clause without one
  properties::Signature seen;      ///< of the violation
  std::string reason;              ///< why it could not be run
};
/// As in reports, e.g. "holds-now".
std::string_view to_string(OpenCase::Status status) noexcept;

/// Runs those of `files` that are about one of `subjects` and of `clauses`. One that holds is run
/// again a few times before that is said. Ends early when a signal comes.
std::vector<OpenCase> replay_open(const std::vector<CorpusFile>& files,
                                  const std::vector<const properties::Subject*>& subjects,
                                  const std::vector<const properties::Clause*>& clauses,
                                  const properties::PayloadFiles& payloads);

/// How many are violated in a way that nobody knew of.
std::size_t count_otherwise(const std::vector<OpenCase>& cases);

/// What is known in one line; one line for each other case, with what to do about it.
std::string open_lines(const Terminal& terminal, const std::vector<OpenCase>& cases);

/// The known case that `signature` on `subject` has been seen in, as a line; empty without one.
std::string known_line(const std::vector<CorpusFile>& files, const std::string& subject,
                       const properties::Signature& signature);

}  // namespace weir::cli
