#include "weir/transforms/zstd_seekable.h"

#define XXH_INLINE_ALL
#include <xxhash.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <condition_variable>
#include <cstring>
#include <future>
#include <limits>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "weir/check.h"
#include "weir/checked.h"
#include "weir/codec_sink.h"
#include "weir/little_endian.h"
#include "weir/memory.h"
#include "weir/random_access_source.h"
#include "weir/transforms/zstd_format.h"
#include "weir/transforms/zstd_frames.h"
#include "weir/version_1.h"

namespace weir::inline v0_1 {
namespace {

using namespace internal::zstd_format;
using internal::LastFourBytes;
using internal::zstd_error;
using internal::ZstdCompressor;
using internal::ZstdDecompressor;
using internal::ZstdFrameDecoder;
using internal::ZstdPool;

// One frame as the table has it.
struct Entry {
  std::uint32_t encoded_bytes = 0;
  std::uint32_t payload_bytes = 0;
  std::uint32_t checksum = 0;  // of the payload; the lower half of its XXH64

  std::array<std::byte, kEntryBytesMax> bytes() const noexcept {
    std::array<std::byte, kEntryBytesMax> stored;
    store_u32(stored.data(), encoded_bytes);
    store_u32(stored.data() + 4, payload_bytes);
    store_u32(stored.data() + 8, checksum);
    return stored;
  }
};

// What plain zstd looks like here, too.
constexpr std::string_view kNoTable = "no seek table (plain zstd has none)";

struct Footer {
  std::uint32_t frames = 0;
  bool checksums = false;

  std::size_t entry_bytes() const noexcept { return internal::zstd_format::entry_bytes(checksums); }
  std::uint64_t content_bytes() const noexcept {
    return std::uint64_t{frames} * entry_bytes() + kFooterBytes;
  }
  std::array<std::byte, kTableHeaderBytes> header() const noexcept {
    std::array<std::byte, kTableHeaderBytes> stored;
    store_u32(stored.data(), kTableMagic);
    store_u32(stored.data() + 4, static_cast<std::uint32_t>(content_bytes()));
    return stored;
  }
  std::array<std::byte, kFooterBytes> bytes() const noexcept {
    std::array<std::byte, kFooterBytes> stored;
    store_u32(stored.data(), frames);
    stored[kFooterDescriptorAt] = static_cast<std::byte>(checksums ? kTableHasChecksums : 0);
    store_u32(stored.data() + kFooterMagicAt, kFooterMagic);
    return stored;
  }
  // `offset`: of the footer, for errors; `other`: what it means that these bytes are none.
  static Result<Footer> parse(std::span<const std::byte> bytes, std::uint64_t offset,
                              Code other) noexcept {
    const auto descriptor = std::to_integer<unsigned>(bytes[kFooterDescriptorAt]);
    if (load_u32(bytes.data() + kFooterMagicAt) != kFooterMagic) {
      return fail(other, offset, kNoTable);
    }
    if ((descriptor & kTableReserved) != 0) {
      return fail(Code::kCorrupt, offset, "seek table of an unknown kind");
    }
    return Footer{load_u32(bytes.data()), (descriptor & kTableHasChecksums) != 0};
  }
};

class Hash {
 public:
  Hash() noexcept { clear(); }
  void clear() noexcept { XXH64_reset(&state_, 0); }
  // Out of line: where it sees how short the bytes are, gcc warns of a path that they never take.
  [[gnu::noinline]] void add(std::span<const std::byte> bytes) noexcept {
    if (!bytes.empty()) XXH64_update(&state_, bytes.data(), bytes.size());
  }
  std::uint64_t value() const noexcept { return XXH64_digest(&state_); }

 private:
  XXH64_state_t state_;
};

// The table of the frames written so far.
class TableWriter {
 public:
  explicit TableWriter(bool checksums) noexcept : checksums_(checksums) {}

  bool empty() const noexcept { return entries_.empty(); }

  // Whether room for one more is to be made first.
  bool full() const noexcept { return entries_.size() == entries_.capacity(); }
  // Room for one more, before anything of its frame is passed on: then there must be no failure any
  // more. `offset`: of the input, for errors.
  Result<void> make_room(std::uint64_t offset) {
    if (entries_.size() == ZstdSeekable::kFramesMax) {
      return fail(Code::kLimitExceeded, offset, "more frames than a seek table has");
    }
    if (full()) {
      entries_.reserve(std::max<std::size_t>(2 * entries_.size(), 16));
    }
    return {};
  }
  void add(const Entry& entry) noexcept { entries_.push_back(entry); }

