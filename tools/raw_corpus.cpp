#include "raw_corpus.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "files.h"
#include "fuzz/fuzz_target.h"
#include "names.h"
#include "properties/case.h"
#include "terminal.h"
#include "text.h"
#include "zip_archive.h"

namespace weir::cli {

namespace fs = std::filesystem;

namespace {

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

std::string without_end(std::string text, std::string_view end) {
  if (text.size() > end.size() && text.substr(text.size() - end.size()) == end) {
    text.resize(text.size() - end.size());
  }
  return text;
}

bool is_zip(const std::string& path) { return fs::path(path).extension() == ".zip"; }

// The target that the name of a folder or a zip file says; empty when it says none.
std::string target_of(const std::string& path) {
  std::error_code ignored;
  std::string name = (fs::absolute(path, ignored) / "").lexically_normal().parent_path().filename();
  name = without_end(without_end(without_end(name, ".zip"), "_seed_corpus"), "_corpus");
  if (starts_with(name, "fuzz_")) name.erase(0, 5);
  return fuzz::find_group(name) ? name : std::string();
}

// In order of their names, so that a run repeats.
std::string list_folder(const std::string& folder, std::vector<fs::path>& entries) {
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    entries.push_back(at->path());
  }
  std::sort(entries.begin(), entries.end());
  return error ? fmt::format("cannot read '{}': {}", printable(folder), error.message())
               : std::string();
}

// Inputs of AFL++ are id:000012,src:...; with underscores where a file system wants no colons.
bool is_afl_input(const std::string& name) {
  return starts_with(name, "id:") || starts_with(name, "id_");
}

class FolderReader {
 public:
  explicit FolderReader(const std::function<bool(RawInput&)>& take) : take_(take) {}

  std::string read(const std::string& folder) {
    std::vector<fs::path> entries;
    std::string problem = list_folder(folder, entries);
    if (!problem.empty()) return problem;
    const auto has = [&](const auto& wanted) {
      return std::any_of(entries.begin(), entries.end(),
                         [&](const fs::path& entry) { return wanted(entry.filename().string()); });
    };
    std::error_code ignored;
    const bool instance = has([](const std::string& name) { return name == "fuzzer_stats"; }) ||
                          fs::is_directory(folder + "/queue", ignored);
    const bool queue =
        has([](const std::string& name) { return name == ".state"; }) || has(is_afl_input);
    for (const fs::path& entry : entries) {
      if (stopped_) break;
      const std::string name = entry.filename().string();
      if (fs::is_directory(entry, ignored)) {
        // Of crashes that were cleared away there are several folders.
        const bool inputs =
            name == "queue" || starts_with(name, "crashes") || starts_with(name, "hangs");
        if (name[0] == '.' || (instance && !inputs) || queue) continue;
        std::string inner = read(entry.string());
        if (problem.empty()) problem = std::move(inner);
      } else if (instance || (queue && !is_afl_input(name)) || name[0] == '.' ||
                 name == kSchemaFile || (name == "README.txt" && is_aside(folder))) {
        continue;
      } else {
        give(entry.string());
      }
    }
    return problem;
  }

  void give(const std::string& path) {
    RawInput input;
    input.name = path;
    std::error_code error;
    if (!fs::is_regular_file(path, error)) {
      input.problem = "neither a file nor a folder";
    } else {
      input.problem = read_file(path, properties::kCaseBytesMax, input.content).error;
    }
    stopped_ = !take_(input);
  }

 private:
  // AFL++ explains itself in a folder of crashes, also in one that has none.
  static bool is_aside(const std::string& folder) {
    const std::string name = fs::path(folder).filename().string();
    return starts_with(name, "crashes") || starts_with(name, "hangs");
  }

  const std::function<bool(RawInput&)>& take_;
  bool stopped_ = false;
};

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

std::string find_raw_sources(const std::vector<std::string>& paths, const std::string& target,
                             std::vector<RawSource>& sources) {
  for (const std::string& path : paths) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) {
      return fmt::format("cannot read '{}': no such file or folder", printable(path));
    }
    if (!target.empty()) {
      sources.push_back({path, target});
      continue;
    }
    const std::string own = target_of(path);
    if (!own.empty()) {
      sources.push_back({path, own});
      continue;
    }
    bool any = false;
    if (fs::is_directory(status)) {
      std::vector<fs::path> entries;
      const std::string problem = list_folder(path, entries);
      if (!problem.empty()) return problem;
      for (const fs::path& entry : entries) {
        const std::string inner = target_of(entry.string());
        const bool folder = fs::is_directory(entry, error);
        if (inner.empty() || (!folder && !is_zip(entry.string()))) continue;
        sources.push_back({entry.string(), inner});
        any = true;
      }
    }
    if (any) continue;
    std::vector<std::string> known;
    for (const properties::Group group : groups_with_clauses()) {
      known.emplace_back(properties::to_string(group));
    }
    return fmt::format(
        "'{}' does not say which fuzz target its bytes are of; --target NAME does, "
        "one of: {}",
        printable(path), join(known, ", "));
  }
  return {};
}

std::string read_raw_source(const RawSource& source, const std::function<bool(RawInput&)>& take) {
  std::error_code error;
  FolderReader reader(take);
  if (fs::is_directory(source.path, error)) return reader.read(source.path);
  if (!is_zip(source.path)) {
    reader.give(source.path);
    return {};
  }
  if (!fs::is_regular_file(source.path, error)) {
    return fmt::format("cannot read '{}': neither a file nor a folder", printable(source.path));
  }
  ZipLimits limits;
  limits.entry_bytes_max = properties::kCaseBytesMax;
  return read_zip(source.path, limits, [&](ZipEntry& entry) {
    RawInput input;
    input.name = source.path + ":" + entry.name;
    input.content = std::move(entry.content);
    input.problem = std::move(entry.problem);
    return take(input);
  });
}

std::string schema_text() {
  return fmt::format("{} {:016x}", kSchemaFile, properties::schema_hash());
}

std::string schema_problem(const RawSource& source) {
  std::string said;
  std::error_code error;
  if (fs::is_directory(source.path, error)) {
    for (const std::string& place : {source.path + "/", source.path + "/../"}) {
      const std::string file = place + std::string(kSchemaFile);
      if (!said.empty() || !fs::is_regular_file(file, error)) continue;
      if (!read_file(file, 4096, said).ok()) said.clear();
      said = first_line(said);
    }
  } else if (is_zip(source.path)) {
    said = first_line(zip_comment(source.path));
    if (!starts_with(said, kSchemaFile)) said.clear();
  }
  if (said.empty() || said == schema_text()) return {};
  return fmt::format(
      "stale: '{}' is for another schema of cases ({}; this build has {}), so that "
      "its bytes mean other cases here; the build that made it can turn them into "
      "text",
      printable(source.path), printable(said), schema_text());
}

}  // namespace weir::cli
