// The layout of frames of zstd, and of zstd's seekable format.
#if WEIR_HAVE_XXHASH
#define XXH_INLINE_ALL
#include <xxhash.h>
#endif
#include <zstd.h>

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "weir/layout_walk.h"
#include "weir/little_endian.h"
#include "weir/transforms/zstd_format.h"
#include "weir/transforms/zstd_frames.h"

namespace weir::inline v0_1::internal {
namespace {

using namespace zstd_format;
using Kind = LayoutPart::Kind;
using Checksum = LayoutPart::Checksum;

// What a frame's header says.
struct Header {
  std::size_t bytes = 0;
  bool checksum = false;
  std::uint64_t window_bytes = 0;
  std::optional<std::uint64_t> content_bytes;
  std::uint32_t dictionary_id = 0;
};

std::uint64_t load(const std::byte* bytes, std::size_t size) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8 | std::to_integer<unsigned>(bytes[i]);
  return value;
}

// A frame as the seek table should have it.
struct Seen {
  std::uint32_t encoded_bytes;
  std::uint32_t payload_bytes;
  std::uint32_t checksum;
  // Whether these are known: what is not decoded has no size, and no checksum but its own.
  bool has_payload;
  bool has_checksum;
  bool fits;  // no size is more than an entry can hold
};
static_assert(sizeof(Seen) == 16, "as kLayoutFramesMax says");

class ZstdWalk {
 public:
  ZstdWalk(LayoutWalk& walk, bool seekable) : walk_(walk), seekable_(seekable) {}

  void run() {
    std::span<const std::byte> bytes;
    for (;;) {
      if (!walk_.look(kSkippableHeaderBytes, bytes)) return;
      if (bytes.empty()) break;
      const std::uint64_t offset = walk_.at();
      if (bytes.size() < 4) {
        walk_.cut(bytes.size(), "within a frame's header");
        return;
      }
      table_last_ = false;
      const std::uint32_t magic = load_u32(bytes.data());
      if (magic == kFrameMagic) {
        if (!frame()) return;
      } else if (is_skippable(magic)) {
        if (!walk_.need(kSkippableHeaderBytes, "within a frame's header", bytes)) return;
        if (!skippable(magic, load_u32(bytes.data() + 4))) return;
      } else {
        walk_.stop(Code::kCorrupt, offset, "no frame begins so");
        return;
      }
    }
    if (walk_.at() == 0) {
      walk_.cut(0, "there is no frame");
    } else if (seekable_ && !table_last_) {
      walk_.cut(0, "there is no seek table");
    } else {
      walk_.layout().complete = true;
    }
  }

 private:
  bool frame() {
    LayoutPart part;
    part.kind = Kind::kFrame;
    part.offset = walk_.at();
    Header header;
    if (!read_header(header)) return false;
    part.window_bytes = header.window_bytes;
    part.content_bytes = header.content_bytes;
    part.dictionary_id = header.dictionary_id;
    part.checksum = header.checksum ? Checksum::kUnverified : Checksum::kNone;
    begin_decoding(header, part.offset);
    std::span<const std::byte> bytes;
    if (!walk_.need(header.bytes, "within a frame's header", bytes)) return false;
    decode(bytes.first(header.bytes));
    walk_.advance(header.bytes);
    for (bool last = false; !last; ++part.blocks) {
      if (!walk_.need(kBlockHeaderBytes, "within a frame", bytes)) return false;
      const auto word = static_cast<std::uint32_t>(load(bytes.data(), kBlockHeaderBytes));
      last = (word & 1) != 0;
      const std::uint32_t type = word >> 1 & 3;
      const std::uint32_t size = word >> 3;
      if (type == 3 || size > kBlockBytesLimit) {
        return walk_.stop(Code::kCorrupt, walk_.at(),
                          type == 3 ? "a block of a reserved type" : "a block of too many bytes");
      }
      decode(bytes.first(kBlockHeaderBytes));
      walk_.advance(kBlockHeaderBytes);
      // A block of one value has it once.
      if (!walk_.pass(type == 1 ? 1 : size, "within a frame",
                      [&](std::span<const std::byte> piece) { decode(piece); })) {
        return false;
      }
    }
    if (header.checksum) {
      if (!walk_.need(kChecksumBytes, "within a frame", bytes)) return false;
      part.checksum_value = load_u32(bytes.data());
      in_checksum_ = decoding_;
      decode(bytes.first(kChecksumBytes));
      if (ended_) part.checksum = Checksum::kRight;
      walk_.advance(kChecksumBytes);
    }
    if (failure_) {
      // All but a checksum that does not fit is found before the end.
      if (in_checksum_) part.checksum = Checksum::kWrong;
      ++walk_.layout().damaged_parts;
      walk_.note(*failure_);
    } else if (ended_) {
      part.payload_bytes = decoded_bytes_;
    }
    if (!part.payload_bytes) part.payload_bytes = header.content_bytes;
    finish(part);
    return true;
  }

