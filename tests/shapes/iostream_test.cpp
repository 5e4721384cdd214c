// Guards the iostream shape: libraries that pass bytes through keep the whole contract, whether
// they are streams or stream buffers and whether those below throw; libraries with the usual faults
// are caught through the same door.
#include "properties/shapes/iostream.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>

#include "tests/shapes/shapes_test_support.h"

namespace weir::properties::shapes {
namespace {

// The identity as a library's stream buffers. What they do wrong is up to a flag of the test's.
enum class Fault {
  kNone,
  kIgnoresCount,     // of sputn
  kSwallowsFailure,  // looks at no answer of the stream below
  kFailureIsEnd,     // of reading
  kDropsTail,        // writes nothing in its destructor
  kSeekKeepsBuffer,
  kForgetsFlush,     // of the stream below
  kBulkDropsBuffer,  // reads of more than it holds go around what it holds
  kLessIsLast,       // takes a get area that is not full for the end
  kNoneBytewise,     // nothing wrong: it puts a single byte, asks where it is, seeks by position
};

// Holds bytes back until its buffer is full, and finishes in its destructor or in finish().
class PassingOut final : public std::streambuf {
 public:
  PassingOut(std::ostream& below, Fault fault) : below_(below), fault_(fault) {
    setp(buffer_.data(), buffer_.data() + buffer_.size());
  }
  ~PassingOut() override {
    try {
      if (fault_ != Fault::kDropsTail) finish();
    } catch (const std::ios_base::failure&) {
      // The stream below remembers it.
    }
  }
  bool finish() { return drain(); }

 protected:
  int_type overflow(int_type c) override {
    if (!drain()) return traits_type::eof();
    if (!traits_type::eq_int_type(c, traits_type::eof())) return sputc(static_cast<char>(c));
    return traits_type::not_eof(c);
  }
  int sync() override {
    if (!drain()) return -1;
    if (fault_ == Fault::kForgetsFlush) return 0;
    below_.flush();
    return below_.good() ? 0 : -1;
  }

 private:
  bool drain() {
    const std::streamsize held = pptr() - pbase();
    bool good = true;
    if (fault_ == Fault::kIgnoresCount) {
      below_.rdbuf()->sputn(pbase(), held);
    } else if (fault_ == Fault::kSwallowsFailure) {
      below_.write(pbase(), held);
      below_.clear();
    } else if (fault_ == Fault::kNoneBytewise) {
      const off_type before = below_.tellp();
      if (held > 0) {
        good = below_.put(*pbase()) && below_.tellp() - before == 1 &&
               below_.write(pbase() + 1, held - 1);
      }
    } else if (held > 0) {
      good = static_cast<bool>(below_.write(pbase(), held));
    }
    setp(buffer_.data(), buffer_.data() + buffer_.size());
    return good;
  }

  std::ostream& below_;
  Fault fault_;
  std::array<char, 48> buffer_{};
};

class PassingIn final : public std::streambuf {
 public:
  PassingIn(std::istream& below, Fault fault) : below_(below), fault_(fault) {}

 protected:
  int_type underflow() override {
    std::streamsize given = 0;
    if (fault_ == Fault::kLessIsLast) {
      below_.peek();
      given = ended_ ? 0 : below_.readsome(buffer_.data(), buffer_.size());
      ended_ = given < static_cast<std::streamsize>(buffer_.size());
    } else {
      below_.read(buffer_.data(), buffer_.size());
      given = below_.gcount();
      if (given == 0 && below_.bad() && fault_ != Fault::kFailureIsEnd) {
        throw std::ios_base::failure("reading failed");
      }
    }
    setg(buffer_.data(), buffer_.data(), buffer_.data() + given);
    return given == 0 ? traits_type::eof() : traits_type::to_int_type(buffer_[0]);
  }
  std::streamsize xsgetn(char* bytes, std::streamsize size) override {
    if (fault_ != Fault::kBulkDropsBuffer || size <= egptr() - gptr()) {
      return std::streambuf::xsgetn(bytes, size);
    }
    setg(nullptr, nullptr, nullptr);
    below_.read(bytes, size);
    return below_.gcount();
  }
  pos_type seekoff(off_type offset, std::ios_base::seekdir direction,
                   std::ios_base::openmode mode) override {
    below_.clear(below_.rdstate() & std::ios_base::badbit);
    const off_type ahead = egptr() - gptr();
    if (direction == std::ios_base::cur) {
      const off_type here = below_.rdbuf()->pubseekoff(0, direction, mode);
      if (here < 0) return pos_type(off_type(-1));
      if (offset == 0) return here - ahead;
      if (__builtin_add_overflow(here - ahead, offset, &offset)) return pos_type(off_type(-1));
      direction = std::ios_base::beg;
    }
    const bool absolute = fault_ == Fault::kNoneBytewise && direction == std::ios_base::beg;
    const pos_type there = absolute ? below_.rdbuf()->pubseekpos(offset, mode)
                                    : below_.rdbuf()->pubseekoff(offset, direction, mode);
    if (there >= 0 && fault_ != Fault::kSeekKeepsBuffer) setg(nullptr, nullptr, nullptr);
    return there;
  }
  pos_type seekpos(pos_type position, std::ios_base::openmode mode) override {
    return seekoff(position, std::ios_base::beg, mode);
  }

