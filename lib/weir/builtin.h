// The transforms that Weir ships, and registries of them.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "weir/key_provider.h"
#include "weir/registry.h"

namespace weir::inline v0_1 {

/// What a transform promises; what a checkpoint needs to choose one.
struct BuiltinTransform {
  std::string_view descriptor;  ///< e.g. "stream.zstd/1"
  std::string_view summary;     ///< one sentence
  Extension (*extension)();     ///< with default options; without keys, where it needs some
};

/// The one list of shipped transforms, in the order in which they are shown.
std::span<const BuiltinTransform> builtin_transforms() noexcept;

/// A transform that this build leaves out because its library is missing.
struct MissingTransform {
  std::string_view descriptor;  ///< e.g. "stream.zstd/1"
  std::string_view reason;      ///< what is missing, and the Debian package that has it
};
/// In the order in which they would be shown.
std::span<const MissingTransform> missing_transforms() noexcept;

/// All shipped transforms but the example `stream.rot13`. Those that encrypt have their keys from
/// `keys`; without, they refuse to be made, with kInvalidArgument.
ExtensionRegistry default_extension_registry(std::shared_ptr<const KeyProvider> keys = nullptr);

/// The default registry with the example `stream.rot13` registered (source: seed facts), and with
/// keys and nonces for encryption that everybody knows (insecure_test_keys.h): never for data.
ExtensionRegistry test_extension_registry();

}  // namespace weir::inline v0_1
