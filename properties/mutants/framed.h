// Framed: a small format with all that a format may have (members, blocks, checksums, a total), so
// that faults of formats can be shown in a few bytes.
//
// A stream is one member or several. A member is the magic "WF", blocks, and an end. A block is its
// size (1..kBlockBytes), as many bytes, and a checksum over both; the end is a 0 and a checksum
// over the member's payload. Checksums are FNV-1a of 32 bits, least significant byte first.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "properties/subject.h"
#include "weir/transform.h"

namespace weir::properties::mutant {

/// What a reader of the format gets wrong, or both ends alike.
enum class FramedFault : std::uint8_t {
  kNone,
  kStopsAtFirstEnd,     ///< what stands behind the first member is skipped
  kSeamIsEnd,           ///< a member that ends where the bytes at hand end is the last one
  kEmptyMemberIsEnd,    ///< what stands behind a member without payload is skipped
  kForeignRestIgnored,  ///< what stands behind a member and is no member is skipped
  kShortRestIgnored,    ///< so is a single byte
  kRestIsRaw,           ///< it is passed on as it is
  kPrefixOfMagic,       ///< of the magic only as much is compared as the first read gave
  kShortReadIsRaw,      ///< a first read of less than the magic means that nothing is encoded
  kIgnoresTotal,        ///< the checksum over the whole payload is not compared
  kEmptyKeepsTotal,     ///< that checksum starts anew with a block, not with a member
  kCutTotalPasses,      ///< a stream that is cut within that checksum is complete
  kOwnByteOrder,        ///< checksums are written and read with their highest byte first
};

/// The transform. Deterministic; detects truncation and corruption.
class Framed final : public StreamTransform {
 public:
  struct Options {
    bool multi_member = true;  ///< go on into further members; otherwise say that there is more
    /// End behind the first member, with the source below right behind it. Not with multi_member.
    bool stops_exactly = false;
    bool holds_back = false;  ///< write nothing before close
    FramedFault fault = FramedFault::kNone;
  };
  static constexpr std::size_t kBlockBytes = 4;
  static constexpr std::array<std::byte, 2> kMagic = {std::byte{'W'}, std::byte{'F'}};

  explicit Framed(Options options) : options_(options) {}
  Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override;
  Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override;
  Descriptor descriptor() const override;

 private:
  Options options_;
};

/// What a Framed with these options promises.
Traits framed_traits(const Framed::Options& options) noexcept;

/// The subject "mutant.NAME/1": a Framed with these options.
Subject framed_subject(std::string_view name, std::string_view bug, const Framed::Options& options);

/// The same beside a Framed without a fault, its peer.
Subject framed_pair(std::string_view name, std::string_view bug, const Framed::Options& options);

}  // namespace weir::properties::mutant
