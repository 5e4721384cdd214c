#include "text.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "program.h"

namespace weir::cli {

namespace {

// Bytes of the escape sequence or the code point at `at`; `width` is set to the columns that it
// takes.
std::size_t glyph(std::string_view text, std::size_t at, std::size_t& width) noexcept {
  const auto byte = static_cast<unsigned char>(text[at]);
  std::size_t end = at + 1;
  if (byte == 0x1b && end < text.size() && text[end] == '[') {
    ++end;
    while (end < text.size() && (text[end] < '@' || text[end] > '~')) ++end;
    width = 0;
    return std::min(end + 1, text.size()) - at;
  }
  width = 1;
  if (byte >= 0xc0) {
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
  }
  return end - at;
}

bool prints(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x7f;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above + 1, row[j - 1] + 1, change});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

std::size_t columns(std::string_view text) noexcept {
  std::size_t total = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t width = 0;
    at += glyph(text, at, width);
    total += width;
  }
  return total;
}

std::string pad(std::string_view text, std::size_t width) {
  std::string result(text);
  const std::size_t have = columns(text);
  if (have < width) result.append(width - have, ' ');
  return result;
}

std::string pad_left(std::string_view text, std::size_t width) {
  const std::size_t have = columns(text);
  std::string result(have < width ? width - have : 0, ' ');
  return result.append(text);
}

std::string clip(std::string_view text, std::size_t width) {
  if (columns(text) <= width) return std::string(text);
  const std::size_t keep = width > 3 ? width - 3 : 0;
  std::string result;
  std::size_t used = 0;
  bool cut = false;
  // Escape sequences behind the cut are kept, or a colour would run on.
  for (std::size_t at = 0; at < text.size();) {
    std::size_t wide = 0;
    const std::size_t size = glyph(text, at, wide);
    if (used + wide > keep) {
      if (!cut) result.append(std::min<std::size_t>(3, width), '.');
      cut = true;
    }
    if (!cut || wide == 0) {
      result.append(text.substr(at, size));
      used += wide;
    }
    at += size;
  }
  return result;
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  std::string line;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t start = text.find_first_not_of(' ', at);
    if (start == std::string_view::npos) break;
    const std::size_t end = std::min(text.find(' ', start), text.size());
    const std::string_view word = text.substr(start, end - start);
    if (!line.empty() && columns(line) + 1 + columns(word) > width) {
      lines.push_back(std::move(line));
      line.clear();
    }
    if (!line.empty()) line += ' ';
    line += word;
    at = end;
  }
  if (!line.empty() || lines.empty()) lines.push_back(std::move(line));
  return lines;
}

std::string wrap_hanging(std::string_view text, std::size_t width, std::size_t indent) {
  std::string result;
  for (const std::string& line : wrap(text, width > indent + 20 ? width - indent : 20)) {
    if (!result.empty()) result.append("\n").append(indent, ' ');
    result += line;
  }
  return result;
}

std::string join(std::span<const std::string> items, std::string_view separator) {
  std::string result;
  for (const std::string& item : items) {
    if (!result.empty()) result += separator;
    result += item;
  }
  return result;
}

std::string with_commas(std::uint64_t value) {
  const std::string digits = std::to_string(value);
  std::string result;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) result += ',';
    result += digits[i];
  }
  return result;
}

std::string plural(std::uint64_t count, std::string_view noun) {
  std::string text = with_commas(count) + " " + std::string(noun);
  return count == 1 ? text : text + "s";
}

std::string hex_text(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte byte : bytes) text += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  return text;
}

