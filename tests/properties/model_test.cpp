// Guards the reference model: well-behaved streams of four shapes (memory, FILE*, iostreams, file
// descriptor) through identity keep it, and each rule can be broken.

#include "properties/model.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "weir/builtin.h"
#include "weir/file.h"
#include "weir/memory.h"

namespace weir::properties {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

// A FILE* as a source and as a sink.
class StdioSource final : public Source {
 public:
  explicit StdioSource(std::FILE* file) : file_(file) {}
  ~StdioSource() override {
    if (file_ != nullptr) std::fclose(file_);
  }
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (file_ == nullptr) return fail(Code::kClosed);
    if (output.empty()) return std::size_t{0};
    const std::size_t count = std::fread(output.data(), 1, output.size(), file_);
    if (count == 0 && std::ferror(file_) != 0) return fail(io_error(errno, "fread"));
    return count;
  }
  bool seekable() const override { return true; }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
    if (file_ == nullptr) return fail(Code::kClosed);
    const int from = whence == Whence::kSet       ? SEEK_SET
                     : whence == Whence::kCurrent ? SEEK_CUR
                                                  : SEEK_END;
    if (std::fseek(file_, offset, from) != 0) return fail(Code::kInvalidArgument);
    return tell();
  }
  Result<std::uint64_t> tell() const override {
    if (file_ == nullptr) return fail(Code::kClosed);
    return static_cast<std::uint64_t>(std::ftell(file_));
  }
  Result<void> close() override {
    if (file_ != nullptr && std::fclose(file_) != 0) result_ = fail(io_error(errno, "fclose"));
    file_ = nullptr;
    return result_;
  }

 private:
  std::FILE* file_;
  Result<void> result_{};
};

class StdioSink final : public Sink {
 public:
  explicit StdioSink(std::FILE* file) : file_(file) {}
  Result<std::size_t> write(std::span<const std::byte> input) override {
    if (closed_) return fail(Code::kClosed);
    if (input.empty()) return std::size_t{0};
    const std::size_t count = std::fwrite(input.data(), 1, input.size(), file_);
    if (count == 0) return fail(io_error(errno, "fwrite"));
    taken_ += count;
    return count;
  }
  Result<void> flush() override {
    if (closed_) return fail(Code::kClosed);
    if (std::fflush(file_) != 0) return fail(io_error(errno, "fflush"));
    return {};
  }
  Result<std::uint64_t> tell() const override {
    if (closed_) return fail(Code::kClosed);
    return taken_;
  }
  Result<void> close() override {
    closed_ = true;
    return {};
  }

 private:
  std::FILE* file_;  // the test's
  std::uint64_t taken_ = 0;
  bool closed_ = false;
};

// Standard streams as a source and as a sink.
class IstreamSource final : public Source {
 public:
  explicit IstreamSource(std::istream& stream) : stream_(stream) {}
  Result<std::size_t> read(std::span<std::byte> output) override {
    if (closed_) return fail(Code::kClosed);
    if (output.empty()) return std::size_t{0};
    stream_.clear();
    stream_.read(reinterpret_cast<char*>(output.data()),
                 static_cast<std::streamsize>(output.size()));
    return static_cast<std::size_t>(stream_.gcount());
  }
  bool seekable() const override { return false; }
  Result<std::uint64_t> seek(std::int64_t, Whence) override {
    if (closed_) return fail(Code::kClosed);
    return fail(Code::kNotSeekable);
  }
  Result<std::uint64_t> tell() const override {
    if (closed_) return fail(Code::kClosed);
    stream_.clear();
    return static_cast<std::uint64_t>(stream_.tellg());
  }
  Result<void> close() override {
    closed_ = true;
    return {};
  }

 private:
  std::istream& stream_;
  bool closed_ = false;
};

class OstreamSink final : public Sink {
 public:
  explicit OstreamSink(std::ostream& stream) : stream_(stream) {}
  Result<std::size_t> write(std::span<const std::byte> input) override {
    if (closed_) return fail(Code::kClosed);
    if (input.empty()) return std::size_t{0};
    stream_.write(reinterpret_cast<const char*>(input.data()),
                  static_cast<std::streamsize>(input.size()));
    if (!stream_) return fail(io_error(EIO, "ostream"));
    taken_ += input.size();
    return input.size();
  }
  Result<void> flush() override {
    if (closed_) return fail(Code::kClosed);
    stream_.flush();
    return {};
  }
  Result<std::uint64_t> tell() const override {
    if (closed_) return fail(Code::kClosed);
    return taken_;
  }
  Result<void> close() override {
    closed_ = true;
    return {};
  }

 private:
  std::ostream& stream_;
  std::uint64_t taken_ = 0;
  bool closed_ = false;
};

