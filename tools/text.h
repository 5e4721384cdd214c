// Words and numbers for people: wrapping, padding, suggestions, sizes, times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::cli {

/// `text` for XML and HTML, in attributes, too: on one line, line breaks as `&#10;`.
std::string xml_text(std::string_view text);

/// The columns that `text` takes on a terminal: code points, escape sequences not counted.
std::size_t columns(std::string_view text) noexcept;
/// `text` with blanks behind it up to `width` columns.
std::string pad(std::string_view text, std::size_t width);
/// `text` with blanks before it up to `width` columns.
std::string pad_left(std::string_view text, std::size_t width);
/// `text` cut to `width` columns, the cut marked with "...".
std::string clip(std::string_view text, std::size_t width);
/// `text` broken at blanks into lines of at most `width` columns; a longer word has a line to
/// itself.
std::vector<std::string> wrap(std::string_view text, std::size_t width);
/// The lines of wrap, each but the first behind `indent` blanks.
std::string wrap_hanging(std::string_view text, std::size_t width, std::size_t indent);
/// `items` with `separator` between them.
std::string join(std::span<const std::string> items, std::string_view separator);

/// E.g. "48,620".
std::string with_commas(std::uint64_t value);
/// E.g. "1 case", "2,000 cases".
std::string plural(std::uint64_t count, std::string_view noun);
/// E.g. "512 B", "1.4 MiB".
std::string human_bytes(std::uint64_t bytes);
/// E.g. "00ff" of two bytes.
std::string hex_text(std::span<const std::byte> bytes);
/// E.g. "0.4 s", "12 s", "2 min 05 s".
std::string human_seconds(double seconds);
/// E.g. "950", "48k", "1.2M": at most five columns.
std::string human_count(std::uint64_t value);

/// The candidate that `name` was probably meant to be; nothing when none is near.
std::optional<std::string> nearest(std::string_view name, std::span<const std::string> candidates);
/// "unknown subject 'x'; did you mean 'y'?" or, when nothing is near, where to find the list.
std::string unknown_name(std::string_view kind, std::string_view name,
                         std::span<const std::string> candidates, std::string_view list_command);

/// Seconds of "60s", "2m", "1h", "500ms" or a plain number of seconds; nothing for anything else,
/// zero included.
std::optional<double> parse_budget(std::string_view text) noexcept;
/// What parse_budget accepts, for messages.
inline constexpr std::string_view kBudgetForms =
    "a time such as 500ms, 60s, 2m or 1h, more than zero";

/// `text` on one line: bytes that do not print as \xNN, newlines too.
std::string printable(std::string_view text);
/// Likewise, but newlines stay.
std::string printable_lines(std::string_view text);
/// `path` as one word for a shell: as it is, in quotes, or, with bytes that do not print, in the
/// form $'...'.
std::string shell_word(std::string_view path);

}  // namespace weir::cli
