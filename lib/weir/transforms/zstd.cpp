#include "weir/transforms/zstd.h"

#include <zstd.h>

#include <algorithm>
#include <utility>

#include "weir/check.h"
#include "weir/checked.h"
#include "weir/codec.h"
#include "weir/codec_sink.h"
#include "weir/transforms/zstd_frames.h"
#include "weir/version_1.h"

namespace weir::inline v0_1 {
namespace {

using internal::zstd_error;
using internal::ZstdCompressor;
using internal::ZstdDecompressor;
using internal::ZstdFrameDecoder;
using internal::ZstdPool;

// Tables of twice as many entries as the window has bytes are about what zstd itself takes when it
// knows that a stream is small. Up to this window they are no larger than those of any level: the
// smallest hash table, that of negative levels, has 2^13 entries (and no chain table beside it).
// Source: zstd 1.5.4, clevels.h, streams of unknown size.
constexpr int kSmallWindowLog = 12;

// Never null: zstd computes with the pointers of empty buffers too.
const std::byte kNothing{};
const std::byte* start_of(std::span<const std::byte> bytes) noexcept {
  return bytes.empty() ? &kNothing : bytes.data();
}

}  // namespace

class Zstd::Encoder final : public Codec {
 public:
  // The pool may be null: then the context goes with the stream.
  Encoder(std::shared_ptr<ZstdPool> pool, ZstdCompressor context) noexcept
      : pool_(std::move(pool)), context_(std::move(context)) {}
  ~Encoder() override {
    if (pool_ != nullptr) pool_->give_back(std::move(context_));
  }

  Result<Step> step(std::span<const std::byte> input, std::span<std::byte> output,
                    Directive directive) override {
    if (error_.due()) return fail(*error_.due());
    std::byte no_room;
    ZSTD_inBuffer in{start_of(input), input.size(), 0};
    ZSTD_outBuffer out{output.empty() ? &no_room : output.data(), output.size(), 0};
    const ZSTD_EndDirective mode = directive == Directive::kEnd     ? ZSTD_e_end
                                   : directive == Directive::kFlush ? ZSTD_e_flush
                                                                    : ZSTD_e_continue;
    for (;;) {
      const std::size_t in_before = in.pos;
      const std::size_t out_before = out.pos;
      const std::size_t left = ZSTD_compressStream2(context_.get(), &out, &in, mode);
      if (ZSTD_isError(left)) {
        return error_.behind({in.pos, out.pos}, zstd_error(left, consumed_ + in.pos));
      }
      // Threads have something left most of the time, and need not be waited for.
      const bool done = left == 0 || (directive == Directive::kContinue && out.pos < out.size);
      if (in.pos == in.size && done) {
        consumed_ += in.pos;
        const Status status = directive == Directive::kEnd     ? Status::kEnd
                              : directive == Directive::kFlush ? Status::kFlushed
                                                               : Status::kNeedInput;
        return Step{in.pos, out.pos, status};
      }
      const bool progress = in.pos != in_before || out.pos != out_before;
      if (out.pos == out.size || !progress) {
        consumed_ += in.pos;
        return Step{in.pos, out.pos, Status::kNeedOutput};
      }
    }
  }

 private:
  std::shared_ptr<ZstdPool> pool_;
  ZstdCompressor context_;
  std::uint64_t consumed_ = 0;
  LaterError error_;
};

class Zstd::Decoder final : public Codec {
 public:
  Decoder(std::shared_ptr<ZstdPool> pool, ZstdDecompressor context, const Options& options) noexcept
      : pool_(std::move(pool)),
        context_(std::move(context)),
        frames_(*context_),
        output_left_(options.output_bytes_max) {}
  ~Decoder() override { pool_->give_back(std::move(context_)); }

  Result<Step> step(std::span<const std::byte> input, std::span<std::byte> output,
                    Directive directive) override {
    if (error_.due()) return fail(*error_.due());
    std::size_t consumed = 0;
    std::size_t produced = 0;
    Result<Status> status = run(input, consumed, output, produced);
    if (status && directive == Directive::kEnd && *status == Status::kNeedInput) {
      status = at_end(consumed_ + consumed);
    }
    consumed_ += consumed;
    output_left_ -= produced;
    if (status) return Step{consumed, produced, *status};
    return error_.behind({consumed, produced}, status.error());
  }

 private:
  Result<Status> run(std::span<const std::byte> input, std::size_t& consumed,
                     std::span<std::byte> output, std::size_t& produced) {
    for (;;) {
      const auto stopped = frames_.step(input, consumed, output, produced, output_left_, consumed_);
      if (!stopped) return fail(stopped.error());
      switch (*stopped) {
        case ZstdFrameDecoder::Status::kNeedInput:
          return Status::kNeedInput;
        case ZstdFrameDecoder::Status::kNeedOutput:
          return Status::kNeedOutput;
        case ZstdFrameDecoder::Status::kTooMuch:
          return fail(Code::kLimitExceeded, consumed_ + consumed, "zstd: output limit");
        case ZstdFrameDecoder::Status::kFrameEnd:
          any_frame_ = true;
      }
    }
  }

