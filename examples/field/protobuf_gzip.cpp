// Protobuf's gzip streams between a stream of its own over an iostream and a program that copies
// bytes.
//
// Not claimed: nonblocking (a false from Next is for ever), and end positions (the stream below is
// read in blocks).
#include <google/protobuf/io/gzip_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "glue.h"
#include "properties/shapes/iostream.h"

namespace field {
namespace {

using namespace google::protobuf::io;
using namespace weir::properties;

class ToOstream final : public CopyingOutputStream {
 public:
  explicit ToOstream(std::ostream& below) : below_(below) {}
  bool Write(const void* bytes, int size) override {
    return !below_.write(static_cast<const char*>(bytes), size).fail();
  }

 private:
  std::ostream& below_;
};

struct Writing {
  explicit Writing(std::ostream& stream) : below(stream), copying(&below), gzip(&copying) {}
  std::ptrdiff_t write(const void* bytes, std::size_t size) {
    std::size_t taken = 0;
    while (taken < size) {
      void* room = nullptr;
      int room_bytes = 0;
      if (!gzip.Next(&room, &room_bytes)) return -1;
      const std::size_t some = std::min(size - taken, static_cast<std::size_t>(room_bytes));
      std::memcpy(room, static_cast<const char*>(bytes) + taken, some);
      gzip.BackUp(room_bytes - static_cast<int>(some));
      taken += some;
    }
    return static_cast<std::ptrdiff_t>(taken);
  }

  ToOstream below;
  CopyingOutputStreamAdaptor copying;
  GzipOutputStream gzip;
};

struct Reading {
  explicit Reading(std::istream& stream) : copying(&stream), gzip(&copying) {}
  std::ptrdiff_t read(void* bytes, std::size_t size) {
    const void* there = nullptr;
    int there_bytes = 0;
    do {
      if (!gzip.Next(&there, &there_bytes)) {
        return gzip.ZlibErrorCode() == Z_STREAM_END ? 0 : -1;
      }
    } while (there_bytes == 0);
    const std::size_t some = std::min(size, static_cast<std::size_t>(there_bytes));
    std::memcpy(bytes, there, some);
    gzip.BackUp(there_bytes - static_cast<int>(some));
    return static_cast<std::ptrdiff_t>(some);
  }

  IstreamInputStream copying;
  GzipInputStream gzip;
};

shapes::Writer open_writer(std::ostream& below) {
  const auto open = std::make_shared<Writing>(below);
  shapes::WriterCalls calls;
  calls.write = [open](const void* bytes, std::size_t size) { return open->write(bytes, size); };
  // The first answer is true where the second is false: GzipOutputStream hands its bytes to the
  // stream below, which writes in a flush of its own. A program asks both.
  calls.flush = [open, &below] {
    return open->gzip.Flush() && open->copying.Flush() && !below.flush().fail() ? 0 : -1;
  };
  calls.close = [open] { return open->gzip.Close() && open->copying.Flush() ? 0 : -1; };
  calls.abandon = [] {};
  return calls;
}

shapes::Reader open_reader(std::istream& below) {
  const auto open = std::make_shared<Reading>(below);
  shapes::ReaderCalls calls;
  // A program looks at its file, too, when there is no more.
  calls.read = [open, &below](void* bytes, std::size_t size) -> std::ptrdiff_t {
    const std::ptrdiff_t given = open->read(bytes, size);
    return given == 0 && below.bad() ? -1 : given;
  };
  return calls;
}

}  // namespace

std::vector<Subject> protobuf_subjects() {
  return {shapes::iostream_subject(
      "protobuf.gzip/1", "Protobuf's GzipOutputStream and GzipInputStream.",
      shapes::kIostreamTraits | traits(Trait::kDeterministic, Trait::kDetectsTruncation,
                                       Trait::kDetectsCorruption, Trait::kFlushable,
                                       Trait::kConcatenable, Trait::kMultiMember),
      {open_writer, open_reader})};
}

}  // namespace field
