#include "weir/encoded_window.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "weir/check.h"
#include "weir/checked.h"

namespace weir::inline v0_1 {
namespace {

constexpr auto kPositionMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

}  // namespace

EncodedWindow::EncodedWindow(std::unique_ptr<Source> below)
    : below_(std::move(below)), seekable_(below_ != nullptr && below_->seekable()) {
  WEIR_CHECK(below_ != nullptr, "a source to read from");
}

Result<std::span<const std::byte>> EncodedWindow::fetch(std::uint64_t offset, std::size_t size,
                                                        std::size_t size_hint) {
  settle_lent(offset);
  if (!lent_.empty()) {
    const auto left = lent_.subspan(static_cast<std::size_t>(offset - lent_offset_));
    if (left.size() >= std::max(size, size_hint)) return left;
    // Not enough, or less than is worth having: more is asked for from `offset` on.
    if (offset > lent_offset_) below_->consume(lent_.size() - left.size());
    below_at_ = offset;
    lent_ = {};
  }
  if (const Result<void> found = find_base(); !found) return fail(found.error());

  std::size_t begin = 0;  // of the run in buffer_
  if (offset >= buffer_offset_ && offset - buffer_offset_ <= buffer_size_) {
    begin = static_cast<std::size_t>(offset - buffer_offset_);
  } else {
    buffer_size_ = 0;
    buffer_offset_ = offset;
  }
  while (buffer_size_ - begin < size) {
    const std::size_t have = buffer_size_ - begin;
    if (end_.has_value() && offset + have >= *end_) break;
    if (const Result<void> moved = move_to(offset + have); !moved) return fail(moved.error());
    std::size_t count = 0;
    const auto lent =
        have == 0 ? below_->peek(std::max(size, size_hint)) : std::span<const std::byte>();
    if (lent.size() >= size && !lent.empty()) {
      lent_ = lent;
      lent_offset_ = offset;
      return lent;
    }
    make_room(begin, size);
    begin = static_cast<std::size_t>(offset - buffer_offset_);
    if (!lent.empty()) {
      count = std::min(lent.size(), capacity_ - buffer_size_);
      std::memcpy(buffer_.get() + buffer_size_, lent.data(), count);
      below_->consume(count);
    } else {
      const Result<std::size_t> given =
          read_below(*below_, {buffer_.get() + buffer_size_, capacity_ - buffer_size_});
      if (!given) return fail(given.error());
      count = *given;
      if (count == 0) end_ = offset + have;
    }
    buffer_size_ += count;
    *below_at_ += count;
  }
  return std::span<const std::byte>(buffer_.get() + begin, buffer_size_ - begin);
}

Result<std::uint64_t> EncodedWindow::size() {
  WEIR_CHECK(seekable_, "only a seekable source knows its end");
  if (size_.has_value()) return *size_;
  if (const Result<void> found = find_base(); !found) return fail(found.error());
  lent_ = {};
  below_at_.reset();
  const Result<std::uint64_t> reached = below_->seek(0, Whence::kEnd);
  if (!reached) return fail(reached.error());
  if (*reached > kPositionMax) return fail(Code::kBadStream, "seek gave an impossible position");
  // A stream that begins behind the end is an empty one.
  size_ = *reached < *base_ ? 0 : *reached - *base_;
  if (*reached >= *base_) below_at_ = *size_;
  return *size_;
}

Result<void> EncodedWindow::find_base() {
  if (base_.has_value()) return {};
  // Where there is no way back, it does not matter where the stream begins.
  std::uint64_t base = 0;
  if (seekable_) {
    const Result<std::uint64_t> told = below_->tell();
    if (!told) return fail(told.error());
    if (*told > kPositionMax) return fail(Code::kBadStream, "tell gave an impossible position");
    base = *told;
  }
  base_ = base;
  below_at_ = 0;
  return {};
}

Result<void> EncodedWindow::move_to(std::uint64_t offset) {
  if (below_at_ == offset) return {};
  WEIR_CHECK(seekable_, "without seeks, what is next is fetched next");
  if (offset > kPositionMax - *base_) return fail(Code::kCorrupt, offset, "no stream is so long");
  below_at_.reset();
  const std::uint64_t target = *base_ + offset;
  const Result<std::uint64_t> reached =
      below_->seek(static_cast<std::int64_t>(target), Whence::kSet);
  if (!reached) return fail(reached.error());
  if (*reached != target) return fail(Code::kBadStream, "seek went somewhere else");
  below_at_ = offset;
  return {};
}

// Advances below over what was lent as far as it lies before `offset`, and keeps of it what lies
// around `offset`.
void EncodedWindow::settle_lent(std::uint64_t offset) {
  if (lent_.empty()) return;
  const std::uint64_t end = lent_offset_ + lent_.size();
  if (offset >= lent_offset_ && offset < end) return;
  if (offset >= end) {
    below_->consume(lent_.size());
    below_at_ = end;
  }
  lent_ = {};
}

// Makes room for a byte at least behind what is there, of a run that begins at `begin` and is to
// have `wanted` bytes.
void EncodedWindow::make_room(std::size_t begin, std::size_t wanted) {
  const std::size_t have = buffer_size_ - begin;
  if (wanted <= capacity_ - begin && buffer_size_ < capacity_) return;
  if (wanted <= capacity_ || have < capacity_) {
    if (begin > 0 && have > 0) std::memmove(buffer_.get(), buffer_.get() + begin, have);
  } else {
    // Four times what has come, so that a size that is only announced costs nothing.
    const std::size_t capacity =
        std::max(kWindowBytes, std::min(wanted, capacity_ > wanted / 4 ? wanted : 4 * capacity_));
    std::unique_ptr<std::byte[]> buffer(new std::byte[capacity]);
    if (have > 0) std::memcpy(buffer.get(), buffer_.get() + begin, have);
    buffer_ = std::move(buffer);
    capacity_ = capacity;
  }
  buffer_offset_ += begin;
  buffer_size_ = have;
}

}  // namespace weir::inline v0_1
