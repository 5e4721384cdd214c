// stream.zstd-seekable/1: zstd frames with a table of where each begins.
#pragma once

#include <memory>

#include "weir/codec.h"
#include "weir/codec_source.h"
#include "weir/registry.h"

namespace weir::inline v0_1 {

namespace internal {
class ZstdPool;
}  // namespace internal

/// Compresses into frames of one size and puts zstd's seek table behind them; any zstd decompresses
/// that, and any reader of the seekable format seeks in it. Seekable if the source below is: the
/// read after a seek, or a seek that counts from the end, reads the table, once; the read decodes
/// the frame of its place from where that begins. Over a source
/// that cannot seek it reads from front to back, and compares the table with what it saw. Not
/// flushable (bytes do not depend on flushes); not concatenable. Encoded bytes depend on the
/// payload and the options alone. Notices every cut, and damage (checksum on). Streams may outlive
/// the instance; its contexts are reused, as those of Zstd. Source: zstd's contrib/seekable_format;
/// docs/formats.md.
class ZstdSeekable final : public StreamTransform {
 public:
  /// What the format allows. Source: contrib/seekable_format.
  static constexpr std::size_t kFrameBytesMax = std::size_t{1} << 30;
  /// And how many of them.
  static constexpr std::uint32_t kFramesMax = std::uint32_t{1} << 27;

  /// What encoder and decoder can be told; descriptors have none of it.
  struct Options {
    /// Compression level, as in `zstd -LEVEL`; beyond zstd's range the nearest one.
    int level = 3;
    /// Encoder: payload bytes of a frame, 1 to kFrameBytesMax. What a read after a seek decodes
    /// first at most; smaller frames compress less. A writer keeps 12 bytes for each frame; more
    /// than kFramesMax of them are kLimitExceeded.
    std::size_t frame_bytes = std::size_t{1} << 20;
    /// Encoder: how many threads compress at once, 1 to 256. 1: the caller's, and no other is made.
    /// More: so many beside the caller's, which waits for the oldest frames when enough are under
    /// way. Memory: for each, and for two more, 12 MiB, or two frames of more than 4 MiB and what
    /// zstd takes. Encoded bytes are the same for any number.
    unsigned threads = 1;
    /// Encoder: whether frames end with a checksum of their payload, which the table repeats.
    bool checksum = true;
    /// Decoder: frames that need a window of more than 2^this bytes are kLimitExceeded. 10 to 31.
    int window_log_max = 27;
    /// Decoder: in streams of more frames, what needs the table is kLimitExceeded; it takes 24
    /// bytes of memory for each. 1 to kFramesMax.
    std::uint32_t frames_max = std::uint32_t{1} << 20;
    /// Decoder: a payload of more bytes is kLimitExceeded. It bounds time and disk, not memory.
    std::uint64_t output_bytes_max = std::uint64_t{1} << 40;
    /// Bytes of the sink's buffer, at least 1; used where the sink below lends none.
    std::size_t buffer_bytes = kCodecBufferBytes;
  };
  /// The registry key.
  static constexpr std::string_view kName = "stream.zstd-seekable";

  /// With default options.
  ZstdSeekable();
  /// With `options`.
  explicit ZstdSeekable(Options options);

  /// A sink that encodes into `output`, which it owns.
  /// Errors: kOutOfMemory.
  /// The sink's: kLimitExceeded, kOutOfMemory, kIo where a thread does not start. A flush passes on
  /// all whole frames, and waits for the threads that have them. Destroying it waits for its
  /// threads, each of which stops within a mebibyte of payload, or a frame if that is less.
  Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override;
  /// A source that decodes what it reads from `input`, which it owns.
  /// Errors: kOutOfMemory.
  /// The source's: kCorrupt, kTruncated, kLimitExceeded, kOutOfMemory.
  Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override;
  Descriptor descriptor() const override;

  /// For a registry: reads version 1, makes instances with default options.
  static Extension extension();
  /// The same with `options`.
  static Extension extension(Options options);

 private:
  class Encoder;
  class ParallelEncoder;
  class Decoder;

  Result<std::unique_ptr<Codec>> encoder() const;

  Options options_;
  std::shared_ptr<internal::ZstdPool> pool_;
};

}  // namespace weir::inline v0_1
