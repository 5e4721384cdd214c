// Signature: what makes two findings the same bug.
#pragma once

#include <string>
#include <string_view>

namespace weir::properties {

/// The clause that was broken and how. Two cases of one subject with equal signatures are taken for
/// one bug.
struct Signature {
  std::string clause;  ///< id of the clause
  /// The verdict's kind; or, when the subject took its process down, one of "abort", "segv", "bus",
  /// "fpe", "ill", "trap", "killed", "signal N", "exit", "hang", "out-of-memory",
  /// "closed-descriptors", "threw", "sanitizer NAME" and "sanitizer NAME in f < g < h".
  std::string kind;

  friend bool operator==(const Signature& a, const Signature& b) noexcept {
    return a.clause == b.clause && a.kind == b.kind;
  }
  friend bool operator!=(const Signature& a, const Signature& b) noexcept { return !(a == b); }
};

/// One line: "eof-sticky: hang".
std::string to_string(const Signature& signature);

/// The inverse of to_string; an empty clause when `text` is none.
Signature parse_signature(std::string_view text);

/// The kind of a process that `signal` ended, e.g. "segv"; empty for one that no crash sends.
std::string_view signal_kind(int signal) noexcept;

/// The kind that a sanitizer's report on standard error means, e.g. "sanitizer heap-buffer-overflow
/// in decode < read": its name and up to three frames, without those of the sanitizer, the C and
/// C++ libraries and the test itself. "out-of-memory" for a refused allocation. Empty when `report`
/// has no such report.
std::string sanitizer_kind(std::string_view report);

}  // namespace weir::properties