  // Whether all of it is written.
  bool write(std::span<std::byte> output, std::size_t& produced) noexcept {
    const Footer footer{static_cast<std::uint32_t>(entries_.size()), checksums_};
    const std::size_t size = footer.entry_bytes();
    const std::uint64_t end = kTableHeaderBytes + footer.content_bytes();
    const std::uint64_t entries_end = end - kFooterBytes;
    while (written_ < end && produced < output.size()) {
      // One part of the table, from its first byte that was not written yet.
      std::array<std::byte, kEntryBytesMax> part{};
      std::size_t part_bytes = 0;
      std::size_t begin = 0;
      if (written_ < kTableHeaderBytes) {
        const auto bytes = footer.header();
        part_bytes = bytes.size();
        std::copy(bytes.begin(), bytes.end(), part.begin());
        begin = static_cast<std::size_t>(written_);
      } else if (written_ < entries_end) {
        const std::uint64_t at = written_ - kTableHeaderBytes;
        part = entries_[static_cast<std::size_t>(at / size)].bytes();
        part_bytes = size;
        begin = static_cast<std::size_t>(at % size);
      } else {
        const auto bytes = footer.bytes();
        part_bytes = bytes.size();
        std::copy(bytes.begin(), bytes.end(), part.begin());
        begin = static_cast<std::size_t>(written_ - entries_end);
      }
      const std::size_t count = std::min(part_bytes - begin, output.size() - produced);
      std::memcpy(output.data() + produced, part.data() + begin, count);
      produced += count;
      written_ += count;
    }
    return written_ == end;
  }

 private:
  const bool checksums_;
  std::vector<Entry> entries_;
  std::uint64_t written_ = 0;
};

// The table that the frames seen so far should have, in both of its forms, as hashes: of any number
// of frames in no memory.
class Seen {
 public:
  void add(const Entry& entry) noexcept {
    const auto bytes = entry.bytes();
    with_checksums_.add(bytes);
    without_.add(std::span(bytes).first(entry_bytes(false)));
    ++frames_;
  }
  std::uint64_t frames() const noexcept { return frames_; }
  std::uint64_t hash(bool checksums) const noexcept {
    return checksums ? with_checksums_.value() : without_.value();
  }

 private:
  std::uint64_t frames_ = 0;
  Hash with_checksums_;
  Hash without_;
};

// A frame that may be the table, as far as it was compared.
struct Candidate {
  std::uint64_t content_bytes = 0;
  bool checksums = false;  // as its size says
  Hash entries;            // of the first `passed` bytes of its content
  std::uint64_t passed = 0;
};

}  // namespace

class ZstdSeekable::Encoder final : public Codec {
 public:
  Encoder(std::shared_ptr<ZstdPool> pool, ZstdCompressor context, const Options& options) noexcept
      : pool_(std::move(pool)),
        context_(std::move(context)),
        frame_bytes_(options.frame_bytes),
        checksum_(options.checksum),
        table_(options.checksum) {}
  ~Encoder() override { pool_->give_back(std::move(context_)); }

  Result<Step> step(std::span<const std::byte> input, std::span<std::byte> output,
                    Directive directive) override {
    if (error_.due()) return fail(*error_.due());
    Step step;
    for (;;) {
      if (in_table_) {
        step.status = table_.write(output, step.produced) ? Status::kEnd : Status::kNeedOutput;
        return step;
      }
      if (ending_) {
        if (table_.full() && step.consumed + step.produced > 0) {
          step.status = Status::kNeedOutput;  // Making room for an entry may fail.
          return step;
        }
        const Result<bool> ended = end_frame(output, step.produced);
        if (!ended) return error_.behind(step, ended.error());
        if (*ended || step.produced < output.size()) continue;
        step.status = Status::kNeedOutput;
        return step;
      }
      // Whole frames end without further input, so that bytes do not depend on how it is cut.
      const auto left = input.subspan(step.consumed);
      const auto part = left.first(std::min(left.size(), frame_bytes_ - frame_payload_));
      if (!part.empty()) {
        std::size_t consumed = 0;
        const Result<std::size_t> more =
            compress(part, consumed, output, step.produced, ZSTD_e_continue);
        if (!more) return error_.behind(step, more.error());
        step.consumed += consumed;
        frame_payload_ += consumed;
        ending_ = frame_payload_ == frame_bytes_;
        if (step.produced == output.size() && !ending_ && consumed < part.size()) {
          step.status = Status::kNeedOutput;
          return step;
        }
        continue;
      }
      if (directive != Directive::kEnd) {
        step.status = directive == Directive::kFlush ? Status::kFlushed : Status::kNeedInput;
        return step;
      }
      // An empty payload has a frame, too: what no zstd takes for a stream is none.
      if (frame_payload_ > 0 || table_.empty()) {
        ending_ = true;
      } else {
        in_table_ = true;
      }
    }
  }

 private:
  // One call of zstd; gives what it says is left to do.
  Result<std::size_t> compress(std::span<const std::byte> input, std::size_t& consumed,
                               std::span<std::byte> output, std::size_t& produced,
                               ZSTD_EndDirective mode) noexcept {
    // Never null: zstd computes with the pointers of empty buffers too.
    std::byte nothing{};
    const std::span<std::byte> room = output.subspan(produced);
    ZSTD_inBuffer in{input.empty() ? &nothing : input.data(), input.size(), 0};
    ZSTD_outBuffer out{room.empty() ? &nothing : room.data(), room.size(), 0};
    const std::size_t left = ZSTD_compressStream2(context_.get(), &out, &in, mode);
    if (ZSTD_isError(left)) return fail(zstd_error(left, consumed_ + in.pos));
    consumed += in.pos;
    consumed_ += in.pos;
    produced += out.pos;
    frame_encoded_ += out.pos;
    last_bytes_.add(room.first(out.pos));
    return left;
  }

