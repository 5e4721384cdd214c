// Extensions that read version 1 of their format.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "weir/registry.h"

namespace weir::inline v0_1 {

/// An extension named `name` that reads every version that `is_version_1` accepts, with transforms
/// made by `make`. Its `from_version` refuses others, and a missing version, with
/// kUnsupportedVersion and the version in quotes as detail.
Extension version_1_extension(std::string name,
                              std::function<Result<std::unique_ptr<StreamTransform>>()> make);

/// The same for transforms that are copies of `prototype`, under its name: all of one extension
/// share what copies share, pooled contexts, say.
template <class Transform>
Extension version_1_extension(Transform prototype) {
  return version_1_extension(
      std::string(Transform::kName),
      [prototype = std::move(prototype)]() -> Result<std::unique_ptr<StreamTransform>> {
        return std::make_unique<Transform>(prototype);
      });
}

}  // namespace weir::inline v0_1
