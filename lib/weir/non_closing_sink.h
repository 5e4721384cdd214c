// A sink whose close stops at itself, so that several streams can be appended to one file.
#pragma once

#include "weir/sink.h"
#include "weir/stream_state.h"

namespace weir::inline v0_1 {

/// Passes everything to a sink that the caller keeps, but close: that only flushes the sink below.
class NonClosingSink final : public Sink {
 public:
  /// A view of `below`.
  explicit NonClosingSink(Sink& below) noexcept : below_(&below) {}

  Result<std::size_t> write(std::span<const std::byte> input) override;
  std::span<std::byte> reserve(std::size_t size_hint) override;
  Result<void> commit(std::size_t size) override;
  Result<void> flush() override;
  /// Bytes taken through this view, not those that the sink below took before.
  Result<std::uint64_t> tell() const override;
  Result<void> close() override;

 private:
  Sink* below_;
  std::uint64_t taken_ = 0;
  StreamState state_;
};

}  // namespace weir::inline v0_1
