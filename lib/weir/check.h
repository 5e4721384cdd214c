// The always-on check: a caller's bug ends the program with one line, in release builds too.
#pragma once

namespace weir::inline v0_1::internal {
/// Prints "FILE:LINE: check failed: CONDITION (WHAT)" to standard error and aborts.
[[noreturn]] void check_failed(const char* file, int line, const char* condition,
                               const char* what) noexcept;
}  // namespace weir::inline v0_1::internal

/// Aborts unless CONDITION holds. For bugs of the caller only; bad data is an Error.
#define WEIR_CHECK(condition, what)   \
  ((condition) ? static_cast<void>(0) \
               : ::weir::internal::check_failed(__FILE__, __LINE__, #condition, what))
