// Guards the shape of FILE*: a library that passes bytes through keeps the whole contract, buffered
// and unbuffered, whoever closes the file; libraries with the usual faults are caught.
#include "properties/shapes/stdio.h"

#include <gtest/gtest.h>
#include <sys/types.h>

#include <cstdio>
#include <memory>
#include <utility>

#include "tests/shapes/shapes_test_support.h"

namespace weir::properties::shapes {
namespace {

enum class Fault {
  kNone,
  kFailureIsEnd,  // looks at feof and never at ferror
  kForgetsFflush,
  kIgnoresFclose,  // and what fwrite said
  kLeavesOpen,     // a file of its own
  kClosesProgramsFile,
  kSeekFromStart,  // whatever was meant
};

// What a library in C has: handles, and functions on them.
struct file_pass {
  std::FILE* file;
  Fault fault;
  ClosedBy closed_by;
};

ssize_t file_write(file_pass* pass, const void* bytes, size_t size) {
  const bool good = std::ferror(pass->file) == 0 &&
                    (size == 0 || std::fwrite(bytes, 1, size, pass->file) == size);
  return good || pass->fault == Fault::kIgnoresFclose ? static_cast<ssize_t>(size) : -1;
}

int file_flush(file_pass* pass) {
  if (pass->fault == Fault::kForgetsFflush) return 0;
  return std::ferror(pass->file) == 0 && std::fflush(pass->file) == 0 ? 0 : -1;
}

int file_close(file_pass* pass) {
  if (pass->fault == Fault::kClosesProgramsFile) {
    return std::fclose(std::exchange(pass->file, nullptr)) == 0 ? 0 : -1;
  }
  if (pass->closed_by == ClosedBy::kProgram || pass->fault == Fault::kLeavesOpen) return 0;
  const bool failed = std::ferror(pass->file) != 0;
  const bool closed = std::fclose(std::exchange(pass->file, nullptr)) == 0;
  return pass->fault == Fault::kIgnoresFclose || (closed && !failed) ? 0 : -1;
}

ssize_t file_read(file_pass* pass, void* bytes, size_t size) {
  const bool forgives = pass->fault == Fault::kFailureIsEnd;
  if (std::ferror(pass->file) != 0) return forgives ? 0 : -1;
  const size_t given = size > 0 ? std::fread(bytes, 1, size, pass->file) : 0;
  if (given == 0 && std::ferror(pass->file) != 0 && !forgives) return -1;
  return static_cast<ssize_t>(given);
}

int64_t file_seek(file_pass* pass, int64_t offset, int whence) {
  if (pass->fault == Fault::kSeekFromStart) whence = SEEK_SET;
  return ::fseeko(pass->file, offset, whence) == 0 ? ::ftello(pass->file) : -1;
}

constexpr Traits kPassing =
    kStdioTraits | traits(Trait::kSizePreserving, Trait::kDeterministic, Trait::kSeekable,
                          Trait::kFlushable, Trait::kConcatenable, Trait::kMultiMember);

Subject passing(const std::string& name, Fault fault = Fault::kNone,
                ClosedBy closed_by = ClosedBy::kProgram, std::size_t buffer_bytes = 64) {
  const auto open = [=](std::FILE* below) {
    return std::make_shared<file_pass>(file_pass{below, fault, closed_by});
  };
  return stdio_subject(
      name, "Passes bytes through a FILE*.", kPassing,
      {[=](std::FILE* below) -> Writer {
         const auto pass = open(below);
         return WriterCalls{
             .write = [=](const void* p, size_t n) { return file_write(pass.get(), p, n); },
             .flush = [=] { return file_flush(pass.get()); },
             .close = [=] { return file_close(pass.get()); }};
       },
       [=](std::FILE* below) -> Reader {
         const auto pass = open(below);
         return ReaderCalls{.read = [=](void* p, size_t n) { return file_read(pass.get(), p, n); },
                            .seek = [=](int64_t o, int w) { return file_seek(pass.get(), o, w); },
                            .close = [=] { return file_close(pass.get()); }};
       },
       closed_by, buffer_bytes});
}

TEST(StdioShape, AccusesNoLibraryThatPassesBytesThrough) { expect_held(passing("test.file/1")); }

TEST(StdioShape, AccusesNoLibraryThatClosesTheFile) {
  expect_held(passing("test.owner/1", Fault::kNone, ClosedBy::kLibrary));
}

// Where nobody holds anything back, there is nothing to flush.
TEST(StdioShape, AccusesNobodyOverAFileWithoutABuffer) {
  Subject subject = passing("test.unbuffered/1", Fault::kNone, ClosedBy::kProgram, 0);
  subject.traits &= static_cast<Traits>(~traits(Trait::kFlushable));
  // It reads byte by byte, and a fault at each of so many calls is work by the square. No size is
  // an edge for it.
  subject.payload_bytes_max = 100;
  expect_held(subject);
}

TEST(StdioShape, LeavesOutWhatItCannotSay) {
  EXPECT_EQ(skipped_clauses(passing("test.file/1")),
            (std::set<std::string_view>{
                // Parts and would-block cannot be said, nor a flush that goes on below.
                "short-source-reads", "short-sink-writes", "first-read", "seek-over-partial",
                "would-block-read", "would-block-write", "progress", "write-behind-bound",
                "flush-forwards",
                // What needs a promise of the library's.
                "truncation", "trailing-garbage", "end-position", "splice", "amplification",
                "heap-bound", "read-ahead-bound", "call-economy",
                // What needs another implementation.
                "interop-decodes", "interop-accepts", "full-output",
                // A library has no descriptors, and its handle is gone after close.
                "self-describing", "descriptor-round-trip", "descriptor-own", "version-compatible",
                "version-rejected", "name-rejected", "list-atomic", "registry-hygiene",
                "use-after-close"}));
}

TEST(StdioShape, CatchesLibrariesThroughTheirOwnDoor) {
  expect_caught(passing("test.failure-is-end/1", Fault::kFailureIsEnd), "source-fault",
                "fault-swallowed");
  expect_caught(passing("test.forgets-fflush/1", Fault::kForgetsFflush), "flush-readable",
                "flushed-bytes-missing");
  expect_caught(passing("test.ignores-fclose/1", Fault::kIgnoresFclose, ClosedBy::kLibrary),
                "sink-fault", "fault-swallowed");
  expect_caught(passing("test.leaves-open/1", Fault::kLeavesOpen, ClosedBy::kLibrary), "close-once",
                "closed-not-once");
  expect_caught(passing("test.closes-programs-file/1", Fault::kClosesProgramsFile), "round-trip",
                "unexpected-error");
  expect_caught(passing("test.seek-from-start/1", Fault::kSeekFromStart), "seek-model",
                "seek-wrong-position");
}

}  // namespace
}  // namespace weir::properties::shapes
