// What can go wrong in a stream, as a value.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weir::inline v0_1 {

/// Every kind of failure of a stream or a descriptor.
enum class Code : std::uint8_t {
  kWouldBlock,           ///< Not now; the same call may be made again.
  kIo,                   ///< The operating system refused; `os_error` says how.
  kCorrupt,              ///< The encoded bytes are damaged.
  kTruncated,            ///< The encoded bytes end too early.
  kNotSeekable,          ///< This stream has no random access.
  kClosed,               ///< I/O after close.
  kInvalidArgument,      ///< The request makes no sense (a negative position, say).
  kLimitExceeded,        ///< A documented limit for hostile input was reached.
  kOutOfMemory,          ///< An allocation failed.
  kBadStream,            ///< The stream below lied about a count.
  kMalformedDescriptor,  ///< Not `name[@local-domain][/version]`.
  kUnknownExtension,     ///< No extension of that name is registered.
  kUnsupportedVersion,   ///< The extension does not read that version.
};

/// The code's name as it stands in messages and case files, e.g. "would_block".
std::string_view to_string(Code code) noexcept;

/// A short text inside an Error: at most 64 bytes, unprintable bytes escaped as `\xNN`, cut with
/// "...".
class Detail {
 public:
  /// How many bytes fit.
  static constexpr std::size_t kCapacity = 64;

  constexpr Detail() noexcept = default;
  /// Appends `text`, escaping what does not print; what does not fit is cut and marked with "...".
  Detail& append(std::string_view text) noexcept;
  /// Appends `value` in decimal.
  Detail& append(std::uint64_t value) noexcept;

  /// The text; as long-lived as this object.
  std::string_view view() const noexcept { return {text_.data(), size_}; }

 private:
  std::array<char, kCapacity> text_{};
  std::uint8_t size_ = 0;
};

/// A failure: what kind, where, and a few words. Copying it allocates nothing.
struct Error {
  /// `offset` where no place in a stream is meant.
  static constexpr std::uint64_t kNoOffset = ~std::uint64_t{0};

  Code code = Code::kIo;  ///< What kind.
  int os_error = 0;       ///< errno, for kIo; otherwise 0.
  std::uint64_t offset =
      kNoOffset;    ///< Bytes into the stream that the failing layer reads or writes.
  Detail detail{};  ///< A few words.

  /// kIo without errno: to be filled in.
  Error() noexcept = default;
  /// At no place, without words.
  explicit Error(Code error_code) noexcept : code(error_code) {}
  /// At no place.
  Error(Code error_code, std::string_view text) noexcept : code(error_code) { detail.append(text); }
  /// At byte `where` of the stream that the failing layer reads or writes.
  Error(Code error_code, std::uint64_t where, std::string_view text) noexcept
      : code(error_code), offset(where) {
    detail.append(text);
  }
};

/// kIo with errno `os_error` and a few words.
Error io_error(int os_error, std::string_view text) noexcept;

/// Same code and errno; offset and detail are for people and do not count.
inline bool same_failure(const Error& a, const Error& b) noexcept {
  return a.code == b.code && a.os_error == b.os_error;
}

/// One line for a person: "corrupt at byte 17: checksum does not match".
std::string describe(const Error& error);

}  // namespace weir::inline v0_1
