#include "byte_range.h"

#include <fmt/core.h>

#include <charconv>
#include <limits>

#include "text.h"

namespace weir::cli {

namespace {

constexpr std::string_view kUnits = "KMGT";
constexpr std::string_view kRangeForms = "START-END, START+LENGTH or START-";
constexpr std::uint64_t kPositionMax = std::numeric_limits<std::int64_t>::max();

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || end - rest > 1) return std::nullopt;
  std::uint64_t unit = 1;
  if (rest != end) {
    const char letter = *rest >= 'a' && *rest <= 'z' ? static_cast<char>(*rest - 'a' + 'A') : *rest;
    const std::size_t place = kUnits.find(letter);
    if (place == std::string_view::npos) return std::nullopt;
    unit = std::uint64_t{1} << 10 * (place + 1);
  }
  if (value > kPositionMax / unit) return std::nullopt;
  return value * unit;
}

std::string size_text(std::uint64_t size) {
  std::size_t unit = 0;
  while (unit < kUnits.size() && size > 0 && size % 1024 == 0) {
    size /= 1024;
    ++unit;
  }
  return unit == 0 ? std::to_string(size) : std::to_string(size) + kUnits[unit - 1];
}

std::string parse_range(std::string_view text, ByteRange& range) {
  const std::size_t mark = text.find_first_of("-+");
  if (mark == std::string_view::npos) {
    return fmt::format("'{}' is not a range: {}", printable(text), kRangeForms);
  }
  const std::string_view first = text.substr(0, mark);
  const std::string_view second = text.substr(mark + 1);
  const bool length = text[mark] == '+';
  const std::optional<std::uint64_t> begin = parse_size(first);
  const std::optional<std::uint64_t> end = parse_size(second);
  const bool open = second.empty() && !length;
  for (const auto& [word, value] : {std::pair(first, begin), std::pair(second, end)}) {
    if (value || (open && word.data() == second.data())) continue;
    return fmt::format("'{}' is not a range, {}: '{}' is not {}, below 2^63", printable(text),
                       kRangeForms, printable(word), kSizeForms);
  }
  range.begin = *begin;
  range.end.reset();
  if (open) return {};
  if (!length && *end < *begin) {
    return fmt::format("'{}' ends before it begins; START+LENGTH takes a length", printable(text));
  }
  if (length && *end > kPositionMax - *begin) {
    return fmt::format("'{}' ends beyond 2^63", printable(text));
  }
  range.end = length ? *begin + *end : *end;
  return {};
}

}  // namespace weir::cli
