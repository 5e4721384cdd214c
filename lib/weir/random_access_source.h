// RandomAccessSource: a Source that decodes with a RandomAccess what it reads from the source
// below.
#pragma once

#include <memory>

#include "weir/random_access.h"
#include "weir/source.h"
#include "weir/stream_state.h"

namespace weir::inline v0_1 {

/// Decodes. Seekable if the source below is. A seek by itself moves nothing below, unless it counts
/// from the end, which is then looked for; the next read goes where it led to.
class RandomAccessSource final : public Source {
 public:
  /// Decodes with `decoder` what `below` gives; owns both.
  RandomAccessSource(std::unique_ptr<Source> below, std::unique_ptr<RandomAccess> decoder);

  /// Errors besides those of the decoder and the source below: kOutOfMemory.
  Result<std::size_t> read(std::span<std::byte> output) override;
  /// Lends what lies decoded, and decodes for it; an error met on the way is told by the next read.
  std::span<const std::byte> peek(std::size_t size_hint) override;
  void consume(std::size_t size) override;
  bool seekable() const override { return window_.seekable(); }
  /// Errors besides the refusals: kWouldBlock, and those of the decoder and the source below, of a
  /// seek that counts from the end.
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override;
  Result<std::uint64_t> tell() const override;
  Result<void> close() override;

 private:
  Result<std::size_t> decode(std::span<std::byte> output);

  EncodedWindow window_;
  std::unique_ptr<RandomAccess> decoder_;
  std::uint64_t position_ = 0;
  std::span<const std::byte> ready_{};  // what the decoder lent, from position_ on
  std::size_t lent_ = 0;                // bytes of it that peek lent last
  bool ended_ = false;
  bool busy_ = false;
  StreamState state_;
};

}  // namespace weir::inline v0_1
