// What a run of `weir ci` came to. Its reports are made of this alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "files.h"
#include "golden_replays.h"
#include "open_cases.h"
#include "properties/finding.h"
#include "properties/runner.h"
#include "report.h"
#include "stack_place.h"

namespace weir::cli {

/// Whether a finding is of this change, as far as the base revision tells.
enum class Age { kUnknown, kNew, kOlder };
/// As in reports, e.g. "older".
std::string_view to_string(Age age) noexcept;

/// A finding: what was found of one cause.
struct CiFinding {
  properties::Finding finding;            ///< with which to start
  std::vector<properties::Finding> also;  ///< of the same cause, by rank
  std::vector<std::string> engines;       ///< that found it, e.g. "random", "guided"
  bool by_fuzz_build = false;  ///< it shows in the build of the fuzz targets, if nowhere else
  unsigned runs = 0;           ///< of the confirmation
  unsigned failed = 0;         ///< of these
  std::string unconfirmed;     ///< why there were none
  Age age = Age::kUnknown;
  std::string age_reason;
  std::vector<std::string> known;  ///< the open cases of which it is, all of it; else empty

  bool is_known() const noexcept { return !known.empty(); }
  bool flaky() const noexcept {
    return runs > 0 ? failed < runs : !finding.reproduces && !finding.unverified;
  }
};
/// "chain: wrong-bytes" of one of `also`; with its subject before it where that is another one.
std::string also_text(const CiFinding& finding, const properties::Finding& each);
/// "confirmed: 10 of 10 runs failed", "flaky: 3 of 10 runs failed".
std::string confirmation_text(const CiFinding& finding);

/// A file of the corpus, replayed.
struct ReplayedFile {
  enum class Status {
    kHeld,
    kViolated,
    kLeftOut,      ///< its clause does not apply, or this build lacks its transform
    kDiscarded,    ///< its clause has nothing to say of it
    kUnreadable,   ///< no case, or it names what there is not
    kCouldNotRun,  ///< no process could be had
  };
  std::string path;
  Status status = Status::kHeld;
  std::string message;              ///< what was seen, or why; one line
  properties::Signature signature;  ///< what is violated
  double seconds = 0;
};

/// One guided search.
struct GuidedRun {
  std::string subject;   ///< the only one; empty: all under test
  std::string left_out;  ///< why there was none; empty: there was
};

/// The revision with which findings are compared.
struct BaseState {
  enum class Status { kNone, kReplayed, kCouldNotBuild };
  std::string ref;     ///< as it was given; empty: none was
  std::string commit;  ///< empty when there is none
  Status status = Status::kNone;
  std::string reason;  ///< one line
  bool wrong = false;  ///< what was asked for cannot be had
};
std::string_view to_string(BaseState::Status status) noexcept;

struct CiRun {
  properties::Plan plan;
  properties::Report suite;
  FindingTimes found_after;
  GoldenReplays goldens;
  std::vector<ReplayedFile> corpus;
  std::vector<CorpusFile> open_files;
  std::vector<OpenCase> open;
  std::vector<GuidedRun> guided;
  /// What the searches say of their targets, as they do themselves; an array.
  std::string targets_json = "[]";
  std::vector<properties::Finding> guided_findings;
  std::vector<CiFinding> findings;
  BaseState base;
  std::string commit;  ///< of the work tree; empty outside of one
  bool dirty = false;
  std::string source_root;  ///< the work tree, else the working folder
  std::string started;      ///< ISO 8601, UTC
  std::string ended;
  double seconds = 0;
  double budget = 0;
  double suite_budget = 0;
  std::vector<std::string> errors;  ///< what could not be done, a sentence each
  std::vector<std::string> notes;   ///< what a reader should know besides
  bool wrong_input = false;         ///< an unreadable file, a revision that is none
  bool interrupted = false;
  std::string fuzz_program;  ///< this program, as the build of the fuzz targets has it
  std::string phase;         ///< that has not ended; empty when all has
  int exit_code = 0;

  std::size_t count(ReplayedFile::Status status) const noexcept;
  /// Findings that are not known.
  std::size_t unknown_findings() const noexcept;
};

/// The command that repeats `finding`, one of those of `ci`; empty when it has no file.
std::string reproduce_command(const CiRun& run, const CiFinding& ci,
                              const properties::Finding& finding);
/// Where in the code it is, e.g. by the stack of a sanitizer.
std::optional<CodePlace> place_of(const CiRun& run, const CiFinding& finding);
/// `path` of a file, below the work tree when it is there.
std::string path_in_tree(const CiRun& run, const std::string& path);

/// The exit code, by what `run` holds.
int exit_code_of(const CiRun& run);
/// "violated", and what it came to, in one line.
std::string headline(const CiRun& run);
std::string_view verdict_word(int exit_code) noexcept;

/// Puts what was found by all engines together: what has the same cause is one finding. `aliases`
/// are signatures that guided findings have in this build, by their index; an empty clause for
/// none.
std::vector<CiFinding> group_findings(const properties::Report& suite,
                                      const std::vector<properties::Finding>& guided,
                                      const std::vector<properties::Signature>& aliases);
/// What replaying a finding on the base revision told.
struct Aged {
  Age age = Age::kUnknown;
  std::string reason;
};
/// Parts from `finding`, whose age is known, what is of another age than it: that has another
/// cause, and each subject's is one finding. `ages` are those of `also`, by their index; what is of
/// an unknown age stays. Confirmed is none of it yet.
std::vector<CiFinding> part_by_age(CiFinding& finding, const std::vector<Aged>& ages);
/// The open case that is violated in this way; null where it is not known.
const OpenCase* open_case_of(const CiRun& run, const std::string& subject,
                             const properties::Signature& signature);
/// Marks those that are open cases all along.
void mark_known(const CiRun& run, std::vector<CiFinding>& findings);

/// The reports. Each is a whole file.
std::string ci_json(const CiRun& run);
std::string ci_junit(const CiRun& run);
std::string ci_markdown(const CiRun& run);
/// Errors as GitHub's workflow commands, a line each.
std::string github_annotations(const CiRun& run);

}  // namespace weir::cli
