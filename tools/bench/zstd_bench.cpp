// zstd and zstd-seekable through sink and source against the plain libzstd streaming loop: the same
// level, checksum, frames and chunks, contexts reused from stream to stream on both sides. A job is
// one whole stream.
#include <benchmark/benchmark.h>
#include <zstd.h>
#if WEIR_BENCH_BOOST
#include <boost/iostreams/device/array.hpp>
#include <boost/iostreams/filter/zstd.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#endif

#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tools/bench/comparison.h"
#include "tools/bench/payload.h"
#include "weir/memory.h"
#include "weir/transforms/zstd.h"
#include "weir/transforms/zstd_seekable.h"

namespace weir::bench {
namespace {

constexpr std::size_t kPayloadBytes = std::size_t{16} << 20;
constexpr int kLevel = 3;

/// What is measured, and the frames that the plain loop makes for it.
struct Subject {
  const char* name;
  std::unique_ptr<StreamTransform> transform;
  std::size_t frame_bytes;
  int window_log;
  std::size_t table_bytes;  ///< of the seek table, which the plain loop does without
};

struct Data {
  std::vector<std::byte> payload;
  std::vector<std::byte> encoded;
};

std::size_t checked(std::size_t code) {
  if (ZSTD_isError(code)) give_up(std::string("zstd: ") + ZSTD_getErrorName(code));
  return code;
}

/// libzstd straight into a buffer that is large enough.
class PlainEncoder {
 public:
  explicit PlainEncoder(const Subject& subject)
      : frame_bytes_(subject.frame_bytes), context_(ZSTD_createCCtx(), ZSTD_freeCCtx) {
    if (context_ == nullptr) give_up("zstd: no context");
    checked(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_windowLog, subject.window_log));
    checked(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kLevel));
    checked(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1));
  }

  std::size_t encode(const std::vector<std::byte>& payload, std::size_t chunk,
                     std::vector<std::byte>& output) {
    checked(ZSTD_CCtx_reset(context_.get(), ZSTD_reset_session_only));
    ZSTD_outBuffer out{output.data(), output.size(), 0};
    std::size_t frame_end = std::min(frame_bytes_, payload.size());
    for (std::size_t at = 0; at < payload.size();) {
      ZSTD_inBuffer in{payload.data() + at, std::min(chunk, frame_end - at), 0};
      while (in.pos < in.size) {
        checked(ZSTD_compressStream2(context_.get(), &out, &in, ZSTD_e_continue));
      }
      at += in.size;
      if (at < frame_end) continue;
      end_frame(out);
      frame_end += std::min(frame_bytes_, payload.size() - at);
    }
    return out.pos;
  }

 private:
  void end_frame(ZSTD_outBuffer& out) {
    ZSTD_inBuffer nothing{out.dst, 0, 0};
    while (checked(ZSTD_compressStream2(context_.get(), &out, &nothing, ZSTD_e_end)) != 0) {
      if (out.pos == out.size) give_up("zstd: no room");
    }
  }

  std::size_t frame_bytes_;
  std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context_;
};

/// libzstd straight from the encoded bytes into the caller's chunk.
class PlainDecoder {
 public:
  PlainDecoder() : context_(ZSTD_createDCtx(), ZSTD_freeDCtx) {
    if (context_ == nullptr) give_up("zstd: no context");
  }

  template <class Take>
  void decode(const std::vector<std::byte>& encoded, std::span<std::byte> room, Take take) {
    checked(ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_only));
    ZSTD_inBuffer in{encoded.data(), encoded.size(), 0};
    for (std::size_t left = 1; left != 0 || in.pos < in.size;) {
      ZSTD_outBuffer out{room.data(), room.size(), 0};
      while ((left != 0 || in.pos < in.size) && out.pos < out.size) {
        left = checked(ZSTD_decompressStream(context_.get(), &out, &in));
      }
      take(room.first(out.pos));
    }
  }

 private:
  std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context_;
};

std::size_t weir_encode(const StreamTransform& zstd, const std::vector<std::byte>& payload,
                        std::size_t chunk, ByteBuffer& output) {
  output.clear();
  auto made = zstd.transform_to(std::make_unique<MemorySink>(output));
  if (!made) give_up("weir: no sink");
  Sink& sink = **made;
  for (std::span<const std::byte> left = payload; !left.empty();) {
    const Result<std::size_t> taken = sink.write(left.first(std::min(chunk, left.size())));
    if (!taken) give_up("weir: write failed");
    left = left.subspan(*taken);
  }
  if (!sink.close()) give_up("weir: close failed");
  return output.size();
}