std::unique_ptr<StreamTransform> identity() {
  auto made = default_extension_registry().from_descriptor("stream.identity/1");
  EXPECT_TRUE(made.has_value());
  return std::move(*made);
}

#define EXPECT_NO_BREACH(expression)                                                   \
  do {                                                                                 \
    const auto breach = (expression);                                                  \
    EXPECT_FALSE(breach.has_value()) << to_string(breach->rule) << ": expected "       \
                                     << breach->expected << ", seen " << breach->seen; \
  } while (false)

// Every state of a reader: open, at end, sought, refused, closed.
void walk_reader(std::unique_ptr<Source> below, const std::string& content) {
  const BelowView quiet;
  auto made = identity()->transform_from(std::move(below));
  ASSERT_TRUE(made.has_value());
  Source& source = **made;
  SourceModel model(bytes_of(content), Ending::kClean, quiet);
  model.set_seekable(source.seekable());
  std::array<std::byte, 8> buffer{};
  const auto read = [&](std::size_t size) {
    const auto window = std::span(buffer).first(size);
    EXPECT_NO_BREACH(model.on_read(window, source.read(window)));
  };
  EXPECT_NO_BREACH(model.on_tell(source.tell()));
  read(0);
  read(3);
  EXPECT_NO_BREACH(model.on_tell(source.tell()));
  if (source.seekable()) {
    EXPECT_NO_BREACH(model.on_seek(-1, Whence::kEnd, source.seek(-1, Whence::kEnd)));
    read(8);
    EXPECT_NO_BREACH(model.on_seek(5, Whence::kEnd, source.seek(5, Whence::kEnd)));
    read(1);
    EXPECT_NO_BREACH(model.on_tell(source.tell()));
    EXPECT_NO_BREACH(model.on_seek(1, Whence::kSet, source.seek(1, Whence::kSet)));
    EXPECT_NO_BREACH(model.on_seek(1, Whence::kCurrent, source.seek(1, Whence::kCurrent)));
  }
  EXPECT_NO_BREACH(model.on_seek(-1, Whence::kSet, source.seek(-1, Whence::kSet)));
  while (!model.at_end() && !::testing::Test::HasFailure()) read(8);
  read(8);
  read(0);
  EXPECT_NO_BREACH(model.on_close(source.close()));
  EXPECT_NO_BREACH(model.on_close(source.close()));
  read(1);
  EXPECT_NO_BREACH(model.on_tell(source.tell()));
  EXPECT_NO_BREACH(model.on_seek(0, Whence::kSet, source.seek(0, Whence::kSet)));
}

// Every state of a writer: open, flushed, closed.
void walk_writer(std::unique_ptr<Sink> below, const std::string& content) {
  const BelowView quiet;
  auto made = identity()->transform_to(std::move(below));
  ASSERT_TRUE(made.has_value());
  Sink& sink = **made;
  SinkModel model(quiet);
  EXPECT_NO_BREACH(model.on_write(0, sink.write({})));
  EXPECT_NO_BREACH(model.on_write(2, sink.write(bytes_of(content).first(2))));
  EXPECT_NO_BREACH(model.on_tell(sink.tell()));
  EXPECT_NO_BREACH(model.on_flush(sink.flush()));
  while (model.taken() < content.size() && !::testing::Test::HasFailure()) {
    const auto rest = bytes_of(content).subspan(model.taken());
    EXPECT_NO_BREACH(model.on_write(rest.size(), sink.write(rest)));
  }
  EXPECT_NO_BREACH(model.on_close(sink.close()));
  EXPECT_NO_BREACH(model.on_close(sink.close()));
  EXPECT_NO_BREACH(model.on_write(1, sink.write(bytes_of(content).first(1))));
  EXPECT_NO_BREACH(model.on_flush(sink.flush()));
  EXPECT_NO_BREACH(model.on_tell(sink.tell()));
}

const std::string kContent = "The quick brown fox";

TEST(Model, IdentityOverMemoryKeepsIt) {
  ByteBuffer buffer;
  walk_writer(std::make_unique<MemorySink>(buffer), kContent);
  ASSERT_EQ(buffer.size(), kContent.size());
  walk_reader(std::make_unique<MemorySource>(buffer.bytes()), kContent);
}

TEST(Model, IdentityOverStdioKeepsIt) {
  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  walk_writer(std::make_unique<StdioSink>(file), kContent);
  std::rewind(file);
  walk_reader(std::make_unique<StdioSource>(file), kContent);
}

TEST(Model, IdentityOverIostreamsKeepsIt) {
  std::stringstream stream;
  walk_writer(std::make_unique<OstreamSink>(stream), kContent);
  ASSERT_EQ(stream.str(), kContent);
  walk_reader(std::make_unique<IstreamSource>(stream), kContent);
}

