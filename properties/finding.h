// Finding: a broken clause with the smallest case known, and the file that keeps it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "properties/case.h"
#include "properties/engine.h"
#include "properties/signature.h"
#include "properties/verdict.h"
#include "weir/result.h"

namespace weir::properties {

/// A violation that has been kept.
struct Finding {
  std::string subject;
  Signature signature;
  std::string origin;  ///< "random, seed 1, case 17", "exhaustive, case 3", "replay of PATH", "fuzz
                       ///< target seek"
  Case value;          ///< the smallest case known, standing alone (file slices embedded)
  std::size_t step = Verdict::kNoStep;
  std::string expected;  ///< one line
  std::string seen;      ///< one line
  std::string report;    ///< what a lost child wrote to standard error; otherwise empty
  std::string path;      ///< the file; empty when it could not be written
  std::uint64_t shrink_evaluations = 0;
  bool shrunk_fully = false;  ///< no simpler variant fails in the same way
  bool reproduces =
      false;  ///< its text form was run again and failed with the signature; otherwise it is flaky
  /// There was no time to run it again: `reproduces` is what was seen once.
  bool unverified = false;
};

/// The text of the finding's file: a few comment lines (signature, origin, expected, seen) and the
/// case; at most 12 lines.
std::string file_text(const Finding& finding);

/// The text of a case's file with the signature of `finding`, and what was expected and seen, in
/// the place of those that it has; everything else stays.
std::string with_record(std::string_view text, const Finding& finding);
/// The signature that a file's comment records; an empty clause when there is none.
Signature recorded_signature(std::string_view text);
/// "SUBJECT--CLAUSE--KIND.case" with everything but letters, digits, '.', '_' and '-' replaced.
std::string file_name(const Finding& finding);

/// FOLDER/file_name(finding).
std::string file_path(const std::string& folder, const Finding& finding);

/// Writes `text` to FOLDER/NAME: first under another name, then renamed, so that a reader never
/// sees half a file. Makes the folder (and its parents) when missing. A link that stands there is
/// replaced, never followed. Returns the path. Errors: kIo with errno.
Result<std::string> write_file(const std::string& folder, const std::string& name,
                               std::string_view text);

/// The case that file_path(folder, finding) holds, when it has the finding's names and records no
/// other signature: what an earlier run filed, perhaps with a comment of somebody's. Nothing when
/// there is no such file, it cannot be read, or the finding's own case is simpler.
std::optional<Case> filed_case(const std::string& folder, const Finding& finding);

/// Sets the path of `finding` and writes its file, unless the case that the file holds, `filed`, is
/// no larger; one that was replaced is reset. Errors: as write_file.
Result<void> file_finding(const std::string& folder, Finding& finding, std::optional<Case>& filed);

}  // namespace weir::properties
