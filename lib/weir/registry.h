// ExtensionRegistry: from descriptors to transforms.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "weir/transform.h"

namespace weir::inline v0_1 {

/// A named way of making transforms. A plain value: nothing registers itself.
struct Extension {
  /// The registry key, e.g. "stream.zstd" or "stream.zstd@example.org".
  std::string name;
  /// Makes a transform that reads `version` (empty when the descriptor had none). Errors:
  /// kUnsupportedVersion, whose detail names the version.
  std::function<Result<std::unique_ptr<StreamTransform>>(std::string_view version)> from_version;
};

/// A set of extensions, by name.
class ExtensionRegistry {
 public:
  /// Adds `extension`; one of the same name is replaced. Precondition: the name is a valid
  /// descriptor without version.
  void add(Extension extension);

  /// The names in the order in which they were first added.
  std::vector<std::string> names() const;

  /// The transform that `descriptor` names. Errors: kMalformedDescriptor, kUnknownExtension
  /// (detail: the name), kUnsupportedVersion (detail: the version).
  Result<std::unique_ptr<StreamTransform>> from_descriptor(std::string_view descriptor) const;

  /// The transforms that `descriptors` name, in order. Any failure fails the list, and nothing half
  /// built is left.
  Result<std::vector<std::unique_ptr<StreamTransform>>> from_descriptor_list(
      std::span<const std::string> descriptors) const;

 private:
  std::vector<Extension> extensions_;
};

}  // namespace weir::inline v0_1
