// stream.crc32c/1: checksummed blocks.
#pragma once

#include "weir/codec_source.h"
#include "weir/registry.h"

namespace weir::inline v0_1 {

/// Stores the payload as it is, in blocks, each with a CRC-32C over its number, the checksum before
/// it and its bytes. Seekable if the source below is; not flushable (a flush passes on whole
/// blocks); not concatenable. Encoded bytes depend on the payload and the block size alone. Gives
/// only bytes that were verified; notices every cut, and damage as CRC-32C does: it is no help
/// against intent. Streams may outlive the instance.
/// Source: docs/formats.md.
class Crc32c final : public StreamTransform {
 public:
  /// What encoder and decoder can be told; descriptors have none of it.
  struct Options {
    /// Encoder: payload bytes of a block, 1 to 2^30. What a read verifies at least, and
    /// what a seek reads at most.
    std::size_t block_bytes = std::size_t{64} << 10;
    /// Decoder: streams with larger blocks are kLimitExceeded; a block is kept in memory.
    std::size_t block_bytes_max = std::size_t{1} << 20;
    /// Bytes of the sink's buffer, at least 1; used where the sink below lends none.
    std::size_t buffer_bytes = kCodecBufferBytes;
  };
  /// The registry key.
  static constexpr std::string_view kName = "stream.crc32c";

  /// With default options.
  Crc32c();
  /// With `options`.
  explicit Crc32c(Options options);

  /// A sink that encodes into `output`, which it owns.
  /// Errors: kOutOfMemory.
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
  Options options_;
};

}  // namespace weir::inline v0_1
