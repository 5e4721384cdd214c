#include "corpus_files.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "output.h"
#include "properties/case_text.h"
#include "properties/finding.h"
#include "properties/golden.h"
#include "properties/random_bits.h"
#include "text.h"

namespace weir::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::string_view, kPlaceCount> kPlaces = {"seeds", "regressions", "open",
                                                               "golden", "elsewhere"};

std::string problem_of(std::string_view what, const properties::TextError& error) {
  const bool stale = error.kind == properties::TextError::Kind::kStale;
  return fmt::format("line {}: {}{}{}", error.line, what, stale ? "stale: " : "",
                     printable(error.message));
}

void read_entry(CorpusEntry& entry) {
  using Kind = CorpusEntry::Kind;
  if (entry.kind == Kind::kOther) return;
  const bool is_case = entry.kind == Kind::kCase;
  const FileOutcome read = read_file(
      entry.path, is_case ? properties::kCaseBytesMax : properties::kGoldenTextMax, entry.text);
  if (!read.ok()) {
    entry.problem = read.error;
    entry.text.clear();
    return;
  }
  if (is_case) {
    properties::Case value;
    const properties::ParseOutcome parsed = properties::parse(entry.text, value);
    if (!parsed.ok) {
      entry.problem = problem_of("", parsed.error);
      return;
    }
    entry.value = std::move(value);
    entry.recorded = properties::recorded_signature(entry.text);
  } else {
    properties::Golden golden;
    const properties::ParseOutcome parsed = properties::parse_golden(entry.text, golden);
    if (!parsed.ok) {
      entry.problem = problem_of("", parsed.error);
      return;
    }
    entry.library = golden.library;
  }
}

}  // namespace

std::string_view to_string(Place place) noexcept {
  return kPlaces[static_cast<std::size_t>(place)];
}

Place place_of(const std::string& folder, const std::string& path) {
  const auto find = [](const fs::path& name) {
    const auto found = std::find(kPlaces.begin(), kPlaces.end() - 1, name.string());
    return static_cast<Place>(found - kPlaces.begin());
  };
  const fs::path below = fs::path(path).lexically_relative(folder);
  if (std::distance(below.begin(), below.end()) > 1) {
    const Place place = find(*below.begin());
    if (place != Place::kOther) return place;
  }
  std::error_code ignored;
  const fs::path whole = (fs::absolute(folder, ignored) / "").lexically_normal();
  return find(whole.parent_path().filename());
}

FileOutcome list_corpus(const std::string& folder, std::vector<CorpusEntry>& entries) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return {fmt::format("cannot read the corpus '{}': no such folder", printable(folder))};
  }
  std::vector<std::string> paths;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    // Of links only those that lead to a file, or to nothing, which is worth a word.
    std::error_code ignored;
    const fs::file_status status = at->status(ignored);
    if (fs::is_regular_file(status) || !fs::exists(status)) paths.push_back(at->path().string());
  }
  if (error) {
    return {fmt::format("cannot read the corpus '{}': {}", printable(folder), error.message())};
  }
  std::sort(paths.begin(), paths.end());
  for (const std::string& path : paths) {
    CorpusEntry entry;
    entry.path = path;
    const fs::path name = fs::path(path).lexically_relative(folder);
    entry.name = name.string();
    entry.folder = name.parent_path().string();
    entry.place = place_of(folder, path);
    const std::string extension = fs::path(path).extension().string();
    if (extension == ".case") entry.kind = CorpusEntry::Kind::kCase;
    if (extension == properties::kGoldenExtension) entry.kind = CorpusEntry::Kind::kGolden;
    std::error_code ignored;
    const std::uintmax_t bytes = fs::file_size(path, ignored);
    entry.bytes = ignored ? 0 : bytes;
    read_entry(entry);
    entries.push_back(std::move(entry));
  }
  return {};
}

std::string corpus_folder(const std::string& given, std::string& error) {
  const std::string folder = given.empty() ? find_corpus() : given;
  std::error_code ignored;
  if (folder.empty()) {
    error = "no corpus folder was found; name one";
  } else if (!fs::is_directory(folder, ignored)) {
    error = fmt::format("cannot read the corpus '{}': no such folder", printable(folder));
  }
  return folder;
}

std::string content_name(std::string_view content) {
  return fmt::format("{:016x}", properties::stable_hash(content.data(), content.size()));
}

std::string case_file_name(const properties::Case& value) {
  std::string subject = file_name_of(value.subject);
  // The usual form is NAME/1 of a transform: what tells one from another is the name.
  if (subject.rfind("stream.", 0) == 0) subject.erase(0, 7);
  if (subject.size() > 2 && subject.substr(subject.size() - 2) == "-1") {
    subject.resize(subject.size() - 2);
  }
  return fmt::format("{}-{}-{}.case", value.clause, subject,
                     content_name(properties::print(value)).substr(0, 12));
}

std::string make_folder_of(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  std::error_code error;
  if (!folder.empty()) fs::create_directories(folder, error);
  return error ? fmt::format("cannot make the folder '{}': {}", printable(folder.string()),
                             error.message())
               : std::string();
}

FileOutcome move_new(const std::string& from, const std::string& to, std::string_view content) {
  const auto failed = [&](int error) {
    return FileOutcome{fmt::format("cannot write '{}': {}", printable(to), std::strerror(error))};
  };
  Output output;
  int error = output.open(to, Existing::kKeep, 0666);
  if (error != 0) return failed(error);
  while (!content.empty()) {
    const ssize_t written = ::write(output.descriptor(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return failed(errno);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  error = output.commit();
  return error != 0 ? failed(error) : remove_file(from);
}

FileOutcome remove_file(const std::string& path) {
  if (::unlink(path.c_str()) == 0) return {};
  return {fmt::format("cannot remove '{}': {}", printable(path), std::strerror(errno))};
}

}  // namespace weir::cli
