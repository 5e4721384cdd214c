// Weir's stream below as a C program sees it: counts, -1 and errno. Every shape's stream below is
// made of these; they remember what the library was told, so that its own answer can be held
// against it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "weir/sink.h"
#include "weir/source.h"

namespace weir::properties::shapes {

/// Whether a stream below can say "not now" in the manner of its shape.
enum class Waiting : std::uint8_t {
  kSaysAgain,    ///< as -1 with EAGAIN
  kCannotBeSaid  ///< a would_block is a failure, bad_stream: its trait is not claimed
};

/// What errno says of `error`, e.g. EAGAIN for would_block; EIO where nothing fits better.
int errno_of(const Error& error) noexcept;

/// Where a library reads from.
class SourceBelow final {
 public:
  SourceBelow(std::unique_ptr<Source> source, Waiting waiting) noexcept
      : source_(std::move(source)), waiting_(waiting) {}

  /// 1 to `size` bytes, 0 at the end (or for no bytes), or -1 with errno.
  std::ptrdiff_t read(void* bytes, std::size_t size);
  bool seekable() const { return source_ != nullptr && source_->seekable(); }
  /// As lseek: the new position, or -1 with errno. `whence` is SEEK_SET, SEEK_CUR or SEEK_END.
  std::int64_t seek(std::int64_t offset, int whence);
  /// The position, or -1 with errno.
  std::int64_t tell() const;
  /// 0, or -1 with errno. A library that closes again is seen to do so.
  int close();

  /// Whether it is closed, by whomever.
  bool closed() const noexcept { return closed_; }
  /// The first failure that the library was told of.
  const std::optional<Error>& failure() const noexcept { return failure_; }
  /// Closes unless the library has. Errors: what the library was not told already; kWouldBlock
  /// resumes.
  Result<void> finish();
  /// Releases Weir's stream: from now on calls find an end, and nothing gets through.
  void release() noexcept { source_.reset(); }

 private:
  int tell_of(const Error& error);

  std::unique_ptr<Source> source_;
  Waiting waiting_;
  bool closed_ = false;
  std::optional<Error> failure_;
};

/// Where a library writes to.
class SinkBelow final {
 public:
  SinkBelow(std::unique_ptr<Sink> sink, Waiting waiting) noexcept
      : sink_(std::move(sink)), waiting_(waiting) {}

  /// 1 to `size` bytes taken (0 for no bytes), or -1 with errno.
  std::ptrdiff_t write(const void* bytes, std::size_t size);
  /// As fwrite does: fewer than `size` bytes say that it failed.
  std::size_t write_all(const void* bytes, std::size_t size);
  /// 0, or -1 with errno.
  int flush();
  /// Whether the first failure that the library was told of was that of a flush.
  bool failed_to_flush() const noexcept { return failed_to_flush_; }
  /// Bytes taken so far, or -1 with errno.
  std::int64_t tell() const;
  /// 0, or -1 with errno. A library that closes again is seen to do so.
  int close();

  /// Whether it is closed, by whomever.
  bool closed() const noexcept { return closed_; }
  /// The first failure that the library was told of.
  const std::optional<Error>& failure() const noexcept { return failure_; }
  /// Closes unless the library has. Errors: what the library was not told already; kWouldBlock
  /// resumes.
  Result<void> finish();
  /// Releases Weir's stream: from now on calls succeed, and nothing gets through.
  void release() noexcept { sink_.reset(); }

 private:
  int tell_of(const Error& error);

  std::unique_ptr<Sink> sink_;
  Waiting waiting_;
  bool failed_to_flush_ = false;
  bool closed_ = false;
  std::optional<Error> failure_;
};

}  // namespace weir::properties::shapes
