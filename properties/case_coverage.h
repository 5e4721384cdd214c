// Keeping the making and running of cases out of what a guided engine measures.
#pragma once

/// Functions between these two lines are left out of coverage. Which branches lead from bytes to a
/// case, and which the harness takes while it runs one, is no news about the subject: so a case
/// costs a guided engine little, and its corpus grows by what transforms do.
#if defined(__clang__)
#define WEIR_NO_COVERAGE_BEGIN \
  _Pragma("clang attribute push(__attribute__((no_sanitize(\"coverage\"))), apply_to = function)")
#define WEIR_NO_COVERAGE_END _Pragma("clang attribute pop")
#else
#define WEIR_NO_COVERAGE_BEGIN
#define WEIR_NO_COVERAGE_END
#endif
