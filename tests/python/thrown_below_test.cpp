// Guards what becomes of a C++ exception that is thrown below a transform in Python: it passes
// through no frame of the interpreter, goes on where Python returns, whatever Python made of it,
// and leaves an interpreter that works.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>

#include "properties/foreign_breach.h"
#include "properties/harness.h"
#include "properties/python/python_subject.h"
#include "tests/properties/folder.h"
#include "weir/memory.h"

// An interpreter keeps what it has made until its process ends. The runtime's own name.
// NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" const char* __lsan_default_options();
// NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" const char* __lsan_default_options() { return "detect_leaks=0"; }

namespace weir::properties {
namespace {

constexpr const char* kPython = R"(
import gc, io, sys, threading

class Swallowing:
    """Goes on after whatever is raised below."""
    def __init__(self, below):
        self.below = below
    def quietly(self, call, otherwise):
        try:
            return call()
        except BaseException:
            return otherwise
    def write(self, b):
        for i in range(3):
            taken = self.quietly(lambda: self.below.write(b), len(b))
        return taken
    def flush(self):
        self.quietly(self.below.flush, None)
    def close(self):
        self.quietly(self.below.close, None)
    def readinto(self, b):
        return self.quietly(lambda: self.below.readinto(b), 0)
    def seekable(self):
        return self.quietly(self.below.seekable, True)
    def seek(self, to, whence):
        return self.quietly(lambda: self.below.seek(to, whence), 0)
    def tell(self):
        return self.quietly(self.below.tell, 0)

class WritesInFinaliser(Swallowing):
    def write(self, b):
        class Last:
            def __del__(last):
                self.below.write(b)
        Last()
        return len(b)

class WritesInCollector(Swallowing):
    def write(self, b):
        class Last:
            def __init__(last):
                last.itself = last
            def __del__(last):
                self.below.write(b)
        Last()
        gc.collect()
        return len(b)

class WritesInThread(Swallowing):
    def write(self, b):
        threading.excepthook = lambda thrown: None
        thread = threading.Thread(target=lambda: self.below.write(b))
        thread.start()
        thread.join()
        return len(b)

class Exits(Swallowing):
    def write(self, b):
        sys.exit("enough")

class Late(Swallowing):
    def __del__(self):
        self.below.write(b"late")

def transform(stream):
    class Transform:
        def transform_to(self, output):
            return stream(output)
        transform_from = transform_to
    return Transform

same = transform(lambda below: below)
swallows = transform(Swallowing)
buffered = transform(lambda below: io.BufferedWriter(below, 2))
finaliser = transform(WritesInFinaliser)
collector = transform(WritesInCollector)
thread = transform(WritesInThread)
exits = transform(Exits)
late = transform(Late)
)";

Subject subject_of(const std::string& object) {
  static const test::Folder folder;
  static const std::string path = [] {
    const std::string file = folder.path() + "/weir_thrown_below.py";
    std::ofstream(file) << kPython;
    return file;
  }();
  Subject subject;
  EXPECT_EQ(make_python_subject({true, path, object}, subject), "");
  return subject;
}

std::unique_ptr<StreamTransform> transform_of(const std::string& object) {
  return *subject_of(object).make();
}

enum class At { kNever, kWrite, kFlush, kTell, kClose, kRead, kSeekable, kSeek };

// Throws what `thrower` throws at one of its calls, and counts those calls.
struct Trap {
  At at = At::kNever;
  void (*thrower)() = [] { throw ForeignBreach{"trap", "nothing", "something"}; };
  int sprung = 0;

  void pass(At here) {
    if (here != at) return;
    ++sprung;
    thrower();
  }
};

class TrapSink final : public Sink {
 public:
  TrapSink(Trap& trap, std::unique_ptr<Sink> inner) : trap_(trap), inner_(std::move(inner)) {}
  Result<std::size_t> write(std::span<const std::byte> input) override {
    trap_.pass(At::kWrite);
    return inner_->write(input);
  }
  Result<void> flush() override {
    trap_.pass(At::kFlush);
    return inner_->flush();
  }
  Result<std::uint64_t> tell() const override {
    trap_.pass(At::kTell);
    return inner_->tell();
  }
  Result<void> close() override {
    trap_.pass(At::kClose);
    return inner_->close();
  }

