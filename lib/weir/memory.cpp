#include "weir/memory.h"

#include <algorithm>
#include <cstring>

#include "weir/check.h"
#include "weir/checked.h"
#include "weir/seek_target.h"

namespace weir::inline v0_1 {
namespace {

// Smaller first allocations would only be followed by more of them.
constexpr std::size_t kCapacityMin = 256;

}  // namespace

Result<std::size_t> MemorySource::read(std::span<std::byte> output) {
  if (closed_) return fail(Code::kClosed);
  if (output.empty() || position_ >= bytes_.size()) return 0;
  WEIR_CHECK(output.data() != nullptr, "room to read into");
  const auto left = bytes_.subspan(static_cast<std::size_t>(position_));
  const std::size_t size = std::min(left.size(), output.size());
  std::memcpy(output.data(), left.data(), size);
  position_ += size;
  return size;
}

std::span<const std::byte> MemorySource::peek(std::size_t size_hint) {
  if (closed_ || position_ >= bytes_.size()) return {};
  const auto left = bytes_.subspan(static_cast<std::size_t>(position_));
  return left.first(std::min(left.size(), size_hint));
}

void MemorySource::consume(std::size_t size) {
  WEIR_CHECK(
      !closed_ && (size == 0 || (position_ < bytes_.size() && size <= bytes_.size() - position_)),
      "no more is consumed than was lent");
  position_ += size;
}

Result<std::uint64_t> MemorySource::seek(std::int64_t offset, Whence whence) {
  if (closed_) return fail(Code::kClosed);
  std::uint64_t base = 0;
  if (whence == Whence::kCurrent) base = position_;
  if (whence == Whence::kEnd) base = bytes_.size();
  const Result<std::uint64_t> target = seek_target(base, offset);
  if (target) position_ = *target;
  return target;
}

Result<std::uint64_t> MemorySource::tell() const {
  if (closed_) return fail(Code::kClosed);
  return position_;
}

Result<void> MemorySource::close() {
  closed_ = true;
  return {};
}

std::span<std::byte> ByteBuffer::grow(std::size_t size) {
  if (capacity_ - size_ < size) {
    if (size > static_cast<std::size_t>(-1) - size_) throw std::bad_alloc();
    const std::size_t doubled = capacity_ > static_cast<std::size_t>(-1) / 2 ? 0 : 2 * capacity_;
    const std::size_t capacity = std::max({kCapacityMin, doubled, size_ + size});
    std::unique_ptr<std::byte[]> data(new std::byte[capacity]);
    if (size_ > 0) std::memcpy(data.get(), data_.get(), size_);
    data_ = std::move(data);
    capacity_ = capacity;
  }
  return {data_.get() + size_, capacity_ - size_};
}

void ByteBuffer::commit(std::size_t size) {
  WEIR_CHECK(size <= capacity_ - size_, "no more is committed than there is room");
  size_ += size;
}

void ByteBuffer::append(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  const auto room = grow(bytes.size());
  std::memcpy(room.data(), bytes.data(), bytes.size());
  size_ += bytes.size();
}

Result<std::size_t> MemorySink::write(std::span<const std::byte> input) {
  if (!state_.open()) return state_.refusal();
  if (input.empty()) return 0;
  WEIR_CHECK(input.data() != nullptr, "bytes to write");
  try {
    buffer_->append(input);
  } catch (const std::bad_alloc&) {
    return state_.failing(Error(Code::kOutOfMemory));
  }
  taken_ += input.size();
  return input.size();
}

std::span<std::byte> MemorySink::reserve(std::size_t size_hint) {
  if (!state_.open()) return {};
  try {
    const std::span<std::byte> room = buffer_->grow(std::max<std::size_t>(size_hint, 1));
    before_ = buffer_->bytes();
    return room;
  } catch (const std::bad_alloc&) {
    return {};  // The write that follows says so.
  }
}

Result<void> MemorySink::commit(std::size_t size) {
  if (!state_.open()) return state_.refusal();
  const std::span<const std::byte> now = buffer_->bytes();
  WEIR_CHECK(now.data() == before_.data() && now.size() <= before_.size(),
             "nobody else appends to the buffer");
  // The room stands where the end was when it was lent; the buffer may have been cleared since.
  if (now.size() < before_.size()) {
    std::memmove(buffer_->grow(size).data(), before_.data() + before_.size(), size);
  }
  buffer_->commit(size);
  taken_ += size;
  return {};
}

Result<void> MemorySink::flush() {
  if (!state_.open()) return state_.refusal();
  return {};
}

Result<std::uint64_t> MemorySink::tell() const {
  if (state_.closed()) return fail(Code::kClosed);
  return taken_;
}

Result<void> MemorySink::close() {
  if (state_.close_completed()) return state_.close_result();
  state_.begin_close();
  return state_.complete_close({});
}

}  // namespace weir::inline v0_1
