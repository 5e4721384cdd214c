// stream.identity/1: passes bytes through; the floor of every measurement.
#pragma once

#include "weir/registry.h"

namespace weir::inline v0_1 {

/// Passes everything through, what is lent included, and still keeps the stream contract towards
/// its caller. Seekable and flushable if the stream below is. Detects nothing.
class Identity final : public StreamTransform {
 public:
  /// The registry key.
  static constexpr std::string_view kName = "stream.identity";

  Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override;
  Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override;
  Descriptor descriptor() const override;

  /// For a registry: reads version 1.
  static Extension extension();
};

}  // namespace weir::inline v0_1
