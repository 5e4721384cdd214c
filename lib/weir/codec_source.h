// CodecSource: a Source that decodes with a Codec what it reads from the source below.
#pragma once

#include <memory>

#include "weir/codec.h"
#include "weir/source.h"
#include "weir/stream_state.h"

namespace weir::inline v0_1 {

/// How much a codec's adaptors read or hold back at once by default: a block of zstd, and what a
/// fast disk likes.
inline constexpr std::size_t kCodecBufferBytes = std::size_t{128} << 10;

/// Decodes. Not seekable. Reads straight from what the source below lends; otherwise through a
/// buffer made at the first read. Gives what one step produced, at once, and never reads below
/// while the codec can go on without.
class CodecSource final : public Source {
 public:
  /// How a source reads ahead.
  struct Options {
    std::size_t buffer_bytes;  ///< at least 1: how much is read ahead at most
  };

  /// Decodes with `codec` what `below` gives; owns both.
  CodecSource(std::unique_ptr<Source> below, std::unique_ptr<Codec> codec,
              Options options = {kCodecBufferBytes});

  /// Errors besides those of the codec and the source below: kCorrupt for bytes behind an end that
  /// the codec announced; kOutOfMemory.
  Result<std::size_t> read(std::span<std::byte> output) override;
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override;
  Result<std::uint64_t> tell() const override;
  Result<void> close() override;

 private:
  Result<std::size_t> pull(std::span<std::byte> output);
  Result<void> refill();

  std::unique_ptr<Source> below_;
  std::unique_ptr<Codec> codec_;
  Options options_;
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t begin_ = 0;  // buffer_[begin_, end_) was read and not yet consumed
  std::size_t end_ = 0;
  bool needs_input_ = true;   // the codec said so
  bool lent_left_ = false;    // the codec left some of what the source below lent
  bool below_ended_ = false;  // the source below gave 0: it is not asked again
  bool codec_ended_ = false;  // the codec says that nothing may follow
  bool ended_ = false;
  bool busy_ = false;
  std::uint64_t consumed_ = 0;
  std::uint64_t position_ = 0;
  StreamState state_;
};

}  // namespace weir::inline v0_1
