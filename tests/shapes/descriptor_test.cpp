// Guards the shape of descriptors: a library that passes bytes through keeps the whole contract,
// whoever closes the descriptor; what each read below gave is one read of the library's; failures
// arrive as ECONNRESET and EPIPE; libraries with the usual faults are caught.
#include "properties/shapes/descriptor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <utility>

#include "tests/shapes/shapes_test_support.h"

namespace weir::properties::shapes {
namespace {

enum class Fault {
  kNone,
  kFailureIsEnd,   // of reading
  kOneReadIsAll,   // takes a short read for the last one
  kIgnoresBroken,  // pipes
  kDropsTail,
  kLeavesOpen,    // a descriptor of its own
  kClosesForeign  // descriptors
};

// What a library in C has: handles, and functions on them.
struct descriptor_pass {
  int fd;
  Fault fault;
  ClosedBy closed_by;
  int failed = 0;
  bool ended = false;
  size_t held = 0;
  std::array<char, 48> buffer{};
};

int pass_drain(descriptor_pass* pass) {
  size_t done = 0;
  while (pass->failed == 0 && done < pass->held) {
    const ssize_t taken = ::write(pass->fd, pass->buffer.data() + done, pass->held - done);
    if (taken >= 0) {
      done += static_cast<size_t>(taken);
    } else if (errno != EINTR) {
      if (pass->fault == Fault::kIgnoresBroken) break;
      pass->failed = errno;
    }
  }
  pass->held = 0;
  errno = pass->failed;
  return pass->failed == 0 ? 0 : -1;
}

ssize_t pass_write(descriptor_pass* pass, const void* bytes, size_t size) {
  size_t taken = 0;
  while (taken < size) {
    if (pass->held == pass->buffer.size()) pass_drain(pass);
    const size_t part = std::min(size - taken, pass->buffer.size() - pass->held);
    std::memcpy(pass->buffer.data() + pass->held, static_cast<const char*>(bytes) + taken, part);
    pass->held += part;
    taken += part;
  }
  errno = pass->failed;
  return pass->failed == 0 ? static_cast<ssize_t>(size) : -1;
}

ssize_t pass_read(descriptor_pass* pass, void* bytes, size_t size) {
  if (pass->ended) return 0;
  if (pass->failed == 0) {
    const ssize_t given = ::read(pass->fd, bytes, size);
    if (given >= 0) {
      pass->ended = pass->fault == Fault::kOneReadIsAll && size > 1 &&
                    given < static_cast<ssize_t>(std::min<size_t>(size, 16));
      return given;
    }
    if (pass->fault == Fault::kFailureIsEnd) return 0;
    pass->failed = errno;
  }
  errno = pass->failed;
  return -1;
}

int pass_close(descriptor_pass* pass, bool writes) {
  if (writes && pass->fault != Fault::kDropsTail) pass_drain(pass);
  const bool closes = pass->closed_by == ClosedBy::kLibrary ? pass->fault != Fault::kLeavesOpen
                                                            : pass->fault == Fault::kClosesForeign;
  if (closes) ::close(pass->fd);
  return pass->failed == 0 ? 0 : -1;
}

constexpr Traits kPassing =
    kDescriptorTraits | traits(Trait::kSizePreserving, Trait::kDeterministic, Trait::kFlushable,
                               Trait::kConcatenable, Trait::kMultiMember);

Subject passing(const std::string& name, Fault fault = Fault::kNone,
                ClosedBy closed_by = ClosedBy::kProgram) {
  const auto open = [=](int below) {
    return std::make_shared<descriptor_pass>(descriptor_pass{below, fault, closed_by});
  };
  return descriptor_subject(
      name, "Passes bytes through a descriptor.", kPassing,
      {[=](int below) -> Writer {
         const auto pass = open(below);
         return WriterCalls{
             .write = [=](const void* p, size_t n) { return pass_write(pass.get(), p, n); },
             .flush = [=] { return pass_drain(pass.get()); },
             .close = [=] { return pass_close(pass.get(), true); }};
       },
       [=](int below) -> Reader {
         const auto pass = open(below);
         return ReaderCalls{.read = [=](void* p, size_t n) { return pass_read(pass.get(), p, n); },
                            .close = [=] { return pass_close(pass.get(), false); }};
       },
       closed_by});
}

// A socket and a thread for every stream, which each piece of 48 bytes wakes up.
constexpr Work kSome{.exhaustive = 400, .random = 60};

TEST(DescriptorShape, AccusesNoLibraryThatPassesBytesThrough) {
  Subject subject = passing("test.descriptor/1");
  subject.payload_bytes_max = 66000;  // more than a door moves at once
  expect_held(subject, {}, kSome);
}

TEST(DescriptorShape, AccusesNoLibraryThatClosesTheDescriptor) {
  Subject subject = passing("test.owner/1", Fault::kNone, ClosedBy::kLibrary);
  subject.payload_bytes_max = 5000;
  expect_held(subject, {}, kSome);
}

TEST(DescriptorShape, LeavesOutWhatItCannotSay) {
  EXPECT_EQ(skipped_clauses(passing("test.descriptor/1")),
            (std::set<std::string_view>{
                // Would-block and seeks cannot be said, nor a flush that goes on below.
                "would-block-read", "would-block-write", "progress", "write-behind-bound",
                "flush-forwards", "seek-model", "seek-past-end", "seek-over-partial", "seek-honest",
                "seek-refused",
                // What needs a promise of the library's.
                "truncation", "trailing-garbage", "end-position", "splice", "amplification",
                "heap-bound", "read-ahead-bound", "call-economy",
                // What needs another implementation.
                "interop-decodes", "interop-accepts", "full-output",
                // A library has no descriptors of that kind, and its handle is gone after close.
                "self-describing", "descriptor-round-trip", "descriptor-own", "version-compatible",
                "version-rejected", "name-rejected", "list-atomic", "registry-hygiene",
                "use-after-close"}));
}

TEST(DescriptorShape, CatchesLibrariesThroughTheirOwnDoor) {
  expect_caught(passing("test.failure-is-end/1", Fault::kFailureIsEnd), "source-fault",
                "fault-swallowed");
  expect_caught(passing("test.one-read-is-all/1", Fault::kOneReadIsAll), "short-source-reads",
                "ends-early");
  expect_caught(passing("test.ignores-broken-pipe/1", Fault::kIgnoresBroken), "sink-fault",
                "fault-swallowed");
  expect_caught(passing("test.drops-tail/1", Fault::kDropsTail), "round-trip", "ends-early");
}

TEST(DescriptorShape, CatchesLibrariesThatCloseTheDescriptorAmiss) {
  expect_caught(passing("test.leaves-open/1", Fault::kLeavesOpen, ClosedBy::kLibrary), "round-trip",
                "unexpected-error");
  expect_caught(passing("test.closes-foreign/1", Fault::kClosesForeign), "round-trip",
                "unexpected-error");
}

// A source that gives what its list says, then fails.
class Parts final : public Source {
 public:
  Parts(std::vector<std::size_t> sizes, std::optional<Error> failure)
      : sizes_(std::move(sizes)), failure_(std::move(failure)) {}
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (next_ == sizes_.size()) return failure_ ? Result<std::size_t>(fail(*failure_)) : 0;
    const std::size_t size = std::min(sizes_[next_++], output.size());
    std::fill_n(output.begin(), size, static_cast<std::byte>(next_));
    return size;
  }
  Result<std::uint64_t> tell() const override { return fail(Code::kNotSeekable); }
  Result<void> close() override { return {}; }