  Result<bool> end_frame(std::span<std::byte> output, std::size_t& produced) {
    const Result<void> room = table_.make_room(consumed_);
    if (!room) return fail(room.error());
    std::size_t consumed = 0;
    const Result<std::size_t> left = compress({}, consumed, output, produced, ZSTD_e_end);
    if (!left) return fail(left.error());
    if (*left > 0) return false;
    table_.add({static_cast<std::uint32_t>(frame_encoded_),
                static_cast<std::uint32_t>(frame_payload_), checksum_ ? last_bytes_.value() : 0});
    frame_encoded_ = 0;
    frame_payload_ = 0;
    ending_ = false;
    return true;
  }

  std::shared_ptr<ZstdPool> pool_;
  ZstdCompressor context_;
  const std::size_t frame_bytes_;
  const bool checksum_;
  TableWriter table_;
  std::size_t frame_payload_ = 0;  // of the frame under way
  std::uint64_t frame_encoded_ = 0;
  LastFourBytes last_bytes_;
  bool ending_ = false;  // that frame is complete
  bool in_table_ = false;
  std::uint64_t consumed_ = 0;
  LaterError error_;
};

/// Collects the payload in batches of whole frames, each of which a thread of its own compresses,
/// and passes them on in order. What a batch becomes does not depend on the others.
class ZstdSeekable::ParallelEncoder final : public Codec {
 public:
  // One context for each batch: those of options.threads are compressed, one waits to be, and one
  // fills up.
  ParallelEncoder(std::shared_ptr<ZstdPool> pool, std::vector<ZstdCompressor> contexts,
                  const Options& options)
      : pool_(std::move(pool)),
        frame_bytes_(options.frame_bytes),
        batch_bytes_(std::max<std::size_t>(1, kBatchBytes / frame_bytes_) * frame_bytes_),
        checksum_(options.checksum),
        table_(options.checksum),
        free_threads_(options.threads),
        batches_(contexts.size()) {
    for (std::size_t i = 0; i < batches_.size(); ++i) batches_[i].context = std::move(contexts[i]);
  }
  ~ParallelEncoder() override {
    abandoned_ = true;
    for (Batch& batch : batches_) {
      if (batch.encoding.valid()) batch.encoding.wait();
      pool_->give_back(std::move(batch.context));
    }
  }

  Result<Step> step(std::span<const std::byte> input, std::span<std::byte> output,
                    Directive directive) override {
    const Result<Step> done = or_out_of_memory([&] { return advance(input, output, directive); });
    if (!done) abandoned_ = true;
    return done;
  }

 private:
  // So many bytes take ten milliseconds, beside which a thread's start does not count.
  static constexpr std::size_t kBatchBytes = std::size_t{4} << 20;
  // What zstd is given at once: a thread whose work is no longer wanted stops behind it.
  static constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

  struct Batch {
    ZstdCompressor context;
    std::unique_ptr<std::byte[]> payload;
    std::size_t size = 0;
    std::uint64_t offset = 0;  // of the payload in the input
    ByteBuffer encoded;
    std::vector<Entry> entries;
    std::future<Result<void>> encoding;
  };

  Result<Step> advance(std::span<const std::byte> input, std::span<std::byte> output,
                       Directive directive) {
    Step step;
    for (;;) {
      if (!waiting_.empty()) {
        const auto part = waiting_.first(std::min(waiting_.size(), output.size() - step.produced));
        if (!part.empty()) std::memcpy(output.data() + step.produced, part.data(), part.size());
        step.produced += part.size();
        waiting_ = waiting_.subspan(part.size());
        if (waiting_.empty()) continue;
        step.status = Status::kNeedOutput;
        return step;
      }
      if (in_table_) {
        step.status = table_.write(output, step.produced) ? Status::kEnd : Status::kNeedOutput;
        return step;
      }
      Batch& filling = batches_[(oldest_ + started_) % batches_.size()];
      const auto left = input.subspan(step.consumed);
      const bool full = filling.size == batch_bytes_;
      // A failure takes what its step did with it.
      const bool may_fail = full || left.empty() || filling.payload == nullptr;
      if (!full && left.empty() && directive == Directive::kContinue) {
        step.status = Status::kNeedInput;
        return step;
      }
      if (may_fail && step.consumed + step.produced > 0) {
        step.status = Status::kNeedOutput;
        return step;
      }
      if (!full && !left.empty()) {
        const auto part = left.first(std::min(left.size(), batch_bytes_ - filling.size));
        append(filling, part);
        step.consumed += part.size();
        consumed_ += part.size();
        continue;
      }
      // What is to be compressed now: whole frames, or at the end whatever there is; then an empty
      // payload has a frame, too.
      const bool end = directive == Directive::kEnd;
      const std::size_t ready = filling.size - (end ? 0 : filling.size % frame_bytes_);
      const bool starts = ready > 0 || (end && started_ == 0 && table_.empty());
      if (!starts && started_ == 0) {
        in_table_ = end;
        if (end) continue;
        step.status = Status::kFlushed;
        return step;
      }
      if (started_ > 0 && (started_ + 1 == batches_.size() || !starts)) {
        const Result<void> collected = collect();
        if (!collected) return fail(collected.error());
      }
      if (starts) {
        const Result<void> started = start(filling, ready);
        if (!started) return fail(started.error());
      }
    }
  }

