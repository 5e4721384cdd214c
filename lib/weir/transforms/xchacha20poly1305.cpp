#include "weir/transforms/xchacha20poly1305.h"

#include <sodium.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "weir/block_decoder.h"
#include "weir/block_encoder.h"
#include "weir/check.h"
#include "weir/checked.h"
#include "weir/codec_sink.h"
#include "weir/little_endian.h"
#include "weir/random_access_source.h"
#include "weir/transforms/xchacha20poly1305_format.h"
#include "weir/version_1.h"

namespace weir::inline v0_1 {
namespace {

using namespace internal::xchacha20poly1305_format;

static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == XChaCha20Poly1305::kKeyBytes);
static_assert(crypto_aead_xchacha20poly1305_ietf_ABYTES == kTagBytes);
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
static_assert(kNonceBytes == kStreamNonceBytes + 8);

using Header = std::array<std::byte, kHeaderBytes>;

// The highest bit of what counts chunks marks the last one.
constexpr std::uint64_t kLastChunk = std::uint64_t{1} << 63;

unsigned char* bytes(std::byte* data) noexcept { return reinterpret_cast<unsigned char*>(data); }
const unsigned char* bytes(const std::byte* data) noexcept {
  return reinterpret_cast<const unsigned char*>(data);
}

// Wiped when it goes.
class Key {
 public:
  Key() = default;
  ~Key() { sodium_memzero(bytes_.data(), bytes_.size()); }
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  std::span<std::byte> bytes() noexcept { return bytes_; }
  const unsigned char* data() const noexcept { return weir::bytes(bytes_.data()); }

 private:
  std::array<std::byte, XChaCha20Poly1305::kKeyBytes> bytes_{};
};

// What a chunk is authenticated with: its nonce, and the header and record word that go along.
struct ChunkContext {
  std::array<unsigned char, kNonceBytes> nonce;
  std::array<unsigned char, kHeaderBytes + kBlockWordBytes> associated;

  ChunkContext(const Header& header, std::uint64_t index, const std::byte* word) noexcept {
    std::memcpy(associated.data(), header.data(), kHeaderBytes);
    std::memcpy(associated.data() + kHeaderBytes, word, kBlockWordBytes);
    const bool last = (load_u32(word) & kLastBlock) != 0;
    std::array<std::byte, 8> count;
    store_u64(count.data(), index | (last ? kLastChunk : 0));
    std::memcpy(nonce.data(), header.data() + kStreamNonceAt, kStreamNonceBytes);
    std::memcpy(nonce.data() + kStreamNonceBytes, count.data(), count.size());
  }
};

class Sealer final : public BlockSealer {
 public:
  Sealer(std::size_t block_bytes, const KeyProvider::KeyId& key_id) noexcept
      : block_bytes_(block_bytes) {
    std::memcpy(header_.data(), kMagic.data(), kMagic.size());
    store_u32(header_.data() + kChunkSizeAt, static_cast<std::uint32_t>(block_bytes));
    std::memcpy(header_.data() + kKeyIdAt, key_id.data(), key_id.size());
  }
  std::span<std::byte> key() noexcept { return key_.bytes(); }
  std::span<std::byte> stream_nonce() noexcept {
    return std::span(header_).subspan(kStreamNonceAt);
  }

  BlockSizes sizes() const noexcept override { return {kHeaderBytes, block_bytes_, kTagBytes, 0}; }
  std::span<const std::byte> header() const noexcept override { return header_; }
  bool payload_is_secret() const noexcept override { return true; }

  void seal(std::uint64_t index, std::span<const std::byte> payload,
            std::byte* record) noexcept override {
    const ChunkContext context(header_, index, record);
    std::byte* const place = record + kBlockWordBytes;
    // Cannot fail: chunks are far shorter than the cipher's limit.
    crypto_aead_xchacha20poly1305_ietf_encrypt_detached(
        bytes(place), bytes(place + payload.size()), nullptr, bytes(payload.data()), payload.size(),
        context.associated.data(), context.associated.size(), nullptr, context.nonce.data(),
        key_.data());
  }

 private:
  std::size_t block_bytes_;
  Header header_{};
  Key key_;
};

class Opener final : public BlockOpener {
 public:
  Opener(std::shared_ptr<const KeyProvider> keys, std::size_t block_bytes_max) noexcept
      : keys_(std::move(keys)), block_bytes_max_(block_bytes_max) {}

  std::size_t header_bytes() const noexcept override { return kHeaderBytes; }

  Result<BlockSizes> begin(std::span<const std::byte> header) override {
    std::memcpy(header_.data(), header.data(), kHeaderBytes);
    if (std::memcmp(header_.data(), kMagic.data(), kMagic.size()) != 0) {
      return fail(Code::kCorrupt, 0, "not an xchacha20poly1305 stream");
    }
    const std::size_t block_bytes = load_u32(header_.data() + kChunkSizeAt);
    if (block_bytes == 0 || block_bytes > kBlockBytesMax ||
        load_u32(header_.data() + kReservedAt) != 0) {
      return fail(Code::kCorrupt, kChunkSizeAt, "no chunk has this size");
    }
    if (block_bytes > block_bytes_max_) {
      return fail(Code::kLimitExceeded, kChunkSizeAt, "chunk size");
    }
    KeyProvider::KeyId id;
    std::memcpy(id.data(), header_.data() + kKeyIdAt, id.size());
    const Result<void> given = keys_->key(id, key_.bytes());
    if (!given) return fail(given.error());
    return BlockSizes{kHeaderBytes, block_bytes, kTagBytes, 0};
  }

