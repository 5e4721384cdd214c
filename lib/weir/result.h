// A value or an Error.
#pragma once

#include <tl/expected.hpp>
#include <utility>

#include "weir/error.h"

namespace weir::inline v0_1 {

/// A `T` or the Error that kept it from being made. Must be looked at.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

/// An Error on its way into a Result: `return fail(Code::kCorrupt, offset, "bad magic");`
template <class... Args>
tl::unexpected<Error> fail(Args&&... args) noexcept {
  return tl::unexpected<Error>(Error(std::forward<Args>(args)...));
}
/// Passes an Error on.
inline tl::unexpected<Error> fail(const Error& error) noexcept {
  return tl::unexpected<Error>(error);
}

/// True when `result` failed with `code`.
template <class T>
bool failed_with(const Result<T>& result, Code code) noexcept {
  return !result.has_value() && result.error().code == code;
}

}  // namespace weir::inline v0_1
