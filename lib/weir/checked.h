// Calls on the stream below, with its answers verified: the one place where counts of others are
// believed.
#pragma once

#include <memory>
#include <new>
#include <span>
#include <utility>

#include "weir/result.h"
#include "weir/sink.h"
#include "weir/source.h"

namespace weir::inline v0_1 {

namespace internal {
// Out of line, so that the calls below stay small enough to be inlined.
void distrust_read(Result<std::size_t>& given, std::size_t asked) noexcept;
void distrust_write(Result<std::size_t>& taken, std::size_t offered) noexcept;
void distrust_commit(Result<void>& committed) noexcept;
}  // namespace internal

/// `below.read(output)`. Errors: kBadStream when it says that it gave more than was asked for;
/// otherwise those of `below`.
inline Result<std::size_t> read_below(Source& below, std::span<std::byte> output) {
  Result<std::size_t> given = below.read(output);
  if (given.has_value() && *given > output.size()) [[unlikely]] {
    internal::distrust_read(given, output.size());
  }
  return given;
}

/// `below.write(input)`, of one byte at least. Errors: kBadStream when it says that it took more
/// than was offered, or nothing; otherwise those of `below`.
inline Result<std::size_t> write_below(Sink& below, std::span<const std::byte> input) {
  Result<std::size_t> taken = below.write(input);
  // One comparison for both: 0 wraps round.
  if (taken.has_value() && *taken - 1 >= input.size()) [[unlikely]] {
    internal::distrust_write(taken, input.size());
  }
  return taken;
}

/// `below.commit(size)`. Errors: kBadStream when it says kWouldBlock, which a commit must not;
/// otherwise those of `below`.
inline Result<void> commit_below(Sink& below, std::size_t size) {
  Result<void> committed = below.commit(size);
  if (failed_with(committed, Code::kWouldBlock)) [[unlikely]] {
    internal::distrust_commit(committed);
  }
  return committed;
}

/// What `action` returns, or kOutOfMemory when an allocation in it fails.
template <class Action>
auto or_out_of_memory(Action&& action) -> decltype(action()) {
  try {
    return std::forward<Action>(action)();
  } catch (const std::bad_alloc&) {
    return fail(Code::kOutOfMemory);
  }
}

}  // namespace weir::inline v0_1
