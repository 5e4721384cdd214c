// The formats of checksummed and of encrypted blocks through sink and source, against plain loops
// that make and take the same streams: the C library's calls, and the copies that are needed.
#include <benchmark/benchmark.h>
#include <isa-l/crc.h>
#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tools/bench/comparison.h"
#include "tools/bench/payload.h"
#include "weir/insecure_test_keys.h"
#include "weir/little_endian.h"
#include "weir/memory.h"
#include "weir/transforms/crc32c.h"
#include "weir/transforms/xchacha20poly1305.h"

namespace weir::bench {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{64} << 10;
constexpr std::size_t kWordBytes = 4;
constexpr std::uint32_t kLast = std::uint32_t{1} << 31;

unsigned char* raw(std::byte* bytes) { return reinterpret_cast<unsigned char*>(bytes); }
const unsigned char* raw(const std::byte* bytes) {
  return reinterpret_cast<const unsigned char*>(bytes);
}

/// CRC-32C over blocks, each begun with the one before. What was copied is summed while it is hot.
class PlainCrc {
 public:
  static constexpr const char* kTransform = "stream.crc32c/1";
  static constexpr std::size_t kHeaderBytes = 16;
  static constexpr std::size_t kSealBytes = 4;

  static std::unique_ptr<StreamTransform> transform() { return std::make_unique<Crc32c>(); }

  explicit PlainCrc(const std::byte* header) {
    std::memcpy(header_, header, sizeof header_);
    restart();
  }
  const std::byte* header() const { return header_; }
  void restart() {
    std::memcpy(prior_, header_ + sizeof header_ - sizeof prior_, sizeof prior_);
    index_ = 0;
  }

  /// A block's beginning; most are full, and the one that is not is summed again.
  void begin(std::byte* record, std::uint32_t word) {
    std::byte start[12];
    std::memcpy(start, prior_, sizeof prior_);
    store_u64(start + 4, index_++);
    store_u32(record, word);
    state_ = add(add(~std::uint32_t{0}, start, sizeof start), record, kWordBytes);
  }
  void append(std::byte* to, const std::byte* from, std::size_t size) {
    for (std::size_t done = 0; done < size; done += kHotBytes) {
      const std::size_t part = std::min(kHotBytes, size - done);
      state_ = add(state_, from + done, part);
      std::memcpy(to + done, from + done, part);
    }
  }
  void seal(std::byte* record, std::size_t size, bool last) {
    if (last) {
      --index_;
      begin(record, static_cast<std::uint32_t>(size) | kLast);
      state_ = add(state_, record + kWordBytes, size);
    }
    store_u32(prior_, ~state_);
    store_u32(record + kWordBytes + size, ~state_);
  }
  void whole(std::byte* record, const std::byte* from) {
    begin(record, kBlockBytes);
    append(record + kWordBytes, from, kBlockBytes);
    seal(record, kBlockBytes, false);
  }

  /// Where the payload lies that was verified.
  const std::byte* open(const std::byte* record, std::size_t size) {
    std::byte start[12];
    std::memcpy(start, prior_, sizeof prior_);
    store_u64(start + 4, index_++);
    const std::uint32_t state =
        add(add(~std::uint32_t{0}, start, sizeof start), record, kWordBytes + size);
    if (~state != load_u32(record + kWordBytes + size)) give_up("crc32c: wrong checksum");
    store_u32(prior_, ~state);
    return record + kWordBytes;
  }
  static constexpr bool kOpensInPlace = true;

 private:
  static constexpr std::size_t kHotBytes = std::size_t{8} << 10;
  static std::uint32_t add(std::uint32_t state, const std::byte* bytes, std::size_t size) {
    return crc32_iscsi(const_cast<unsigned char*>(raw(bytes)), static_cast<int>(size), state);
  }

  std::byte header_[kHeaderBytes];
  std::byte prior_[4];
  std::uint64_t index_ = 0;
  std::uint32_t state_ = 0;
};

/// libsodium's authenticated encryption of chunks.
class PlainCipher {
 public:
  static constexpr const char* kTransform = "stream.xchacha20poly1305/1";
  static constexpr std::size_t kHeaderBytes = 48;
  static constexpr std::size_t kSealBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

