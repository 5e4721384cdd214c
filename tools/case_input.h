// Cases as a person hands them over: `.case` text, or the raw file of a fuzz target.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "properties/case.h"
#include "properties/clause.h"
#include "properties/payload.h"
#include "properties/signature.h"
#include "properties/subject.h"

namespace weir::cli {

/// A case and what it names.
struct CaseInput {
  std::string path;
  properties::Case value;
  const properties::Clause* clause = nullptr;
  const properties::Subject* subject = nullptr;
  properties::Signature recorded;  ///< what its comment says; an empty clause when it says nothing
  bool raw = false;                ///< it was bytes
  std::vector<std::string> notes;  ///< what a person should know although it can be run
};

/// Why a file is not a case of this build.
struct InputProblem {
  bool stale = false;   ///< a format version that this build does not read
  std::string message;  ///< one line that names the file
};

/// Reads `path`. What is not text is taken for a raw file of the fuzz target `target`, run with
/// `subject`; without a target that is a problem. Slices of real files must be in `files`.
std::optional<InputProblem> read_case(const std::string& path, const std::string& target,
                                      const std::string& subject,
                                      const properties::PayloadFiles& files, CaseInput& input);

/// Adds `paths` to `files`. Returns a message, empty when all is well.
std::string add_payloads(const std::vector<std::string>& paths, properties::PayloadFiles& files);

/// One line that says how a raw file is read. Precondition: `input.raw`.
std::string raw_note(const CaseInput& input, const std::string& target);

/// "3 operations, 120 bytes of text".
std::string describe_size(const properties::Case& value);

}  // namespace weir::cli
