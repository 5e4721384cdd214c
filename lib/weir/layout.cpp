#include "weir/layout.h"

#include <array>
#include <cstring>
#include <utility>

#include "weir/block_format.h"
#include "weir/check.h"
#include "weir/checked.h"
#include "weir/encoded_window.h"
#include "weir/layout_walk.h"
#include "weir/little_endian.h"
#include "weir/transforms/crc32c_format.h"
#include "weir/transforms/xchacha20poly1305_format.h"
#include "weir/transforms/zstd_format.h"

namespace weir::inline v0_1 {
namespace {

using internal::LayoutWalk;

namespace xchacha20poly1305_format = internal::xchacha20poly1305_format;

using Magic = std::array<char, 8>;  // its last byte is the version

bool begins_with(std::span<const std::byte> bytes, std::span<const char> magic) noexcept {
  return bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

// Whether a table of zstd's seekable format stands at the end. Not known over a pipe.
Result<bool> ends_with_table(EncodedWindow& window) {
  if (!window.seekable()) return false;
  const Result<std::uint64_t> size = window.size();
  if (!size) return fail(size.error());
  using namespace internal::zstd_format;
  if (*size < kFooterBytes) return false;
  const auto footer = window.fetch(*size - kFooterBytes, kFooterBytes, kFooterBytes);
  if (!footer) return fail(footer.error());
  return footer->size() >= kFooterBytes &&
         load_u32(footer->data() + kFooterMagicAt) == kFooterMagic;
}

Result<StreamFormat> find_format(EncodedWindow& window) {
  // The table first: over a source that seeks nothing is read twice then.
  const Result<bool> table = ends_with_table(window);
  if (!table) return fail(table.error());
  const auto bytes = window.fetch(0, 8, kWindowBytes);
  if (!bytes) return fail(bytes.error());
  if (bytes->empty()) return fail(Code::kTruncated, 0, "there is not a single byte");
  // Later versions of a format are told apart where it is read.
  const auto of_any_version = [&](const Magic& magic) {
    return begins_with(*bytes, std::span(magic).first(magic.size() - 1));
  };
  if (of_any_version(internal::kCrc32cMagic)) return StreamFormat::kCrc32c;
  if (of_any_version(xchacha20poly1305_format::kMagic)) return StreamFormat::kXChaCha20Poly1305;
  const std::uint32_t magic = bytes->size() < 4 ? 0 : load_u32(bytes->data());
  if (magic == internal::zstd_format::kFrameMagic || internal::zstd_format::is_skippable(magic)) {
    return *table ? StreamFormat::kZstdSeekable : StreamFormat::kZstd;
  }
  return fail(Code::kCorrupt, 0, "no format that is known begins so");
}

// Blocks of one size. `begin_record` and `add` see what is stored, `seal` what stands behind it and
// says what is in the part.
template <class Checker>
void walk_blocks(LayoutWalk& walk, std::size_t seal_bytes, Checker&& checker) {
  Layout& layout = walk.layout();
  std::span<const std::byte> bytes;
  for (std::uint64_t index = 0;; ++index) {
    LayoutPart part;
    part.offset = walk.at();
    if (!walk.look(kBlockWordBytes, bytes)) return;
    if (bytes.empty()) {
      walk.cut(0, "no last block");
      return;
    }
    if (bytes.size() < kBlockWordBytes) {
      walk.cut(bytes.size(), "within a block");
      return;
    }
    const std::uint32_t word = load_u32(bytes.data());
    const bool last = (word & kLastBlock) != 0;
    const std::uint32_t size = word & ~kLastBlock;
    if (last ? size >= layout.block_bytes : size != layout.block_bytes) {
      walk.stop(Code::kCorrupt, part.offset, "no block has this size");
      return;
    }
    checker.begin(index, bytes.first(kBlockWordBytes));
    walk.advance(kBlockWordBytes);
    if (!checker.payload(size)) return;
    if (!walk.need(seal_bytes, "within a block", bytes)) return;
    part.kind = last ? LayoutPart::Kind::kLastBlock : LayoutPart::Kind::kBlock;
    part.payload_bytes = size;
    checker.seal(bytes.first(seal_bytes), part);
    walk.advance(seal_bytes);
    if (part.checksum == LayoutPart::Checksum::kWrong) {
      ++layout.damaged_parts;
      walk.note(Error(Code::kCorrupt, part.offset, "checksum of a block"));
    }
    walk.tell(part);
    if (!last) continue;
    if (!walk.look(1, bytes)) return;
    if (!bytes.empty()) {
      walk.stop(Code::kCorrupt, walk.at(), "bytes behind the last block");
      return;
    }
    layout.complete = true;
    return;
  }
}

// The size of a full block, which stands behind the magic number.
bool take_block_bytes(LayoutWalk& walk, std::span<const std::byte> header, std::size_t at) {
  const std::uint32_t block_bytes = load_u32(header.data() + at);
  if (block_bytes == 0 || block_bytes > kBlockBytesMax) {
    return walk.stop(Code::kCorrupt, at, "no block has this size");
  }
  walk.layout().block_bytes = block_bytes;
  walk.layout().header_bytes = header.size();
  walk.advance(header.size());
  return true;
}

}  // namespace

std::string_view to_string(StreamFormat format) noexcept {
  switch (format) {
    case StreamFormat::kZstd:
      return "stream.zstd/1";
    case StreamFormat::kZstdSeekable:
      return "stream.zstd-seekable/1";
    case StreamFormat::kCrc32c:
      return "stream.crc32c/1";
    case StreamFormat::kXChaCha20Poly1305:
      return "stream.xchacha20poly1305/1";
  }
  return "unknown";
}

#if WEIR_HAVE_ISAL
void internal::walk_crc32c(LayoutWalk& walk) {
  std::span<const std::byte> header;
  if (!walk.need(kCrc32cHeaderBytes, "within the header", header)) return;
  header = header.first(kCrc32cHeaderBytes);
  if (!begins_with(header, kCrc32cMagic)) {
    walk.stop(Code::kCorrupt, 0, "not a crc32c stream");
    return;
  }
  const std::uint32_t checksum = load_u32(header.data() + kCrc32cChecksumAt);
  if (crc32c(0, header.first(kCrc32cChecksumAt)) != checksum) {
    walk.stop(Code::kCorrupt, kCrc32cChecksumAt, "checksum of the header");
    return;
  }
  if (!take_block_bytes(walk, header, kCrc32cMagic.size())) return;

  struct Checker {
    LayoutWalk& walk;
    std::uint32_t prior;  // the checksum before, as it is stored: damage shows in one block
    std::uint32_t state = 0;
    void begin(std::uint64_t index, std::span<const std::byte> word) {
      std::array<std::byte, kCrc32cChecksumBytes + 8> start;
      store_u32(start.data(), prior);
      store_u64(start.data() + kCrc32cChecksumBytes, index);
      state = crc32c(crc32c(0, start), word);
    }
    bool payload(std::uint64_t size) {
      return walk.pass(size, "within a block",
                       [&](std::span<const std::byte> piece) { state = crc32c(state, piece); });
    }
    void seal(std::span<const std::byte> seal, LayoutPart& part) {
      prior = load_u32(seal.data());
      part.checksum_value = prior;
      part.checksum = prior == state ? LayoutPart::Checksum::kRight : LayoutPart::Checksum::kWrong;
    }
  };
  walk_blocks(walk, kCrc32cChecksumBytes, Checker{walk, checksum});
}
#endif

void internal::walk_xchacha20poly1305(LayoutWalk& walk) {
  using namespace xchacha20poly1305_format;
  std::span<const std::byte> header;
  if (!walk.need(kHeaderBytes, "within the header", header)) return;
  header = header.first(kHeaderBytes);
  if (!begins_with(header, kMagic)) {
    walk.stop(Code::kCorrupt, 0, "not a xchacha20poly1305 stream");
    return;
  }
  if (load_u32(header.data() + kReservedAt) != 0) {
    walk.stop(Code::kCorrupt, kReservedAt, "reserved bytes are not 0");
    return;
  }
  Layout& layout = walk.layout();
  std::memcpy(layout.key_id.data(), header.data() + kKeyIdAt, layout.key_id.size());
  std::memcpy(layout.nonce.data(), header.data() + kStreamNonceAt, layout.nonce.size());
  if (!take_block_bytes(walk, header, kChunkSizeAt)) return;

  struct Checker {
    LayoutWalk& walk;
    void begin(std::uint64_t, std::span<const std::byte>) {}
    bool payload(std::uint64_t size) { return walk.skip(size, "within a block"); }
    void seal(std::span<const std::byte>, LayoutPart& part) {
      part.checksum = LayoutPart::Checksum::kUnverified;
    }
  };
  walk_blocks(walk, kTagBytes, Checker{walk});
}

Result<Layout> read_layout(std::unique_ptr<Source> input, const LayoutOptions& options,
                           LayoutVisitor& visitor) {
  WEIR_CHECK(input != nullptr, "a source to read from");
  WEIR_CHECK(options.window_log_max >= 10 && options.window_log_max <= 31,
             "a window limit that zstd knows");
  return or_out_of_memory([&]() -> Result<Layout> {
    EncodedWindow window(std::move(input));
    Layout layout;
    if (options.format) {
      layout.format = *options.format;
    } else {
      const Result<StreamFormat> found = find_format(window);
      if (!found) return fail(found.error());
      layout.format = *found;
    }
    LayoutWalk walk(window, options, visitor, layout);
    switch (layout.format) {
      case StreamFormat::kZstd:
      case StreamFormat::kZstdSeekable:
#if WEIR_HAVE_ZSTD
        internal::walk_zstd(walk, layout.format == StreamFormat::kZstdSeekable);
        break;
#else
        return fail(Code::kInvalidArgument, "built without libzstd");
#endif
      case StreamFormat::kCrc32c:
#if WEIR_HAVE_ISAL
        internal::walk_crc32c(walk);
        break;
#else
        return fail(Code::kInvalidArgument, "built without ISA-L");
#endif
      case StreamFormat::kXChaCha20Poly1305:
        internal::walk_xchacha20poly1305(walk);
        break;
    }
    if (walk.blocked()) {
      return fail(Code::kWouldBlock, walk.at(), "a layout needs a source that waits");
    }
    layout.encoded_bytes = walk.at();
    return layout;
  });
}

}  // namespace weir::inline v0_1
