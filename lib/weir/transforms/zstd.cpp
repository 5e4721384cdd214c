#include "weir/transforms/zstd.h"

#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <string>
#include <utility>

#include "weir/check.h"
#include "weir/checked.h"
#include "weir/codec.h"
#include "weir/codec_sink.h"
#include "weir/version_1.h"

namespace weir {
namespace {

// Two of each serve a copy from stream to stream and its double; a context may keep megabytes.
constexpr std::size_t kPooledContexts = 2;
// Larger ones (high levels, large windows) are not worth keeping idle.
constexpr std::size_t kPooledContextBytesMax = std::size_t{16} << 20;

// Tables of twice as many entries as the window has bytes are about what zstd itself takes when it
// knows that a stream is small. Up to this window they are no larger than those of any level: the
// smallest hash table, that of negative levels, has 2^13 entries (and no chain table beside it).
// Source: zstd 1.5.4, clevels.h, streams of unknown size.
constexpr int kSmallWindowLog = 12;

using FrameStart = std::array<std::uint8_t, 5>;  // magic number and frame header descriptor
constexpr std::array<std::uint8_t, 4> kFrameMagic = {0x28, 0xb5, 0x2f, 0xfd};
constexpr std::size_t kBlockHeaderBytes = 3;

// How many bytes stand before the first block. Source: RFC 8878, 3.1.1.1.
std::size_t header_bytes(const FrameStart& start) noexcept {
  // Skippable frames have 8, those of older formats no more than ours at most.
  if (!std::equal(kFrameMagic.begin(), kFrameMagic.end(), start.begin())) return 18;
  constexpr std::size_t kDictionaryIdBytes[] = {0, 1, 2, 4};
  constexpr std::size_t kContentSizeBytes[] = {0, 2, 4, 8};
  const unsigned descriptor = start[4];
  const bool single_segment = (descriptor & 0x20) != 0;
  std::size_t content_size_bytes = kContentSizeBytes[descriptor >> 6];
  if (single_segment && content_size_bytes == 0) content_size_bytes = 1;
  return start.size() + (single_segment ? 0 : 1) + kDictionaryIdBytes[descriptor & 3] +
         content_size_bytes;
}

struct FreeCompressor {
  void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
};
struct FreeDecompressor {
  void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
};
using Compressor = std::unique_ptr<ZSTD_CCtx, FreeCompressor>;
using Decompressor = std::unique_ptr<ZSTD_DCtx, FreeDecompressor>;

std::size_t reset(ZSTD_CCtx* context) noexcept {
  return ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters);
}
std::size_t reset(ZSTD_DCtx* context) noexcept {
  return ZSTD_DCtx_reset(context, ZSTD_reset_session_and_parameters);
}
std::size_t bytes_of(const ZSTD_CCtx* context) noexcept { return ZSTD_sizeof_CCtx(context); }
std::size_t bytes_of(const ZSTD_DCtx* context) noexcept { return ZSTD_sizeof_DCtx(context); }

// Never null: zstd computes with the pointers of empty buffers too.
const std::byte kNothing{};
const std::byte* start_of(std::span<const std::byte> bytes) noexcept {
  return bytes.empty() ? &kNothing : bytes.data();
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

}  // namespace

/// Contexts that wait for their next stream. Shared by an instance and its streams.
class Zstd::Pool {
 public:
  Compressor compressor() noexcept {
    return take(compressors_, [] { return ZSTD_createCCtx(); });
  }
  Decompressor decompressor() noexcept {
    return take(decompressors_, [] { return ZSTD_createDCtx(); });
  }
  void give_back(Compressor context) noexcept { give(compressors_, std::move(context)); }
  void give_back(Decompressor context) noexcept { give(decompressors_, std::move(context)); }

 private:
  template <class Context>
  using Slots = std::array<Context, kPooledContexts>;

  template <class Context, class Make>
  Context take(Slots<Context>& slots, Make make) noexcept {
    {
      const std::lock_guard lock(mutex_);
      for (Context& slot : slots) {
        if (slot != nullptr) return std::move(slot);
      }
    }
    return Context(make());
  }

