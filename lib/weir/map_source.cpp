#include "weir/map_source.h"

#include <algorithm>
#include <utility>

#include "weir/check.h"
#include "weir/checked.h"
#include "weir/seek_failure.h"

namespace weir::inline v0_1 {

MapSource::MapSource(std::unique_ptr<Source> below, std::shared_ptr<const ByteMap> map)
    : below_(std::move(below)), map_(std::move(map)) {
  WEIR_CHECK(below_ != nullptr && map_ != nullptr, "a source to read from and a map");
}

Result<std::size_t> MapSource::read(std::span<std::byte> output) {
  const NotReentrant guard(busy_);
  if (!state_.open()) return state_.refusal();
  if (output.empty()) return 0;
  WEIR_CHECK(output.data() != nullptr, "room to read into");
  if (ended_) return 0;
  const std::span<const std::byte> lent = below_->peek(output.size());
  if (!lent.empty()) {
    const std::size_t size = std::min(lent.size(), output.size());
    map_->map(lent.first(size), output.data());
    below_->consume(size);
    return size;
  }
  const Result<std::size_t> given = read_below(*below_, output);
  if (!given) return state_.failing(given.error());
  ended_ = *given == 0;
  map_->map(output.first(*given), output.data());
  return *given;
}

bool MapSource::seekable() const { return below_->seekable(); }

Result<std::uint64_t> MapSource::seek(std::int64_t offset, Whence whence) {
  const NotReentrant guard(busy_);
  if (!state_.open()) return state_.refusal();
  const Result<std::uint64_t> reached = below_->seek(offset, whence);
  if (!reached) return seek_failure(state_, reached.error());
  ended_ = false;
  return *reached;
}

Result<std::uint64_t> MapSource::tell() const {
  if (state_.closed()) return fail(Code::kClosed);
  return below_->tell();
}

Result<void> MapSource::close() {
  const NotReentrant guard(busy_);
  if (state_.close_completed()) return state_.close_result();
  state_.begin_close();
  return state_.complete_close(below_->close());
}

}  // namespace weir::inline v0_1
