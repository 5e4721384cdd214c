#include "fuzz/replay.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <system_error>

#include "properties/allocation.h"
#include "properties/case_text.h"
#include "properties/roster.h"

namespace weir::fuzz {
namespace {

namespace fs = std::filesystem;
using properties::Case;
using properties::Clause;
using properties::Outcome;
using properties::Subject;
using properties::Verdict;
using properties::Workspace;

void say(const std::string& path, const std::string& what) {
  std::fprintf(stderr, "weir: %s: %s\n", path.c_str(), what.c_str());
}

// The files that `paths` mean, sorted within each folder so that runs repeat. False when one cannot
// be read.
bool list_files(const std::vector<std::string>& paths, std::vector<std::string>& files) {
  bool all = true;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      if (!fs::exists(path, error)) {
        say(path, "no such file or folder");
        all = false;
      }
      files.push_back(path);
      continue;
    }
    std::vector<std::string> found;
    for (fs::recursive_directory_iterator it(path, error), end; !error && it != end;
         it.increment(error)) {
      if (it->is_regular_file(error)) found.push_back(it->path().string());
    }
    if (error) {
      say(path, error.message());
      all = false;
    }
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  }
  return all;
}

bool read_file(const std::string& path, std::string& bytes) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return false;
  bytes.resize(properties::kCaseBytesMax + 1);
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  return !file.bad();
}

bool is_text_case(const std::string& path, const std::string& bytes) {
  return fs::path(path).extension() == ".case" || bytes.rfind("weir-case ", 0) == 0;
}

// Reads `path` as text or raw bytes. False, with a message, when it cannot be read or is no case.
bool load(const FuzzTarget& target, const std::string& path, Case& result) {
  std::string bytes;
  if (!read_file(path, bytes)) {
    say(path, "cannot be read");
    return false;
  }
  if (!is_text_case(path, bytes)) {
    target.decode(std::as_bytes(std::span<const char>(bytes)), result);
    return true;
  }
  const properties::ParseOutcome outcome = properties::parse(bytes, result);
  if (!outcome.ok)
    say(path, "line " + std::to_string(outcome.error.line) + ": " + outcome.error.message);
  return outcome.ok;
}

// Whether all that was printed has left this process; says so when not.
bool output_arrived() {
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return true;
  say("standard output", errno != 0 ? std::strerror(errno) : "cannot be written");
  return false;
}

bool lacks_meter(const Clause& clause) {
  return clause.meters && !properties::can_meter_allocations();
}

// Cases of other targets (and of mutants) run as well: a regression belongs to no target.
bool run_any(const std::string& path, const Case& value, Workspace& workspace, Verdict& verdict) {
  const Clause* clause = properties::find_clause(value.clause);
  const Subject* subject = properties::find_subject(value.subject);
  if (clause == nullptr) {
    say(path, "no clause is called " + value.clause);
    return false;
  }
  if (subject == nullptr) {
    say(path, "no subject is called " + value.subject);
    return false;
  }
  const std::string skip = properties::skip_reason(*clause, *subject);
  if (!skip.empty()) {
    say(path, value.clause + " does not run on " + value.subject + ": " + skip);
    // What this build lacks is no fault of the file.
    verdict = Verdict::discarded("not in this build");
    return lacks_meter(*clause);
  }
  verdict = properties::run_check(*clause, *subject, value, workspace);
  return true;
}

}  // namespace

int replay(const FuzzTarget& target, const std::vector<std::string>& paths) {
  const properties::PayloadFiles no_files;
  Workspace workspace;
  workspace.files = &no_files;
  std::vector<std::string> files;
  bool readable = list_files(paths, files);
  std::size_t held = 0;
  std::size_t violated = 0;
  std::size_t discarded = 0;
  Case value;
  for (const std::string& path : files) {
    Verdict verdict;
    if (!load(target, path, value) || !run_any(path, value, workspace, verdict)) {
      readable = false;
      continue;
    }
    if (verdict.outcome == Outcome::kViolated) {
      ++violated;
      say(path, "violated");
      std::fputs(violation_text(value, verdict).c_str(), stderr);
    } else if (verdict.outcome == Outcome::kDiscarded) {
      ++discarded;
      say(path, "discarded: " + std::string(verdict.kind));
    } else {
      ++held;
    }
  }
  std::printf("%zu files: %zu held, %zu violated, %zu discarded\n", files.size(), held, violated,
              discarded);
  const bool arrived = output_arrived();
  if (violated > 0) return kExitViolated;
  if (!readable) return kExitUnreadable;
  if (held == 0) {
    say("replay", files.empty() ? "no files" : "every case was discarded");
    return kExitNothingRan;
  }
  return arrived ? kExitHeld : kExitNothingRan;
}

int print_dictionary(const FuzzTarget& target) {
  std::fputs(target.dictionary().c_str(), stdout);
  return output_arrived() ? kExitHeld : kExitNothingRan;
}

int print_cases(const FuzzTarget& target, const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  bool readable = list_files(paths, files);
  Case value;
  for (const std::string& path : files) {
    if (load(target, path, value)) {
      std::fputs(properties::print(value).c_str(), stdout);
    } else {
      readable = false;
    }
  }
  const bool arrived = output_arrived();
  if (!readable) return kExitUnreadable;
  return files.empty() || !arrived ? kExitNothingRan : kExitHeld;
}

int export_cases(const FuzzTarget& target, const std::string& folder,
                 const std::vector<std::string>& paths) {
  std::error_code error;
  fs::create_directories(folder, error);
  std::vector<std::string> files;
  bool readable = list_files(paths, files);
  std::set<std::string> written;
  std::size_t of_others = 0;
  Case value;
  std::vector<std::byte> bytes;
  for (const std::string& path : files) {
    if (!load(target, path, value)) {
      readable = false;
      continue;
    }
    if (!target.contains(value)) {
      if (std::find(paths.begin(), paths.end(), path) == paths.end()) {
        ++of_others;
        continue;
      }
      if (const Clause* clause = properties::find_clause(value.clause);
          clause != nullptr && lacks_meter(*clause)) {
        say(path, "left out: this build cannot run " + value.clause);
        continue;
      }
      say(path, "is not a case of this target (" + value.clause + " on " + value.subject + ")");
      readable = false;
      continue;
    }
    target.encode_seed(value, bytes);
    std::string name = fs::path(path).stem().string();
    while (!written.insert(name).second) name += "-again";
    const std::string output = (fs::path(folder) / name).string();
    std::ofstream file(output, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) {
      say(output, "cannot be written");
      return kExitNothingRan;
    }
  }
  if (!readable) return kExitUnreadable;
  if (written.empty()) {
    say("export", of_others == 0 ? "no files" : "every case is of another target");
    return kExitNothingRan;
  }
  return kExitHeld;
}

}  // namespace weir::fuzz
