#include "weir/checked.h"

namespace weir::inline v0_1::internal {

void distrust_read(Result<std::size_t>& given, std::size_t asked) noexcept {
  Error error(Code::kBadStream, "read gave ");
  error.detail.append(std::uint64_t{*given}).append(" of ").append(std::uint64_t{asked});
  given = fail(error);
}

void distrust_write(Result<std::size_t>& taken, std::size_t offered) noexcept {
  Error error(Code::kBadStream, "write took ");
  error.detail.append(std::uint64_t{*taken}).append(" of ").append(std::uint64_t{offered});
  taken = fail(error);
}

void distrust_commit(Result<void>& committed) noexcept {
  committed = fail(Code::kBadStream, "commit would block");
}

}  // namespace weir::inline v0_1::internal