TEST(Model, IdentityOverADescriptorKeepsIt) {
  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  const int descriptor = ::fileno(file);
  walk_writer(std::make_unique<FileSink>(descriptor, Ownership::kBorrowed), kContent);
  ASSERT_EQ(::lseek(descriptor, 0, SEEK_SET), 0);
  walk_reader(std::make_unique<FileSource>(descriptor, Ownership::kBorrowed), kContent);
  std::fclose(file);
}

// One way to break each rule that the model itself judges.
class BrokenRule : public ::testing::Test {
 protected:
  const std::string content_ = "abcd";
  BelowView below_;
  std::vector<std::byte> window_{4, std::byte{'a'}};

  SourceModel source(Ending ending = Ending::kClean, bool seekable = true) {
    SourceModel model(bytes_of(content_), ending, below_);
    model.set_seekable(seekable);
    return model;
  }
  static void expect(Rule rule, const std::optional<Breach>& breach) {
    ASSERT_TRUE(breach.has_value()) << to_string(rule) << " was not noticed";
    EXPECT_EQ(to_string(breach->rule), to_string(rule));
    EXPECT_FALSE(breach->expected.empty());
    EXPECT_FALSE(breach->seen.empty());
  }
  static Result<std::size_t> count(std::size_t n) { return n; }
  static Result<std::size_t> failure(Code code) { return fail(code); }
};

TEST_F(BrokenRule, CountExceedsAsked) {
  auto reader = source();
  expect(Rule::kCountExceedsAsked, reader.on_read(window_, count(5)));
  SinkModel writer(below_);
  expect(Rule::kCountExceedsAsked, writer.on_write(4, count(5)));
}

TEST_F(BrokenRule, WriteTookNothing) {
  SinkModel writer(below_);
  expect(Rule::kWriteTookNothing, writer.on_write(4, count(0)));
}

TEST_F(BrokenRule, EmptySpanNotZero) {
  auto reader = source();
  expect(Rule::kEmptySpanNotZero, reader.on_read({}, failure(Code::kIo)));
  SinkModel writer(below_);
  expect(Rule::kEmptySpanNotZero, writer.on_write(0, count(1)));
}

TEST_F(BrokenRule, WrongBytes) {
  auto reader = source();
  expect(Rule::kWrongBytes, reader.on_read(window_, count(2)));
}

TEST_F(BrokenRule, EndsEarly) {
  auto reader = source();
  expect(Rule::kEndsEarly, reader.on_read(window_, count(0)));
  auto cut = source(Ending::kError);
  expect(Rule::kEndsEarly, cut.on_read(window_, count(0)));
}

TEST_F(BrokenRule, GoesOn) {
  const std::string longer = "abcde";
  auto reader = source();
  expect(Rule::kGoesOn, reader.on_read(bytes_of(longer), count(5)));
}

TEST_F(BrokenRule, EndNotSticky) {
  const auto at_end = [this] {
    auto reader = source();
    EXPECT_FALSE(reader.on_read(bytes_of(content_), count(4)).has_value());
    EXPECT_FALSE(reader.on_read(window_, count(0)).has_value());
    return reader;
  };
  auto again = at_end();
  expect(Rule::kEndNotSticky, again.on_read(window_, count(1)));
  auto failing = at_end();
  expect(Rule::kEndNotSticky, failing.on_read(window_, failure(Code::kIo)));
}

TEST_F(BrokenRule, UnexpectedError) {
  auto reader = source();
  expect(Rule::kUnexpectedError, reader.on_read(window_, failure(Code::kCorrupt)));
  SinkModel writer(below_);
  expect(Rule::kUnexpectedError, writer.on_write(4, failure(Code::kIo)));
  SinkModel closing(below_);
  expect(Rule::kUnexpectedError, closing.on_close(fail(Code::kIo)));
}

TEST_F(BrokenRule, FaultChangedOrSwallowed) {
  auto reader = source();
  auto silent = source();
  SinkModel writer(below_);
  SinkModel closing(below_);
  below_.fault = io_error(ENOSPC, "full");
  expect(Rule::kFaultChanged, reader.on_read(window_, failure(Code::kCorrupt)));
  expect(Rule::kFaultSwallowed, silent.on_read(window_, count(0)));
  expect(Rule::kFaultChanged, writer.on_write(4, failure(Code::kCorrupt)));
  expect(Rule::kFaultSwallowed, closing.on_close({}));
}

TEST_F(BrokenRule, CloseHidesWhatAWriteReported) {
  SinkModel writer(below_);
  below_.fault = io_error(EIO, "");
  EXPECT_FALSE(writer.on_write(4, fail(io_error(EIO, ""))).has_value());
  expect(Rule::kFaultSwallowed, writer.on_close({}));
}

