// A failing case for those who do not run `weir`: as a test of their own project, or in words.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "properties/case.h"
#include "properties/clause.h"
#include "properties/signature.h"
#include "properties/trace.h"

namespace weir::properties {

/// A C++ file with one GoogleTest test that runs `value`, which failed as `signature`: it fails
/// while the bug is there and passes when it is mended. Links weir::properties and GoogleTest;
/// holds all of the case. `contract` is the name of the project's contract (weir_add_contract)
/// whose subject it is; empty for what Weir has of its own. Precondition: `value` names a clause
/// and a subject that there are, and has no slices of files.
std::string emit_test(const Case& value, const Signature& signature,
                      std::string_view contract = {});

/// What one run of a case left behind.
struct RunRecord {
  std::vector<Event> events;
  /// Of each event the first bytes that it moved; shorter or empty where they are not known.
  std::vector<std::vector<std::byte>> moved;
  std::vector<std::byte> payload;  ///< these two: empty where they are unknown or too long
  std::vector<std::byte> damaged;
  std::size_t step = Verdict::kNoStep;  ///< of the violation, as in Verdict
  std::string expected;                 ///< one line; empty when the run was lost
  std::string seen;                     ///< likewise
  bool died = false;                    ///< the last call did not return
};

/// The case as numbered steps in plain words, with bytes in hexadecimal: what to call, what the
/// stream below answers, what should come back and what does.
std::string recipe(const Case& value, const Clause& clause, const RunRecord& run);

}  // namespace weir::properties
