// KeyProvider: where encrypting transforms get their keys from.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "weir/result.h"

namespace weir::inline v0_1 {

/// A program's keys, by id. Given to the extension of a transform in code: no descriptor and no
/// encoded stream ever holds a key. Ids do stand in encoded streams, readable by everybody.
///
/// One provider serves all streams of its transforms, also from several threads at once.
class KeyProvider {
 public:
  /// Chosen by the program; all zeros does as well as any other.
  using KeyId = std::array<std::byte, 16>;

  virtual ~KeyProvider() = default;

  /// The key that new streams are written with. Errors: of the provider's choosing; they reach
  /// whoever makes the sink, unchanged.
  virtual Result<KeyId> current() const = 0;

  /// Puts the key of that id into `key`: all of its bytes, whose number the transform determines.
  /// The caller wipes them. A provider that has no such key, or none of that size, says
  /// kInvalidArgument. Other errors are of its choosing; all reach whoever makes the sink or reads,
  /// unchanged, and after kWouldBlock the same is asked again.
  virtual Result<void> key(const KeyId& id, std::span<std::byte> key) const = 0;
};

}  // namespace weir::inline v0_1