  static std::unique_ptr<StreamTransform> transform() {
    return std::make_unique<XChaCha20Poly1305>(insecure_test_keys());
  }

  explicit PlainCipher(const std::byte* header) {
    std::memcpy(associated_, header, kHeaderBytes);
    std::memcpy(nonce_, header + 32, 16);
    if (!insecure_test_keys()->key({}, std::as_writable_bytes(std::span(key_)))) {
      give_up("no test key");
    }
  }
  const std::byte* header() const { return associated_; }
  void restart() { index_ = 0; }

  void begin(std::byte* record, std::uint32_t word) { store_u32(record, word); }
  void append(std::byte* to, const std::byte* from, std::size_t size) {
    std::memcpy(to, from, size);
  }
  void seal(std::byte* record, std::size_t size, bool last) {
    if (last) store_u32(record, static_cast<std::uint32_t>(size) | kLast);
    encrypt(record, record + kWordBytes, size, last);
  }
  void whole(std::byte* record, const std::byte* from) {
    begin(record, kBlockBytes);
    encrypt(record, from, kBlockBytes, false);
  }

  static constexpr bool kOpensInPlace = false;
  void open_to(const std::byte* record, std::size_t size, std::byte* output) {
    make_context(record, (load_u32(record) & kLast) != 0);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt_detached(
            raw(output), nullptr, raw(record + kWordBytes), size, raw(record + kWordBytes + size),
            raw(associated_), sizeof associated_, raw(nonce_), key_) != 0) {
      give_up("xchacha20poly1305: not authentic");
    }
  }

 private:
  void make_context(const std::byte* word, bool last) {
    std::memcpy(associated_ + kHeaderBytes, word, kWordBytes);
    store_u64(nonce_ + 16, index_++ | (last ? std::uint64_t{1} << 63 : 0));
  }
  void encrypt(std::byte* record, const std::byte* from, std::size_t size, bool last) {
    make_context(record, last);
    std::byte* const place = record + kWordBytes;
    crypto_aead_xchacha20poly1305_ietf_encrypt_detached(
        raw(place), raw(place + size), nullptr, raw(from), size, raw(associated_),
        sizeof associated_, nullptr, raw(nonce_), key_);
  }

  std::byte associated_[kHeaderBytes + kWordBytes];
  std::byte nonce_[24];
  unsigned char key_[32];
  std::uint64_t index_ = 0;
};

template <class Plain>
constexpr std::size_t kRecordBytes = kWordBytes + kBlockBytes + Plain::kSealBytes;

/// Writes a stream block by block, straight into the output.
template <class Plain>
class PlainWriter {
 public:
  /// Where `endless`, every record overwrites the one before.
  PlainWriter(Plain plain, std::byte* output, bool endless)
      : plain_(std::move(plain)), output_(output), endless_(endless) {}

  void start() {
    plain_.restart();
    std::memcpy(output_, plain_.header(), Plain::kHeaderBytes);
    record_ = output_ + Plain::kHeaderBytes;
    filled_ = 0;
  }
  void write(std::span<const std::byte> input) {
    while (!input.empty()) {
      if (filled_ == 0 && input.size() >= kBlockBytes) {
        plain_.whole(record_, input.data());
        next();
        input = input.subspan(kBlockBytes);
        continue;
      }
      if (filled_ == 0) plain_.begin(record_, kBlockBytes);
      const std::size_t size = std::min(input.size(), kBlockBytes - filled_);
      plain_.append(record_ + kWordBytes + filled_, input.data(), size);
      filled_ += size;
      input = input.subspan(size);
      if (filled_ < kBlockBytes) continue;
      plain_.seal(record_, filled_, false);
      filled_ = 0;
      next();
    }
  }
  std::size_t close() {
    if (filled_ == 0) plain_.begin(record_, kBlockBytes);
    plain_.seal(record_, filled_, true);
    return static_cast<std::size_t>(record_ - output_) + kWordBytes + filled_ + Plain::kSealBytes;
  }

