// A transform of one's own. Yours takes its place.
#pragma once

#include <string_view>

#include "weir/transform.h"

/// Rotates the letters A-Z and a-z by thirteen places and leaves every other byte.
class Rot13 final : public weir::StreamTransform {
 public:
  static constexpr std::string_view kName = "example.@NAME@";

  weir::Result<std::unique_ptr<weir::Sink>> transform_to(
      std::unique_ptr<weir::Sink> output) const override;
  weir::Result<std::unique_ptr<weir::Source>> transform_from(
      std::unique_ptr<weir::Source> input) const override;
  weir::Descriptor descriptor() const override;
};
