// What reads and writes zstd's frames and its seekable format knows of them. Needs no libzstd. Not
// for others. Source: RFC 8878, 3.1; zstd's contrib/seekable_format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace weir::inline v0_1::internal::zstd_format {

inline constexpr std::uint32_t kFrameMagic = 0xfd2fb528;
inline constexpr std::size_t kBlockHeaderBytes = 3;
inline constexpr std::size_t kChecksumBytes = 4;  // behind the last block
inline constexpr std::uint32_t kBlockBytesLimit = std::uint32_t{128} << 10;

/// Magic number and descriptor, which tells what the rest of the header is.
inline constexpr std::size_t kFrameStartBytes = 5;
inline constexpr std::size_t kHeaderBytesMax = 18;

/// What the descriptor of a frame's header says.
struct FrameDescriptor {
  explicit constexpr FrameDescriptor(std::byte stored) noexcept
      : FrameDescriptor(std::to_integer<unsigned>(stored)) {}

  constexpr std::size_t header_bytes() const noexcept {
    return content_size_at() + content_size_bytes;
  }
  /// The size of the content that `header`, header_bytes() long, says; nothing where it says none.
  constexpr std::optional<std::uint64_t> content_size(const std::byte* header) const noexcept {
    if (content_size_bytes == 0) return std::nullopt;
    std::uint64_t size = 0;
    for (std::size_t i = content_size_bytes; i-- > 0;) {
      size = size << 8 | std::to_integer<unsigned>(header[content_size_at() + i]);
    }
    return content_size_bytes == 2 ? size + 256 : size;
  }

  bool single_segment;  ///< the window is the content, and has no field
  bool reserved;
  bool checksum;
  std::size_t dictionary_id_bytes;
  std::size_t content_size_bytes;  ///< two of them count from 256

 private:
  constexpr std::size_t content_size_at() const noexcept {
    return kFrameStartBytes + (single_segment ? 0 : 1) + dictionary_id_bytes;
  }
  explicit constexpr FrameDescriptor(unsigned bits) noexcept
      : single_segment((bits & 0x20) != 0),
        reserved((bits & 0x08) != 0),
        checksum((bits & 0x04) != 0),
        dictionary_id_bytes((bits & 3) == 3 ? 4 : bits & 3),
        content_size_bytes(bits >> 6 != 0   ? std::size_t{1} << (bits >> 6)
                           : single_segment ? 1
                                            : 0) {}
};

/// Of a skippable frame: this or one of the 15 behind it, then the size of its content.
inline constexpr std::uint32_t kSkippableMagic = 0x184d2a50;
inline constexpr std::size_t kSkippableHeaderBytes = 8;
constexpr bool is_skippable(std::uint32_t magic) noexcept {
  return (magic & ~15u) == kSkippableMagic;
}

// The seek table: a skippable frame whose content is the entries and a footer.
inline constexpr std::uint32_t kTableMagic = 0x184d2a5e;
inline constexpr std::size_t kTableHeaderBytes = kSkippableHeaderBytes;
inline constexpr std::uint32_t kFooterMagic = 0x8f92eab1;
inline constexpr std::size_t kFooterBytes = 9;  // number of frames, descriptor, magic
inline constexpr std::size_t kFooterDescriptorAt = 4;
inline constexpr std::size_t kFooterMagicAt = 5;
inline constexpr unsigned kTableHasChecksums = 0x80;
inline constexpr unsigned kTableReserved = 0x7c;  // must be 0; the lowest two bits are unused

inline constexpr std::size_t kEntryBytesMax = 12;
/// Encoded size, payload size, checksum of the payload: four bytes each.
constexpr std::size_t entry_bytes(bool checksums) noexcept { return checksums ? 12 : 8; }

}  // namespace weir::inline v0_1::internal::zstd_format
