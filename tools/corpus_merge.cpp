// `weir corpus merge`: several corpora as one.
#include <algorithm>
#include <filesystem>
#include <map>

#include "commands.h"
#include "corpus_files.h"
#include "exit_code.h"
#include "properties/case_text.h"
#include "terminal.h"
#include "text.h"

namespace weir::cli {

namespace fs = std::filesystem;

namespace {

// Of files that say the same, the one whose place promises most stays.
int rank(Place place) {
  switch (place) {
    case Place::kGolden:
      return 0;
    case Place::kRegressions:
      return 1;
    case Place::kOpen:
      return 2;
    case Place::kSeeds:
      return 3;
    case Place::kOther:
      break;
  }
  return 4;
}

// What a file says, whatever its comments and its name are.
FileOutcome content_of(const CorpusEntry& entry, std::string& key, std::string& content) {
  content = entry.text;
  if (entry.kind == CorpusEntry::Kind::kOther) {
    const FileOutcome read = read_file(entry.path, properties::kCaseBytesMax, content);
    if (!read.ok()) return read;
  }
  if (!entry.problem.empty()) {
    return {fmt::format("{}: {}", printable(entry.path), entry.problem)};
  }
  key = entry.value ? properties::print(*entry.value) : content;
  return {};
}

// A free name for `path`: itself, or with a number.
std::string free_name(const std::string& path) {
  std::error_code ignored;
  std::string name = path;
  const fs::path whole(path);
  for (int number = 2; fs::exists(fs::symlink_status(name, ignored)); ++number) {
    name = (whole.parent_path() /
            fmt::format("{}-{}{}", whole.stem().string(), number, whole.extension().string()))
               .string();
  }
  return name;
}

}  // namespace

int run_corpus_merge(const CorpusMergeOptions& options) {
  std::vector<CorpusEntry> entries;
  std::vector<CorpusEntry> there;
  std::string error;
  std::error_code ignored;
  const bool exists = fs::exists(options.output, ignored);
  if (exists) error = list_corpus(options.output, there).error;
  for (const std::string& folder : options.folders) {
    if (!error.empty()) break;
    if (exists && fs::equivalent(folder, options.output, ignored)) {
      error = fmt::format("'{}' is the output: leave it out of what is read, what it has stays",
                          printable(folder));
    } else {
      error = list_corpus(folder, entries).error;
    }
    if (interrupted()) return kExitInterrupted;
  }
  if (!error.empty()) return refuse(kExitUsage, error);
  std::map<std::string, std::string> known;  // by what it says: where it stands
  std::string key;
  std::string content;
  // What cannot be read there is not ours to judge.
  for (const CorpusEntry& entry : there) {
    if (content_of(entry, key, content).ok()) known.emplace(key, entry.path);
  }
  std::stable_sort(entries.begin(), entries.end(), [](const CorpusEntry& a, const CorpusEntry& b) {
    return rank(a.place) < rank(b.place);
  });
  std::size_t copied = 0;
  std::size_t same = 0;
  std::size_t broken = 0;
  for (const CorpusEntry& entry : entries) {
    if (interrupted()) return kExitInterrupted;
    const FileOutcome read = content_of(entry, key, content);
    if (!read.ok()) {
      complain(read.error + "; left out");
      ++broken;
      continue;
    }
    const std::string wanted = (fs::path(options.output) / entry.name).string();
    const auto [first, fresh] = known.emplace(key, wanted);
    if (!fresh) {
      ++same;
      // The same case with another meaning is for a person to decide.
      if (place_of(options.output, first->second) != entry.place) {
        print("note: {} is left out: {} is the same\n", printable(entry.path),
              printable(first->second));
      }
      continue;
    }
    const std::string target = free_name(wanted);
    first->second = target;
    error = make_folder_of(target);
    if (error.empty()) error = write_file(target, content).error;
    if (!error.empty()) return refuse(kExitCouldNotRun, error);
    ++copied;
  }
  print("merged {} of {} into {}; {} the same as another, {} left out\n", with_commas(copied),
        plural(entries.size(), "file"), printable(options.output), with_commas(same),
        with_commas(broken));
  if (entries.empty()) return refuse(kExitCouldNotRun, "the folders are empty: nothing was merged");
  return broken > 0 ? kExitUsage : kExitHeld;
}

}  // namespace weir::cli
