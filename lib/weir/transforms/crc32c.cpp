#include "weir/transforms/crc32c.h"

#if !WEIR_PORTABLE_CRC
#include <isa-l/crc.h>
#endif

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "weir/block_decoder.h"
#include "weir/block_encoder.h"
#include "weir/check.h"
#include "weir/checked.h"
#include "weir/codec_sink.h"
#include "weir/little_endian.h"
#include "weir/random_access_source.h"
#include "weir/transforms/crc32c_format.h"
#include "weir/version_1.h"

namespace weir::inline v0_1 {
namespace {

constexpr auto kMagic = internal::kCrc32cMagic;
constexpr std::size_t kChecksumBytes = internal::kCrc32cChecksumBytes;
constexpr std::size_t kChecksumAt = internal::kCrc32cChecksumAt;
constexpr std::size_t kHeaderBytes = internal::kCrc32cHeaderBytes;
using Header = std::array<std::byte, kHeaderBytes>;

// Bytes are copied while they are hot from being checksummed: this much fits into a first-level
// cache twice.
constexpr std::size_t kPieceBytes = std::size_t{8} << 10;

// The inversions at both ends of CRC-32C are left out here, so that pieces can be joined.
constexpr std::uint32_t kStart = ~std::uint32_t{0};
#if WEIR_PORTABLE_CRC
constexpr std::uint32_t kPolynomial = 0x82f63b78;  // Castagnoli's, reflected
constexpr std::array<std::uint32_t, 256> kStateBehindByte = [] {
  std::array<std::uint32_t, 256> states{};
  for (std::uint32_t byte = 0; byte < states.size(); ++byte) {
    std::uint32_t state = byte;
    for (int bit = 0; bit < 8; ++bit) state = (state >> 1) ^ ((state & 1) * kPolynomial);
    states[byte] = state;
  }
  return states;
}();

std::uint32_t add(std::uint32_t state, std::span<const std::byte> bytes) noexcept {
  for (const std::byte byte : bytes) {
    state = kStateBehindByte[(state ^ static_cast<std::uint32_t>(byte)) & 0xff] ^ (state >> 8);
  }
  return state;
}
#else
std::uint32_t add(std::uint32_t state, std::span<const std::byte> bytes) noexcept {
  // It takes no const pointer, and reads only.
  auto* data = const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(bytes.data()));
  return crc32_iscsi(data, static_cast<int>(bytes.size()), state);
}
#endif
std::uint32_t finish(std::uint32_t state) noexcept { return ~state; }

// What each block's checksum begins with: the checksum before it and its number.
constexpr std::size_t kStartBytes = kChecksumBytes + 8;
void store_start(std::byte* to, std::span<const std::byte> prior, std::uint64_t index) noexcept {
  std::memcpy(to, prior.data(), kChecksumBytes);
  store_u64(to + kChecksumBytes, index);
}

class Sealer final : public BlockSealer {
 public:
  explicit Sealer(std::size_t block_bytes) noexcept : block_bytes_(block_bytes) {
    std::memcpy(header_.data(), kMagic.data(), kMagic.size());
    store_u32(header_.data() + kMagic.size(), static_cast<std::uint32_t>(block_bytes));
    store_u32(header_.data() + kChecksumAt,
              finish(add(kStart, std::span(header_).first(kChecksumAt))));
    std::memcpy(prior_.data(), header_.data() + kChecksumAt, kChecksumBytes);
  }

  BlockSizes sizes() const noexcept override {
    return {kHeaderBytes, block_bytes_, kChecksumBytes, kChecksumBytes};
  }
  std::span<const std::byte> header() const noexcept override { return header_; }

  // Most blocks are full: they are taken for such as long as they fill up.
  void append(std::uint64_t index, std::size_t offset, std::span<const std::byte> piece,
              std::byte* record) noexcept override {
    if (offset == 0) {
      store_u32(record, static_cast<std::uint32_t>(block_bytes_));
      state_ = begin(index, record);
    }
    state_ = copy(state_, piece, record + kBlockWordBytes + offset);
    appended_ = offset + piece.size();
  }

  void seal(std::uint64_t index, std::span<const std::byte> payload,
            std::byte* record) noexcept override {
    std::byte* const place = record + kBlockWordBytes;
    std::uint32_t state = state_;
    if (payload.data() != place) {
      state = copy(begin(index, record), payload, place);
    } else if (appended_ < block_bytes_) {
      state = add(begin(index, record), payload);
    }
    appended_ = 0;
    store_u32(prior_.data(), finish(state));
    std::memcpy(place + payload.size(), prior_.data(), kChecksumBytes);
  }