std::string human_bytes(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  static constexpr std::string_view kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1023.95 && unit + 1 < std::size(kUnits)) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string human_seconds(double seconds) {
  if (seconds < 9.95) return fmt::format("{:.1f} s", std::max(seconds, 0.0));
  const auto whole = static_cast<std::uint64_t>(std::llround(seconds));
  if (whole < 100) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::string human_count(std::uint64_t value) {
  if (value < 10000) return std::to_string(value);
  static constexpr std::string_view kUnits = "kMGTP";
  double scaled = static_cast<double>(value) / 1000;
  std::size_t unit = 0;
  while (scaled >= 999.5 && unit + 1 < kUnits.size()) {
    scaled /= 1000;
    ++unit;
  }
  return scaled < 9.95 ? fmt::format("{:.1f}{}", scaled, kUnits[unit])
                       : fmt::format("{:.0f}{}", scaled, kUnits[unit]);
}

std::optional<std::string> nearest(std::string_view name, std::span<const std::string> candidates) {
  const std::string* best = nullptr;
  // A third of the letters may be wrong: beyond that a suggestion confuses more than it helps.
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    std::size_t distance = edit_distance(name, candidate);
    // "zstd" is meant to be "stream.zstd/1": a part is nearer than its length says.
    if (name.size() >= 3 && candidate.find(name) != std::string::npos) {
      distance = std::min<std::size_t>(distance, 1);
    }
    if (distance < best_distance) {
      best = &candidate;
      best_distance = distance;
    }
  }
  if (best == nullptr) return std::nullopt;
  return *best;
}

std::string unknown_name(std::string_view kind, std::string_view name,
                         std::span<const std::string> candidates, std::string_view list_command) {
  const std::optional<std::string> guess = nearest(name, candidates);
  if (guess) {
    return fmt::format("unknown {} '{}'; did you mean '{}'?", kind, printable(name), *guess);
  }
  return fmt::format("unknown {} '{}'; `{}` shows what there is", kind, printable(name),
                     as_called(list_command));
}

std::optional<double> parse_budget(std::string_view text) noexcept {
  double value = 0;
  std::size_t at = 0;
  double place = 0;
  for (; at < text.size() &&
         ((text[at] >= '0' && text[at] <= '9') || (text[at] == '.' && place == 0));
       ++at) {
    if (text[at] == '.') {
      place = 1;
    } else if (place == 0) {
      value = value * 10 + (text[at] - '0');
    } else {
      place /= 10;
      value += place * (text[at] - '0');
    }
  }
  if (at == 0 || text[0] == '.') return std::nullopt;
  const std::string_view unit = text.substr(at);
  double factor = 0;
  if (unit.empty() || unit == "s") factor = 1;
  if (unit == "ms") factor = 0.001;
  if (unit == "m" || unit == "min") factor = 60;
  if (unit == "h") factor = 3600;
  const double seconds = value * factor;
  // A year: what is longer is a slip of the hand.
  if (seconds <= 0 || seconds > 366.0 * 86400) return std::nullopt;
  return seconds;
}

std::string printable(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (prints(c)) {
      result += c;
    } else {
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return result;
}

std::string printable_lines(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    result += printable(text.substr(at, end - at));
    if (end < text.size()) result += '\n';
    at = end + 1;
  }
  return result;
}

// XML 1.0 has no way at all to write most control characters.
std::string xml_text(std::string_view text) {
  std::string result;
  for (const char c : printable_lines(text)) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\n':
        result += "&#10;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string shell_word(std::string_view path) {
  const bool plain = !path.empty() && std::all_of(path.begin(), path.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/._-+@,:=").find(c) != std::string_view::npos;
  });
  if (plain) return std::string(path);
  if (!std::all_of(path.begin(), path.end(), prints)) {
    // A name that moves the cursor must not do so from a command that somebody copies.
    std::string result = "$'";
    for (const char c : path) {
      if (c == '\'' || c == '\\') {
        result += '\\';
        result += c;
      } else if (prints(c)) {
        result += c;
      } else {
        // Three octal digits: a shell reads no further, whatever stands behind them.
        result += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
      }
    }
    return result + "'";
  }
  std::string result = "'";
  for (const char c : path) {
    if (c == '\'') {
      result += "'\\''";
    } else {
      result += c;
    }
  }
  return result + "'";
}

}  // namespace weir::cli