  template <class Context>
  void give(Slots<Context>& slots, Context context) noexcept {
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

  std::mutex mutex_;
  Slots<Compressor> compressors_;
  Slots<Decompressor> decompressors_;
};

class Zstd::Encoder final : public Codec {
 public:
  Encoder(std::shared_ptr<Pool> pool, Compressor context) noexcept
      : pool_(std::move(pool)), context_(std::move(context)) {}
  ~Encoder() override { pool_->give_back(std::move(context_)); }

  Result<Step> step(std::span<const std::byte> input, std::span<std::byte> output,
                    Directive directive) override {
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
      if (ZSTD_isError(left)) return fail(zstd_error(left, consumed_ + in.pos));
      if (in.pos == in.size && left == 0) {
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
  std::shared_ptr<Pool> pool_;
  Compressor context_;
  std::uint64_t consumed_ = 0;
};

class Zstd::Decoder final : public Codec {
 public:
  Decoder(std::shared_ptr<Pool> pool, Decompressor context, const Options& options) noexcept
      : pool_(std::move(pool)),
        context_(std::move(context)),
        output_left_(options.output_bytes_max) {}
  ~Decoder() override { pool_->give_back(std::move(context_)); }

  Result<Step> step(std::span<const std::byte> input, std::span<std::byte> output,
                    Directive directive) override {
    if (failed_) return fail(failure_);
    ZSTD_inBuffer in{start_of(input), input.size(), 0};
    std::size_t produced = 0;
    Result<Status> status = run(in, output, produced);
    if (status && directive == Directive::kEnd && *status == Status::kNeedInput) {
      status = at_end(consumed_ + in.pos);
    }
    consumed_ += in.pos;
    output_left_ -= produced;
    if (status) return Step{in.pos, produced, *status};
    if (produced == 0) return fail(status.error());
    // Bytes come first; the next step fails.
    failed_ = true;
    failure_ = status.error();
    return Step{in.pos, produced, Status::kNeedOutput};
  }

 private:
  Result<Status> run(ZSTD_inBuffer& in, std::span<std::byte> output, std::size_t& produced) {
    for (;;) {
      if (between_frames_ && in.pos == in.size) return Status::kNeedInput;
      const std::span<std::byte> room = output.subspan(produced);
      if (room.empty()) return Status::kNeedOutput;

      // At the limit one byte more than allowed still finds room, aside: then there is too much.
      std::byte beyond;
      const std::uint64_t allowed = output_left_ - produced;
      ZSTD_outBuffer out{&beyond, 1, 0};
      if (allowed > 0) {
        out.dst = room.data();
        out.size = static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), allowed));
      }
      const std::size_t size = in.size;
      in.size = in.pos + std::min(next_piece(in), size - in.pos);
      const std::size_t hint = ZSTD_decompressStream(context_.get(), &out, &in);
      in.size = size;
      if (ZSTD_isError(hint)) return fail(zstd_error(hint, consumed_ + in.pos));
      if (allowed == 0 && out.pos > 0) {
        return fail(Code::kLimitExceeded, consumed_ + in.pos, "zstd: output limit");
      }
      produced += out.pos;
      hint_ = hint;
      flushing_ = out.pos == out.size;
      between_frames_ = hint == 0;
      if (between_frames_) {
        any_frame_ = true;
        frame_bytes_ = 0;
        header_bytes_ = start_.size();
      }
      if (in.pos == in.size && out.pos < out.size) return Status::kNeedInput;
    }
  }

  // How much of `in` zstd may see in the next call.
  //
  // One piece a call: what is left of the last output, a byte of a frame's header, a block's
  // header, a block. So a call that fails has written nothing, all that stands before the damage
  // comes out, and that does not depend on how the reader cuts. A header in pieces also keeps zstd
  // from its short cut of decoding a whole frame straight into the output, which scribbles behind
  // the end and skips the window limit.
  std::size_t next_piece(const ZSTD_inBuffer& in) noexcept {
    if (flushing_ && !between_frames_) return 0;
    if (frame_bytes_ < header_bytes_) {
      if (in.pos == in.size) return 0;
      if (frame_bytes_ < start_.size()) {
        start_[frame_bytes_] = static_cast<const std::uint8_t*>(in.src)[in.pos];
      }
      ++frame_bytes_;
      if (frame_bytes_ == start_.size()) header_bytes_ = header_bytes(start_);
      return 1;
    }
    // The hint for a block counts the header of the next one in.
    return hint_ > kBlockHeaderBytes ? hint_ - kBlockHeaderBytes : std::max<std::size_t>(hint_, 1);
  }

