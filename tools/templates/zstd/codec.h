// A transform around a C library. Yours takes its place.
#pragma once

#include <string_view>

#include "weir/transform.h"

/// Compresses into a zstd frame with a checksum; decodes any number of frames.
class Zstd final : public weir::StreamTransform {
 public:
  static constexpr std::string_view kName = "example.@NAME@";

  weir::Result<std::unique_ptr<weir::Sink>> transform_to(
      std::unique_ptr<weir::Sink> output) const override;
  weir::Result<std::unique_ptr<weir::Source>> transform_from(
      std::unique_ptr<weir::Source> input) const override;
  weir::Descriptor descriptor() const override;
};