  void append(Batch& batch, std::span<const std::byte> payload) const {
    if (batch.payload == nullptr) batch.payload.reset(new std::byte[batch_bytes_]);
    std::memcpy(batch.payload.get() + batch.size, payload.data(), payload.size());
    batch.size += payload.size();
  }

  // The first `ready` bytes of the batch that fills up; the next one begins with the rest.
  // Precondition: there is a next one.
  Result<void> start(Batch& batch, std::size_t ready) {
    batch.offset = consumed_ - batch.size;
    if (ready < batch.size) {
      append(batches_[(oldest_ + started_ + 1) % batches_.size()],
             {batch.payload.get() + ready, batch.size - ready});
      batch.size = ready;
    }
    try {
      batch.encoding = std::async(std::launch::async, [this, &batch] {
        take_thread();
        const Result<void> encoded = or_out_of_memory([&] { return encode(batch); });
        give_thread();
        return encoded;
      });
    } catch (const std::system_error& error) {
      return fail(io_error(error.code().value(), "a thread does not start"));
    }
    ++started_;
    return {};
  }

  void take_thread() {
    std::unique_lock lock(threads_mutex_);
    thread_given_.wait(lock, [this] { return free_threads_ > 0; });
    --free_threads_;
  }
  void give_thread() {
    const std::lock_guard lock(threads_mutex_);
    ++free_threads_;
    thread_given_.notify_one();
  }

  // On a thread of its own: changes nothing but the batch. Once the stream is abandoned nobody asks
  // for what it gives.
  Result<void> encode(Batch& batch) const {
    batch.encoded.clear();
    batch.encoded.grow(ZSTD_compressBound(batch.size));
    batch.entries.clear();
    std::span<const std::byte> left(batch.payload.get(), batch.size);
    do {
      const auto payload = left.first(std::min(left.size(), frame_bytes_));
      left = left.subspan(payload.size());
      const std::size_t begin = batch.encoded.size();
      // Never null: zstd computes with the pointers of empty buffers too.
      const std::byte nothing{};
      ZSTD_inBuffer in{payload.empty() ? &nothing : payload.data(), 0, 0};
      for (bool ended = false; !ended;) {
        if (abandoned_) return {};
        // The end comes by itself, as it does where frames are not collected first.
        const bool ends = in.pos == payload.size();
        in.size = in.pos + std::min(payload.size() - in.pos, kPieceBytes);
        const std::span<std::byte> room = batch.encoded.grow(1);
        ZSTD_outBuffer out{room.data(), room.size(), 0};
        const std::size_t more = ZSTD_compressStream2(batch.context.get(), &out, &in,
                                                      ends ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(more)) return fail(zstd_error(more, batch.offset));
        batch.encoded.commit(out.pos);
        ended = ends && more == 0;
      }
      const auto frame = batch.encoded.bytes().subspan(begin);
      LastFourBytes last_bytes;
      last_bytes.add(frame);
      batch.entries.push_back({static_cast<std::uint32_t>(frame.size()),
                               static_cast<std::uint32_t>(payload.size()),
                               checksum_ ? last_bytes.value() : 0});
    } while (!left.empty());
    return {};
  }

  // Waits for the oldest batch, which comes next.
  Result<void> collect() {
    Batch& batch = batches_[oldest_];
    const Result<void> encoded = batch.encoding.get();
    if (!encoded) return encoded;
    for (const Entry& entry : batch.entries) {
      const Result<void> room = table_.make_room(batch.offset);
      if (!room) return room;
      table_.add(entry);
    }
    waiting_ = batch.encoded.bytes();
    batch.size = 0;
    oldest_ = (oldest_ + 1) % batches_.size();
    --started_;
    return {};
  }

  std::shared_ptr<ZstdPool> pool_;
  const std::size_t frame_bytes_;
  const std::size_t batch_bytes_;
  const bool checksum_;
  TableWriter table_;
  bool in_table_ = false;
  std::uint64_t consumed_ = 0;
  std::span<const std::byte> waiting_;  // bytes for the output, of the batch collected last
  // Whoever waits for one begins as soon as another is done, while the oldest may still run. Not a
  // std::counting_semaphore: that of libstdc++ 12 loses wake-ups (GCC PR 104928).
  std::mutex threads_mutex_;
  std::condition_variable thread_given_;
  unsigned free_threads_;
  std::atomic<bool> abandoned_{false};  // by its owner, or by an error
  // A ring: those that were started begin at the oldest one; the one behind them fills up.
  std::vector<Batch> batches_;
  std::size_t oldest_ = 0;
  std::size_t started_ = 0;
};

/// Decodes from front to back without the table, and compares it at the end. A seek from the end,
/// or the read after another seek, loads the table; from then on every frame is held against its
/// entry.
class ZstdSeekable::Decoder final : public RandomAccess {
 public:
  Decoder(std::shared_ptr<ZstdPool> pool, ZstdDecompressor context, const Options& options) noexcept
      : pool_(std::move(pool)),
        context_(std::move(context)),
        frames_(*context_),
        frames_max_(options.frames_max),
        output_bytes_max_(options.output_bytes_max) {}
  ~Decoder() override { pool_->give_back(std::move(context_)); }

