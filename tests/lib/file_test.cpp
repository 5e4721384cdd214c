// Guards the streams over descriptors: files, pipes, devices, and what the operating system
// refuses.
#include "weir/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <limits>

#include "test_streams.h"

namespace weir {
namespace {

using test::bytes_of;
using test::text_of;

class FileTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* base = std::getenv("TMPDIR");
    std::string pattern = std::string(base != nullptr ? base : "/tmp") + "/weir-file-test-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    path_ = folder_ + "/file";
  }
  void TearDown() override {
    ::unlink(path_.c_str());
    ::rmdir(folder_.c_str());
  }
  void put(std::string_view text) {
    auto sink = FileSink::create(path_);
    ASSERT_TRUE(sink.has_value());
    ASSERT_TRUE(test::write_all(**sink, text, 4096).has_value());
    ASSERT_TRUE((*sink)->close().has_value());
  }

  std::string folder_;
  std::string path_;
};

struct Pipe {
  Pipe() {
    if (::pipe(ends) != 0) std::abort();
  }
  ~Pipe() {
    for (const int end : ends) {
      if (end >= 0) ::close(end);
    }
  }
  int ends[2];
};

bool is_io(const Error& error, int os_error) {
  return error.code == Code::kIo && error.os_error == os_error;
}

TEST_F(FileTest, ReadsWhatWasWritten) {
  put("hello, weir");
  auto source = FileSource::open(path_);
  ASSERT_TRUE(source.has_value());
  EXPECT_TRUE((*source)->seekable());
  EXPECT_EQ(test::drain(**source, 3).bytes, "hello, weir");
  EXPECT_EQ(*(*source)->tell(), 11u);
  EXPECT_TRUE((*source)->close().has_value());
  EXPECT_TRUE((*source)->close().has_value());
}

TEST_F(FileTest, CountsAndTruncates) {
  put("a longer text than the next");
  auto sink = FileSink::create(path_);
  ASSERT_TRUE(sink.has_value());
  EXPECT_EQ(*(*sink)->write(bytes_of("abc")), 3u);
  EXPECT_EQ(*(*sink)->write({}), 0u);
  EXPECT_EQ(*(*sink)->tell(), 3u);
  EXPECT_TRUE((*sink)->flush().has_value());
  EXPECT_TRUE((*sink)->close().has_value());
  auto source = FileSource::open(path_);
  EXPECT_EQ(test::drain(**source, 100).bytes, "abc");
}

TEST_F(FileTest, EndIsStickyUntilASeek) {
  put("abc");
  auto source = FileSource::open(path_);
  EXPECT_EQ(test::drain(**source, 100).bytes, "abc");
  auto sink = FileSink(::open(path_.c_str(), O_WRONLY | O_APPEND), Ownership::kOwned);
  EXPECT_EQ(*sink.write(bytes_of("de")), 2u);
  std::byte room[10];
  EXPECT_EQ(*(*source)->read(room), 0u);
  EXPECT_EQ(*(*source)->seek(0, Whence::kCurrent), 3u);
  EXPECT_EQ(*(*source)->read(room), 2u);
}

TEST_F(FileTest, SeeksLikeMemory) {
  put("hello");
  auto opened = FileSource::open(path_);
  FileSource& source = **opened;
  std::byte room[2];
  EXPECT_EQ(*source.seek(-2, Whence::kEnd), 3u);
  EXPECT_EQ(*source.read(room), 2u);
  EXPECT_EQ(text_of(room), "lo");
  EXPECT_EQ(*source.seek(-4, Whence::kCurrent), 1u);
  EXPECT_EQ(*source.seek(10, Whence::kEnd), 15u);
  EXPECT_EQ(*source.tell(), 15u);
  EXPECT_EQ(*source.read(room), 0u);
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(*source.seek(2, Whence::kSet), 2u);
  EXPECT_TRUE(failed_with(source.seek(-1, Whence::kSet), Code::kInvalidArgument));
  EXPECT_TRUE(failed_with(source.seek(-3, Whence::kCurrent), Code::kInvalidArgument));
  EXPECT_TRUE(failed_with(source.seek(-6, Whence::kEnd), Code::kInvalidArgument));
  EXPECT_TRUE(failed_with(source.seek(kMax, Whence::kEnd), Code::kInvalidArgument));
  EXPECT_TRUE(failed_with(source.seek(kMax, Whence::kCurrent), Code::kInvalidArgument));
  EXPECT_EQ(*source.tell(), 2u);
  EXPECT_EQ(*source.read(room), 2u);
  EXPECT_EQ(text_of(room), "ll");
}

TEST_F(FileTest, BorrowedDescriptorStaysOpenAndKeepsItsPosition) {
  put("hello");
  const int descriptor = ::open(path_.c_str(), O_RDONLY);
  ASSERT_EQ(::lseek(descriptor, 2, SEEK_SET), 2);
  {
    FileSource source(descriptor, Ownership::kBorrowed);
    EXPECT_EQ(*source.tell(), 2u);
    EXPECT_EQ(test::drain(source, 100).bytes, "llo");
    EXPECT_TRUE(source.close().has_value());
  }
  EXPECT_EQ(::close(descriptor), 0);
}

TEST_F(FileTest, OwnedDescriptorIsReleasedWithoutClose) {
  put("x");
  const int descriptor = ::open(path_.c_str(), O_RDONLY);
  { FileSource source(descriptor, Ownership::kOwned); }
  EXPECT_EQ(::fcntl(descriptor, F_GETFD), -1);
}

