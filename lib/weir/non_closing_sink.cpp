#include "weir/non_closing_sink.h"

#include "weir/check.h"
#include "weir/checked.h"

namespace weir::inline v0_1 {

Result<std::size_t> NonClosingSink::write(std::span<const std::byte> input) {
  if (!state_.open()) return state_.refusal();
  if (input.empty()) return 0;
  WEIR_CHECK(input.data() != nullptr, "bytes to write");
  Result<std::size_t> taken = write_below(*below_, input);
  if (!taken) return state_.failing(taken.error());
  taken_ += *taken;
  return taken;
}

std::span<std::byte> NonClosingSink::reserve(std::size_t size_hint) {
  return state_.open() ? below_->reserve(size_hint) : std::span<std::byte>();
}

Result<void> NonClosingSink::commit(std::size_t size) {
  if (!state_.open()) return state_.refusal();
  const Result<void> committed = commit_below(*below_, size);
  if (!committed) return state_.failing(committed.error());
  taken_ += size;
  return {};
}

Result<void> NonClosingSink::flush() {
  if (!state_.open()) return state_.refusal();
  const Result<void> flushed = below_->flush();
  if (!flushed) return state_.failing(flushed.error());
  return {};
}

Result<std::uint64_t> NonClosingSink::tell() const {
  if (state_.closed()) return fail(Code::kClosed);
  return taken_;
}

Result<void> NonClosingSink::close() {
  if (state_.close_completed()) return state_.close_result();
  state_.begin_close();
  if (state_.failed()) return state_.complete_close({});
  return state_.complete_close(below_->flush());
}

}  // namespace weir::inline v0_1