  bool read_header(Header& header) {
    const std::uint64_t offset = walk_.at();
    std::span<const std::byte> bytes;
    if (!walk_.need(kFrameStartBytes, "within a frame's header", bytes)) return false;
    const FrameDescriptor descriptor(bytes[kFrameStartBytes - 1]);
    if (descriptor.reserved) {
      return walk_.stop(Code::kCorrupt, offset + kFrameStartBytes - 1,
                        "a reserved bit of a frame's header is set");
    }
    header.checksum = descriptor.checksum;
    header.bytes = descriptor.header_bytes();
    if (!walk_.need(header.bytes, "within a frame's header", bytes)) return false;
    const std::byte* field = bytes.data() + kFrameStartBytes;
    if (!descriptor.single_segment) {
      const auto window = std::to_integer<unsigned>(*field++);
      const std::uint64_t base = std::uint64_t{1} << (10 + (window >> 3));
      header.window_bytes = base + base / 8 * (window & 7);
    }
    header.dictionary_id = static_cast<std::uint32_t>(load(field, descriptor.dictionary_id_bytes));
    header.content_bytes = descriptor.content_size(bytes.data());
    if (descriptor.single_segment) header.window_bytes = *header.content_bytes;
    return true;
  }

  // Decodes the frame that begins, where it has to be and can be.
  void begin_decoding(const Header& header, std::uint64_t offset) {
    decoding_ = false;
    ended_ = false;
    failure_.reset();
    in_checksum_ = false;
    decoded_bytes_ = 0;
    own_checksum_ = header.checksum;
    if (!own_checksum_) restart_hash();
    if (header.content_bytes && !walk_.options().verify) return;
    std::optional<Error> why;
    if (header.dictionary_id != 0) {
      why = Error(Code::kCorrupt, offset, "a frame that needs a dictionary is not decoded");
    } else if (header.window_bytes > std::uint64_t{1} << walk_.options().window_log_max) {
      why = Error(Code::kLimitExceeded, offset, "window too large: a frame is not decoded");
    } else if (output_bytes_ >= walk_.options().output_bytes_max) {
      why = Error(Code::kLimitExceeded, offset, "no more is decoded");
    } else if (!context()) {
      why = Error(Code::kOutOfMemory, offset, "a frame is not decoded");
    }
    decoding_ = !why;
    if (!decoding_ && walk_.options().verify) {
      ++walk_.layout().damaged_parts;
      walk_.note(*why);
    }
  }

  bool context() {
    if (context_ != nullptr) return true;
    context_ = pool_.decompressor();
    if (context_ == nullptr ||
        ZSTD_isError(ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax,
                                            walk_.options().window_log_max))) {
      context_ = nullptr;
      return false;
    }
    decoder_.emplace(*context_);
    output_.resize(kBlockBytesLimit);
    return true;
  }

  void decode(std::span<const std::byte> piece) {
    if (!decoding_) return;
    std::size_t consumed = 0;
    do {
      std::size_t produced = 0;
      const std::uint64_t allowed = walk_.options().output_bytes_max - output_bytes_;
      const auto status = decoder_->step(piece, consumed, output_, produced, allowed, walk_.at());
      hash(std::span(output_).first(produced));
      decoded_bytes_ += produced;
      output_bytes_ += produced;
      if (!status || *status == ZstdFrameDecoder::Status::kTooMuch) {
        failure_ = status ? Error(Code::kLimitExceeded, walk_.at() + consumed, "no more is decoded")
                          : status.error();
        decoding_ = false;
        decoder_->restart();
        return;
      }
      if (*status == ZstdFrameDecoder::Status::kFrameEnd) {
        ended_ = true;
        decoding_ = false;
        return;
      }
    } while (consumed < piece.size() || decoder_->has_output());
  }

  // Of the payload, which the table may have a checksum of.
  void restart_hash() noexcept {
#if WEIR_HAVE_XXHASH
    XXH64_reset(&hash_, 0);
#endif
  }
  void hash([[maybe_unused]] std::span<const std::byte> payload) noexcept {
#if WEIR_HAVE_XXHASH
    if (!own_checksum_) XXH64_update(&hash_, payload.data(), payload.size());
#endif
  }
  std::optional<std::uint32_t> checksum_of(const LayoutPart& part) const noexcept {
    if (part.checksum != Checksum::kNone) return part.checksum_value;
#if WEIR_HAVE_XXHASH
    if (part.kind == Kind::kFrame && ended_) {
      return static_cast<std::uint32_t>(XXH64_digest(&hash_));
    }
#endif
    return std::nullopt;
  }

  bool skippable(std::uint32_t magic, std::uint32_t content_bytes) {
    LayoutPart part;
    part.kind = Kind::kSkippable;
    part.offset = walk_.at();
    part.payload_bytes = 0;
    walk_.advance(kSkippableHeaderBytes);
    if (magic == kTableMagic && content_bytes >= kFooterBytes &&
        (seekable_ || !walk_.options().format)) {
      if (!maybe_table(content_bytes - kFooterBytes, part)) return false;
    } else if (!walk_.skip(content_bytes, "within a skippable frame")) {
      return false;
    }
    finish(part);
    return true;
  }