  Result<std::size_t> read_at(EncodedWindow& window, std::uint64_t position,
                              std::span<std::byte> output) override {
    if (failure_.has_value()) return fail(*failure_);
    if (position != position_) {
      const Result<bool> there = go_to(window, position);
      if (!there) return fail(there.error());
      if (!*there) return 0;
    }
    return decode(window, output);
  }

  Result<std::uint64_t> payload_size(EncodedWindow& window) override {
    const Result<void> loaded = load_table(window);
    if (!loaded) return fail(loaded.error());
    return table_.places.back().position;
  }

 private:
  // Where a frame begins.
  struct Place {
    std::uint64_t offset = 0;
    std::uint64_t position = 0;
    std::uint32_t checksum = 0;
  };

  // The table, as far as it is loaded. Each stage is kept, so that loading goes on after a block.
  struct Table {
    std::optional<std::uint64_t> encoded_bytes;
    std::optional<Footer> footer;
    bool header_checked = false;
    std::vector<Place> places;  // of each frame, and behind the last one
    bool complete = false;

    std::uint64_t offset() const noexcept {
      return *encoded_bytes - footer->content_bytes() - kTableHeaderBytes;
    }
  };

  // Makes `position` the one that comes next; false where the payload ends before it.
  Result<bool> go_to(EncodedWindow& window, std::uint64_t position) {
    const Result<void> loaded = load_table(window);
    if (!loaded) return fail(loaded.error());
    if (position >= table_.places.back().position) return false;
    // The last frame that does not begin behind it.
    const auto behind =
        std::upper_bound(table_.places.begin(), table_.places.end(), position,
                         [](std::uint64_t value, const Place& p) { return value < p.position; });
    auto index = static_cast<std::size_t>(behind - table_.places.begin()) - 1;
    if (frame_ != index || position < position_) {
      // Frames without payload share its place. Whether they have none is seen by decoding them:
      // passed over, a frame of which the table only says so would be missing.
      const std::uint64_t place = table_.places[index].position;
      while (index > 0 && table_.places[index - 1].position == place) --index;
      begin_frame(index);
    }
    while (position_ < position) {
      if (scratch_ == nullptr) scratch_.reset(new std::byte[kWindowBytes]);
      const auto size =
          static_cast<std::size_t>(std::min<std::uint64_t>(kWindowBytes, position - position_));
      const Result<std::size_t> skipped = decode(window, {scratch_.get(), size});
      if (!skipped) return fail(skipped.error());
      if (failure_.has_value()) return fail(*failure_);
      // The table promised more.
      if (*skipped == 0) return fail(Code::kCorrupt, offset_, "seek table: payload is missing");
    }
    return true;
  }

  void begin_frame(std::size_t index) noexcept {
    const Place& place = table_.places[index];
    frames_.restart();
    frame_ = index;
    offset_ = frame_offset_ = place.offset;
    position_ = frame_position_ = place.position;
    payload_hash_.clear();
  }

  // What comes next; 0 at the end of the payload.
  Result<std::size_t> decode(EncodedWindow& window, std::span<std::byte> output) {
    std::size_t produced = 0;
    for (;;) {
      if (frames_.between_frames()) {
        const Result<bool> more = next_frame(window);
        if (!more) return fail(more.error());
        if (!*more) return 0;
      }
      // Bytes first: while zstd can go on without input, the source below may not fail it.
      std::span<const std::byte> input;
      if (!frames_.has_output()) {
        const auto fetched = window.fetch(offset_, 1, kCodecBufferBytes);
        if (!fetched) return fail(fetched.error());
        if (fetched->empty()) return fail(Code::kTruncated, offset_, "zstd: within a frame");
        input = *fetched;
      }
      std::uint64_t allowed = output_bytes_max_ - position_;
      if (table_.complete) {
        const Place& end = table_.places[static_cast<std::size_t>(frame_) + 1];
        allowed = end.position - position_;
        if (input.size() > end.offset - offset_) {
          input = input.first(static_cast<std::size_t>(end.offset - offset_));
        }
      }
      std::size_t consumed = 0;
      const auto stopped = frames_.step(input, consumed, output, produced, allowed, offset_);
      offset_ += consumed;
      position_ += produced;
      // Known from the frame's header on, so before its first byte.
      if (!frames_.has_checksum()) payload_hash_.add(output.first(produced));
      Result<void> result{};
      if (!stopped) {
        result = fail(stopped.error());
      } else if (*stopped == ZstdFrameDecoder::Status::kTooMuch) {
        result = table_.complete
                     ? fail(Code::kCorrupt, offset_, "seek table: a frame has more payload")
                     : fail(Code::kLimitExceeded, offset_, "zstd: output limit");
      } else if (*stopped == ZstdFrameDecoder::Status::kFrameEnd) {
        result = finish_frame(frames_.has_checksum()
                                  ? frames_.checksum()
                                  : static_cast<std::uint32_t>(payload_hash_.value()));
      } else if (table_.complete &&
                 offset_ == table_.places[static_cast<std::size_t>(frame_) + 1].offset &&
                 *stopped == ZstdFrameDecoder::Status::kNeedInput) {
        result = fail(Code::kCorrupt, offset_, "seek table: a frame is longer");
      }
      if (!result) {
        if (produced == 0) return fail(result.error());
        // Bytes come first; the next call fails.
        failure_ = result.error();
      }
      if (produced > 0) return produced;
    }
  }