 private:
  void next() {
    if (!endless_) record_ += kRecordBytes<Plain>;
    benchmark::ClobberMemory();
  }

  Plain plain_;
  std::byte* output_;
  std::byte* record_ = nullptr;
  std::size_t filled_ = 0;
  bool endless_;
};

/// Reads a stream in pieces, each verified before it is given; whole blocks straight into the
/// caller's room where that saves a copy.
template <class Plain>
class PlainReader {
 public:
  PlainReader(Plain plain, const std::byte* encoded) : plain_(std::move(plain)), begin_(encoded) {}

  void start() {
    plain_.restart();
    record_ = begin_ + Plain::kHeaderBytes;
    ready_ = {};
    last_ = false;
  }
  std::size_t read(std::span<std::byte> output) {
    if (ready_.empty()) {
      if (last_) return 0;
      const std::uint32_t word = load_u32(record_);
      const std::size_t size = word & ~kLast;
      last_ = (word & kLast) != 0;
      const std::byte* const record = record_;
      record_ += kWordBytes + size + Plain::kSealBytes;
      if constexpr (Plain::kOpensInPlace) {
        ready_ = {plain_.open(record, size), size};
      } else if (output.size() >= size) {
        plain_.open_to(record, size, output.data());
        return size;
      } else {
        if (chunk_.empty()) chunk_.resize(kBlockBytes);
        plain_.open_to(record, size, chunk_.data());
        ready_ = std::span(chunk_).first(size);
      }
    }
    const std::size_t size = std::min(output.size(), ready_.size());
    if (size > 0) std::memcpy(output.data(), ready_.data(), size);
    ready_ = ready_.subspan(size);
    return size;
  }

 private:
  Plain plain_;
  const std::byte* begin_;
  const std::byte* record_ = nullptr;
  std::span<const std::byte> ready_{};
  std::vector<std::byte> chunk_;
  bool last_ = false;
};

/// Lends the same room again and again, as a buffer that is passed on at once; or one piece of
/// memory from front to back.
class RoomSink final : public Sink {
 public:
  RoomSink(std::span<std::byte> room, bool endless) : room_(room), endless_(endless) {}
  Result<std::size_t> write(std::span<const std::byte> input) override {
    const std::size_t size = std::min(input.size(), room_.size() - at_);
    std::memcpy(room_.data() + at_, input.data(), size);
    advance(size);
    return size;
  }
  std::span<std::byte> reserve(std::size_t) override { return room_.subspan(at_); }
  Result<void> commit(std::size_t size) override {
    advance(size);
    return {};
  }
  Result<void> flush() override { return {}; }
  Result<std::uint64_t> tell() const override { return at_; }
  Result<void> close() override { return {}; }

 private:
  void advance(std::size_t size) {
    if (!endless_) at_ += size;
    benchmark::ClobberMemory();
  }

  std::span<std::byte> room_;
  std::size_t at_ = 0;
  bool endless_;
};

std::string bytes_name(std::size_t size) {
  if (size >= (std::size_t{1} << 30)) return std::to_string(size >> 30) + " GiB";
  if (size >= (std::size_t{1} << 20)) return std::to_string(size >> 20) + " MiB";
  return std::to_string(size >> 10) + " KiB";
}

/// A stream and its encoded form, by the plain loop.
struct Data {
  std::vector<std::byte> payload;
  std::vector<std::byte> header;
  std::vector<std::byte> encoded;
};

void write_pieces(Sink& sink, std::span<const std::byte> payload, std::size_t call) {
  while (!payload.empty()) {
    const Result<std::size_t> taken = sink.write(payload.first(std::min(call, payload.size())));
    if (!taken) give_up("weir: a write failed");
    payload = payload.subspan(*taken);
  }
}