 private:
  Trap& trap_;
  std::unique_ptr<Sink> inner_;
};

class TrapSource final : public Source {
 public:
  TrapSource(Trap& trap, std::unique_ptr<Source> inner) : trap_(trap), inner_(std::move(inner)) {}
  Result<std::size_t> read(std::span<std::byte> output) override {
    trap_.pass(At::kRead);
    return inner_->read(output);
  }
  bool seekable() const override {
    trap_.pass(At::kSeekable);
    return inner_->seekable();
  }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    trap_.pass(At::kSeek);
    return inner_->seek(offset, whence);
  }
  Result<std::uint64_t> tell() const override {
    trap_.pass(At::kTell);
    return inner_->tell();
  }
  Result<void> close() override {
    trap_.pass(At::kClose);
    return inner_->close();
  }

 private:
  Trap& trap_;
  std::unique_ptr<Source> inner_;
};

constexpr std::array<std::byte, 3> kBytes{std::byte{'a'}, std::byte{'b'}, std::byte{'c'}};

std::unique_ptr<Sink> sink_over(const StreamTransform& transform, Trap& trap, ByteBuffer& bytes) {
  auto made =
      transform.transform_to(std::make_unique<TrapSink>(trap, std::make_unique<MemorySink>(bytes)));
  EXPECT_TRUE(made.has_value());
  return std::move(*made);
}

std::unique_ptr<Source> source_over(const StreamTransform& transform, Trap& trap) {
  auto made = transform.transform_from(
      std::make_unique<TrapSource>(trap, std::make_unique<MemorySource>(kBytes)));
  EXPECT_TRUE(made.has_value());
  return std::move(*made);
}

void expect_well() {
  ByteBuffer bytes;
  Trap none;
  const auto transform = transform_of("swallows");
  EXPECT_EQ(sink_over(*transform, none, bytes)->write(kBytes).value_or(99), kBytes.size());
  EXPECT_EQ(bytes.size(), 3 * kBytes.size());
}

TEST(ThrownBelow, ComesOutOfEveryCallWhateverPythonDoesWithIt) {
  for (const char* const name : {"same", "swallows"}) {
    const auto transform = transform_of(name);
    for (const At at : {At::kWrite, At::kFlush, At::kClose}) {
      ByteBuffer bytes;
      Trap trap{at};
      const auto sink = sink_over(*transform, trap, bytes);
      const auto call = [&] {
        if (at == At::kWrite) static_cast<void>(sink->write(kBytes));
        if (at == At::kFlush) static_cast<void>(sink->flush());
        if (at == At::kClose) static_cast<void>(sink->close());
      };
      EXPECT_THROW(call(), ForeignBreach) << name;
      EXPECT_EQ(trap.sprung, 1) << name;
    }
    std::array<std::byte, 3> output{};
    for (const At at : {At::kRead, At::kSeekable, At::kSeek, At::kTell, At::kClose}) {
      Trap trap{};
      const auto source = source_over(*transform, trap);
      trap.at = at;
      const auto call = [&] {
        if (at == At::kRead) static_cast<void>(source->read(output));
        if (at == At::kSeekable) static_cast<void>(source->seekable());
        if (at == At::kSeek) static_cast<void>(source->seek(0, Whence::kSet));
        if (at == At::kTell) static_cast<void>(source->tell());
        if (at == At::kClose) static_cast<void>(source->close());
      };
      EXPECT_THROW(call(), ForeignBreach) << name << static_cast<int>(at);
      EXPECT_EQ(trap.sprung, 1) << name;
    }
  }
  expect_well();
}

TEST(ThrownBelow, KeepsWhatWasThrown) {
  const auto transform = transform_of("swallows");
  const auto write = [&](void (*thrower)()) {
    ByteBuffer bytes;
    Trap trap{At::kWrite, thrower};
    static_cast<void>(sink_over(*transform, trap, bytes)->write(kBytes));
  };
  EXPECT_THROW(write([] { throw std::bad_alloc(); }), std::bad_alloc);
  EXPECT_THROW(write([] { throw std::runtime_error("why"); }), std::runtime_error);
  EXPECT_THROW(write([] { throw 7; }), int);
  try {
    write([] { throw ForeignBreach{"a", "b", "c"}; });
    ADD_FAILURE() << "nothing is thrown";
  } catch (const ForeignBreach& breach) {
    EXPECT_EQ(breach.kind + breach.expected + breach.seen, "abc");
  }
  expect_well();
}

