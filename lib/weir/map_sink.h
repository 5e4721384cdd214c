// MapSink: a Sink that maps each byte on its way to the sink below.
#pragma once

#include <array>
#include <memory>

#include "weir/codec.h"
#include "weir/sink.h"
#include "weir/stream_state.h"

namespace weir::inline v0_1 {

/// Maps what is written to it: in one pass into the room that the sink below lends, otherwise
/// through a buffer: a small one of its own, or one made at the first write that is larger and
/// grown once. Holds nothing back: a write returns what the sink below took. The input is never
/// modified. Lends the room that the sink below lends.
class MapSink final : public Sink {
 public:
  /// How a sink buffers.
  struct Options {
    std::size_t chunk_size;  ///< bytes of the buffer that is made at most, at least 1
  };

  /// Writes to `below`, which it owns; shares `map`.
  MapSink(std::unique_ptr<Sink> below, std::shared_ptr<const ByteMap> map, Options options);

  Result<std::size_t> write(std::span<const std::byte> input) override;
  std::span<std::byte> reserve(std::size_t size_hint) override;
  Result<void> commit(std::size_t size) override;
  Result<void> flush() override;
  Result<std::uint64_t> tell() const override;
  Result<void> close() override;

 private:
  Result<void> push(std::span<const std::byte> input, std::size_t& taken);
  // Where `size` mapped bytes find room on their way down.
  std::byte* room_for(std::size_t size);

  std::unique_ptr<Sink> below_;
  std::shared_ptr<const ByteMap> map_;
  Options options_;
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t buffer_size_ = 0;
  std::span<std::byte> lent_{};  // what reserve lent just before
  bool busy_ = false;
  std::uint64_t taken_ = 0;
  StreamState state_;
  // Most writes through small streams fit, and cost no allocation. Written before it is read.
  static constexpr std::size_t kSmallBytes = 256;
  std::array<std::byte, kSmallBytes> small_;
};

}  // namespace weir::inline v0_1
