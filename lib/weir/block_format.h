// Formats of blocks of one size, in which every place is found by arithmetic.
//
// An encoded stream is a header, which says how many payload bytes a block has, and then records,
// one a block:
//   record   4 bytes, little-endian: the number of payload bytes, and kLastBlock in the last record
//            the payload, as the format stores it
//            the seal: a checksum or the like, of one size
// All blocks are full but the last, which is not: it has 0 to one byte less than a full block. So a
// stream has at least one record, every cut leaves it without the last one, and block k begins
// where k full records end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "weir/codec.h"
#include "weir/random_access.h"
#include "weir/result.h"

namespace weir::inline v0_1 {

/// The bytes of a record before the payload, and the bit in them that marks the last record.
inline constexpr std::size_t kBlockWordBytes = 4;
inline constexpr std::uint32_t kLastBlock = std::uint32_t{1} << 31;
/// More payload bytes than this no block has; what a decoder takes is limited by its options.
inline constexpr std::size_t kBlockBytesMax = std::size_t{1} << 30;

/// How large the parts of an encoded stream are.
struct BlockSizes {
  std::size_t header_bytes = 0;
  std::size_t block_bytes = 0;  ///< payload bytes of a full block
  std::size_t seal_bytes = 0;
  /// How many bytes before its record `open` wants to see; no more than header or seal have.
  std::size_t prior_bytes = 0;

  std::size_t record_bytes(std::size_t payload_bytes) const noexcept {
    return kBlockWordBytes + payload_bytes + seal_bytes;
  }
};

/// Makes the header and the records of one stream.
class BlockSealer {
 public:
  virtual ~BlockSealer() = default;
  virtual BlockSizes sizes() const noexcept = 0;
  /// The header: `header_bytes` bytes, the same ones each time.
  virtual std::span<const std::byte> header() const noexcept = 0;
  /// Whether a block may fill up in the room of the stream below: not where its payload is secret.
  virtual bool payload_is_secret() const noexcept { return false; }
  /// Copies the next piece of the payload of block `index` to its place: behind the first
  /// kBlockWordBytes of `record`, from `offset` on.
  virtual void append(std::uint64_t index, std::size_t offset, std::span<const std::byte> piece,
                      std::byte* record) noexcept;
  /// Stores `payload` behind the first kBlockWordBytes of `record`, which are there already, and
  /// its seal behind that. The payload may be in its place already; otherwise the two do not
  /// overlap. It was appended in pieces, or not at all. Called for one block after the other.
  virtual void seal(std::uint64_t index, std::span<const std::byte> payload,
                    std::byte* record) noexcept = 0;
};

/// Takes header and records of one stream apart.
class BlockOpener {
 public:
  virtual ~BlockOpener() = default;
  /// How many bytes the header has.
  virtual std::size_t header_bytes() const noexcept = 0;
  /// Takes in the header and says what it announces. Errors: kCorrupt, kLimitExceeded; those of
  /// whom it asks (for a key, say), unchanged. Called until it succeeds.
  virtual Result<BlockSizes> begin(std::span<const std::byte> header) = 0;
  /// The payload of a block: in `record`, whose size agrees with its first bytes, or in memory of
  /// the opener, valid until the next call. `prior`: the bytes before the record. `offset`: of the
  /// record in the encoded stream, for errors. Called for any block in any order.
  /// Errors: kCorrupt. Throws std::bad_alloc.
  virtual Result<std::span<const std::byte>> open(std::uint64_t index,
                                                  std::span<const std::byte> prior,
                                                  std::span<const std::byte> record,
                                                  std::uint64_t offset) = 0;
};

}  // namespace weir::inline v0_1
