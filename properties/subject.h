// Subject: a transform under test and what it claims.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "weir/registry.h"
#include "weir/transform.h"

namespace weir::properties {

/// A promise that a subject may claim. A claim is tested.
enum class Trait : std::uint8_t {
  kSizePreserving,  ///< as many bytes encoded as written
  kDeterministic,   ///< the same payload and options give the same encoded bytes, however it is cut
  kSeekable,        ///< readers seek when the source below does
  kDetectsTruncation,  ///< every cut of an encoded stream is an error
  kDetectsCorruption,  ///< every damaged stream is an error or decodes to the identical payload
  kFlushable,          ///< after a flush, all that was written can be read
  kConcatenable,  ///< encoded streams one behind the other decode to the payloads one behind the
                  ///< other
};
inline constexpr std::size_t kTraitCount = 7;

/// A set of traits.
using Traits = std::uint16_t;
template <class... Ts>
constexpr Traits traits(Ts... ts) noexcept {
  return static_cast<Traits>((0u | ... | (1u << static_cast<unsigned>(ts))));
}
constexpr bool has(Traits set, Trait trait) noexcept {
  return (set >> static_cast<unsigned>(trait)) & 1u;
}
/// As in lists and reports, e.g. "size_preserving".
std::string_view to_string(Trait trait) noexcept;

/// A transform under test.
struct Subject {
  std::string name;     ///< its descriptor, e.g. "stream.rot13/1" or "mutant.rot13-odd-chunk/1"
  std::string summary;  ///< one sentence
  Traits traits = 0;
  /// Makes transforms from descriptors, as a registry does that knows this subject and the built-in
  /// transforms (for chains).
  std::function<Result<std::vector<std::unique_ptr<StreamTransform>>>(
      std::span<const std::string> descriptors)>
      from_descriptor_list;
  /// A fresh instance.
  std::function<Result<std::unique_ptr<StreamTransform>>()> make;
};

/// A subject whose instances and descriptors come from `registry`.
Subject subject_from_registry(std::string name, std::string summary, Traits traits,
                              ExtensionRegistry registry);

/// Subjects for the transforms of `builtin_transforms()`, in that order.
const std::vector<Subject>& builtin_subjects();

}  // namespace weir::properties