 private:
  std::istream& below_;
  Fault fault_;
  bool ended_ = false;
  std::array<char, 60> buffer_{};
};

// Writes at once; single bytes get lost.
class LosesPut final : public std::streambuf {
 public:
  explicit LosesPut(std::ostream& below) : below_(below) {}

 protected:
  int_type overflow(int_type c) override { return traits_type::not_eof(c); }
  std::streamsize xsputn(const char* bytes, std::streamsize size) override {
    return below_.write(bytes, size) ? size : 0;
  }

 private:
  std::ostream& below_;
};

// Takes everything, says that it has finished, writes in its destructor and looks at no answer.
class WritesLate final : public std::streambuf {
 public:
  explicit WritesLate(std::ostream& below) : below_(below) {}
  ~WritesLate() override {
    if (finished_) {
      below_.rdbuf()->sputn(held_.data(), static_cast<std::streamsize>(held_.size()));
    }
  }
  bool finish() { return finished_ = true; }

 protected:
  int_type overflow(int_type c) override {
    held_ += traits_type::to_char_type(c);
    return c;
  }

 private:
  std::ostream& below_;
  std::string held_;
  bool finished_ = false;
};

constexpr Traits kPassing =
    kIostreamTraits | traits(Trait::kSizePreserving, Trait::kDeterministic, Trait::kSeekable,
                             Trait::kFlushable, Trait::kConcatenable, Trait::kMultiMember);

// A stream that owns one of these buffers, as libraries offer them.
class PassingOstream final : public std::ostream {
 public:
  explicit PassingOstream(std::ostream& below)
      : std::ostream(nullptr), buffer_(below, Fault::kNone) {
    rdbuf(&buffer_);
  }
  void close() {
    if (!buffer_.finish()) setstate(badbit);
  }

 private:
  PassingOut buffer_;
};

class PassingIstream final : public std::istream {
 public:
  explicit PassingIstream(std::istream& below)
      : std::istream(nullptr), buffer_(below, Fault::kNone) {
    rdbuf(&buffer_);
  }