  Result<Status> at_end(std::uint64_t offset) const noexcept {
    if (!frames_.between_frames()) return fail(Code::kTruncated, offset, "zstd: within a frame");
    if (!any_frame_) return fail(Code::kTruncated, offset, "zstd: no frame");
    return Status::kEnd;
  }

  std::shared_ptr<ZstdPool> pool_;
  ZstdDecompressor context_;
  ZstdFrameDecoder frames_;
  std::uint64_t output_left_;
  std::uint64_t consumed_ = 0;
  bool any_frame_ = false;
  LaterError error_;
};

Zstd::Zstd() : Zstd(Options{}) {}

Zstd::Zstd(Options options) : options_(options), pool_(std::make_shared<ZstdPool>()) {
  WEIR_CHECK(options_.window_log_max >= 10 && options_.window_log_max <= 31,
             "a window limit that zstd knows");
  WEIR_CHECK(options_.window_log == 0 || (options_.window_log >= 10 && options_.window_log <= 27),
             "a window that every decoder takes");
  WEIR_CHECK(options_.threads >= 1 && options_.threads <= internal::kZstdThreadsMax,
             "a number of threads that a machine may have");
  WEIR_CHECK(options_.buffer_bytes > 0, "a buffer of at least one byte");
}

Result<std::unique_ptr<Sink>> Zstd::transform_to(std::unique_ptr<Sink> output) const {
  WEIR_CHECK(output != nullptr, "a sink to write to");
  return or_out_of_memory([&]() -> Result<std::unique_ptr<Sink>> {
    ZstdCompressor context = pool_->compressor();
    if (context == nullptr) return fail(Code::kOutOfMemory);
    const int level = std::clamp(options_.level, ZSTD_minCLevel(), ZSTD_maxCLevel());
    std::size_t set = ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
    if (!ZSTD_isError(set)) {
      set = ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, options_.checksum ? 1 : 0);
    }
    if (!ZSTD_isError(set)) {
      set = ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, options_.window_log);
    }
    if (!ZSTD_isError(set)) {
      set = ZSTD_CCtx_setParameter(context.get(), ZSTD_c_enableLongDistanceMatching,
                                   options_.long_distance ? 1 : 0);
    }
    // zstd sizes its tables by the level as long as it does not know how long the stream is.
    if (options_.window_log > 0 && options_.window_log <= kSmallWindowLog) {
      for (const ZSTD_cParameter table : {ZSTD_c_hashLog, ZSTD_c_chainLog}) {
        if (ZSTD_isError(set)) break;
        set = ZSTD_CCtx_setParameter(context.get(), table, options_.window_log + 1);
      }
    }
    const bool threads = options_.threads > 1;
    if (threads && !ZSTD_isError(set)) {
      const int most = ZSTD_cParam_getBounds(ZSTD_c_nbWorkers).upperBound;
      set = ZSTD_CCtx_setParameter(context.get(), ZSTD_c_nbWorkers,
                                   std::min(static_cast<int>(options_.threads), most));
    }
    WEIR_CHECK(!ZSTD_isError(set), "zstd takes these parameters");
    // Threads do not wait idle for the next stream.
    return std::make_unique<CodecSink>(
        std::move(output), std::make_unique<Encoder>(threads ? nullptr : pool_, std::move(context)),
        CodecSink::Options{options_.buffer_bytes});
  });
}

Result<std::unique_ptr<Source>> Zstd::transform_from(std::unique_ptr<Source> input) const {
  WEIR_CHECK(input != nullptr, "a source to read from");
  return or_out_of_memory([&]() -> Result<std::unique_ptr<Source>> {
    ZstdDecompressor context = pool_->decompressor();
    if (context == nullptr) return fail(Code::kOutOfMemory);
    const std::size_t set =
        ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, options_.window_log_max);
    WEIR_CHECK(!ZSTD_isError(set), "zstd takes this parameter");
    return std::make_unique<CodecSource>(
        std::move(input), std::make_unique<Decoder>(pool_, std::move(context), options_),
        CodecSource::Options{options_.buffer_bytes});
  });
}

Descriptor Zstd::descriptor() const { return *Descriptor::parse("stream.zstd/1"); }

Extension Zstd::extension() { return extension(Options{}); }

Extension Zstd::extension(Options options) { return version_1_extension(Zstd(options)); }

}  // namespace weir::inline v0_1
