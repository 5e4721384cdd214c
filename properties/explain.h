// Which parts of a failing case matter: each is changed by itself, and the case is run again.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "properties/case.h"

namespace weir::properties {

/// What became of a case with one part changed.
enum class Changed : std::uint8_t {
  kFails,    ///< it fails in the same way
  kDiffers,  ///< it fails in another way
  kHolds,    ///< it holds
  kUnknown,  ///< it says nothing: discarded, or it could not be run
};

/// How much a part matters.
enum class Need : std::uint8_t {
  kAny,       ///< every other value that was tried fails in the same way
  kSome,      ///< some values fail in the same way, others do not
  kExact,     ///< no other value that was tried fails in the same way
  kUntested,  ///< the cap was reached first, or there is no other value
};
std::string_view to_string(Need need) noexcept;

/// One part of a case and what was found out about it.
struct Part {
  enum class Kind : std::uint8_t { kOperation, kArgument, kBytes };
  Kind kind = Kind::kOperation;
  FieldId field = FieldId::kPayload;
  std::size_t op = 0;           ///< index of the operation in its field
  std::size_t arg = 0;          ///< kArgument: index of the argument
  std::size_t bytes_begin = 0;  ///< kBytes: first byte of the run
  std::size_t bytes_end = 0;    ///< kBytes: one past its last byte
  std::string text;             ///< the part as it stands in a case
  Need need = Need::kUntested;
  std::string note;      ///< one line, e.g. "only 3 and more fail"
  unsigned tried = 0;    ///< other values that were run
  unsigned failing = 0;  ///< of these, how many fail in the same way
};

/// A case, part by part.
struct Explanation {
  std::vector<Part> parts;        ///< in the order of the text; an operation before its parts
  std::uint64_t evaluations = 0;  ///< runs of the case with something changed
  bool complete = true;           ///< false: a cap or a stop left some parts untested
};

/// Explains `value` by asking `run` what becomes of changed cases, at most `evaluations_max` times;
/// ends early when `stopped` (may be empty) says so. Deterministic, as `run` is.
Explanation explain(const Case& value, const std::function<Changed(const Case&)>& run,
                    std::uint64_t evaluations_max, const std::function<bool()>& stopped = {});

/// The text of `value` with a comment behind each field's line for each of its parts, under the
/// words that it is about. Parses to `value`.
std::string annotate(const Case& value, const Explanation& explanation);

}  // namespace weir::properties
