#include "codec.h"

#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <new>

#include "weir/codec_sink.h"
#include "weir/codec_source.h"

namespace {

struct Free {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

weir::Error error_of(std::size_t result, std::uint64_t offset) {
  const bool memory = ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation;
  return weir::Error(memory ? weir::Code::kOutOfMemory : weir::Code::kCorrupt, offset,
                     ZSTD_getErrorName(result));
}

// A codec does no I/O; the adaptors below do.
class Encoder final : public weir::Codec {
 public:
  Encoder() : context_(ZSTD_createCCtx()) {
    if (context_ == nullptr) throw std::bad_alloc();
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, 1);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
  }

  weir::Result<weir::Step> step(std::span<const std::byte> input, std::span<std::byte> output,
                                weir::Directive directive) override {
    if (later_.due()) return weir::fail(*later_.due());
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    ZSTD_outBuffer out{output.data(), output.size(), 0};
    const ZSTD_EndDirective mode = directive == weir::Directive::kEnd     ? ZSTD_e_end
                                   : directive == weir::Directive::kFlush ? ZSTD_e_flush
                                                                          : ZSTD_e_continue;
    const std::size_t left = ZSTD_compressStream2(context_.get(), &out, &in, mode);
    consumed_ += in.pos;
    if (ZSTD_isError(left)) return later_.behind({in.pos, out.pos}, error_of(left, consumed_));
    weir::Step done{in.pos, out.pos, weir::Status::kNeedInput};
    const bool more = left != 0 && (mode != ZSTD_e_continue || out.pos == out.size);
    if (in.pos < in.size || more) {
      done.status = weir::Status::kNeedOutput;
    } else if (mode != ZSTD_e_continue) {
      done.status = mode == ZSTD_e_end ? weir::Status::kEnd : weir::Status::kFlushed;
    }
    return done;
  }

 private:
  std::unique_ptr<ZSTD_CCtx, Free> context_;
  std::uint64_t consumed_ = 0;
  weir::LaterError later_;
};

class Decoder final : public weir::Codec {
 public:
  Decoder() : context_(ZSTD_createDCtx()) {
    if (context_ == nullptr) throw std::bad_alloc();
  }

  weir::Result<weir::Step> step(std::span<const std::byte> input, std::span<std::byte> output,
                                weir::Directive directive) override {
    if (later_.due()) return weir::fail(*later_.due());
    ZSTD_inBuffer in{input.data(), 0, 0};
    ZSTD_outBuffer out{output.data(), output.size(), 0};
    while (in.pos < input.size() || held_back_) {
      // In the pieces that zstd asks for: of larger ones it loses what it decoded before an error,
      // and of whole frames it checks other things.
      in.size = in.pos + std::min(input.size() - in.pos, piece_);
      const std::size_t before = in.pos;
      const std::size_t hint = ZSTD_decompressStream(context_.get(), &out, &in);
      consumed_ += in.pos - before;
      if (ZSTD_isError(hint)) return later_.behind({in.pos, out.pos}, error_of(hint, consumed_));
      any_ = true;
      within_frame_ = hint != 0;
      piece_ = std::max<std::size_t>(hint, 1);
      held_back_ = within_frame_ && out.pos == out.size;
      if (held_back_) return weir::Step{in.pos, out.pos, weir::Status::kNeedOutput};
    }
    weir::Step done{in.pos, out.pos, weir::Status::kNeedInput};
    if (directive != weir::Directive::kEnd) return done;
    // within_frame_ = false;  // PLANTED BUG: a stream that was cut ends as if it were whole
    if (within_frame_ || !any_) {
      return later_.behind(done, weir::Error(weir::Code::kTruncated, consumed_, "within a frame"));
    }
    done.status = weir::Status::kEnd;
    return done;
  }

 private:
  std::unique_ptr<ZSTD_DCtx, Free> context_;
  bool any_ = false;
  bool within_frame_ = false;
  bool held_back_ = false;
  std::size_t piece_ = 1;
  std::uint64_t consumed_ = 0;
  weir::LaterError later_;
};

}  // namespace

weir::Result<std::unique_ptr<weir::Sink>> Zstd::transform_to(
    std::unique_ptr<weir::Sink> output) const {
  try {
    return std::make_unique<weir::CodecSink>(std::move(output), std::make_unique<Encoder>());
  } catch (const std::bad_alloc&) {
    return weir::fail(weir::Code::kOutOfMemory);
  }
}

weir::Result<std::unique_ptr<weir::Source>> Zstd::transform_from(
    std::unique_ptr<weir::Source> input) const {
  try {
    return std::make_unique<weir::CodecSource>(std::move(input), std::make_unique<Decoder>());
  } catch (const std::bad_alloc&) {
    return weir::fail(weir::Code::kOutOfMemory);
  }
}

weir::Descriptor Zstd::descriptor() const {
  return weir::Descriptor::parse("example.@NAME@/1").value();
}