/// One stream as weir makes it; with a nonce that counts it is the first of its instance.
template <class Plain>
std::size_t weir_encode(const StreamTransform& transform, std::span<const std::byte> payload,
                        std::size_t call, std::span<std::byte> room) {
  auto below = std::make_unique<RoomSink>(room, false);
  RoomSink* const bare = below.get();
  auto made = transform.transform_to(std::move(below));
  if (!made) give_up("weir: no sink");
  write_pieces(**made, payload, call);
  if (!(*made)->close()) give_up("weir: close failed");
  return static_cast<std::size_t>(*bare->tell());
}

template <class Plain>
std::size_t plain_encode(PlainWriter<Plain>& writer, std::span<const std::byte> payload,
                         std::size_t call) {
  writer.start();
  while (!payload.empty()) {
    const std::size_t size = std::min(call, payload.size());
    writer.write(payload.first(size));
    payload = payload.subspan(size);
  }
  return writer.close();
}

std::size_t room_for(std::size_t payload) { return payload + payload / kBlockBytes * 64 + 256; }

/// The payload, its header as weir made it, and the whole stream, which both must make.
template <class Plain>
std::shared_ptr<const Data> data_of(const StreamTransform& transform, std::size_t size) {
  auto data = std::make_shared<Data>();
  PayloadGenerator(PayloadGenerator::Kind::kBinary)
      .next(std::min(size, std::size_t{64} << 20), data->payload);
  while (data->payload.size() < size) {
    const std::size_t more = std::min(data->payload.size(), size - data->payload.size());
    data->payload.insert(data->payload.end(), data->payload.begin(),
                         data->payload.begin() + static_cast<std::ptrdiff_t>(more));
  }
  data->encoded.resize(room_for(size));
  const std::size_t encoded = weir_encode<Plain>(transform, data->payload, size, data->encoded);
  data->encoded.resize(encoded);
  data->header.assign(data->encoded.begin(), data->encoded.begin() + Plain::kHeaderBytes);
  std::vector<std::byte> again(room_for(size));
  PlainWriter<Plain> writer(Plain(data->header.data()), again.data(), false);
  again.resize(plain_encode(writer, data->payload, 5000));
  if (again != data->encoded) give_up("weir and the plain loop make different streams");
  return data;
}

Comparison row_of(const char* transform, const std::string& row, double bytes, double target) {
  Comparison comparison;
  comparison.table = std::string(transform) + ", against a plain loop that makes the same stream";
  comparison.row = row;
  comparison.work = bytes * 1e-9;
  comparison.unit = "GB/s";
  comparison.target = target;
  return comparison;
}

/// A stream without end: what a call costs when all is in the nearest cache.
template <class Plain>
void add_calls(const StreamTransform& transform, std::size_t call, double target) {
  const auto data = data_of<Plain>(transform, std::max(call, kBlockBytes));
  const auto room = std::make_shared<std::vector<std::byte>>(room_for(kBlockBytes));
  const auto plain =
      std::make_shared<PlainWriter<Plain>>(Plain(data->header.data()), room->data(), true);
  plain->start();
  const std::shared_ptr<Sink> sink =
      *transform.transform_to(std::make_unique<RoomSink>(std::span(*room), true));
  const auto input = std::span(data->payload).first(call);
  Comparison row =
      row_of(Plain::kTransform, "writes of " + bytes_name(call), static_cast<double>(call), target);
  row.contestants.push_back({"weir", [data, room, sink, input](std::size_t jobs) {
                               for (; jobs > 0; --jobs) write_pieces(*sink, input, input.size());
                             }});
  row.contestants.push_back({"plain", [data, room, plain, input](std::size_t jobs) {
                               for (; jobs > 0; --jobs) plain->write(input);
                             }});
  add(std::move(row));
}

