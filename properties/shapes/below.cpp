#include "properties/shapes/below.h"

#include <cerrno>
#include <cstdio>
#include <span>

#include "properties/case_coverage.h"
#include "weir/checked.h"

WEIR_NO_COVERAGE_BEGIN
namespace weir::properties::shapes {
namespace {

// Sets errno, and remembers the first failure in `kept`. Returns -1, as C does.
int told(const Error& error, Waiting waiting, std::optional<Error>& kept) {
  Error seen = error;
  if (seen.code == Code::kWouldBlock && waiting == Waiting::kCannotBeSaid) {
    seen = Error(Code::kBadStream, "would_block, which this shape cannot say");
  }
  errno = errno_of(seen);
  if (seen.code != Code::kWouldBlock && !kept.has_value()) kept = seen;
  return -1;
}

// A close that repeats what the library has been told tells it nothing: with files, too, close may
// succeed after a write that failed.
Result<void> but_told(const Result<void>& closed, const std::optional<Error>& kept) {
  if (!closed.has_value() && kept.has_value() && same_failure(closed.error(), *kept)) return {};
  return closed;
}

Whence whence_of(int whence) {
  if (whence == SEEK_SET) return Whence::kSet;
  return whence == SEEK_CUR ? Whence::kCurrent : Whence::kEnd;
}

}  // namespace

int errno_of(const Error& error) noexcept {
  switch (error.code) {
    case Code::kIo:
      return error.os_error != 0 ? error.os_error : EIO;
    case Code::kWouldBlock:
      return EAGAIN;
    case Code::kOutOfMemory:
      return ENOMEM;
    case Code::kNotSeekable:
      return ESPIPE;
    case Code::kInvalidArgument:
      return EINVAL;
    case Code::kClosed:
      return EBADF;
    default:
      return EIO;
  }
}

int SourceBelow::tell_of(const Error& error) { return told(error, waiting_, failure_); }

std::ptrdiff_t SourceBelow::read(void* bytes, std::size_t size) {
  if (source_ == nullptr) return 0;
  const auto given =
      read_below(*source_, std::span<std::byte>(static_cast<std::byte*>(bytes), size));
  if (!given.has_value()) return tell_of(given.error());
  return static_cast<std::ptrdiff_t>(*given);
}

std::int64_t SourceBelow::seek(std::int64_t offset, int whence) {
  if (source_ == nullptr) return 0;
  const auto position = source_->seek(offset, whence_of(whence));
  if (position.has_value()) return static_cast<std::int64_t>(*position);
  const Code code = position.error().code;
  if (code != Code::kNotSeekable && code != Code::kInvalidArgument) {
    return tell_of(position.error());
  }
  errno = errno_of(position.error());
  return -1;
}

std::int64_t SourceBelow::tell() const {
  if (source_ == nullptr) return 0;
  const auto position = source_->tell();
  if (position.has_value()) return static_cast<std::int64_t>(*position);
  errno = errno_of(position.error());
  return -1;
}

int SourceBelow::close() {
  if (source_ == nullptr) return 0;
  const auto closed = but_told(source_->close(), failure_);
  if (!failed_with(closed, Code::kWouldBlock)) closed_ = true;
  return closed.has_value() ? 0 : tell_of(closed.error());
}

Result<void> SourceBelow::finish() {
  if (closed_ || source_ == nullptr) return {};
  const auto closed = source_->close();
  if (!failed_with(closed, Code::kWouldBlock)) closed_ = true;
  return but_told(closed, failure_);
}

int SinkBelow::tell_of(const Error& error) { return told(error, waiting_, failure_); }

std::ptrdiff_t SinkBelow::write(const void* bytes, std::size_t size) {
  if (sink_ == nullptr || size == 0) return static_cast<std::ptrdiff_t>(size);
  const auto taken =
      write_below(*sink_, std::span<const std::byte>(static_cast<const std::byte*>(bytes), size));
  if (!taken.has_value()) return tell_of(taken.error());
  return static_cast<std::ptrdiff_t>(*taken);
}

std::size_t SinkBelow::write_all(const void* bytes, std::size_t size) {
  std::size_t total = 0;
  while (total < size) {
    const std::ptrdiff_t taken = write(static_cast<const std::byte*>(bytes) + total, size - total);
    if (taken < 0) break;
    total += static_cast<std::size_t>(taken);
  }
  return total;
}

int SinkBelow::flush() {
  if (sink_ == nullptr) return 0;
  const auto flushed = sink_->flush();
  if (flushed.has_value()) return 0;
  const bool first = !failure_.has_value();
  const int answer = tell_of(flushed.error());
  failed_to_flush_ = failed_to_flush_ || (first && failure_.has_value());
  return answer;
}

std::int64_t SinkBelow::tell() const {
  if (sink_ == nullptr) return 0;
  const auto position = sink_->tell();
  if (position.has_value()) return static_cast<std::int64_t>(*position);
  errno = errno_of(position.error());
  return -1;
}

int SinkBelow::close() {
  if (sink_ == nullptr) return 0;
  const auto closed = but_told(sink_->close(), failure_);
  if (!failed_with(closed, Code::kWouldBlock)) closed_ = true;
  return closed.has_value() ? 0 : tell_of(closed.error());
}

Result<void> SinkBelow::finish() {
  if (closed_ || sink_ == nullptr) return {};
  const auto closed = sink_->close();
  if (!failed_with(closed, Code::kWouldBlock)) closed_ = true;
  return but_told(closed, failure_);
}

}  // namespace weir::properties::shapes
WEIR_NO_COVERAGE_END
