// stream.zstd/1: zstd frames, readable by any zstd.
#pragma once

#include "weir/codec_source.h"
#include "weir/registry.h"

namespace weir::inline v0_1 {

namespace internal {
class ZstdPool;
}  // namespace internal

/// Compresses into one zstd frame, also when there is nothing to compress; decodes any number of
/// frames and skippable frames. Not seekable; flushable; concatenable. Encoded bytes depend on the
/// payload, the options and where flushes fall, not on how writes cut it. Detects damage (checksum
/// on) and every cut within a frame; a cut between two frames cannot be seen, but an empty input is
/// kTruncated. Streams may outlive the instance; its contexts are reused from stream to stream, by
/// any thread; copies of an instance, and all instances that one extension makes, share them.
/// Source: RFC 8878.
class Zstd final : public StreamTransform {
 public:
  /// What encoder and decoder can be told; descriptors have none of it.
  struct Options {
    /// Compression level, as in `zstd -LEVEL`; beyond zstd's range the nearest one.
    int level = 3;
    /// Encoder: the window has 2^this bytes, 10 to 27; 0 for the level's own. For streams that are
    /// known to be small: from 10 to 12 the level's tables shrink with it, and with them memory and
    /// the time that a stream takes to begin.
    int window_log = 0;
    /// Encoder: also looks for what repeats far away, as `zstd --long` does, in a window of 128 MiB
    /// unless window_log says otherwise. Takes more time, and memory as large as the window.
    bool long_distance = false;
    /// Encoder: how many threads compress, 1 to 256. 1: the caller's, and no other is made. More:
    /// so many threads of libzstd beside the caller's, which waits for them where it must; each
    /// takes about sixteen times the window (32 MiB at level 3). Encoded bytes are then others than
    /// with 1, but the same for any number. Where libzstd was built without threads, as 1.
    unsigned threads = 1;
    /// Whether frames end with a checksum of the payload.
    bool checksum = true;
    /// Decoder: frames that need a window of more than 2^this bytes are kLimitExceeded; it bounds
    /// the memory. 10 to 31.
    int window_log_max = 27;
    /// Decoder: one byte more than this is kLimitExceeded. As output is pulled, it bounds time and
    /// disk, not memory: 1 TiB.
    std::uint64_t output_bytes_max = std::uint64_t{1} << 40;
    /// Bytes of the stream adaptors' buffers, at least 1; used where the stream below lends none.
    std::size_t buffer_bytes = kCodecBufferBytes;
  };
  /// The registry key.
  static constexpr std::string_view kName = "stream.zstd";

  /// With default options.
  Zstd();
  /// With `options`.
  explicit Zstd(Options options);

  /// A sink that encodes into `output`, which it owns.
  /// Errors: kOutOfMemory.
  /// The sink's: kOutOfMemory, also where a thread does not start.
  Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override;
  /// A source that decodes what it reads from `input`, which it owns.
  /// Errors: kOutOfMemory.
  /// The source's: kCorrupt, kTruncated, kLimitExceeded, kOutOfMemory, with the offset in the
  /// encoded stream of the piece that zstd refused.
  Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override;
  Descriptor descriptor() const override;

  /// For a registry: reads version 1, makes instances with default options.
  static Extension extension();
  /// The same with `options`.
  static Extension extension(Options options);

 private:
  class Encoder;
  class Decoder;

  Options options_;
  std::shared_ptr<internal::ZstdPool> pool_;
};

}  // namespace weir::inline v0_1