 private:
  std::uint32_t begin(std::uint64_t index, const std::byte* record) const noexcept {
    // With the block's word, in one call: a call costs more than these bytes.
    std::array<std::byte, kStartBytes + kBlockWordBytes> start;
    store_start(start.data(), prior_, index);
    std::memcpy(start.data() + kStartBytes, record, kBlockWordBytes);
    return add(kStart, start);
  }
  static std::uint32_t copy(std::uint32_t state, std::span<const std::byte> bytes,
                            std::byte* to) noexcept {
    for (std::size_t done = 0; done < bytes.size(); done += kPieceBytes) {
      const auto piece = bytes.subspan(done, std::min(kPieceBytes, bytes.size() - done));
      state = add(state, piece);
      std::memcpy(to + done, piece.data(), piece.size());
    }
    return state;
  }

  std::size_t block_bytes_;
  Header header_{};
  std::array<std::byte, kChecksumBytes> prior_{};
  std::size_t appended_ = 0;  // of the block that fills up
  std::uint32_t state_ = 0;   // over these
};

class Opener final : public BlockOpener {
 public:
  explicit Opener(std::size_t block_bytes_max) noexcept : block_bytes_max_(block_bytes_max) {}

  std::size_t header_bytes() const noexcept override { return kHeaderBytes; }

  Result<BlockSizes> begin(std::span<const std::byte> header) override {
    if (std::memcmp(header.data(), kMagic.data(), kMagic.size()) != 0) {
      return fail(Code::kCorrupt, 0, "not a crc32c stream");
    }
    if (finish(add(kStart, header.first(kChecksumAt))) != load_u32(header.data() + kChecksumAt)) {
      return fail(Code::kCorrupt, kChecksumAt, "checksum of the header");
    }
    const std::size_t block_bytes = load_u32(header.data() + kMagic.size());
    if (block_bytes == 0 || block_bytes > kBlockBytesMax) {
      return fail(Code::kCorrupt, kMagic.size(), "no block has this size");
    }
    if (block_bytes > block_bytes_max_) {
      return fail(Code::kLimitExceeded, kMagic.size(), "block size");
    }
    return BlockSizes{kHeaderBytes, block_bytes, kChecksumBytes, kChecksumBytes};
  }

  Result<std::span<const std::byte>> open(std::uint64_t index, std::span<const std::byte> prior,
                                          std::span<const std::byte> record,
                                          std::uint64_t offset) override {
    const auto covered = record.first(record.size() - kChecksumBytes);
    std::array<std::byte, kStartBytes> start;
    store_start(start.data(), prior, index);
    const std::uint32_t checksum = finish(add(add(kStart, start), covered));
    if (checksum != load_u32(record.data() + covered.size())) {
      return fail(Code::kCorrupt, offset, "checksum of a block");
    }
    return covered.subspan(kBlockWordBytes);
  }

 private:
  std::size_t block_bytes_max_;
};

}  // namespace

std::uint32_t internal::crc32c(std::uint32_t before, std::span<const std::byte> bytes) noexcept {
  return finish(add(~before, bytes));
}

Crc32c::Crc32c() : Crc32c(Options{}) {}

Crc32c::Crc32c(Options options) : options_(options) {
  WEIR_CHECK(options_.block_bytes > 0 && options_.block_bytes <= kBlockBytesMax,
             "a block of a size that its record can tell");
  WEIR_CHECK(options_.buffer_bytes > 0, "a buffer of at least one byte");
}

Result<std::unique_ptr<Sink>> Crc32c::transform_to(std::unique_ptr<Sink> output) const {
  WEIR_CHECK(output != nullptr, "a sink to write to");
  return or_out_of_memory([&]() -> Result<std::unique_ptr<Sink>> {
    return std::make_unique<CodecSink>(
        std::move(output),
        std::make_unique<BlockEncoder>(std::make_unique<Sealer>(options_.block_bytes)),
        CodecSink::Options{options_.buffer_bytes});
  });
}

Result<std::unique_ptr<Source>> Crc32c::transform_from(std::unique_ptr<Source> input) const {
  WEIR_CHECK(input != nullptr, "a source to read from");
  return or_out_of_memory([&]() -> Result<std::unique_ptr<Source>> {
    return std::make_unique<RandomAccessSource>(
        std::move(input),
        std::make_unique<BlockDecoder>(std::make_unique<Opener>(options_.block_bytes_max)));
  });
}

Descriptor Crc32c::descriptor() const { return *Descriptor::parse("stream.crc32c/1"); }

Extension Crc32c::extension() { return extension(Options{}); }

Extension Crc32c::extension(Options options) { return version_1_extension(Crc32c(options)); }

}  // namespace weir::inline v0_1
