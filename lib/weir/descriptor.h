// Descriptor: `name[@local-domain][/version]`, the text that stands beside a stream and says how to
// read it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "weir/result.h"

namespace weir::inline v0_1 {

/// A parsed descriptor. Parsing and printing lose nothing: `parse(s)->str() == s`.
class Descriptor {
 public:
  /// How long a descriptor may be.
  static constexpr std::size_t kBytesMax = 255;

  /// Splits `text` at its first slash. What stands before it is the registry key (domain included),
  /// what stands behind it is the version: any bytes. Errors: kMalformedDescriptor for an empty
  /// name or domain, a second '@', a name byte that is not printable ASCII other than space, or
  /// more than 255 bytes.
  static Result<Descriptor> parse(std::string_view text);

  /// The registry key: everything before the first slash.
  std::string_view name() const noexcept { return std::string_view(text_).substr(0, name_size_); }
  /// Whether there is a slash, and so a version (possibly empty).
  bool has_version() const noexcept { return name_size_ < text_.size(); }
  /// What stands behind the first slash; empty without one.
  std::string_view version() const noexcept;
  /// The exact text that was parsed.
  const std::string& str() const noexcept { return text_; }
  /// The text with unprintable bytes and backslashes as `\xNN`, for messages.
  std::string escaped() const;

  /// Equal texts.
  friend bool operator==(const Descriptor& a, const Descriptor& b) noexcept {
    return a.text_ == b.text_;
  }
  /// Other texts.
  friend bool operator!=(const Descriptor& a, const Descriptor& b) noexcept { return !(a == b); }

 private:
  Descriptor() = default;
  std::string text_;
  std::size_t name_size_ = 0;
};

/// Whether `version` is one that a `/1` extension reads: the part before the first '.' is exactly
/// "1".
bool is_version_1(std::string_view version) noexcept;

}  // namespace weir::inline v0_1