  Result<Status> at_end(std::uint64_t offset) const noexcept {
    if (!between_frames_) return fail(Code::kTruncated, offset, "zstd: within a frame");
    if (!any_frame_) return fail(Code::kTruncated, offset, "zstd: no frame");
    return Status::kEnd;
  }

  std::shared_ptr<Pool> pool_;
  Decompressor context_;
  std::uint64_t output_left_;
  std::uint64_t consumed_ = 0;
  FrameStart start_{};                              // of the present frame
  std::size_t frame_bytes_ = 0;                     // fed of the present frame's header
  std::size_t header_bytes_ = FrameStart{}.size();  // its size, as far as it is known
  std::size_t hint_ = 0;                            // what zstd would like to see next
  bool flushing_ = false;                           // the last call filled its room
  bool between_frames_ = true;
  bool any_frame_ = false;
  bool failed_ = false;
  Error failure_{};
};

Zstd::Zstd() : Zstd(Options{}) {}

Zstd::Zstd(Options options) : options_(options), pool_(std::make_shared<Pool>()) {
  WEIR_CHECK(options_.window_log_max >= 10 && options_.window_log_max <= 31,
             "a window limit that zstd knows");
  WEIR_CHECK(options_.window_log == 0 || (options_.window_log >= 10 && options_.window_log <= 27),
             "a window that every decoder takes");
  WEIR_CHECK(options_.buffer_bytes > 0, "a buffer of at least one byte");
}

Result<std::unique_ptr<Sink>> Zstd::transform_to(std::unique_ptr<Sink> output) const {
  WEIR_CHECK(output != nullptr, "a sink to write to");
  return or_out_of_memory([&]() -> Result<std::unique_ptr<Sink>> {
    Compressor context = pool_->compressor();
    if (context == nullptr) return fail(Code::kOutOfMemory);
    const int level = std::clamp(options_.level, ZSTD_minCLevel(), ZSTD_maxCLevel());
    std::size_t set = ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
    if (!ZSTD_isError(set)) {
      set = ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, options_.checksum ? 1 : 0);
    }
    if (!ZSTD_isError(set)) {
      set = ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, options_.window_log);
    }
    // zstd sizes its tables by the level as long as it does not know how long the stream is.
    if (options_.window_log > 0 && options_.window_log <= kSmallWindowLog) {
      for (const ZSTD_cParameter table : {ZSTD_c_hashLog, ZSTD_c_chainLog}) {
        if (ZSTD_isError(set)) break;
        set = ZSTD_CCtx_setParameter(context.get(), table, options_.window_log + 1);
      }
    }
    WEIR_CHECK(!ZSTD_isError(set), "zstd takes these parameters");
    return std::make_unique<CodecSink>(std::move(output),
                                       std::make_unique<Encoder>(pool_, std::move(context)),
                                       CodecSink::Options{options_.buffer_bytes});
  });
}

Result<std::unique_ptr<Source>> Zstd::transform_from(std::unique_ptr<Source> input) const {
  WEIR_CHECK(input != nullptr, "a source to read from");
  return or_out_of_memory([&]() -> Result<std::unique_ptr<Source>> {
    Decompressor context = pool_->decompressor();
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

Extension Zstd::extension(Options options) {
  // Copies share their contexts, so that instances of one registry do.
  return version_1_extension(
      std::string(kName),
      [prototype = Zstd(options)]() -> Result<std::unique_ptr<StreamTransform>> {
        return std::make_unique<Zstd>(prototype);
      });
}

}  // namespace weir