TEST_F(BrokenRule, WouldBlockWithoutCause) {
  auto reader = source();
  expect(Rule::kWouldBlockNoCause, reader.on_read(window_, failure(Code::kWouldBlock)));
  SinkModel writer(below_);
  ++below_.blocks;
  EXPECT_FALSE(writer.on_flush(fail(Code::kWouldBlock)).has_value());
  expect(Rule::kWouldBlockNoCause, writer.on_flush(fail(Code::kWouldBlock)));
  expect(Rule::kWouldBlockNoCause, writer.on_close(fail(Code::kWouldBlock)));
}

TEST_F(BrokenRule, ErrorNotRepeated) {
  auto reader = source(Ending::kError);
  EXPECT_FALSE(reader.on_read(window_, failure(Code::kTruncated)).has_value());
  EXPECT_FALSE(reader.on_read(window_, failure(Code::kTruncated)).has_value());
  expect(Rule::kErrorNotRepeated, reader.on_read(window_, count(0)));
  SinkModel writer(below_);
  below_.fault = io_error(EIO, "");
  EXPECT_FALSE(writer.on_write(4, fail(io_error(EIO, ""))).has_value());
  expect(Rule::kErrorNotRepeated, writer.on_write(4, count(4)));
  expect(Rule::kErrorNotRepeated, writer.on_flush({}));
}

TEST_F(BrokenRule, WorksAfterClose) {
  auto reader = source();
  EXPECT_FALSE(reader.on_close({}).has_value());
  expect(Rule::kWorksAfterClose, reader.on_read(window_, count(0)));
  expect(Rule::kWorksAfterClose, reader.on_tell(std::uint64_t{0}));
  expect(Rule::kWorksAfterClose, reader.on_seek(0, Whence::kSet, std::uint64_t{0}));
  SinkModel writer(below_);
  EXPECT_FALSE(writer.on_close({}).has_value());
  expect(Rule::kWorksAfterClose, writer.on_write(4, count(4)));
  expect(Rule::kWorksAfterClose, writer.on_flush({}));
  expect(Rule::kWorksAfterClose, writer.on_tell(std::uint64_t{0}));
}

TEST_F(BrokenRule, CloseNotRepeated) {
  auto reader = source();
  EXPECT_FALSE(reader.on_close({}).has_value());
  expect(Rule::kCloseNotRepeated, reader.on_close(fail(Code::kClosed)));
  SinkModel writer(below_);
  EXPECT_FALSE(writer.on_close({}).has_value());
  expect(Rule::kCloseNotRepeated, writer.on_close(fail(Code::kClosed)));
}

TEST_F(BrokenRule, LendsTooMuchOrWhenItMustNot) {
  auto reader = source();
  EXPECT_FALSE(reader.on_lend(2, bytes_of(content_).first(2)).has_value());
  EXPECT_EQ(reader.position(), 2u);
  expect(Rule::kCountExceedsAsked, reader.on_lend(1, bytes_of(content_).subspan(2)));
  expect(Rule::kWrongBytes, reader.on_lend(4, std::span(window_).first(2)));
  EXPECT_FALSE(reader.on_close({}).has_value());
  EXPECT_FALSE(reader.on_lend(4, {}).has_value());
  expect(Rule::kWorksAfterClose, reader.on_lend(4, std::span(window_).first(2)));
}

TEST_F(BrokenRule, TellWrong) {
  auto reader = source();
  expect(Rule::kTellWrong, reader.on_tell(std::uint64_t{1}));
  SinkModel writer(below_);
  expect(Rule::kTellWrong, writer.on_tell(std::uint64_t{1}));
}

TEST_F(BrokenRule, Seeks) {
  auto reader = source();
  expect(Rule::kSeekRefused, reader.on_seek(2, Whence::kSet, fail(Code::kInvalidArgument)));
  expect(Rule::kSeekAccepted, reader.on_seek(-1, Whence::kSet, std::uint64_t{0}));
  expect(Rule::kRefusalWrongCode, reader.on_seek(-5, Whence::kEnd, fail(Code::kIo)));
  expect(Rule::kSeekWrongPosition, reader.on_seek(2, Whence::kSet, std::uint64_t{3}));
  expect(Rule::kSeekAccepted, reader.on_seek(INT64_MAX, Whence::kEnd, std::uint64_t{1}));
  auto stuck = source(Ending::kClean, false);
  expect(Rule::kSeekAccepted, stuck.on_seek(0, Whence::kSet, std::uint64_t{0}));
  expect(Rule::kRefusalWrongCode, stuck.on_seek(0, Whence::kSet, fail(Code::kInvalidArgument)));
}

}  // namespace
}  // namespace weir::properties
