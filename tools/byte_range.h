// Sizes and ranges of bytes, as they are written on the command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::cli {

/// What parse_size accepts, for messages.
inline constexpr std::string_view kSizeForms = "a size such as 4096, 64K, 1M or 2G";
/// The number in "4096", "64K", "1M", "2G" or "1T" (K is 1024, M that squared, and so on; small
/// letters too); nothing for anything else and from 2^63 on, where positions end.
std::optional<std::uint64_t> parse_size(std::string_view text) noexcept;
/// `size` in the shortest of these forms: "64K", "1000".
std::string size_text(std::uint64_t size);

/// The bytes from `begin` up to, not including, `end`.
struct ByteRange {
  std::uint64_t begin = 0;
  std::optional<std::uint64_t> end;  ///< none: to the end of the stream
};
/// Reads "BEGIN-END", "BEGIN+LENGTH" or "BEGIN-", numbers as parse_size has them, into `range`.
/// Returns what is wrong with it; empty when nothing is.
std::string parse_range(std::string_view text, ByteRange& range);

}  // namespace weir::cli