  // Between two frames: whether there is a further one.
  Result<bool> next_frame(EncodedWindow& window) {
    if (table_.complete) return frame_ + 1 < table_.places.size();
    if (ended_) return false;
    for (;;) {
      // Once its header was read, comparing goes on behind that: there may be no way back to it.
      if (!candidate_.has_value()) {
        const auto start = window.fetch(offset_, 4, kCodecBufferBytes);
        if (!start) return fail(start.error());
        if (start->size() < 4) {
          if (no_table_.has_value()) return fail(*no_table_);
          return fail(Code::kTruncated, offset_, kNoTable);
        }
        if (load_u32(start->data()) != kTableMagic) {
          no_table_.reset();
          return true;
        }
      }
      const Result<bool> table = pass_candidate(window);
      if (!table) return fail(table.error());
      if (*table) break;
    }
    ended_ = true;
    return false;
  }

  // The frame that has just ended, into what was seen, or against the table.
  Result<void> finish_frame(std::uint32_t checksum) {
    const std::uint64_t encoded_bytes = offset_ - frame_offset_;
    const std::uint64_t payload_bytes = position_ - frame_position_;
    constexpr std::uint64_t kNumberMax = std::numeric_limits<std::uint32_t>::max();
    if (table_.complete) {
      const Place& begin = table_.places[static_cast<std::size_t>(frame_)];
      const Place& end = table_.places[static_cast<std::size_t>(frame_) + 1];
      if (encoded_bytes != end.offset - begin.offset ||
          payload_bytes != end.position - begin.position) {
        return fail(Code::kCorrupt, offset_, "seek table: sizes of a frame");
      }
      if (table_.footer->checksums && checksum != begin.checksum) {
        return fail(Code::kCorrupt, offset_, "seek table: checksum of a frame");
      }
    } else {
      if (encoded_bytes > kNumberMax || payload_bytes > kNumberMax) {
        return fail(Code::kCorrupt, offset_, "a frame that no seek table describes");
      }
      seen_.add({static_cast<std::uint32_t>(encoded_bytes),
                 static_cast<std::uint32_t>(payload_bytes), checksum});
    }
    ++frame_;
    frame_offset_ = offset_;
    frame_position_ = position_;
    payload_hash_.clear();
    return {};
  }

  // A skippable frame with the magic number of the table, which begins where the frames ended:
  // whether it is the table of what was seen. If not it may be anybody's, and is passed over like a
  // frame without payload; the last frame has to be the table. Each stage is kept, so that after a
  // block nothing before the last fetch is fetched again.
  Result<bool> pass_candidate(EncodedWindow& window) {
    const std::uint64_t frames = seen_.frames();
    if (!candidate_.has_value()) {
      const auto header = window.fetch(offset_, kTableHeaderBytes, kCodecBufferBytes);
      if (!header) return fail(header.error());
      if (header->size() < kTableHeaderBytes) {
        return fail(Code::kTruncated, offset_, "within the seek table");
      }
      candidate_.emplace();
      candidate_->content_bytes = load_u32(header->data() + 4);
      no_table_.reset();
      candidate_->checksums =
          candidate_->content_bytes != kFooterBytes + frames * entry_bytes(false);
      if (candidate_->checksums &&
          candidate_->content_bytes != kFooterBytes + frames * entry_bytes(true)) {
        no_table_ = Error(Code::kCorrupt, offset_, "seek table: number of frames");
      }
    }
    Candidate& candidate = *candidate_;
    const std::uint64_t content = offset_ + kTableHeaderBytes;
    const std::uint64_t end = content + candidate.content_bytes;
    const std::uint64_t entries_end = no_table_.has_value() ? end : end - kFooterBytes;
    while (content + candidate.passed < entries_end) {
      const std::uint64_t at = content + candidate.passed;
      const auto size =
          static_cast<std::size_t>(std::min<std::uint64_t>(kWindowBytes, entries_end - at));
      const auto part = window.fetch(at, size, size);
      if (!part) return fail(part.error());
      if (part->size() < size) {
        return fail(Code::kTruncated, at + part->size(), "within the seek table");
      }
      candidate.entries.add(part->first(size));
      candidate.passed += size;
    }
    if (!no_table_.has_value() && content + candidate.passed < end) {
      const auto bytes = window.fetch(entries_end, kFooterBytes, kFooterBytes + 1);
      if (!bytes) return fail(bytes.error());
      if (bytes->size() < kFooterBytes) {
        return fail(Code::kTruncated, entries_end + bytes->size(), "within the seek table");
      }
      const Result<Footer> footer = Footer::parse(*bytes, entries_end, Code::kCorrupt);
      if (!footer) {
        no_table_ = footer.error();
      } else if (footer->frames != frames ||
                 (frames > 0 && footer->checksums != candidate.checksums)) {
        no_table_ = Error(Code::kCorrupt, entries_end, "seek table: number of frames");
      } else if (frames > 0 && candidate.entries.value() != seen_.hash(candidate.checksums)) {
        no_table_ = Error(Code::kCorrupt, content, "seek table: not of these frames");
      }
      candidate.passed = candidate.content_bytes;
    }
    if (!no_table_.has_value()) {
      const auto behind = window.fetch(end, 1, 1);
      if (!behind) return fail(behind.error());
      if (!behind->empty()) return fail(Code::kCorrupt, end, "bytes behind the seek table");
      return true;
    }
    candidate_.reset();
    offset_ = end;
    const Result<void> finished =
        finish_frame(static_cast<std::uint32_t>(Hash().value()));  // of no payload
    if (!finished) return fail(finished.error());
    return false;
  }

