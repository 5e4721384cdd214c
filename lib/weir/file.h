// Sources and sinks over file descriptors: files, pipes, terminals.
#pragma once

#include <memory>
#include <string>

#include "weir/sink.h"
#include "weir/source.h"
#include "weir/stream_state.h"

namespace weir::inline v0_1 {

/// Whether closing a stream closes the descriptor that it was given.
enum class Ownership : std::uint8_t { kOwned, kBorrowed };

/// Reads from a file descriptor. Seekable when the descriptor is; positions are then those in the
/// file. EINTR is absorbed, EAGAIN is kWouldBlock.
class FileSource final : public Source {
 public:
  /// Opens `path` for reading. Errors: kIo with errno and the path's end in the detail.
  static Result<std::unique_ptr<FileSource>> open(const std::string& path);
  /// Reads from an open descriptor, from where it stands.
  FileSource(int descriptor, Ownership ownership) noexcept;
  ~FileSource() override;
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  Result<std::size_t> read(std::span<std::byte> output) override;
  bool seekable() const override { return seekable_; }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override;
  Result<std::uint64_t> tell() const override;
  Result<void> close() override;

 private:
  int descriptor_;
  Ownership ownership_;
  bool seekable_;
  bool ended_ = false;
  std::uint64_t position_ = 0;
  StreamState state_;
};

/// Writes to a file descriptor, unbuffered. EINTR is absorbed, EAGAIN is kWouldBlock. Flush does
/// not wait for the disk.
class FileSink final : public Sink {
 public:
  /// Creates or truncates `path`. Errors: kIo.
  static Result<std::unique_ptr<FileSink>> create(const std::string& path);
  /// Writes to an open descriptor, where it stands.
  FileSink(int descriptor, Ownership ownership) noexcept;
  ~FileSink() override;
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;

  Result<std::size_t> write(std::span<const std::byte> input) override;
  Result<void> flush() override;
  Result<std::uint64_t> tell() const override;
  Result<void> close() override;

 private:
  int descriptor_;
  Ownership ownership_;
  std::uint64_t taken_ = 0;
  StreamState state_;
};

}  // namespace weir::inline v0_1
