// zlib's gzFile over a descriptor.
//
// Not claimed, from zlib.h: multi_member and what goes with it ("trailing garbage is ignored (and
// no error is returned)"); seekable (seeks are emulated by reading).
#include <zlib.h>

#include "glue.h"
#include "properties/shapes/descriptor.h"

namespace field {
namespace {

using namespace weir::properties;

shapes::Writer open_writer(int below) {
  shapes::WriterCalls calls;
  const gzFile file = gzdopen(below, "wb");
  if (file == nullptr) return calls;
  calls.write = [file](const void* bytes, std::size_t size) -> std::ptrdiff_t {
    const int taken = gzwrite(file, bytes, static_cast<unsigned>(size));
    return taken == 0 && size > 0 ? -1 : taken;
  };
  calls.flush = [file] { return gzflush(file, Z_SYNC_FLUSH) == Z_OK ? 0 : -1; };
  calls.close = [file] { return gzclose(file) == Z_OK ? 0 : -1; };
  return calls;
}

shapes::Reader open_reader(int below) {
  shapes::ReaderCalls calls;
  const gzFile file = gzdopen(below, "rb");
  if (file == nullptr) return calls;
  calls.read = [file](void* bytes, std::size_t size) -> std::ptrdiff_t {
    // What is no gzip is copied: a program that wants gzip and nothing else asks. It also asks how
    // the stream ended, which gzclose tells a second time.
    if (size > 0 && gzdirect(file)) return -1;
    const int given = gzread(file, bytes, static_cast<unsigned>(size));
    if (given != 0 || size == 0) return given;
    int error = Z_OK;
    gzerror(file, &error);
    return error != Z_OK ? -1 : 0;
  };
  calls.close = [file] { return gzclose(file) == Z_OK ? 0 : -1; };
  return calls;
}

}  // namespace

std::vector<Subject> zlib_subjects() {
  return {shapes::descriptor_subject(
      "zlib.gzfile/1", "zlib's gzFile, by gzdopen.",
      shapes::kDescriptorTraits | traits(Trait::kDeterministic, Trait::kDetectsTruncation,
                                         Trait::kFlushable, Trait::kConcatenable),
      {open_writer, open_reader, shapes::ClosedBy::kLibrary})};
}

}  // namespace field