  // Finds the table from the end, and checks all that can be checked without decoding.
  Result<void> load_table(EncodedWindow& window) {
    if (table_.complete) return {};
    if (!table_.encoded_bytes.has_value()) {
      const Result<std::uint64_t> size = window.size();
      if (!size) return fail(size.error());
      table_.encoded_bytes = *size;
    }
    const std::uint64_t encoded_bytes = *table_.encoded_bytes;
    if (encoded_bytes < kTableHeaderBytes + kFooterBytes) {
      return fail(Code::kTruncated, encoded_bytes, kNoTable);
    }
    if (!table_.footer.has_value()) {
      const std::uint64_t offset = encoded_bytes - kFooterBytes;
      const auto bytes = window.fetch(offset, kFooterBytes, kFooterBytes);
      if (!bytes) return fail(bytes.error());
      if (bytes->size() < kFooterBytes) return fail(Code::kTruncated, offset, kNoTable);
      const Result<Footer> footer = Footer::parse(*bytes, offset, Code::kTruncated);
      if (!footer) return fail(footer.error());
      if (footer->frames > frames_max_) {
        return fail(Code::kLimitExceeded, offset, "seek table: number of frames");
      }
      if (footer->content_bytes() + kTableHeaderBytes > encoded_bytes) {
        return fail(Code::kCorrupt, offset, "seek table: more frames than fit");
      }
      table_.footer = *footer;
    }
    const Footer& footer = *table_.footer;
    const std::uint64_t begin = table_.offset();
    if (!table_.header_checked) {
      const auto bytes = window.fetch(begin, kTableHeaderBytes, kTableHeaderBytes);
      if (!bytes) return fail(bytes.error());
      const auto expected = footer.header();
      if (bytes->size() < expected.size() ||
          std::memcmp(bytes->data(), expected.data(), expected.size()) != 0) {
        return fail(Code::kCorrupt, begin, "seek table: its header");
      }
      table_.places.reserve(std::size_t{footer.frames} + 1);
      table_.places.assign(1, Place{});
      table_.header_checked = true;
    }
    const std::size_t size = footer.entry_bytes();
    while (table_.places.size() <= footer.frames) {
      const std::uint64_t loaded = table_.places.size() - 1;
      const auto wanted = static_cast<std::size_t>(
          std::min<std::uint64_t>(footer.frames - loaded, kWindowBytes / size) * size);
      const std::uint64_t offset = begin + kTableHeaderBytes + loaded * size;
      const auto bytes = window.fetch(offset, wanted, wanted);
      if (!bytes) return fail(bytes.error());
      if (bytes->size() < wanted) return fail(Code::kTruncated, offset, "within the seek table");
      for (std::size_t at = 0; at < wanted; at += size) {
        const std::byte* const entry = bytes->data() + at;
        Place& place = table_.places.back();
        if (footer.checksums) place.checksum = load_u32(entry + 8);
        // No sum of so few numbers of 32 bits overflows.
        table_.places.push_back(
            {place.offset + load_u32(entry), place.position + load_u32(entry + 4), 0});
      }
    }
    const Place& end = table_.places.back();
    if (end.offset != begin) return fail(Code::kCorrupt, begin, "seek table: sizes of the frames");
    if (end.position > output_bytes_max_) {
      return fail(Code::kLimitExceeded, begin, "zstd: output limit");
    }
    const Result<void> agreed = compare_seen();
    if (!agreed) return agreed;
    table_.complete = true;
    return {};
  }

  // What was decoded before the table was there, against it.
  Result<void> compare_seen() {
    const std::uint64_t frames = seen_.frames();
    Seen announced;
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(frames, table_.footer->frames); ++i) {
      const Place& begin = table_.places[static_cast<std::size_t>(i)];
      const Place& end = table_.places[static_cast<std::size_t>(i) + 1];
      announced.add({static_cast<std::uint32_t>(end.offset - begin.offset),
                     static_cast<std::uint32_t>(end.position - begin.position), begin.checksum});
    }
    const bool checksums = table_.footer->checksums;
    const bool all_there = frames <= table_.footer->frames &&
                           (frames_.between_frames() || frames < table_.footer->frames);
    // The frame under way must lie within its entry so far.
    if (!all_there || announced.hash(checksums) != seen_.hash(checksums) ||
        (!frames_.between_frames() &&
         (offset_ > table_.places[static_cast<std::size_t>(frame_) + 1].offset ||
          position_ > table_.places[static_cast<std::size_t>(frame_) + 1].position))) {
      return fail(Code::kCorrupt, table_.offset(), "seek table: not of these frames");
    }
    return {};
  }

