// What the transforms over zstd share: contexts, and decoding frame by frame. Not for others.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>

#include "weir/result.h"
#include "weir/transforms/zstd_format.h"

// zstd.h stays out of headers.
struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace weir::inline v0_1::internal {

struct ZstdFree {
  void operator()(ZSTD_CCtx_s* context) const noexcept;
  void operator()(ZSTD_DCtx_s* context) const noexcept;
};
using ZstdCompressor = std::unique_ptr<ZSTD_CCtx_s, ZstdFree>;
using ZstdDecompressor = std::unique_ptr<ZSTD_DCtx_s, ZstdFree>;

/// More threads than this no stream asks for.
inline constexpr unsigned kZstdThreadsMax = 256;

/// Contexts that wait for their next stream. Shared by an instance and its streams, of any thread.
class ZstdPool {
 public:
  /// With all parameters at their defaults. Null: no memory.
  ZstdCompressor compressor() noexcept;
  ZstdDecompressor decompressor() noexcept;
  void give_back(ZstdCompressor context) noexcept;
  void give_back(ZstdDecompressor context) noexcept;

 private:
  // Two of each serve a copy from stream to stream and its double; a context may keep megabytes.
  static constexpr std::size_t kPooledContexts = 2;

  template <class Context>
  Context take(std::array<Context, kPooledContexts>& slots) noexcept;
  template <class Context>
  void give(std::array<Context, kPooledContexts>& slots, Context context) noexcept;

  std::mutex mutex_;
  std::array<ZstdCompressor, kPooledContexts> compressors_;
  std::array<ZstdDecompressor, kPooledContexts> decompressors_;
};

/// The Error for an error code of zstd that came up at `offset` of the encoded stream.
Error zstd_error(std::size_t code, std::uint64_t offset) noexcept;

/// The last four bytes of what came by in pieces, as a number: a frame's checksum, at its end.
class LastFourBytes {
 public:
  void add(std::span<const std::byte> piece) noexcept {
    for (const std::byte byte : piece.last(piece.size() < 4 ? piece.size() : 4)) {
      value_ = value_ >> 8 | std::to_integer<std::uint32_t>(byte) << 24;
    }
  }
  std::uint32_t value() const noexcept { return value_; }

 private:
  std::uint32_t value_ = 0;
};

/// Decodes frames and skippable frames, one behind the other; stops behind each. A call that fails
/// has given all that stands before the damage, and nothing behind it, however input and output are
/// cut; it never touches output behind what it gives. Source: RFC 8878.
class ZstdFrameDecoder {
 public:
  enum class Status : std::uint8_t {
    kNeedInput,   ///< all input was consumed
    kNeedOutput,  ///< the output is full
    kFrameEnd,    ///< a frame ends behind what was consumed
    kTooMuch,     ///< more than `allowed` would come
  };

  /// The context outlives the decoder, and has its parameters.
  explicit ZstdFrameDecoder(ZSTD_DCtx_s& context) noexcept : context_(&context) {}

  /// Advances `consumed` over `input` and `produced` over `output`, both counted from the front of
  /// their spans, and also where it fails. `allowed` bounds `produced`. `offset`: of `input` in the
  /// encoded stream, for errors: kCorrupt, kLimitExceeded, kOutOfMemory.
  Result<Status> step(std::span<const std::byte> input, std::size_t& consumed,
                      std::span<std::byte> output, std::size_t& produced, std::uint64_t allowed,
                      std::uint64_t offset) noexcept;

  /// Forgets the frame that is under way: what comes next is the beginning of one.
  void restart() noexcept;

  bool between_frames() const noexcept { return between_frames_; }
  /// Whether more may come without further input: the last output was full.
  bool has_output() const noexcept { return flushing_ && !between_frames_; }
  /// Whether the present frame ends with a checksum of its content, which is verified then. Known
  /// before its first output; until the next frame begins.
  bool has_checksum() const noexcept;
  /// That checksum. Precondition: has_checksum(), and the frame has ended.
  std::uint32_t checksum() const noexcept { return last_bytes_.value(); }

 private:
  using Header = std::array<std::byte, zstd_format::kHeaderBytesMax>;

  static std::size_t header_bytes(const Header& header) noexcept;
  bool has_wrong_size() const noexcept;
  std::size_t next_piece(std::span<const std::byte> left) noexcept;

  ZSTD_DCtx_s* context_;
  Header header_{};                                           // of the present frame
  std::size_t frame_bytes_ = 0;                               // fed of that header
  std::size_t header_bytes_ = zstd_format::kFrameStartBytes;  // its size, as far as it is known
  std::uint64_t content_bytes_ = 0;                           // that the present frame has given
  std::size_t hint_ = 0;                                      // what zstd would like to see next
  LastFourBytes last_bytes_;
  bool flushing_ = false;  // the last call filled its room
  bool between_frames_ = true;
};

}  // namespace weir::inline v0_1::internal
