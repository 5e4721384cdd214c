// stream.xchacha20poly1305/1: authenticated encryption in chunks.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "weir/codec_source.h"
#include "weir/key_provider.h"
#include "weir/registry.h"

namespace weir::inline v0_1 {

/// Fills the span with bytes that nobody can foresee and that never come again. An error, of its
/// choosing, reaches whoever makes the sink, unchanged.
using RandomBytes = std::function<Result<void>(std::span<std::byte>)>;

/// Encrypts the payload in chunks, each authenticated together with its number, whether it is the
/// last, and all of the stream's header. Seekable if the source below is; not flushable (a flush
/// passes on whole chunks); not concatenable; not deterministic: each stream has a random nonce.
/// Gives only bytes that were authenticated; notices every cut, change, reordering, duplicated or
/// foreign chunk, and a wrong key. Hides neither lengths nor when something is written. Threat
/// model and limits: docs/formats.md. Streams may outlive the instance, and keep its keys.
class XChaCha20Poly1305 final : public StreamTransform {
 public:
  /// What a key provider is asked for.
  static constexpr std::size_t kKeyBytes = 32;

  /// What encoder and decoder can be told; descriptors have none of it.
  struct Options {
    /// Encoder: payload bytes of a chunk, 1 to 2^30. What a read decrypts at least, and
    /// what a seek reads at most.
    std::size_t block_bytes = std::size_t{64} << 10;
    /// Decoder: streams with larger chunks are kLimitExceeded; a chunk is kept in memory, twice.
    std::size_t block_bytes_max = std::size_t{1} << 20;
    /// Bytes of the sink's buffer, at least 1; used where the sink below lends none.
    std::size_t buffer_bytes = kCodecBufferBytes;
    /// Encoder: makes the nonce of each stream, 16 bytes; asked by transform_to, on its thread.
    /// Empty for libsodium's generator, which is right but for tests: two streams of one key and
    /// one nonce give away both payloads' difference, and whoever sees two different chunks at one
    /// index can forge arbitrary chunks there.
    RandomBytes random{};
  };
  /// The registry key.
  static constexpr std::string_view kName = "stream.xchacha20poly1305";

  /// Precondition: there is a provider.
  explicit XChaCha20Poly1305(std::shared_ptr<const KeyProvider> keys);
  /// The same with `options`.
  XChaCha20Poly1305(std::shared_ptr<const KeyProvider> keys, Options options);

  /// A sink that encodes into `output`, which it owns.
  /// Errors: those of the key provider and of `random`; kOutOfMemory; kIo where libsodium does not
  /// come up.
  Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override;
  /// A source that decodes what it reads from `input`, which it owns.
  /// Errors: kOutOfMemory, kIo.
  /// The source's: kCorrupt (also for a wrong key), kTruncated, kLimitExceeded, kOutOfMemory; those
  /// of the key provider, which is asked at the first read.
  Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override;
  Descriptor descriptor() const override;

  /// Without a provider the extension makes nothing, and says why: kInvalidArgument.
  static Extension extension(std::shared_ptr<const KeyProvider> keys);
  /// The same with `options`.
  static Extension extension(std::shared_ptr<const KeyProvider> keys, Options options);

 private:
  std::shared_ptr<const KeyProvider> keys_;
  Options options_;
};

}  // namespace weir::inline v0_1
