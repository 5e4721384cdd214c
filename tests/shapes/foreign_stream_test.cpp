// Guards what the adaptors make of a library's answers that C++ streams cannot give at once: bytes
// before an exception, and a flush that fails in the destructor of a stream that was closed
// already.
#include "properties/shapes/foreign_stream.h"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <memory>
#include <stdexcept>
#include <streambuf>
#include <string>
#include <utility>

#include "properties/clause.h"
#include "properties/shapes/iostream.h"
#include "weir/memory.h"

namespace weir::properties::shapes {
namespace {

// Gives 'a' to 'c' one by one, and then throws.
class ThreeThenThrow final : public std::streambuf {
 protected:
  int_type underflow() override {
    if (next_ == 'd') throw std::runtime_error("damaged");
    byte_[0] = next_++;
    setg(byte_.data(), byte_.data(), byte_.data() + 1);
    return traits_type::to_int_type(byte_[0]);
  }

 private:
  std::array<char, 1> byte_{};
  char next_ = 'a';
};

// Passes bytes on, and flushes once more when it is destroyed.
class FlushesAgain final : public std::streambuf {
 public:
  explicit FlushesAgain(std::ostream& below) : below_(below) {}
  ~FlushesAgain() override {
    if (finished_) below_.rdbuf()->pubsync();
  }
  bool finish() {
    finished_ = true;
    return below_.rdbuf()->pubsync() == 0;
  }

 protected:
  int_type overflow(int_type c) override { return below_.rdbuf()->sputc(static_cast<char>(c)); }
  std::streamsize xsputn(const char* bytes, std::streamsize size) override {
    return below_.rdbuf()->sputn(bytes, size);
  }

 private:
  std::ostream& below_;
  bool finished_ = false;
};

// Takes everything; every flush but the first fails.
class FlushesOnce final : public Sink {
 public:
  Result<std::size_t> write(std::span<const std::byte> input) override { return input.size(); }
  Result<void> flush() override {
    if (!std::exchange(flushed_, true)) return {};
    failed_ = true;
    return fail(io_error(EIO, "flushed before"));
  }
  Result<std::uint64_t> tell() const override { return std::uint64_t{0}; }
  Result<void> close() override {
    if (failed_) return fail(io_error(EIO, "flushed before"));
    return {};
  }

 private:
  bool flushed_ = false;
  bool failed_ = false;
};

Subject library() {
  return iostream_subject(
      "test.late/1", "For tests.", kIostreamTraits,
      {[](std::ostream& below) {
         return Writer(std::make_unique<FlushesAgain>(below),
                       [](FlushesAgain& open) { return open.finish(); });
       },
       [](std::istream&) { return Reader(std::make_unique<ThreeThenThrow>()); }});
}

TEST(ForeignSource, GivesTheBytesBeforeAnException) {
  const auto transform = library().make();
  ASSERT_TRUE(transform.has_value());
  const auto source =
      (*transform)->transform_from(std::make_unique<MemorySource>(std::span<const std::byte>()));
  ASSERT_TRUE(source.has_value());
  std::array<std::byte, 16> room{};
  std::size_t total = 0;
  Result<std::size_t> given = std::size_t{0};
  while ((given = (*source)->read(std::span(room).subspan(total))).has_value() && *given > 0) {
    total += *given;
  }
  EXPECT_EQ(total, 3u);
  ASSERT_FALSE(given.has_value());
  EXPECT_EQ(given.error().code, Code::kCorrupt);
  EXPECT_EQ(room[3], std::byte{0});
}

// Where its answer says nothing: the count that istream has is that of the read before.
TEST(ForeignSource, ReadsNothingIntoNothing) {
  const auto transform = library().make();
  ASSERT_TRUE(transform.has_value());
  const auto source =
      (*transform)->transform_from(std::make_unique<MemorySource>(std::span<const std::byte>()));
  ASSERT_TRUE(source.has_value());
  std::array<std::byte, 1> room{};
  EXPECT_EQ((*source)->read(room).value_or(9), 1u);
  EXPECT_EQ((*source)->read({}).value_or(9), 0u);
  EXPECT_EQ((*source)->read(room).value_or(9), 1u);
}

// Where the library cannot seek, it is the adaptor that refuses.
TEST(ForeignSource, HoldsNobodyToSeeksThatTheAdaptorAnswers) {
  const std::string reason = "does not claim seekable: the adaptor answers";
  Subject subject = library();
  EXPECT_EQ(skip_reason(*find_clause("seek-refused"), subject), reason);
  EXPECT_EQ(skip_reason(*find_clause("seek-honest"), subject), reason);
  subject =
      iostream_subject("test.late/1", "For tests.", kIostreamTraits | traits(Trait::kSeekable),
                       {[](std::ostream&) { return std::unique_ptr<std::streambuf>(); },
                        [](std::istream&) { return std::unique_ptr<std::streambuf>(); }});
  EXPECT_EQ(skip_reason(*find_clause("seek-refused"), subject), "");
  EXPECT_EQ(skip_reason(*find_clause("seek-honest"), subject), "");
}

// No byte is lost with it.
TEST(ForeignSink, AccusesNobodyOfAFlushInTheDestructorOfAClosedStream) {
  const auto transform = library().make();
  ASSERT_TRUE(transform.has_value());
  const auto sink = (*transform)->transform_to(std::make_unique<FlushesOnce>());
  ASSERT_TRUE(sink.has_value());
  const Result<void> closed = (*sink)->close();
  ASSERT_FALSE(closed.has_value());
  EXPECT_EQ(closed.error().code, Code::kIo);
  EXPECT_EQ(closed.error().os_error, EIO);
}

}  // namespace
}  // namespace weir::properties::shapes