TEST_F(FileTest, RefusesEverythingOnceClosed) {
  put("hello");
  auto source = FileSource::open(path_);
  EXPECT_TRUE((*source)->close().has_value());
  std::byte room[1];
  EXPECT_TRUE(failed_with((*source)->read(room), Code::kClosed));
  EXPECT_TRUE(failed_with((*source)->seek(0, Whence::kSet), Code::kClosed));
  EXPECT_TRUE(failed_with((*source)->tell(), Code::kClosed));
  auto sink = FileSink::create(path_);
  EXPECT_TRUE((*sink)->close().has_value());
  EXPECT_TRUE(failed_with((*sink)->write(bytes_of("a")), Code::kClosed));
  EXPECT_TRUE(failed_with((*sink)->flush(), Code::kClosed));
  EXPECT_TRUE(failed_with((*sink)->tell(), Code::kClosed));
}

TEST_F(FileTest, NamesTheEndOfAPathThatDoesNotOpen) {
  const auto missing = FileSource::open(folder_ + "/missing");
  ASSERT_FALSE(missing.has_value());
  EXPECT_TRUE(is_io(missing.error(), ENOENT));
  EXPECT_TRUE(missing.error().detail.view().ends_with("/missing"));
  const auto deep = FileSource::open("/" + std::string(100, 'd') + "/end");
  EXPECT_TRUE(deep.error().detail.view().starts_with("..."));
  EXPECT_TRUE(deep.error().detail.view().ends_with("d/end"));
  EXPECT_TRUE(is_io(FileSink::create(folder_ + "/missing/file").error(), ENOENT));
}

TEST_F(FileTest, RefusesFolders) {
  EXPECT_TRUE(is_io(FileSource::open(folder_).error(), EISDIR));
  EXPECT_TRUE(is_io(FileSink::create(folder_).error(), EISDIR));
  const int descriptor = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY);
  FileSource source(descriptor, Ownership::kOwned);
  std::byte room[1];
  EXPECT_TRUE(is_io(source.read(room).error(), EISDIR));
  EXPECT_TRUE(is_io(source.read(room).error(), EISDIR));
  EXPECT_TRUE(failed_with(source.close(), Code::kIo));
}

TEST_F(FileTest, FullDeviceFailsTheSink) {
  FileSink sink(::open("/dev/full", O_WRONLY), Ownership::kOwned);
  EXPECT_TRUE(is_io(sink.write(bytes_of("a")).error(), ENOSPC));
  EXPECT_TRUE(is_io(sink.write(bytes_of("a")).error(), ENOSPC));
  EXPECT_TRUE(is_io(sink.flush().error(), ENOSPC));
  EXPECT_EQ(*sink.tell(), 0u);
  EXPECT_TRUE(is_io(sink.close().error(), ENOSPC));
  EXPECT_TRUE(is_io(sink.close().error(), ENOSPC));
}

TEST(FileDescriptor, BadOneFailsEveryCall) {
  FileSource source(-1, Ownership::kOwned);
  std::byte room[1];
  EXPECT_FALSE(source.seekable());
  EXPECT_TRUE(failed_with(source.seek(0, Whence::kSet), Code::kNotSeekable));
  EXPECT_TRUE(is_io(source.read(room).error(), EBADF));
  EXPECT_TRUE(is_io(source.close().error(), EBADF));
  FileSink sink(-1, Ownership::kOwned);
  EXPECT_TRUE(is_io(sink.close().error(), EBADF));
}

TEST(FilePipe, CarriesBytesAndTheEnd) {
  Pipe pipe;
  FileSink sink(std::exchange(pipe.ends[1], -1), Ownership::kOwned);
  FileSource source(std::exchange(pipe.ends[0], -1), Ownership::kOwned);
  EXPECT_FALSE(source.seekable());
  EXPECT_TRUE(failed_with(source.seek(0, Whence::kCurrent), Code::kNotSeekable));
  EXPECT_EQ(*sink.write(bytes_of("hello")), 5u);
  EXPECT_TRUE(sink.close().has_value());
  EXPECT_EQ(test::drain(source, 2).bytes, "hello");
  EXPECT_EQ(*source.tell(), 5u);
}

TEST(FilePipe, BlocksWithoutFailing) {
  Pipe pipe;
  for (const int end : pipe.ends) ASSERT_EQ(::fcntl(end, F_SETFL, O_NONBLOCK), 0);
  FileSink sink(pipe.ends[1], Ownership::kBorrowed);
  FileSource source(pipe.ends[0], Ownership::kBorrowed);
  std::byte room[65536];
  EXPECT_TRUE(failed_with(source.read(room), Code::kWouldBlock));
  const std::string text(100000, 'x');
  std::uint64_t taken = 0;
  Result<std::size_t> result = 0;
  while ((result = sink.write(bytes_of(text)))) taken += *result;
  EXPECT_TRUE(failed_with(result, Code::kWouldBlock));
  EXPECT_EQ(*sink.tell(), taken);
  EXPECT_EQ(*source.read(room), 65536u);
  EXPECT_GT(*sink.write(bytes_of(text)), 0u);
}

TEST(FilePipe, BrokenOneFailsTheSink) {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  ::close(std::exchange(pipe.ends[0], -1));
  FileSink sink(pipe.ends[1], Ownership::kBorrowed);
  EXPECT_TRUE(is_io(sink.write(bytes_of("a")).error(), EPIPE));
  EXPECT_TRUE(is_io(sink.close().error(), EPIPE));
  std::signal(SIGPIPE, before);
}

}  // namespace
}  // namespace weir
