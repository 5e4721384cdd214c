// `weir init`: a project that has a transform of its own tested.
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "commands.h"
#include "exit_code.h"
#include "files.h"
#include "templates.h"
#include "terminal.h"
#include "text.h"

namespace weir::cli {

namespace {

namespace fs = std::filesystem;

// Marks the line of a template that plants a bug.
constexpr std::string_view kMark = "PLANTED BUG";

std::vector<std::string> template_names() {
  std::vector<std::string> names;
  for (const TemplateFile& file : template_files()) {
    if (names.empty() || names.back() != file.like) names.emplace_back(file.like);
  }
  return names;
}

// An identifier for what `folder` is called; empty where nothing of that can be one.
std::string project_name(const std::string& folder) {
  std::error_code error;
  fs::path path = fs::absolute(folder, error).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  std::string name;
  for (const char c : path.filename().string()) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain) {
      name += c;
    } else if (!name.empty() && name.back() != '_') {
      name += '_';
    }
  }
  if (!name.empty() && name.back() == '_') name.pop_back();
  // Neither C++ nor CMake likes a digit first.
  return !name.empty() && name.front() >= '0' && name.front() <= '9' ? "project_" + name : name;
}

std::string filled_in(std::string_view content, std::string_view name) {
  constexpr std::string_view kVersion = WEIR_VERSION;
  const std::pair<std::string_view, std::string_view> places[] = {
      {"@NAME@", name}, {"@VERSION@", kVersion.substr(0, kVersion.rfind('.'))}};
  std::string text(content);
  for (const auto& [place, value] : places) {
    for (std::size_t at = 0; (at = text.find(place, at)) != std::string::npos; at += value.size()) {
      text.replace(at, place.size(), value);
    }
  }
  return text;
}

// The installed tree that this program is part of; empty when it is part of none.
std::string installed_prefix() {
  const fs::path prefix = fs::path(program_folder()).parent_path();
  std::error_code error;
  const bool there = fs::exists(prefix / WEIR_CMAKE_FOLDER / "weir-testing.cmake", error);
  return there ? prefix.string() : std::string();
}

// Whether CMake looks there by itself: above the folders of PATH, and in the usual places.
bool is_searched(const std::string& prefix) {
  const char* const path = std::getenv("PATH");
  std::string folders = path == nullptr ? std::string() : std::string(path);
  folders += ":/usr/local/bin:/usr/bin:";
  for (std::size_t at = 0; at < folders.size();) {
    const std::size_t end = folders.find(':', at);
    const std::string folder = folders.substr(at, end - at);
    if (!folder.empty() && same_place(folder, prefix + "/bin")) return true;
    at = end + 1;
  }
  return false;
}

// What builds and runs leave in the project, and no repository wants.
constexpr std::string_view kIgnored = "/build*/\n/findings/\n/weir-ci/\n";

// What to do next, for a person.
void print_next(const InitOptions& options, const std::string& marked) {
  const std::string prefix = installed_prefix();
  std::string where;
  if (prefix.empty()) {
    where = " -DCMAKE_PREFIX_PATH=PREFIX";
  } else if (!is_searched(prefix)) {
    where = " -DCMAKE_PREFIX_PATH=" + shell_word(prefix);
  }
  print("\nnext\n");
  if (prefix.empty()) {
    print("  # this weir is not installed: `cmake --install BUILD --prefix PREFIX`, then\n");
  }
  print("  cd {}\n", shell_word(options.folder));
  print("  cmake -B build{}\n", where);
  print("  cmake --build build\n");
  print("  ctest --test-dir build --output-on-failure\n\n");
  print("Then uncomment the line marked {} in {}: the tests catch it.\n", kMark, marked);
}

}  // namespace

std::string like_help() {
  std::vector<std::string> names = template_names();
  for (std::string& name : names) {
    if (name == InitOptions{}.like) name += " (default)";
  }
  return join(names, ", ");
}

int run_init(const InitOptions& options) {
  const std::vector<std::string> names = template_names();
  if (std::find(names.begin(), names.end(), options.like) == names.end()) {
    return refuse(kExitUsage, unknown_name("template", options.like, names, "weir init --help"));
  }
  const std::string name = project_name(options.folder);
  if (name.empty()) {
    return refuse(kExitUsage, fmt::format("'{}' has no letter or digit to name the project by",
                                          printable(options.folder)));
  }
  std::error_code error;
  const fs::file_status status = fs::status(options.folder, error);
  if (fs::exists(status) && !fs::is_directory(status)) {
    return refuse(kExitUsage, fmt::format("'{}' is there and is no folder; name a new one",
                                          printable(options.folder)));
  }
  if (fs::exists(status)) {
    const bool empty = fs::is_empty(options.folder, error);
    if (!error && !empty) {
      return refuse(kExitUsage, fmt::format("the folder '{}' is not empty; name a new one",
                                            printable(options.folder)));
    }
  }
  std::vector<std::string> written;
  std::string marked;
  for (const TemplateFile& file : template_files()) {
    if (file.like != options.like) continue;
    const fs::path path = fs::path(options.folder) / file.path;
    fs::create_directories(path.parent_path(), error);
    if (error) {
      return refuse(kExitCouldNotRun,
                    fmt::format("cannot make the folder '{}': {}",
                                printable(path.parent_path().string()), error.message()));
    }
    const FileOutcome outcome = write_file(path.string(), filled_in(file.content, name));
    if (!outcome.ok()) return refuse(kExitCouldNotRun, outcome.error);
    written.emplace_back(file.path);
    if (file.content.find(kMark) != std::string_view::npos) marked = file.path;
  }
  const FileOutcome ignored = write_file(options.folder + "/.gitignore", kIgnored);
  if (!ignored.ok()) return refuse(kExitCouldNotRun, ignored.error);
  written.emplace_back(".gitignore");
  print("wrote the project {} to {}: {}\n", name, printable(options.folder), join(written, ", "));
  print_next(options, marked);
  return kExitHeld;
}

}  // namespace weir::cli