  std::shared_ptr<ZstdPool> pool_;
  ZstdDecompressor context_;
  ZstdFrameDecoder frames_;
  const std::uint32_t frames_max_;
  const std::uint64_t output_bytes_max_;
  std::uint64_t offset_ = 0;    // of the next encoded byte to be decoded
  std::uint64_t position_ = 0;  // of the next payload byte that comes out
  std::uint64_t frame_ = 0;     // the frame under way or, between two, the next
  std::uint64_t frame_offset_ = 0;
  std::uint64_t frame_position_ = 0;
  Hash payload_hash_;                   // of that frame, where it brings no checksum of its own
  Seen seen_;                           // from front to back, until the table is loaded
  std::optional<Candidate> candidate_;  // for the table, front to back; its header was read
  std::optional<Error> no_table_;       // why the last one, with nothing behind it, was not
  bool ended_ = false;                  // the table agrees with all frames
  Table table_;
  std::unique_ptr<std::byte[]> scratch_;  // for what is skipped
  std::optional<Error> failure_;
};

ZstdSeekable::ZstdSeekable() : ZstdSeekable(Options{}) {}

ZstdSeekable::ZstdSeekable(Options options)
    : options_(options), pool_(std::make_shared<ZstdPool>()) {
  WEIR_CHECK(options_.frame_bytes > 0 && options_.frame_bytes <= kFrameBytesMax,
             "a frame of a size that the format allows");
  WEIR_CHECK(options_.threads >= 1 && options_.threads <= internal::kZstdThreadsMax,
             "a number of threads that a machine may have");
  WEIR_CHECK(options_.window_log_max >= 10 && options_.window_log_max <= 31,
             "a window limit that zstd knows");
  WEIR_CHECK(options_.frames_max > 0 && options_.frames_max <= kFramesMax,
             "a number of frames that the format allows");
  WEIR_CHECK(options_.buffer_bytes > 0, "a buffer of at least one byte");
}

Result<std::unique_ptr<Sink>> ZstdSeekable::transform_to(std::unique_ptr<Sink> output) const {
  WEIR_CHECK(output != nullptr, "a sink to write to");
  return or_out_of_memory([&]() -> Result<std::unique_ptr<Sink>> {
    Result<std::unique_ptr<Codec>> made = encoder();
    if (!made) return fail(made.error());
    return std::make_unique<CodecSink>(std::move(output), std::move(*made),
                                       CodecSink::Options{options_.buffer_bytes});
  });
}

Result<std::unique_ptr<Codec>> ZstdSeekable::encoder() const {
  const int level = std::clamp(options_.level, ZSTD_minCLevel(), ZSTD_maxCLevel());
  // A window larger than the frame would only cost memory; 2^20 is that of the lowest levels.
  const int frame_log = std::max(10, static_cast<int>(std::bit_width(options_.frame_bytes - 1)));
  const int window_log = frame_log <= 20 ? frame_log : 0;
  const std::pair<ZSTD_cParameter, int> parameters[] = {
      {ZSTD_c_compressionLevel, level},
      {ZSTD_c_checksumFlag, options_.checksum ? 1 : 0},
      {ZSTD_c_windowLog, window_log}};
  std::vector<ZstdCompressor> contexts(options_.threads > 1 ? options_.threads + 2 : 1);
  for (ZstdCompressor& context : contexts) {
    context = pool_->compressor();
    if (context == nullptr) return fail(Code::kOutOfMemory);
    for (const auto& [parameter, value] : parameters) {
      WEIR_CHECK(!ZSTD_isError(ZSTD_CCtx_setParameter(context.get(), parameter, value)),
                 "zstd takes these parameters");
    }
  }
  if (options_.threads > 1) {
    return std::make_unique<ParallelEncoder>(pool_, std::move(contexts), options_);
  }
  return std::make_unique<Encoder>(pool_, std::move(contexts.front()), options_);
}

Result<std::unique_ptr<Source>> ZstdSeekable::transform_from(std::unique_ptr<Source> input) const {
  WEIR_CHECK(input != nullptr, "a source to read from");
  return or_out_of_memory([&]() -> Result<std::unique_ptr<Source>> {
    ZstdDecompressor context = pool_->decompressor();
    if (context == nullptr) return fail(Code::kOutOfMemory);
    const std::size_t set =
        ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, options_.window_log_max);
    WEIR_CHECK(!ZSTD_isError(set), "zstd takes this parameter");
    return std::make_unique<RandomAccessSource>(
        std::move(input), std::make_unique<Decoder>(pool_, std::move(context), options_));
  });
}

Descriptor ZstdSeekable::descriptor() const { return *Descriptor::parse("stream.zstd-seekable/1"); }

Extension ZstdSeekable::extension() { return extension(Options{}); }

Extension ZstdSeekable::extension(Options options) {
  return version_1_extension(ZstdSeekable(options));
}

}  // namespace weir::inline v0_1
