#include "weir/map_sink.h"

#include <algorithm>
#include <utility>

#include "weir/check.h"
#include "weir/checked.h"

namespace weir::inline v0_1 {

MapSink::MapSink(std::unique_ptr<Sink> below, std::shared_ptr<const ByteMap> map, Options options)
    : below_(std::move(below)), map_(std::move(map)), options_(options) {
  WEIR_CHECK(below_ != nullptr && map_ != nullptr, "a sink to write to and a map");
  WEIR_CHECK(options_.chunk_size > 0, "a buffer of at least one byte");
}

Result<std::size_t> MapSink::write(std::span<const std::byte> input) {
  const NotReentrant guard(busy_);
  lent_ = {};
  if (!state_.open()) return state_.refusal();
  if (input.empty()) return 0;
  WEIR_CHECK(input.data() != nullptr, "bytes to write");
  std::size_t taken = 0;
  // Results are returned straight from calls, never through a variable: copying one costs as much
  // as the rest.
  const Result<void> result = or_out_of_memory([&]() -> Result<void> {
    // Nearly always there is room for all.
    const std::span<std::byte> room = below_->reserve(input.size());
    if (room.size() < input.size()) [[unlikely]] {
      return push(input, taken);
    }
    map_->map(input, room.data());
    return commit_below(*below_, input.size());
  });
  if (result) [[likely]] {
    taken_ += input.size();
    return input.size();
  }
  taken_ += taken;
  const auto failure = state_.failing(result.error());
  if (taken == 0) return failure;
  return taken;
}

Result<void> MapSink::push(std::span<const std::byte> input, std::size_t& taken) {
  while (taken < input.size()) {
    const std::span<const std::byte> left = input.subspan(taken);
    const std::span<std::byte> room = below_->reserve(left.size());
    if (!room.empty()) {
      const std::size_t size = std::min(left.size(), room.size());
      map_->map(left.first(size), room.data());
      const Result<void> committed = commit_below(*below_, size);
      if (!committed) return committed;
      taken += size;
      continue;
    }
    const std::size_t size = std::min(left.size(), options_.chunk_size);
    std::byte* const mapped = room_for(size);
    map_->map(left.first(size), mapped);
    // The rest of a short write is offered again at once: it is mapped already.
    for (std::size_t passed = 0; passed < size;) {
      const Result<std::size_t> count = write_below(*below_, {mapped + passed, size - passed});
      if (!count) return fail(count.error());
      passed += *count;
      taken += *count;
    }
  }
  return {};
}

// Most streams that are larger than the small buffer are written at once and need no more than they
// write; who comes again with more gets all of it, so that no stream makes more than two.
std::byte* MapSink::room_for(std::size_t size) {
  if (size <= small_.size()) return small_.data();
  if (buffer_size_ < size) {
    const std::size_t wanted = buffer_ == nullptr ? size : options_.chunk_size;
    buffer_.reset();
    buffer_size_ = 0;
    buffer_.reset(new std::byte[wanted]);
    buffer_size_ = wanted;
  }
  return buffer_.get();
}

std::span<std::byte> MapSink::reserve(std::size_t size_hint) {
  const NotReentrant guard(busy_);
  lent_ = state_.open() ? below_->reserve(size_hint) : std::span<std::byte>();
  return lent_;
}

Result<void> MapSink::commit(std::size_t size) {
  const NotReentrant guard(busy_);
  if (!state_.open()) return state_.refusal();
  WEIR_CHECK(size <= lent_.size(), "no more is committed than was lent");
  map_->map(lent_.first(size), lent_.data());
  lent_ = {};
  const Result<void> committed = commit_below(*below_, size);
  if (!committed) return state_.failing(committed.error());
  taken_ += size;
  return {};
}

Result<void> MapSink::flush() {
  const NotReentrant guard(busy_);
  lent_ = {};
  if (!state_.open()) return state_.refusal();
  const Result<void> flushed = below_->flush();
  if (!flushed) return state_.failing(flushed.error());
  return {};
}

Result<std::uint64_t> MapSink::tell() const {
  if (state_.closed()) return fail(Code::kClosed);
  return taken_;
}

Result<void> MapSink::close() {
  const NotReentrant guard(busy_);
  if (state_.close_completed()) return state_.close_result();
  state_.begin_close();
  return state_.complete_close(below_->close());
}

}  // namespace weir::inline v0_1