/// Whole streams, from making the sink to closing it.
template <class Plain>
void add_encode(const StreamTransform& transform, const std::shared_ptr<const Data>& data,
                std::size_t call, double target) {
  const std::size_t size = data->payload.size();
  const auto room = std::make_shared<std::vector<std::byte>>(room_for(size));
  const auto plain =
      std::make_shared<PlainWriter<Plain>>(Plain(data->header.data()), room->data(), false);
  Comparison row =
      row_of(Plain::kTransform, "encode " + bytes_name(size) + " by " + bytes_name(call),
             static_cast<double>(size), target);
  if (size >= (std::size_t{64} << 20)) {
    row.jobs = 1;
    row.rounds = size >= (std::size_t{1} << 30) ? 1 : 4;
  }
  row.contestants.push_back({"weir", [&transform, data, room, call](std::size_t jobs) {
                               for (; jobs > 0; --jobs) {
                                 weir_encode<Plain>(transform, data->payload, call, *room);
                               }
                             }});
  row.contestants.push_back({"plain", [data, room, plain, call](std::size_t jobs) {
                               for (; jobs > 0; --jobs) plain_encode(*plain, data->payload, call);
                             }});
  add(std::move(row));
}

template <class Plain>
void add_decode(const StreamTransform& transform, const std::shared_ptr<const Data>& data,
                std::size_t call, double target) {
  const std::size_t size = data->payload.size();
  const auto room = std::make_shared<std::vector<std::byte>>(call);
  const auto plain =
      std::make_shared<PlainReader<Plain>>(Plain(data->header.data()), data->encoded.data());
  const std::shared_ptr<Source> source =
      *transform.transform_from(std::make_unique<MemorySource>(data->encoded));

  const auto check = [&](auto read) {
    std::size_t at = 0;
    while (const std::size_t given = read()) {
      if (std::memcmp(room->data(), data->payload.data() + at, given) != 0) {
        give_up("decoded bytes are wrong");
      }
      at += given;
    }
    if (at != size) give_up("decoded bytes are missing");
  };
  plain->start();
  check([&] { return plain->read(*room); });
  check([&] { return *source->read(*room); });

  Comparison row =
      row_of(Plain::kTransform, "decode " + bytes_name(size) + " by " + bytes_name(call),
             static_cast<double>(size), target);
  if (size >= (std::size_t{64} << 20)) {
    row.jobs = 1;
    row.rounds = size >= (std::size_t{1} << 30) ? 1 : 4;
  }
  row.contestants.push_back({"weir", [data, room, source](std::size_t jobs) {
                               for (; jobs > 0; --jobs) {
                                 if (!source->seek(0, Whence::kSet)) give_up("weir: seek failed");
                                 for (;;) {
                                   const auto given = source->read(*room);
                                   if (!given) give_up("weir: read failed");
                                   if (*given == 0) break;
                                   benchmark::ClobberMemory();
                                 }
                               }
                             }});
  row.contestants.push_back({"plain", [data, room, plain](std::size_t jobs) {
                               for (; jobs > 0; --jobs) {
                                 plain->start();
                                 while (plain->read(*room) != 0) benchmark::ClobberMemory();
                               }
                             }});
  add(std::move(row));
}

template <class Plain>
void add_all(double target) {
  static const std::unique_ptr<StreamTransform> transform = Plain::transform();
  constexpr std::size_t kKi = std::size_t{1} << 10;
  constexpr std::size_t kMi = std::size_t{1} << 20;
  for (const std::size_t call : {4 * kKi, 64 * kKi, kMi}) {
    add_calls<Plain>(*transform, call, target);
  }
  for (const std::size_t size : {64 * kKi, kMi, 64 * kMi}) {
    const auto data = data_of<Plain>(*transform, size);
    for (const std::size_t call : {4 * kKi, 128 * kKi}) {
      if (call > size) continue;
      // Making and closing a stream is a tenth of so small a one.
      add_encode<Plain>(*transform, data, call, size > kBlockBytes ? target : 0);
      // One block would stay decoded from stream to stream.
      if (size > kBlockBytes) add_decode<Plain>(*transform, data, call, target);
    }
  }
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  weir::bench::add_all<weir::bench::PlainCrc>(0.9);
  weir::bench::add_all<weir::bench::PlainCipher>(0.95);
  return weir::bench::run_comparisons(argc, argv);
}