  // Whether it is the table shows only behind it; over a pipe nothing is read twice.
  bool maybe_table(std::uint32_t entries_bytes, LayoutPart& part) {
    std::size_t size = 0;  // of an entry, where all frames have one
    for (const bool checksums : {true, false}) {
      if (entries_bytes == frames_ * entry_bytes(checksums)) size = entry_bytes(checksums);
    }
    std::optional<Error> wrong;
    std::uint64_t compared = 0;
    std::uint64_t verified = 0;
    std::span<const std::byte> bytes;
    if (size > 0) {
      for (const Seen& seen : seen_) {
        if (!walk_.need(size, "within the seek table", bytes)) return false;
        const std::string_view difference = compare(bytes, size, seen);
        if (!difference.empty() && !wrong) wrong = Error(Code::kCorrupt, walk_.at(), difference);
        walk_.advance(size);
        ++compared;
        if (size == entry_bytes(true) && seen.has_checksum) ++verified;
      }
    }
    if (!walk_.skip(entries_bytes - compared * size, "within the seek table")) return false;
    if (!walk_.need(kFooterBytes, "within the seek table", bytes)) return false;
    std::array<std::byte, kFooterBytes> footer;
    std::copy_n(bytes.begin(), footer.size(), footer.begin());
    const std::uint64_t footer_at = walk_.at();
    walk_.advance(kFooterBytes);
    if (load_u32(footer.data() + kFooterMagicAt) != kFooterMagic) return true;
    if (!walk_.look(1, bytes)) return false;
    if (!bytes.empty()) return true;

    part.kind = Kind::kSeekTable;
    table_last_ = true;
    Layout& layout = walk_.layout();
    layout.format = StreamFormat::kZstdSeekable;
    layout.table_entries = load_u32(footer.data());
    layout.table_compared = compared;
    layout.table_verified = verified;
    const auto descriptor = std::to_integer<unsigned>(footer[kFooterDescriptorAt]);
    layout.table_checksums = (descriptor & kTableHasChecksums) != 0;
    if ((descriptor & kTableReserved) != 0) {
      wrong = Error(Code::kCorrupt, footer_at + kFooterDescriptorAt, "seek table: reserved bits");
    } else if (layout.table_entries != frames_) {
      wrong = Error(Code::kCorrupt, footer_at, "seek table: number of frames");
    } else if (frames_ > 0 && size != entry_bytes(layout.table_checksums)) {
      wrong = Error(Code::kCorrupt, part.offset + 4, "seek table: its size");
    }
    if (wrong) {
      ++layout.damaged_parts;
      walk_.note(*wrong);
    }
    return true;
  }

  static std::string_view compare(std::span<const std::byte> entry, std::size_t size,
                                  const Seen& seen) noexcept {
    if (!seen.fits) return "seek table: a frame of 4 GiB or more has no entry";
    if (load_u32(entry.data()) != seen.encoded_bytes) return "seek table: encoded size of a frame";
    if (seen.has_payload && load_u32(entry.data() + 4) != seen.payload_bytes) {
      return "seek table: payload size of a frame";
    }
    if (size == entry_bytes(true) && seen.has_checksum &&
        load_u32(entry.data() + 8) != seen.checksum) {
      return "seek table: checksum of a frame";
    }
    return {};
  }

  void finish(LayoutPart& part) {
    walk_.tell(part);
    if (part.kind == Kind::kSeekTable) return;
    ++frames_;
    if (seen_.size() == kLayoutFramesMax) return;
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
    const std::optional<std::uint32_t> checksum = checksum_of(part);
    const std::uint64_t payload_bytes = part.payload_bytes.value_or(0);
    seen_.push_back({static_cast<std::uint32_t>(part.encoded_bytes),
                     static_cast<std::uint32_t>(payload_bytes), checksum.value_or(0),
                     part.payload_bytes.has_value(), checksum.has_value(),
                     part.encoded_bytes <= kMost && payload_bytes <= kMost});
  }

  LayoutWalk& walk_;
  const bool seekable_;
  std::uint64_t frames_ = 0;  // skippable ones, too, but the table
  std::vector<Seen> seen_;    // the first of them
  bool table_last_ = false;
  ZstdPool pool_;
  ZstdDecompressor context_;
  std::optional<ZstdFrameDecoder> decoder_;
  std::vector<std::byte> output_;
  std::uint64_t output_bytes_ = 0;  // decoded in all
  // Of the present frame.
  bool decoding_ = false;
  bool ended_ = false;
  bool own_checksum_ = false;  // it ends with one
  bool in_checksum_ = false;
#if WEIR_HAVE_XXHASH
  XXH64_state_t hash_{};
#endif
  std::optional<Error> failure_;
  std::uint64_t decoded_bytes_ = 0;
};

}  // namespace

void walk_zstd(LayoutWalk& walk, bool seekable) { ZstdWalk(walk, seekable).run(); }

}  // namespace weir::inline v0_1::internal
