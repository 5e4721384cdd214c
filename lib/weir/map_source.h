// MapSource: a Source that maps each byte of the source below.
#pragma once

#include <memory>

#include "weir/codec.h"
#include "weir/source.h"
#include "weir/stream_state.h"

namespace weir::inline v0_1 {

/// Maps what it reads, needs no buffer: straight from what the source below lends, or in place in
/// the caller's. Changes only the bytes read. Seek, tell and seekable are those of the source
/// below.
class MapSource final : public Source {
 public:
  /// Reads from `below`, which it owns; shares `map`.
  MapSource(std::unique_ptr<Source> below, std::shared_ptr<const ByteMap> map);

  Result<std::size_t> read(std::span<std::byte> output) override;
  bool seekable() const override;
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override;
  Result<std::uint64_t> tell() const override;
  Result<void> close() override;

 private:
  std::unique_ptr<Source> below_;
  std::shared_ptr<const ByteMap> map_;
  bool ended_ = false;
  bool busy_ = false;
  StreamState state_;
};

}  // namespace weir::inline v0_1
