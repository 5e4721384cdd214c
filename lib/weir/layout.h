// Layout: what an encoded stream is made of, frame by frame or block by block, without giving its
// payload.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "weir/result.h"
#include "weir/source.h"

namespace weir::inline v0_1 {

/// A format that has a structure to be shown.
enum class StreamFormat : std::uint8_t { kZstd, kZstdSeekable, kCrc32c, kXChaCha20Poly1305 };
/// The descriptor of its transform, e.g. "stream.zstd/1".
std::string_view to_string(StreamFormat format) noexcept;

/// A frame or a block of an encoded stream.
struct LayoutPart {
  /// What it is.
  enum class Kind : std::uint8_t {
    kFrame,      ///< of zstd
    kSkippable,  ///< a skippable frame, which has no payload
    kSeekTable,  ///< the skippable frame at the end of a stream.zstd-seekable/1
    kBlock,      ///< of a format of blocks of one size
    kLastBlock,  ///< the one that ends such a stream
  };
  /// What is known of its checksum.
  enum class Checksum : std::uint8_t {
    kNone,        ///< there is none
    kUnverified,  ///< there is one, or a tag that only a key verifies
    kRight,       ///< it was verified
    kWrong,       ///< the part is damaged
  };

  Kind kind = Kind::kFrame;             ///< what it is
  Checksum checksum = Checksum::kNone;  ///< what is known of it
  std::uint32_t checksum_value = 0;     ///< as it is stored, unless there is none or it is a tag
  std::uint64_t index = 0;              ///< among all parts, from 0
  std::uint64_t offset = 0;             ///< where it begins in the encoded stream
  std::uint64_t encoded_bytes = 0;      ///< with its header and checksum
  /// Nothing where only decoding would tell, and cannot.
  std::optional<std::uint64_t> payload_bytes{};

  // Of frames of zstd.
  std::uint64_t blocks = 0;                      ///< in the frame
  std::uint64_t window_bytes = 0;                ///< that a decoder needs
  std::optional<std::uint64_t> content_bytes{};  ///< as its header says, if it does
  std::uint32_t dictionary_id = 0;               ///< 0: none
};

/// Is told of each part, in order.
class LayoutVisitor {
 public:
  virtual ~LayoutVisitor() = default;
  /// The next one; `part` is gone after the call.
  virtual void part(const LayoutPart& part) = 0;
};

/// What the whole stream came to. Where it is damaged: as far as it could be followed.
struct Layout {
  StreamFormat format = StreamFormat::kZstd;  ///< what it was read as
  std::uint64_t encoded_bytes = 0;            ///< that were walked over
  std::uint64_t payload_bytes = 0;  ///< of the parts that say it; 2^64 - 1 where it is more
  std::uint64_t parts = 0;          ///< frames or blocks, damaged ones too
  bool payload_known = true;        ///< every part said it, and the sum is no more than 2^64 - 1
  bool complete = false;            ///< its end was reached; damage within parts does not hide it

  // Of formats of blocks.
  std::uint64_t header_bytes = 0;      ///< before the first block
  std::uint64_t block_bytes = 0;       ///< payload of a full one
  std::array<std::byte, 16> key_id{};  ///< of stream.xchacha20poly1305/1, from its header
  std::array<std::byte, 16> nonce{};   ///< likewise

  // Of stream.zstd-seekable/1.
  std::uint64_t table_entries = 0;   ///< of the seek table
  std::uint64_t table_compared = 0;  ///< held against their frames, kLayoutFramesMax at most
  std::uint64_t table_verified = 0;  ///< of these, with their checksums
  bool table_checksums = false;      ///< whether it has any

  std::uint64_t damaged_parts = 0;  ///< where damage was found
  std::optional<Error> damage;      ///< the first one, or what kept the stream from being read
};

/// Frames whose sizes are kept to be held against the table: 16 bytes each.
inline constexpr std::uint64_t kLayoutFramesMax = std::uint64_t{1} << 20;

/// How a stream is walked over.
struct LayoutOptions {
  /// Nothing: what the stream begins and, over a source that seeks, ends with.
  std::optional<StreamFormat> format{};
  /// Whether frames are decoded that say how large they are, too, so that checksums are verified.
  bool verify = false;
  /// Frames that need a window of more than 2^this bytes are not decoded. 10 to 31.
  int window_log_max = 27;
  /// No more than this is decoded in all; it bounds time.
  std::uint64_t output_bytes_max = std::uint64_t{1} << 40;
};

/// Walks over the encoded stream that `input` gives, from where it stands to its end, and tells
/// `visitor` of its parts. Damage within a part (a wrong checksum) is noted, and the walk goes on;
/// where the structure itself is damaged it ends. Memory does not grow with the stream.
/// Checksums of stream.crc32c/1 are verified always, tags of encryption never.
/// `input` has to wait for its bytes: a walk cannot be taken up again. Where a read would block, it
/// ends with kWouldBlock as its error, for that is no damage.
/// Errors: kCorrupt where nothing that is known begins so (kTruncated where there is nothing);
/// kInvalidArgument where this build has no library for the format; kOutOfMemory; kWouldBlock;
/// those of the source below at its beginning. Later ones stand in the layout.
Result<Layout> read_layout(std::unique_ptr<Source> input, const LayoutOptions& options,
                           LayoutVisitor& visitor);

}  // namespace weir::inline v0_1
