#include "weir/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "weir/check.h"
#include "weir/seek_target.h"

namespace weir::inline v0_1 {
namespace {

// Linux moves at most 0x7ffff000 bytes in one call; less than that is as good and fits every
// ssize_t.
constexpr std::size_t kCallBytesMax = std::size_t{1} << 30;
// As much of a path as leaves room for a few words in a detail.
constexpr std::size_t kPathBytesShown = 40;

Error path_error(int os_error, const std::string& path) noexcept {
  std::string_view end = path;
  Error error = io_error(os_error, "");
  if (end.size() > kPathBytesShown) {
    end.remove_prefix(end.size() - kPathBytesShown);
    error.detail.append("...");
  }
  error.detail.append(end);
  return error;
}

Error call_error(int os_error, std::string_view call) noexcept {
  if (os_error == EAGAIN || os_error == EWOULDBLOCK) return Error(Code::kWouldBlock);
  return io_error(os_error, call);
}

// The file's position, or -1 when it has none.
off_t file_position(int descriptor) noexcept { return ::lseek(descriptor, 0, SEEK_CUR); }

Result<void> close_descriptor(int descriptor, Ownership ownership) noexcept {
  // After EINTR the descriptor is closed all the same; trying again could close somebody else's.
  if (ownership == Ownership::kOwned && ::close(descriptor) != 0 && errno != EINTR) {
    return fail(io_error(errno, "close"));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<FileSource>> FileSource::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return fail(path_error(errno, path));
  // A folder opens, and fails only when it is read: that is late.
  struct stat status;
  if (::fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode)) {
    ::close(descriptor);
    return fail(path_error(EISDIR, path));
  }
  return std::make_unique<FileSource>(descriptor, Ownership::kOwned);
}

FileSource::FileSource(int descriptor, Ownership ownership) noexcept
    : descriptor_(descriptor), ownership_(ownership) {
  const off_t position = file_position(descriptor);
  seekable_ = position >= 0;
  if (seekable_) position_ = static_cast<std::uint64_t>(position);
}

FileSource::~FileSource() {
  if (!state_.close_completed()) static_cast<void>(close_descriptor(descriptor_, ownership_));
}

Result<std::size_t> FileSource::read(std::span<std::byte> output) {
  if (!state_.open()) return state_.refusal();
  if (output.empty()) return 0;
  WEIR_CHECK(output.data() != nullptr, "room to read into");
  // A file that grows, or a terminal, would go on after its end.
  if (ended_) return 0;
  ssize_t given;
  do {
    given = ::read(descriptor_, output.data(), std::min(output.size(), kCallBytesMax));
  } while (given < 0 && errno == EINTR);
  if (given < 0) return state_.failing(call_error(errno, "read"));
  ended_ = given == 0;
  position_ += static_cast<std::uint64_t>(given);
  return static_cast<std::size_t>(given);
}

Result<std::uint64_t> FileSource::seek(std::int64_t offset, Whence whence) {
  if (!state_.open()) return state_.refusal();
  if (!seekable_) return fail(Code::kNotSeekable);
  off_t reached;
  if (whence == Whence::kEnd) {
    reached = ::lseek(descriptor_, offset, SEEK_END);
  } else {
    const Result<std::uint64_t> target =
        seek_target(whence == Whence::kCurrent ? position_ : 0, offset);
    if (!target) return target;
    reached = ::lseek(descriptor_, static_cast<off_t>(*target), SEEK_SET);
  }
  if (reached < 0) {
    if (errno == EINVAL || errno == EOVERFLOW) return fail(Code::kInvalidArgument);
    return state_.failing(io_error(errno, "seek"));
  }
  ended_ = false;
  position_ = static_cast<std::uint64_t>(reached);
  return position_;
}

Result<std::uint64_t> FileSource::tell() const {
  if (state_.closed()) return fail(Code::kClosed);
  return position_;
}

Result<void> FileSource::close() {
  if (state_.close_completed()) return state_.close_result();
  state_.begin_close();
  return state_.complete_close(close_descriptor(descriptor_, ownership_));
}

Result<std::unique_ptr<FileSink>> FileSink::create(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) return fail(path_error(errno, path));
  return std::make_unique<FileSink>(descriptor, Ownership::kOwned);
}

FileSink::FileSink(int descriptor, Ownership ownership) noexcept
    : descriptor_(descriptor), ownership_(ownership) {}

FileSink::~FileSink() {
  if (!state_.close_completed()) static_cast<void>(close_descriptor(descriptor_, ownership_));
}

Result<std::size_t> FileSink::write(std::span<const std::byte> input) {
  if (!state_.open()) return state_.refusal();
  if (input.empty()) return 0;
  WEIR_CHECK(input.data() != nullptr, "bytes to write");
  ssize_t taken;
  do {
    taken = ::write(descriptor_, input.data(), std::min(input.size(), kCallBytesMax));
  } while (taken < 0 && errno == EINTR);
  if (taken < 0) return state_.failing(call_error(errno, "write"));
  // A device may take nothing without an error; a sink may not.
  if (taken == 0) return state_.failing(io_error(EIO, "write took nothing"));
  taken_ += static_cast<std::uint64_t>(taken);
  return static_cast<std::size_t>(taken);
}

Result<void> FileSink::flush() {
  if (!state_.open()) return state_.refusal();
  return {};
}

Result<std::uint64_t> FileSink::tell() const {
  if (state_.closed()) return fail(Code::kClosed);
  return taken_;
}

Result<void> FileSink::close() {
  if (state_.close_completed()) return state_.close_result();
  state_.begin_close();
  return state_.complete_close(close_descriptor(descriptor_, ownership_));
}

}  // namespace weir::inline v0_1
