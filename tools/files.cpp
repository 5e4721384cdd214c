#include "files.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <system_error>

#include "corpus_files.h"
#include "exit_code.h"
#include "names.h"
#include "properties/case_text.h"
#include "properties/finding.h"
#include "terminal.h"
#include "text.h"

namespace weir::cli {

namespace fs = std::filesystem;

namespace {

FileOutcome failed(std::string_view what, const std::string& path, int error) {
  return {fmt::format("cannot {} '{}': {}", what, printable(path), std::strerror(error))};
}

// As many as the system follows itself.
constexpr int kLinksMax = 40;
// Names that are taken; more than a few are somebody's doing.
constexpr int kNameTriesMax = 100;

// The folder of `path` with a slash at its end, empty for the working folder.
std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash + 1);
}

// Replaces `path` by what the links at its end mean in the end. Returns errno.
int follow_links(std::string& path) {
  std::error_code error;
  for (int links = 0; fs::is_symlink(fs::symlink_status(path, error)); ++links) {
    if (links == kLinksMax) return ELOOP;
    const std::string target = fs::read_symlink(path, error).string();
    if (error) return error.value();
    path = target.front() == '/' ? target : folder_of(path) + target;
  }
  return 0;
}

}  // namespace

FileOutcome read_file(const std::string& path, std::size_t bytes_max, std::string& content) {
  content.clear();
  int descriptor = -1;
  do {
    descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  } while (descriptor < 0 && errno == EINTR && !interrupted());
  if (descriptor < 0) return failed("read", path, errno);
  char buffer[65536];
  int error = 0;
  for (;;) {
    const ssize_t size = ::read(descriptor, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR && !interrupted()) continue;
    if (size < 0) error = errno;
    if (size <= 0) break;
    content.append(buffer, static_cast<std::size_t>(size));
    if (content.size() > bytes_max) break;
  }
  ::close(descriptor);
  if (error == EISDIR) {
    return {fmt::format("cannot read '{}': it is a folder; name a file", printable(path))};
  }
  if (error != 0) return failed("read", path, error);
  if (content.size() > bytes_max) {
    return {fmt::format("cannot read '{}': longer than {}, so not a case", printable(path),
                        human_bytes(bytes_max))};
  }
  return {};
}

FileOutcome write_file(const std::string& path, std::string_view content) {
  const OutputPlace place = find_output(path);
  if (place.error != 0) return failed("write", path, place.error);
  std::string name;
  const int descriptor =
      place.in_place ? ::open(path.c_str(), O_WRONLY | O_CLOEXEC) : open_beside(place, name);
  if (descriptor < 0) return failed("write", path, errno);
  int error = 0;
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      error = errno;
      break;
    }
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::close(descriptor) != 0 && error == 0) error = errno;
  if (error == 0 && !place.in_place && ::rename(name.c_str(), place.path.c_str()) != 0) {
    error = errno;
  }
  if (error != 0) {
    if (!place.in_place) ::unlink(name.c_str());
    return failed("write", path, error);
  }
  return {};
}

int deliver(const std::string& path, std::string_view content, int code) {
  if (path.empty()) return code;
  if (path == "-") {
    write_out(content);
    return code;
  }
  const FileOutcome written = write_file(path, content);
  if (written.ok()) return code;
  complain(written.error);
  return code == kExitHeld ? kExitCouldNotRun : code;
}

void sync_folder_of(const std::string& path) {
  const std::string folder = folder_of(path);
  const int handle = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC);
  if (handle < 0) return;
  [[maybe_unused]] const int synced = ::fsync(handle);
  ::close(handle);
}

FileOutcome check_writable(const std::string& path) {
  const OutputPlace place = find_output(path);
  return place.error == 0 ? FileOutcome{} : failed("write", path, place.error);
}

FileOutcome check_folder(const std::string& folder) {
  std::error_code error;
  fs::path there = fs::absolute(folder, error);
  while (!error && !fs::exists(fs::symlink_status(there, error)) && there.has_relative_path()) {
    error.clear();
    there = there.parent_path();
  }
  if (!error && !fs::is_directory(there, error) && !error) {
    error = std::make_error_code(std::errc::not_a_directory);
  }
  if (!error && ::faccessat(AT_FDCWD, there.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
    error.assign(errno, std::generic_category());
  }
  return error ? failed("make files in", folder, error.value()) : FileOutcome{};
}

OutputPlace find_output(const std::string& path) {
  OutputPlace place;
  place.path = path;
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) {
      place.error = EISDIR;
      return place;
    }
    // A rename would replace a file that its owner has protected.
    if (::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) != 0) {
      place.error = errno;
      return place;
    }
    place.in_place = !S_ISREG(status.st_mode);
    if (place.in_place) return place;
    // Not the bits that give another's rights: what they were given to is gone.
    place.mode = status.st_mode & 0777;
  } else if (errno != ENOENT) {
    place.error = errno;
    return place;
  }
  place.error = follow_links(place.path);
  if (place.error != 0) return place;
  const std::string folder = folder_of(place.path);
  if (::faccessat(AT_FDCWD, folder.empty() ? "." : folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
    place.error = errno;
  } else if (!folder.empty() && folder.size() == place.path.size()) {
    place.error = EISDIR;
  }
  return place;
}