template <class Take>
void weir_decode(const StreamTransform& zstd, const std::vector<std::byte>& encoded,
                 std::span<std::byte> room, Take take) {
  auto made = zstd.transform_from(std::make_unique<MemorySource>(encoded));
  if (!made) give_up("weir: no source");
  Source& source = **made;
  for (;;) {
    const Result<std::size_t> given = source.read(room);
    if (!given) give_up("weir: read failed");
    if (*given == 0) break;
    take(room.first(*given));
  }
  if (!source.close()) give_up("weir: close failed");
}

/// Holds what arrives against the payload, piece by piece.
class Expect {
 public:
  explicit Expect(const std::vector<std::byte>& payload) : payload_(&payload) {}
  void operator()(std::span<const std::byte> piece) {
    if (piece.size() > payload_->size() - at_ ||
        std::memcmp(piece.data(), payload_->data() + at_, piece.size()) != 0) {
      give_up("decoded bytes are wrong");
    }
    at_ += piece.size();
  }
  void end() const {
    if (at_ != payload_->size()) give_up("decoded bytes are missing");
  }

 private:
  const std::vector<std::byte>* payload_;
  std::size_t at_ = 0;
};

#if WEIR_BENCH_BOOST
namespace io = boost::iostreams;

/// Boost's filter as its manual shows it, which puts no checksum behind a frame and makes one frame
/// of all.
Contestant boost_encoder(const std::shared_ptr<const Data>& data, std::size_t chunk) {
  const auto output = std::make_shared<std::vector<char>>(ZSTD_compressBound(kPayloadBytes));
  return {"Boost", [data, output, chunk](std::size_t jobs) {
            for (; jobs > 0; --jobs) {
              io::filtering_ostream stream;
              stream.push(io::zstd_compressor(io::zstd_params(kLevel)));
              stream.push(io::array_sink(output->data(), output->size()));
              for (std::size_t at = 0; at < data->payload.size(); at += chunk) {
                stream.write(
                    reinterpret_cast<const char*>(data->payload.data()) + at,
                    static_cast<std::streamsize>(std::min(chunk, data->payload.size() - at)));
              }
              stream.reset();
            }
          }};
}

Contestant boost_decoder(const std::shared_ptr<const Data>& data, std::size_t chunk) {
  const auto room = std::make_shared<std::vector<char>>(chunk);
  const auto run = [data, room](std::size_t jobs) {
    for (; jobs > 0; --jobs) {
      io::filtering_istream stream;
      stream.push(io::zstd_decompressor());
      stream.push(io::array_source(reinterpret_cast<const char*>(data->encoded.data()),
                                   data->encoded.size()));
      std::size_t given = 0;
      while (stream.read(room->data(), static_cast<std::streamsize>(room->size())) ||
             stream.gcount() > 0) {
        given += static_cast<std::size_t>(stream.gcount());
        benchmark::ClobberMemory();
      }
      if (given != data->payload.size()) give_up("Boost: decoded bytes are missing");
    }
  };
  return {"Boost", run};
}
#endif

Contestant copier(const std::shared_ptr<const Data>& data, std::size_t chunk) {
  const auto room = std::make_shared<std::vector<std::byte>>(chunk);
  return {"memcpy", [data, room](std::size_t jobs) {
            for (; jobs > 0; --jobs) {
              for (std::size_t at = 0; at < data->payload.size(); at += room->size()) {
                std::memcpy(room->data(), data->payload.data() + at,
                            std::min(room->size(), data->payload.size() - at));
                benchmark::ClobberMemory();
              }
            }
          }};
}

Comparison row_of(const Subject& subject, const char* what, const char* kind, std::size_t chunk) {
  Comparison row;
  row.table = std::string(subject.name) + " at level 3, against the plain libzstd loop";
  row.row = std::string(what) + " " + kind + ", " + std::to_string(chunk >> 10) + " KiB";
  row.work = static_cast<double>(kPayloadBytes) * 1e-9;
  row.unit = "GB/s";
  row.jobs = 1;
  row.rounds = 6;
  row.target = 0.97;
  return row;
}

