#include "stack_place.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

namespace weir::cli {

namespace {

namespace fs = std::filesystem;

// Takes ":NUMBER" off the end of `text`.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == text.size() || text.size() - colon > 10) {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  for (const char c : text.substr(colon + 1)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  text.remove_suffix(text.size() - colon);
  return value;
}

// "/src/x.cpp:12:3" or "/src/x.cpp:12".
std::optional<CodePlace> parse_place(std::string_view text) {
  CodePlace place;
  const std::optional<std::uint64_t> last = take_number(text);
  if (!last) return std::nullopt;
  place.line = *last;
  if (const std::optional<std::uint64_t> before = take_number(text)) {
    place.line = *before;
    place.column = *last;
  }
  place.path = std::string(text);
  if (place.path.empty() || place.line == 0) return std::nullopt;
  return place;
}

// What runs the subjects stands in every stack. Only Weir's own work tree has it.
bool is_harness(const fs::path& root, const fs::path& relative) {
  std::error_code error;
  if (!fs::exists(root / "properties" / "clauses.def", error)) return false;
  static constexpr std::array kFolders = {"properties", "fuzz", "tools"};
  const std::string first = relative.begin()->string();
  return std::find(kFolders.begin(), kFolders.end(), first) != kFolders.end() &&
         relative.string().rfind("properties/mutants/", 0) != 0;
}

// `place` with its path below `root`; nothing when it is none of the project's code.
std::optional<CodePlace> below(CodePlace place, const fs::path& root) {
  std::error_code error;
  const fs::path file = fs::weakly_canonical(place.path, error);
  if (error || !fs::is_regular_file(file, error)) return std::nullopt;
  const fs::path relative = file.lexically_relative(root);
  if (relative.empty() || *relative.begin() == ".." || is_harness(root, relative))
    return std::nullopt;
  place.path = relative.generic_string();
  return place;
}

}  // namespace

std::optional<CodePlace> place_in_code(std::string_view report, const std::string& root) {
  std::error_code error;
  const fs::path folder = fs::weakly_canonical(root, error);
  if (error) return std::nullopt;
  bool in_stack = false;
  while (!report.empty()) {
    const std::size_t end = std::min(report.find('\n'), report.size());
    std::string_view line = report.substr(0, end);
    report.remove_prefix(std::min(end + 1, report.size()));
    static constexpr std::string_view kUndefined = ": runtime error: ";
    std::optional<CodePlace> place;
    if (const std::size_t at = line.find(kUndefined); at != std::string_view::npos) {
      place = parse_place(line.substr(0, at));
    } else {
      const std::size_t first = line.find_first_not_of(' ');
      const bool frame = first != std::string_view::npos && line[first] == '#';
      // Later stacks say who allocated and freed.
      if (!frame && in_stack) return std::nullopt;
      if (!frame) continue;
      in_stack = true;
      // "#1 0x5581 in f(int, char) /src/file.cpp:12:3": arguments have blanks, too.
      const std::size_t blank = line.rfind(" /");
      if (blank != std::string_view::npos) place = parse_place(line.substr(blank + 1));
    }
    if (!place) continue;
    if (std::optional<CodePlace> found = below(std::move(*place), folder)) return found;
  }
  return std::nullopt;
}

}  // namespace weir::cli
