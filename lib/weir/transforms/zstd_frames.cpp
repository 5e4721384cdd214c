#include "weir/transforms/zstd_frames.h"

#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "weir/little_endian.h"

namespace weir::inline v0_1::internal {
namespace {

using namespace zstd_format;

// Larger ones (high levels, large windows) are not worth keeping idle.
constexpr std::size_t kPooledContextBytesMax = std::size_t{16} << 20;

std::size_t reset(ZSTD_CCtx* context) noexcept {
  return ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters);
}
std::size_t reset(ZSTD_DCtx* context) noexcept {
  return ZSTD_DCtx_reset(context, ZSTD_reset_session_and_parameters);
}
std::size_t bytes_of(const ZSTD_CCtx* context) noexcept { return ZSTD_sizeof_CCtx(context); }
std::size_t bytes_of(const ZSTD_DCtx* context) noexcept { return ZSTD_sizeof_DCtx(context); }
void make(ZstdCompressor& context) noexcept { context.reset(ZSTD_createCCtx()); }
void make(ZstdDecompressor& context) noexcept { context.reset(ZSTD_createDCtx()); }

// Never null: zstd computes with the pointers of empty buffers too.
const std::byte kNothing{};

}  // namespace

void ZstdFree::operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
void ZstdFree::operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }

template <class Context>
Context ZstdPool::take(std::array<Context, kPooledContexts>& slots) noexcept {
  {
    const std::lock_guard lock(mutex_);
    for (Context& slot : slots) {
      if (slot != nullptr) return std::move(slot);
    }
  }
  Context context;
  make(context);
  return context;
}

template <class Context>
void ZstdPool::give(std::array<Context, kPooledContexts>& slots, Context context) noexcept {
  // Whatever the last stream left, a failure included, must not reach the next one.
  if (ZSTD_isError(reset(context.get())) || bytes_of(context.get()) > kPooledContextBytesMax) {
    return;
  }
  const std::lock_guard lock(mutex_);
  for (Context& slot : slots) {
    if (slot == nullptr) {
      slot = std::move(context);
      return;
    }
  }
}

ZstdCompressor ZstdPool::compressor() noexcept { return take(compressors_); }
ZstdDecompressor ZstdPool::decompressor() noexcept { return take(decompressors_); }
void ZstdPool::give_back(ZstdCompressor context) noexcept {
  give(compressors_, std::move(context));
}
void ZstdPool::give_back(ZstdDecompressor context) noexcept {
  give(decompressors_, std::move(context));
}

Error zstd_error(std::size_t code, std::uint64_t offset) noexcept {
  switch (ZSTD_getErrorCode(code)) {
    case ZSTD_error_memory_allocation:
      return Error(Code::kOutOfMemory, offset, "zstd: allocation failed");
    case ZSTD_error_frameParameter_windowTooLarge:
      return Error(Code::kLimitExceeded, offset, "zstd: window too large");
    default:
      break;
  }
  Error error(Code::kCorrupt, offset, "zstd: ");
  error.detail.append(std::string_view(ZSTD_getErrorName(code)));
  return error;
}

Result<ZstdFrameDecoder::Status> ZstdFrameDecoder::step(
    std::span<const std::byte> input, std::size_t& consumed, std::span<std::byte> output,
    std::size_t& produced, std::uint64_t allowed, std::uint64_t offset) noexcept {
  for (;;) {
    if (between_frames_ && consumed == input.size()) return Status::kNeedInput;
    const std::span<std::byte> room = output.subspan(produced);
    if (room.empty()) return Status::kNeedOutput;

    // At the limit one byte more than allowed still finds room, aside: then there is too much.
    std::byte beyond;
    const std::uint64_t left = allowed - produced;
    ZSTD_outBuffer out{&beyond, 1, 0};
    if (left > 0) {
      out.dst = room.data();
      out.size = static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), left));
    }
    const auto unseen = input.subspan(consumed);
    if (between_frames_ && !unseen.empty()) {
      between_frames_ = false;
      frame_bytes_ = 0;
      content_bytes_ = 0;
      header_bytes_ = kFrameStartBytes;
    }
    ZSTD_inBuffer in{unseen.empty() ? &kNothing : unseen.data(),
                     std::min(next_piece(unseen), unseen.size()), 0};
    const std::size_t hint = ZSTD_decompressStream(context_, &out, &in);
    consumed += in.pos;
    last_bytes_.add(unseen.first(in.pos));
    if (ZSTD_isError(hint)) return fail(zstd_error(hint, offset + consumed));
    if (left == 0 && out.pos > 0) return Status::kTooMuch;
    produced += out.pos;
    content_bytes_ += out.pos;
    hint_ = hint;
    flushing_ = out.pos == out.size;
    if (hint == 0) {
      if (has_wrong_size()) {
        return fail(Error(Code::kCorrupt, offset + consumed, "zstd: wrong content size"));
      }
      between_frames_ = true;
      return Status::kFrameEnd;
    }
    if (consumed == input.size() && out.pos < out.size) return Status::kNeedInput;
  }
}

void ZstdFrameDecoder::restart() noexcept {
  // Of the session alone: cannot fail.
  static_cast<void>(ZSTD_DCtx_reset(context_, ZSTD_reset_session_only));
  hint_ = 0;
  flushing_ = false;
  between_frames_ = true;
}

bool ZstdFrameDecoder::has_checksum() const noexcept {
  return load_u32(header_.data()) == kFrameMagic &&
         FrameDescriptor(header_[kFrameStartBytes - 1]).checksum;
}

// Whether the frame that has ended gave another number of bytes than its header says. libzstd
// looks at that behind a last block with content, and not behind an empty one.
bool ZstdFrameDecoder::has_wrong_size() const noexcept {
  if (load_u32(header_.data()) != kFrameMagic) return false;
  const FrameDescriptor descriptor(header_[kFrameStartBytes - 1]);
  const std::optional<std::uint64_t> said = descriptor.content_size(header_.data());
  return said && *said != content_bytes_;
}

// How many bytes stand before the first block.
std::size_t ZstdFrameDecoder::header_bytes(const Header& header) noexcept {
  // Skippable frames have 8, those of older formats no more than ours at most.
  if (load_u32(header.data()) != kFrameMagic) return kHeaderBytesMax;
  return FrameDescriptor(header[kFrameStartBytes - 1]).header_bytes();
}

// How much of what is left of the input zstd may see in the next call.
//
// One piece a call: what is left of the last output, a byte of a frame's header, a block's header,
// a block. So a call that fails has written nothing, all that stands before the damage comes out,
// and that does not depend on how the reader cuts. A header in pieces also keeps zstd from its
// short cut of decoding a whole frame straight into the output, which scribbles behind the end and
// skips the window limit.
std::size_t ZstdFrameDecoder::next_piece(std::span<const std::byte> left) noexcept {
  if (flushing_ && frame_bytes_ > 0) return 0;
  if (frame_bytes_ < header_bytes_) {
    if (left.empty()) return 0;
    header_[frame_bytes_++] = left.front();
    if (frame_bytes_ == kFrameStartBytes) header_bytes_ = header_bytes(header_);
    return 1;
  }
  // The hint for a block counts the header of the next one in.
  return hint_ > kBlockHeaderBytes ? hint_ - kBlockHeaderBytes : std::max<std::size_t>(hint_, 1);
}

}  // namespace weir::inline v0_1::internal