  Result<std::span<const std::byte>> open(std::uint64_t index, std::span<const std::byte>,
                                          std::span<const std::byte> record,
                                          std::uint64_t offset) override {
    const auto sealed =
        record.subspan(kBlockWordBytes, record.size() - kBlockWordBytes - kTagBytes);
    if (sealed.size() > capacity_) {
      chunk_.reset();
      capacity_ = 0;
      chunk_.reset(new std::byte[sealed.size()]);
      capacity_ = sealed.size();
    }
    const ChunkContext context(header_, index, record.data());
    std::byte nothing;
    std::byte* const output = sealed.empty() ? &nothing : chunk_.get();
    if (crypto_aead_xchacha20poly1305_ietf_decrypt_detached(
            bytes(output), nullptr, bytes(sealed.data()), sealed.size(),
            bytes(sealed.data() + sealed.size()), context.associated.data(),
            context.associated.size(), context.nonce.data(), key_.data()) != 0) {
      return fail(Code::kCorrupt, offset, "a chunk is not authentic, or the key is another");
    }
    return std::span<const std::byte>(chunk_.get(), sealed.size());
  }

 private:
  std::shared_ptr<const KeyProvider> keys_;
  std::size_t block_bytes_max_;
  Header header_{};
  Key key_;
  std::unique_ptr<std::byte[]> chunk_;  // decrypted
  std::size_t capacity_ = 0;
};

// Chooses the fastest code for this processor, and seeds the generator; once.
Result<void> prepare() {
  static const bool ready = sodium_init() >= 0;
  if (!ready) return fail(io_error(ENOSYS, "libsodium does not start"));
  return {};
}

}  // namespace

XChaCha20Poly1305::XChaCha20Poly1305(std::shared_ptr<const KeyProvider> keys)
    : XChaCha20Poly1305(std::move(keys), Options{}) {}

XChaCha20Poly1305::XChaCha20Poly1305(std::shared_ptr<const KeyProvider> keys, Options options)
    : keys_(std::move(keys)), options_(std::move(options)) {
  WEIR_CHECK(keys_ != nullptr, "encryption needs a key provider");
  WEIR_CHECK(options_.block_bytes > 0 && options_.block_bytes <= kBlockBytesMax,
             "a chunk of a size that its record can tell");
  WEIR_CHECK(options_.buffer_bytes > 0, "a buffer of at least one byte");
}

Result<std::unique_ptr<Sink>> XChaCha20Poly1305::transform_to(std::unique_ptr<Sink> output) const {
  WEIR_CHECK(output != nullptr, "a sink to write to");
  return or_out_of_memory([&]() -> Result<std::unique_ptr<Sink>> {
    const Result<void> prepared = prepare();
    if (!prepared) return fail(prepared.error());
    const Result<KeyProvider::KeyId> id = keys_->current();
    if (!id) return fail(id.error());
    auto sealer = std::make_unique<Sealer>(options_.block_bytes, *id);
    const Result<void> given = keys_->key(*id, sealer->key());
    if (!given) return fail(given.error());
    const std::span<std::byte> nonce = sealer->stream_nonce();
    if (options_.random) {
      const Result<void> filled = options_.random(nonce);
      if (!filled) return fail(filled.error());
    } else {
      randombytes_buf(nonce.data(), nonce.size());
    }
    return std::make_unique<CodecSink>(std::move(output),
                                       std::make_unique<BlockEncoder>(std::move(sealer)),
                                       CodecSink::Options{options_.buffer_bytes});
  });
}

Result<std::unique_ptr<Source>> XChaCha20Poly1305::transform_from(
    std::unique_ptr<Source> input) const {
  WEIR_CHECK(input != nullptr, "a source to read from");
  return or_out_of_memory([&]() -> Result<std::unique_ptr<Source>> {
    const Result<void> prepared = prepare();
    if (!prepared) return fail(prepared.error());
    return std::make_unique<RandomAccessSource>(
        std::move(input),
        std::make_unique<BlockDecoder>(std::make_unique<Opener>(keys_, options_.block_bytes_max)));
  });
}

Descriptor XChaCha20Poly1305::descriptor() const {
  return *Descriptor::parse("stream.xchacha20poly1305/1");
}

Extension XChaCha20Poly1305::extension(std::shared_ptr<const KeyProvider> keys) {
  return extension(std::move(keys), Options{});
}

Extension XChaCha20Poly1305::extension(std::shared_ptr<const KeyProvider> keys, Options options) {
  return version_1_extension(
      std::string(kName),
      [keys = std::move(keys),
       options = std::move(options)]() -> Result<std::unique_ptr<StreamTransform>> {
        if (keys == nullptr) return fail(Code::kInvalidArgument, "encryption needs a key provider");
        return std::make_unique<XChaCha20Poly1305>(keys, options);
      });
}

}  // namespace weir::inline v0_1