void add_encode(const Subject& subject, const std::shared_ptr<const Data>& data, const char* kind,
                std::size_t chunk) {
  const StreamTransform& zstd = *subject.transform;
  const auto output = std::make_shared<ByteBuffer>();
  const auto plain = std::make_shared<PlainEncoder>(subject);
  const auto plain_output =
      std::make_shared<std::vector<std::byte>>(ZSTD_compressBound(kPayloadBytes));
  // The same room on both sides: neither grows its buffer while it is measured.
  output->grow(plain_output->size());

  const std::size_t size = weir_encode(zstd, data->payload, chunk, *output);
  const std::vector<std::byte> encoded(output->bytes().begin(), output->bytes().end());
  std::vector<std::byte> room(chunk);
  Expect expect(data->payload);
  PlainDecoder().decode(encoded, room, [&](auto piece) { expect(piece); });
  expect.end();
  if (size != plain->encode(data->payload, chunk, *plain_output) + subject.table_bytes) {
    give_up("weir and the plain loop compress to different sizes");
  }

  Comparison row = row_of(subject, "encode", kind, chunk);
  row.contestants.push_back({"weir", [&zstd, data, output, chunk](std::size_t jobs) {
                               for (; jobs > 0; --jobs) {
                                 weir_encode(zstd, data->payload, chunk, *output);
                               }
                             }});
  row.contestants.push_back({"plain", [data, plain, plain_output, chunk](std::size_t jobs) {
                               for (; jobs > 0; --jobs) {
                                 plain->encode(data->payload, chunk, *plain_output);
                               }
                             }});
#if WEIR_BENCH_BOOST
  row.contestants.push_back(boost_encoder(data, chunk));
#endif
  row.contestants.push_back(copier(data, chunk));
  add(std::move(row));
}

void add_decode(const Subject& subject, const std::shared_ptr<const Data>& data, const char* kind,
                std::size_t chunk) {
  const StreamTransform& zstd = *subject.transform;
  const auto room = std::make_shared<std::vector<std::byte>>(chunk);
  const auto plain = std::make_shared<PlainDecoder>();
  Expect expect(data->payload);
  weir_decode(zstd, data->encoded, *room, [&](auto piece) { expect(piece); });
  expect.end();

  const auto ignore = [](std::span<const std::byte>) { benchmark::ClobberMemory(); };
  Comparison row = row_of(subject, "decode", kind, chunk);
  row.contestants.push_back({"weir", [&zstd, data, room, ignore](std::size_t jobs) {
                               for (; jobs > 0; --jobs) {
                                 weir_decode(zstd, data->encoded, *room, ignore);
                               }
                             }});
  row.contestants.push_back({"plain", [data, room, plain, ignore](std::size_t jobs) {
                               for (; jobs > 0; --jobs) plain->decode(data->encoded, *room, ignore);
                             }});
#if WEIR_BENCH_BOOST
  row.contestants.push_back(boost_decoder(data, chunk));
#endif
  row.contestants.push_back(copier(data, chunk));
  add(std::move(row));
}

std::shared_ptr<const Data> make_data(const Subject& subject, PayloadGenerator::Kind kind) {
  auto data = std::make_shared<Data>();
  PayloadGenerator(kind).next(kPayloadBytes, data->payload);
  ByteBuffer encoded;
  weir_encode(*subject.transform, data->payload, kPayloadBytes, encoded);
  data->encoded.assign(encoded.bytes().begin(), encoded.bytes().end());
  return data;
}

void add_all(const Subject& subject) {
  constexpr std::size_t kChunks[] = {std::size_t{128} << 10, std::size_t{4} << 10};
  const auto text = make_data(subject, PayloadGenerator::Kind::kText);
  const auto binary = make_data(subject, PayloadGenerator::Kind::kBinary);
  for (const std::size_t chunk : kChunks) {
    add_encode(subject, text, "text", chunk);
    add_encode(subject, binary, "binary", chunk);
    add_decode(subject, text, "text", chunk);
    add_decode(subject, binary, "binary", chunk);
  }
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  using namespace weir;
  using namespace weir::bench;
  // One frame for all, with the level's window; or frames of 1 MiB, no window larger than that.
  const std::size_t frame_bytes = ZstdSeekable::Options{}.frame_bytes;
  const Subject subjects[] = {{"stream.zstd/1", std::make_unique<Zstd>(), kPayloadBytes, 0, 0},
                              {"stream.zstd-seekable/1", std::make_unique<ZstdSeekable>(),
                               frame_bytes, 20, kPayloadBytes / frame_bytes * 12 + 17}};
  for (const Subject& subject : subjects) add_all(subject);
  return run_comparisons(argc, argv);
}
