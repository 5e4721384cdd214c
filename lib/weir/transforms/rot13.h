// stream.rot13/1: the example transform. Despite its name it swaps the case of ASCII letters.
#pragma once

#include "weir/codec.h"
#include "weir/registry.h"

namespace weir::inline v0_1 {

/// Swaps A-Z with a-z and leaves every other byte; its own inverse. Source: seed facts.
/// Keeps the size; seekable and flushable if the stream below is; detects nothing.
class Rot13 final : public StreamTransform {
 public:
  /// What encoder and decoder can be told; descriptors have none of it.
  struct Options {
    std::size_t chunk_size =
        8192;  ///< bytes of the writer's buffer, at least 1; used where the sink below lends none
  };
  /// The registry key.
  static constexpr std::string_view kName = "stream.rot13";

  /// With default options.
  Rot13();
  /// With `options`.
  explicit Rot13(Options options);

  Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override;
  Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override;
  Descriptor descriptor() const override;

  /// For a registry: reads version 1, makes instances with default options.
  static Extension extension();
  /// The same with `options`.
  static Extension extension(Options options);

 private:
  Options options_;
  std::shared_ptr<const ByteMap> map_;
};

}  // namespace weir::inline v0_1