 private:
  std::vector<std::size_t> sizes_;
  std::optional<Error> failure_;
  std::size_t next_ = 0;
};

// What plain reads of a descriptor say: counts, and -errno.
std::vector<ssize_t> reads_of(std::unique_ptr<Source> source, std::size_t asked) {
  std::vector<ssize_t> answers;
  const Subject subject =
      descriptor_subject("test.reads/1", "Reads a descriptor.", kDescriptorTraits,
                         {[](int) -> Writer { return WriterCalls{}; },
                          [&](int below) -> Reader {
                            std::vector<char> buffer(asked);
                            do {
                              const ssize_t given = ::read(below, buffer.data(), buffer.size());
                              answers.push_back(given < 0 ? -errno : given);
                            } while (answers.back() > 0);
                            return ReaderCalls{.read = [](void*, size_t) { return 0; }};
                          }});
  EXPECT_TRUE((*subject.make())->transform_from(std::move(source)).has_value());
  return answers;
}

TEST(DescriptorShape, GivesEachReadBelowAsOneReadAndAFailureBehindThem) {
  const std::vector<std::size_t> parts = {1, 100, 7};
  EXPECT_EQ(reads_of(std::make_unique<Parts>(parts, std::nullopt), 4096),
            (std::vector<ssize_t>{1, 100, 7, 0}));
  EXPECT_EQ(reads_of(std::make_unique<Parts>(parts, io_error(EIO, "")), 4096),
            (std::vector<ssize_t>{1, 100, 7, -ECONNRESET}));
}

// More than a socket holds, in one piece and in more pieces than may be told apart.
TEST(DescriptorShape, GivesAllOfALongSource) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{65536}}) {
    std::size_t total = 0;
    for (const ssize_t given :
         reads_of(std::make_unique<Parts>(std::vector<std::size_t>(9000 / (1 + size / 100), size),
                                          io_error(EIO, "")),
                  1000)) {
      if (given > 0) total += static_cast<std::size_t>(given);
    }
    EXPECT_EQ(total, 9000 / (1 + size / 100) * size);
  }
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    ++count;
  }
  return count;
}

TEST(DescriptorShape, LeavesNoDescriptorOpen) {
  const std::size_t before = open_descriptors();
  for (const Subject& subject :
       {passing("test.a/1"), passing("test.b/1", Fault::kLeavesOpen, ClosedBy::kLibrary),
        passing("test.c/1", Fault::kNone, ClosedBy::kLibrary),
        passing("test.d/1", Fault::kClosesForeign)}) {
    const auto transform = *subject.make();
    for (const bool closes : {true, false}) {
      ByteBuffer bytes;
      auto sink = *transform->transform_to(std::make_unique<MemorySink>(bytes));
      if (closes) static_cast<void>(sink->close());
      sink.reset();
      // More than fits into the socket, and nobody reads it.
      auto source = *transform->transform_from(
          std::make_unique<Parts>(std::vector<std::size_t>(40, 65536), std::nullopt));
      if (closes) static_cast<void>(source->close());
    }
  }
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace weir::properties::shapes
