// Sources and sinks in memory.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "weir/sink.h"
#include "weir/source.h"
#include "weir/stream_state.h"

namespace weir::inline v0_1 {

/// Reads from bytes that the caller keeps alive. Seekable; lends its bytes.
class MemorySource final : public Source {
 public:
  /// Begins at the first of `bytes`.
  explicit MemorySource(std::span<const std::byte> bytes) noexcept : bytes_(bytes) {}

  Result<std::size_t> read(std::span<std::byte> output) override;
  std::span<const std::byte> peek(std::size_t size_hint) override;
  void consume(std::size_t size) override;
  bool seekable() const override { return true; }
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override;
  Result<std::uint64_t> tell() const override;
  Result<void> close() override;

 private:
  std::span<const std::byte> bytes_;
  std::uint64_t position_ = 0;
  bool closed_ = false;
};

/// A growing run of bytes whose new room is not zeroed. Keeps its memory when cleared.
class ByteBuffer {
 public:
  /// What was taken; valid until the next call that changes it.
  std::span<const std::byte> bytes() const noexcept { return {data_.get(), size_}; }
  /// How many bytes these are.
  std::size_t size() const noexcept { return size_; }
  /// Empties it.
  void clear() noexcept { size_ = 0; }
  /// Room for at least `size` bytes behind the end; grows by doubling. Throws std::bad_alloc.
  std::span<std::byte> grow(std::size_t size);
  /// Takes the first `size` bytes of that room. Precondition: there is as much.
  void commit(std::size_t size);
  /// Takes a copy of `bytes`. Throws std::bad_alloc.
  void append(std::span<const std::byte> bytes);

 private:
  std::unique_ptr<std::byte[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// Writes into a ByteBuffer that the caller keeps alive, and may read and clear between calls.
/// Nobody else appends to it. Takes all that is offered; lends its room.
class MemorySink final : public Sink {
 public:
  /// Appends to what `buffer` has.
  explicit MemorySink(ByteBuffer& buffer) noexcept : buffer_(&buffer) {}

  Result<std::size_t> write(std::span<const std::byte> input) override;
  std::span<std::byte> reserve(std::size_t size_hint) override;
  Result<void> commit(std::size_t size) override;
  Result<void> flush() override;
  Result<std::uint64_t> tell() const override;
  Result<void> close() override;

 private:
  ByteBuffer* buffer_;
  std::span<const std::byte> before_;  // what the buffer had when room was lent
  std::uint64_t taken_ = 0;
  StreamState state_;
};

}  // namespace weir::inline v0_1
