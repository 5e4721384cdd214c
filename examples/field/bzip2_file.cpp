// libbz2's BZFILE over a FILE* of the program's.
//
// Not claimed, from the manual: multi_member and what goes with it (BZ2_bzRead stops at "the
// logical stream end"; who wants more opens again); flushable (there is no flush).
#include <bzlib.h>

#include <cstdio>
#include <memory>

#include "glue.h"
#include "properties/shapes/stdio.h"

namespace field {
namespace {

using namespace weir::properties;

shapes::Writer open_writer(std::FILE* below) {
  shapes::WriterCalls calls;
  int opened = BZ_OK;
  BZFILE* const file = BZ2_bzWriteOpen(&opened, below, 1, 0, 0);
  if (file == nullptr) return calls;
  calls.write = [file](const void* bytes, std::size_t size) -> std::ptrdiff_t {
    int error = BZ_OK;
    BZ2_bzWrite(&error, file, const_cast<void*>(bytes), static_cast<int>(size));
    return error == BZ_OK ? static_cast<std::ptrdiff_t>(size) : -1;
  };
  calls.close = [file] {
    int error = BZ_OK;
    BZ2_bzWriteClose(&error, file, 0, nullptr, nullptr);
    return error == BZ_OK ? 0 : -1;
  };
  calls.abandon = [file] {
    int error = BZ_OK;
    BZ2_bzWriteClose(&error, file, 1, nullptr, nullptr);
  };
  return calls;
}

shapes::Reader open_reader(std::FILE* below) {
  shapes::ReaderCalls calls;
  int opened = BZ_OK;
  BZFILE* const file = BZ2_bzReadOpen(&opened, below, 0, 0, nullptr, 0);
  if (file == nullptr) return calls;
  // Behind the end no more may be read.
  const auto last = std::make_shared<int>(BZ_OK);
  calls.read = [file, last](void* bytes, std::size_t size) -> std::ptrdiff_t {
    if (*last == BZ_STREAM_END || size == 0) return 0;
    if (*last != BZ_OK) return -1;
    const int given = BZ2_bzRead(last.get(), file, bytes, static_cast<int>(size));
    return *last == BZ_OK || *last == BZ_STREAM_END ? given : -1;
  };
  calls.close = [file] {
    int error = BZ_OK;
    BZ2_bzReadClose(&error, file);
    return error == BZ_OK ? 0 : -1;
  };
  return calls;
}

}  // namespace

std::vector<Subject> bzip2_subjects() {
  return {shapes::stdio_subject(
      "bzip2.file/1", "libbz2's BZFILE, by BZ2_bzWriteOpen and BZ2_bzReadOpen.",
      shapes::kStdioTraits |
          traits(Trait::kDeterministic, Trait::kDetectsTruncation, Trait::kDetectsCorruption),
      {open_writer, open_reader, shapes::ClosedBy::kProgram})};
}

}  // namespace field