 private:
  PassingIn buffer_;
};

Subject passing(const std::string& name, Fault fault, Traits claimed = kPassing) {
  return iostream_subject(
      name, "Passes bytes through stream buffers.", claimed,
      {[fault](std::ostream& below) { return std::make_unique<PassingOut>(below, fault); },
       [fault](std::istream& below) { return std::make_unique<PassingIn>(below, fault); }});
}

TEST(IostreamShape, AccusesNoStreamBufferThatPassesBytesThrough) {
  expect_held(passing("test.streambuf/1", Fault::kNone));
}

TEST(IostreamShape, AccusesNoStreamBufferThatPutsSingleBytesAndAsksWhereItIs) {
  expect_held(passing("test.bytewise/1", Fault::kNoneBytewise));
}

TEST(IostreamShape, AccusesNoStreamThatIsFinishedByACallOfItsOwn) {
  expect_held(iostream_subject(
      "test.iostream/1", "Passes bytes through streams.", kPassing,
      {[](std::ostream& below) {
         return Writer(std::make_unique<PassingOstream>(below), [](auto& s) { s.close(); });
       },
       [](std::istream& below) { return std::make_unique<PassingIstream>(below); }}));
}

TEST(IostreamShape, AccusesNobodyOverStreamsThatThrow) {
  expect_held(iostream_subject(
      "test.throwing/1", "Meets exceptions of the streams below.", kPassing,
      {[](std::ostream& below) {
         return Writer(std::make_unique<PassingOut>(below, Fault::kNone),
                       [](auto& buffer) { return buffer.finish(); });
       },
       [](std::istream& below) { return std::make_unique<PassingIn>(below, Fault::kNone); },
       std::ios_base::badbit}));
}

TEST(IostreamShape, LeavesOutWhatItCannotSay) {
  EXPECT_EQ(skipped_clauses(passing("test.streambuf/1", Fault::kNone)),
            (std::set<std::string_view>{
                // Would-block cannot be said, and what needs a promise of the library's.
                "would-block-read", "would-block-write", "progress", "write-behind-bound",
                "truncation", "trailing-garbage", "end-position", "splice", "amplification",
                "heap-bound", "read-ahead-bound", "call-economy",
                // What needs another implementation.
                "interop-decodes", "interop-accepts", "full-output",
                // A library has no descriptors, and its stream is gone after close.
                "self-describing", "descriptor-round-trip", "descriptor-own", "version-compatible",
                "version-rejected", "name-rejected", "list-atomic", "registry-hygiene",
                "use-after-close"}));
}

TEST(IostreamShape, CatchesLibrariesThroughTheirOwnDoor) {
  expect_caught(passing("test.ignores-count/1", Fault::kIgnoresCount), "sink-fault",
                "fault-swallowed");
  expect_caught(passing("test.swallows-failure/1", Fault::kSwallowsFailure), "close-reports",
                "fault-swallowed");
  expect_caught(passing("test.failure-is-end/1", Fault::kFailureIsEnd), "source-fault",
                "fault-swallowed");
  expect_caught(passing("test.drops-tail/1", Fault::kDropsTail), "round-trip", "ends-early");
  expect_caught(passing("test.seek-keeps-buffer/1", Fault::kSeekKeepsBuffer), "seek-model",
                "seek-wrong-position");
  expect_caught(passing("test.forgets-flush/1", Fault::kForgetsFlush), "flush-forwards",
                "flush-not-forwarded");
  expect_caught(passing("test.less-is-last/1", Fault::kLessIsLast), "short-source-reads",
                "ends-early");
}

TEST(IostreamShape, CatchesBuffersOneOfWhoseFunctionsIsWrong) {
  expect_caught(passing("test.bulk-drops-buffer/1", Fault::kBulkDropsBuffer), "read-chunking",
                "ends-early");
  expect_caught(
      iostream_subject(
          "test.loses-put/1", "Loses single bytes.", kIostreamTraits,
          {[](std::ostream& below) { return std::make_unique<LosesPut>(below); },
           [](std::istream& below) { return std::make_unique<PassingIn>(below, Fault::kNone); }}),
      "write-chunking", "ends-early");
}

TEST(IostreamShape, CatchesALossInTheDestructorOfAStreamThatFinishedWell) {
  const Subject late = iostream_subject(
      "test.late/1", "Writes in its destructor.", kIostreamTraits,
      {[](std::ostream& below) {
         return Writer(std::make_unique<WritesLate>(below), [](auto& s) { return s.finish(); });
       },
       [](std::istream& below) { return std::make_unique<PassingIn>(below, Fault::kNone); }});
  expect_caught(late, "sink-fault", "fault-swallowed");
  expect_caught(late, "close-reports", "fault-swallowed");
}

// Who claims not to finish in its destructor is held to that.
TEST(IostreamShape, CatchesADestructorThatFinishes) {
  expect_caught(
      passing("test.finishes/1", Fault::kNone, kPassing & ~traits(Trait::kFinishesInDestructor)),
      "abandon", "wrote-in-destructor");
}

TEST(IostreamShape, TellsWhatAStreamThatCannotBeOpenedMeans) {
  const Subject subject = iostream_subject(
      "test.closed/1", "Opens nothing.", kIostreamTraits,
      {[](std::ostream&) { return std::unique_ptr<std::ostream>(); },
       [](std::istream&) -> Reader { throw std::invalid_argument("no dictionary"); }});
  const auto transform = *subject.make();
  ByteBuffer bytes;
  const auto sink = transform->transform_to(std::make_unique<MemorySink>(bytes));
  ASSERT_FALSE(sink.has_value());
  EXPECT_EQ(describe(sink.error()), "io: the library says that it failed");
  const auto source = transform->transform_from(std::make_unique<MemorySource>(bytes.bytes()));
  ASSERT_FALSE(source.has_value());
  EXPECT_EQ(describe(source.error()), "corrupt: thrown: no dictionary");
}

}  // namespace
}  // namespace weir::properties::shapes