int open_beside(const OutputPlace& place, std::string& name, mode_t fresh) {
  static constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz234567";
  for (int tries = 0; tries < kNameTriesMax; ++tries) {
    unsigned char noise[6];
    if (::getrandom(noise, sizeof noise, 0) != static_cast<ssize_t>(sizeof noise)) return -1;
    name = folder_of(place.path) + ".weir-";
    for (const unsigned char byte : noise) name += kLetters[byte % kLetters.size()];
    const int descriptor =
        ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, place.mode.value_or(fresh));
    if (descriptor < 0 && errno == EEXIST) continue;
    if (descriptor < 0) return -1;
    // What is there already has the permissions that it was given, whatever the umask.
    if (place.mode && ::fchmod(descriptor, *place.mode) != 0) {
      const int error = errno;
      ::close(descriptor);
      ::unlink(name.c_str());
      errno = error;
      return -1;
    }
    return descriptor;
  }
  errno = EEXIST;
  return -1;
}

std::string real_place(const std::string& path) {
  std::string followed = path;
  if (follow_links(followed) != 0) return {};
  std::error_code error;
  return fs::weakly_canonical(followed, error).string();
}

bool same_place(const std::string& a, const std::string& b) {
  struct stat status[2] = {};
  bool exists[2] = {};
  std::string real[2];
  const std::string* const paths[2] = {&a, &b};
  for (int i = 0; i < 2; ++i) {
    const bool standard = *paths[i] == "-";
    exists[i] = (standard ? ::fstat(1, &status[i]) : ::stat(paths[i]->c_str(), &status[i])) == 0;
    if (!standard) real[i] = real_place(*paths[i]);
  }
  if (a == b) return true;
  if (exists[0] != exists[1]) return false;
  if (!exists[0]) return !real[0].empty() && real[0] == real[1];
  return status[0].st_dev == status[1].st_dev && status[0].st_ino == status[1].st_ino;
}

std::string program_command() {
  // Wrappers that build first are what a person has to call again.
  const char* const wrapper = std::getenv("WEIR_COMMAND");
  if (wrapper != nullptr && *wrapper != '\0') return shell_word(wrapper);
  std::string words;
  if (!read_file("/proc/self/cmdline", std::size_t{64} << 20, words).ok()) return "weir";
  const std::string first = words.substr(0, words.find('\0'));
  return first.empty() ? "weir" : shell_word(first);
}

std::string program_folder() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  return error ? std::string(".") : self.parent_path().string();
}

std::string find_in_project(const std::string& path) {
  std::error_code error;
  for (fs::path folder = program_folder(); folder.has_relative_path();
       folder = folder.parent_path()) {
    if (fs::exists(folder / "CMakeLists.txt", error) && fs::exists(folder / path, error)) {
      return (folder / path).string();
    }
  }
  return {};
}

std::string find_corpus() {
  std::error_code error;
  return fs::is_directory("corpus/seeds", error) ? "corpus" : find_in_project("corpus");
}

std::string file_name_of(std::string_view name) {
  std::string result(name);
  std::replace_if(
      result.begin(), result.end(),
      [](char c) { return c == '/' || static_cast<unsigned char>(c) <= ' '; }, '-');
  return result;
}

FileOutcome read_corpus(const std::string& folder, std::vector<CorpusFile>& corpus,
                        std::vector<std::string>& notes) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return {fmt::format("cannot read the corpus '{}': no such folder", printable(folder))};
  }
  std::vector<std::string> paths;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() == ".case" && entry->is_regular_file(error)) {
      paths.push_back(entry->path().string());
    }
  }
  if (error) return failed("read", folder, error.value());
  std::sort(paths.begin(), paths.end());
  std::string text;
  std::map<std::string, std::size_t> lacking;
  for (const std::string& path : paths) {
    const FileOutcome read = read_file(path, properties::kCaseBytesMax, text);
    if (!read.ok()) return read;
    CorpusFile file;
    file.path = path;
    const properties::ParseOutcome parsed = properties::parse(text, file.value);
    if (!parsed.ok) {
      const bool stale = parsed.error.kind == properties::TextError::Kind::kStale;
      return {fmt::format("{}:{}: {}{}", printable(path), parsed.error.line, stale ? "stale: " : "",
                          printable(parsed.error.message))};
    }
    bool left_out = false;
    const std::string unknown = name_problem(file.value, left_out);
    if (left_out) {
      ++lacking[unknown];
      continue;
    }
    if (!unknown.empty()) return {printable(path) + unknown};
    file.open = place_of(folder, path) == Place::kOpen;
    file.recorded = properties::recorded_signature(text);
    corpus.push_back(std::move(file));
  }
  for (const auto& [reason, count] : lacking) {
    notes.push_back(
        fmt::format("{} of the corpus {} left out{}", count, count == 1 ? "is" : "are", reason));
  }
  return {};
}

}  // namespace weir::cli