// Python's own buffers, in C, write when they are full, flushed or closed.
TEST(ThrownBelow, PassesThroughPythonsOwnBuffers) {
  const auto transform = transform_of("buffered");
  for (const int call : {0, 1, 2}) {
    ByteBuffer bytes;
    Trap trap{At::kWrite};
    const auto sink = sink_over(*transform, trap, bytes);
    const auto act = [&] {
      static_cast<void>(sink->write(std::span(kBytes).first(call == 0 ? 3 : 1)));
      if (call == 1) static_cast<void>(sink->flush());
      if (call == 2) static_cast<void>(sink->close());
    };
    EXPECT_THROW(act(), ForeignBreach) << call;
    EXPECT_EQ(trap.sprung, 1);
  }
  expect_well();
}

TEST(ThrownBelow, ComesOutOfFinalisersAndThreads) {
  for (const char* const name : {"finaliser", "collector", "thread"}) {
    const auto transform = transform_of(name);
    ByteBuffer bytes;
    Trap trap{At::kWrite};
    const auto sink = sink_over(*transform, trap, bytes);
    EXPECT_THROW(static_cast<void>(sink->write(kBytes)), ForeignBreach) << name;
    EXPECT_EQ(trap.sprung, 1) << name;
  }
  expect_well();
}

// What a transform below throws is a matter of its own, also where that is in Python.
TEST(ThrownBelow, PassesThroughPythonOverPython) {
  const auto outer = transform_of("swallows");
  const auto inner = transform_of("exits");
  ByteBuffer bytes;
  auto below = *inner->transform_to(std::make_unique<MemorySink>(bytes));
  const auto sink = *outer->transform_to(std::move(below));
  try {
    static_cast<void>(sink->write(kBytes));
    ADD_FAILURE() << "nothing is thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()).find("SystemExit: enough (weir_thrown_below.py:"), 0u);
  }
  expect_well();
}

TEST(ThrownBelow, LeavesTheInterpreterAsItWas) {
  const auto transform = transform_of("buffered");
  for (int again = 0; again < 3000; ++again) {  // more often than Python allows to recurse
    ByteBuffer bytes;
    Trap trap{At::kWrite};
    const auto sink = sink_over(*transform, trap, bytes);
    ASSERT_THROW(static_cast<void>(sink->write(kBytes)), ForeignBreach);
  }
  expect_well();
}

// Where the stream is gone, finalisers reach nothing, and what they raise is theirs.
TEST(ThrownBelow, FinalisersOfStreamsThatAreGoneReachNothing) {
  Trap trap{At::kWrite};
  {
    const auto transform = transform_of("late");
    ByteBuffer bytes;
    for (int i = 0; i < 3; ++i) sink_over(*transform, trap, bytes).reset();
  }
  EXPECT_EXIT(
      {
        Trap never{At::kWrite};
        ByteBuffer bytes;
        static const auto transform = transform_of("late");
        static std::unique_ptr<Sink> open;  // destroyed when the program ends
        open = sink_over(*transform, never, bytes);
        try {
          static_cast<void>(open->write(kBytes));
        } catch (const ForeignBreach&) {
          std::exit(5);
        }
      },
      ::testing::ExitedWithCode(5), "");
  EXPECT_EQ(trap.sprung, 0);
  expect_well();
}

// A transform that breaks the rules of its interface, below one in Python, is found for what it
// did.
TEST(ThrownBelow, IsAVerdictOfItsKind) {
  class Over final : public StreamTransform {
   public:
    Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override {
      return python_->transform_to(std::make_unique<TrapSink>(trap_, std::move(output)));
    }
    Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override {
      return python_->transform_from(std::move(input));
    }
    Descriptor descriptor() const override { return python_->descriptor(); }

   private:
    std::unique_ptr<StreamTransform> python_ = transform_of("swallows");
    mutable Trap trap_{At::kWrite};
  };
  const Subject subject = subject_from_maker(
      "test.over/1", "Swallows what is thrown below.", traits(),
      []() -> Result<std::unique_ptr<StreamTransform>> { return std::make_unique<Over>(); });
  Case value;
  value.add(FieldId::kPayload, "literal", {}, "a");
  Workspace workspace;
  const Verdict verdict = run_check(*find_clause("round-trip"), subject, value, workspace);
  EXPECT_EQ(verdict.outcome, Outcome::kViolated);
  EXPECT_EQ(verdict.kind, "trap");
  EXPECT_EQ(verdict.seen, "something");
}

}  // namespace
}  // namespace weir::properties
