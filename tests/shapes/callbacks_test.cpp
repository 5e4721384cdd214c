// Guards the shape of C callbacks: a library that passes bytes through keeps the whole contract,
// would-block included, whoever closes the stream below; libraries with the usual faults are
// caught.
#include "properties/shapes/callbacks.h"

#include <gtest/gtest.h>
#include <sys/types.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "tests/shapes/shapes_test_support.h"

namespace weir::properties::shapes {
namespace {

enum class Fault {
  kNone,
  kIgnoresCount,    // of the write below
  kFailureIsEnd,    // of reading
  kForgetsFailure,  // goes on where writing failed before
  kDropsTail,       // does not write what it holds when it is closed
  kSpins,           // asks again while the callback says EAGAIN
  kLeavesOpen,      // does not close the stream below, which is its own
  kClosesTwice,
  kClosesProgramsStream,
  kIgnoresClose,  // what closing below says
};

// What a library in C has: a struct of function pointers, handles, and functions on them.
struct pass_io {
  void* context;
  ssize_t (*read)(void*, void*, size_t);
  ssize_t (*write)(void*, const void*, size_t);
  int64_t (*seek)(void*, int64_t, int);
  int (*flush)(void*);
  int (*close)(void*);  // null: somebody else closes
};

struct pass_writer {
  pass_io io;
  Fault fault;
  int failed = 0;
  size_t held = 0;
  bool drained = false;
  std::array<char, 48> buffer{};
};

int pass_fail(pass_writer* w, int error) {
  if (error != EAGAIN) w->failed = error;
  errno = error;
  return -1;
}

int pass_drain(pass_writer* w) {
  size_t done = 0;
  while (done < w->held) {
    const ssize_t taken = w->io.write(w->io.context, w->buffer.data() + done, w->held - done);
    if (taken < 0 && errno == EAGAIN && w->fault == Fault::kSpins) continue;
    const int error = errno;
    if (taken < 0) {
      std::memmove(w->buffer.data(), w->buffer.data() + done, w->held - done);
      w->held -= done;
      return pass_fail(w, error);
    }
    done += w->fault == Fault::kIgnoresCount ? w->held : static_cast<size_t>(taken);
  }
  w->held = 0;
  return 0;
}

ssize_t pass_write(pass_writer* w, const void* bytes, size_t size) {
  if (w->failed != 0 && w->fault != Fault::kForgetsFailure) return pass_fail(w, w->failed);
  size_t taken = 0;
  while (taken < size) {
    if (w->held == w->buffer.size() && pass_drain(w) != 0) {
      return taken > 0 ? static_cast<ssize_t>(taken) : -1;
    }
    const size_t part = std::min(size - taken, w->buffer.size() - w->held);
    std::memcpy(w->buffer.data() + w->held, static_cast<const char*>(bytes) + taken, part);
    w->held += part;
    taken += part;
  }
  return static_cast<ssize_t>(taken);
}

int pass_flush(pass_writer* w) {
  if (w->failed != 0 && w->fault != Fault::kForgetsFailure) return pass_fail(w, w->failed);
  if (pass_drain(w) != 0) return -1;
  return w->io.flush(w->io.context) == 0 ? 0 : pass_fail(w, errno);
}

// Resumes where it would have had to wait.
int pass_finish(pass_writer* w) {
  if (w->failed == 0 && w->fault != Fault::kDropsTail && pass_drain(w) != 0 && w->failed == 0) {
    errno = EAGAIN;
    return -1;
  }
  if (w->fault == Fault::kClosesProgramsStream) {
    static_cast<SinkBelow*>(w->io.context)->close();
  }
  if (w->io.close != nullptr && w->fault != Fault::kLeavesOpen) {
    const int closed = w->io.close(w->io.context);
    const int error = errno;
    if (closed != 0 && error == EAGAIN) return -1;
    if (w->fault == Fault::kClosesTwice) w->io.close(w->io.context);
    if (closed != 0 && w->failed == 0 && w->fault != Fault::kIgnoresClose) w->failed = error;
  }
  return w->failed == 0 ? 0 : pass_fail(w, w->failed);
}

struct pass_reader {
  pass_io io;
  Fault fault;
  int failed = 0;
};

ssize_t pass_read(pass_reader* r, void* bytes, size_t size) {
  if (r->failed == 0) {
    const ssize_t given = r->io.read(r->io.context, bytes, size);
    if (given >= 0) return given;
    if (r->fault == Fault::kFailureIsEnd) return 0;
    if (errno == EAGAIN) return -1;
    r->failed = errno;
  }
  errno = r->failed;
  return -1;
}

pass_io writing(SinkBelow& below, ClosedBy closed_by) {
  pass_io io{};
  io.context = &below;
  io.write = [](void* c, const void* p, size_t n) -> ssize_t {
    return static_cast<SinkBelow*>(c)->write(p, n);
  };
  io.flush = [](void* c) { return static_cast<SinkBelow*>(c)->flush(); };
  if (closed_by == ClosedBy::kLibrary) {
    io.close = [](void* c) { return static_cast<SinkBelow*>(c)->close(); };
  }
  return io;
}

pass_io reading(SourceBelow& below, ClosedBy closed_by) {
  pass_io io{};
  io.context = &below;
  io.read = [](void* c, void* p, size_t n) -> ssize_t {
    return static_cast<SourceBelow*>(c)->read(p, n);
  };
  io.seek = [](void* c, int64_t offset, int whence) {
    return static_cast<SourceBelow*>(c)->seek(offset, whence);
  };
  if (closed_by == ClosedBy::kLibrary) {
    io.close = [](void* c) { return static_cast<SourceBelow*>(c)->close(); };
  }
  return io;
}

constexpr Traits kPassing =
    kCallbackTraits | traits(Trait::kNonblocking, Trait::kSizePreserving, Trait::kDeterministic,
                             Trait::kSeekable, Trait::kFlushable, Trait::kConcatenable,
                             Trait::kMultiMember, Trait::kReportsEndPosition);

Subject passing(const std::string& name, Fault fault = Fault::kNone,
                ClosedBy closed_by = ClosedBy::kProgram) {
  return callbacks_subject(
      name, "Passes bytes through callbacks.", kPassing,
      {[=](SinkBelow& below) -> Writer {
         auto w = std::make_shared<pass_writer>(pass_writer{writing(below, closed_by), fault});
         return WriterCalls{.write = [w](auto* p, size_t n) { return pass_write(w.get(), p, n); },
                            .flush = [w] { return pass_flush(w.get()); },
                            .close = [w] { return pass_finish(w.get()); },
                            .abandon = [] {}};
       },
       [=](SourceBelow& below) -> Reader {
         auto r = std::make_shared<pass_reader>(pass_reader{reading(below, closed_by), fault});
         return ReaderCalls{
             .read = [r](void* p, size_t n) { return pass_read(r.get(), p, n); },
             .seek = [r](int64_t o, int w) { return r->io.seek(r->io.context, o, w); },
             .close = [r] { return r->io.close != nullptr ? r->io.close(r->io.context) : 0; }};
       },
       closed_by});
}

TEST(CallbackShape, AccusesNoLibraryThatPassesBytesThrough) {
  expect_held(passing("test.callbacks/1"));
}

TEST(CallbackShape, AccusesNoLibraryThatClosesTheStreamBelow) {
  expect_held(passing("test.owner/1", Fault::kNone, ClosedBy::kLibrary));
}

TEST(CallbackShape, LeavesOutWhatItCannotSay) {
  EXPECT_EQ(skipped_clauses(passing("test.callbacks/1")),
            (std::set<std::string_view>{
                // What needs a promise of the library's.
                "write-behind-bound", "truncation", "trailing-garbage", "splice", "amplification",
                "heap-bound", "read-ahead-bound", "call-economy",
                // What needs another implementation.
                "interop-decodes", "interop-accepts", "full-output",
                // A library has no descriptors, and its handle is gone after close.
                "self-describing", "descriptor-round-trip", "descriptor-own", "version-compatible",
                "version-rejected", "name-rejected", "list-atomic", "registry-hygiene",
                "use-after-close"}));
}

TEST(CallbackShape, CatchesLibrariesThroughTheirOwnDoor) {
  expect_caught(passing("test.ignores-count/1", Fault::kIgnoresCount), "short-sink-writes",
                "ends-early");
  expect_caught(passing("test.failure-is-end/1", Fault::kFailureIsEnd), "source-fault",
                "fault-swallowed");
  expect_caught(passing("test.block-is-end/1", Fault::kFailureIsEnd), "would-block-read",
                "ends-early");
  expect_caught(passing("test.forgets-failure/1", Fault::kForgetsFailure), "after-fault",
                "error-not-repeated");
  expect_caught(passing("test.drops-tail/1", Fault::kDropsTail), "round-trip", "ends-early");
  expect_caught(passing("test.spins/1", Fault::kSpins), "progress", "spins");
}

TEST(CallbackShape, CatchesLibrariesThatCloseTheStreamBelowAmiss) {
  expect_caught(passing("test.leaves-open/1", Fault::kLeavesOpen, ClosedBy::kLibrary), "close-once",
                "closed-not-once");
  expect_caught(passing("test.closes-twice/1", Fault::kClosesTwice, ClosedBy::kLibrary),
                "close-once", "closed-not-once");
  expect_caught(passing("test.closes-programs-stream/1", Fault::kClosesProgramsStream),
                "round-trip", "unexpected-error");
  expect_caught(passing("test.ignores-close/1", Fault::kIgnoresClose, ClosedBy::kLibrary),
                "close-fault", "fault-swallowed");
}

// What the stream below says in errno is what a program expects there.
TEST(CallbackShape, SaysInErrnoWhatHappenedBelow) {
  EXPECT_EQ(errno_of(io_error(ENOSPC, "")), ENOSPC);
  EXPECT_EQ(errno_of(Error(Code::kIo)), EIO);
  EXPECT_EQ(errno_of(Error(Code::kWouldBlock)), EAGAIN);
  EXPECT_EQ(errno_of(Error(Code::kOutOfMemory)), ENOMEM);
  EXPECT_EQ(errno_of(Error(Code::kNotSeekable)), ESPIPE);
  EXPECT_EQ(errno_of(Error(Code::kInvalidArgument)), EINVAL);
  EXPECT_EQ(errno_of(Error(Code::kClosed)), EBADF);
  EXPECT_EQ(errno_of(Error(Code::kCorrupt)), EIO);
}

}  // namespace
}  // namespace weir::properties::shapes
