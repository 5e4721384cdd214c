#include "files.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "properties/case_text.h"
#include "text.h"

namespace weir::cli {

namespace fs = std::filesystem;

namespace {

FileOutcome failed(std::string_view what, const std::string& path, int error) {
  return {fmt::format("cannot {} '{}': {}", what, printable(path), std::strerror(error))};
}

// Names a file of this process beside `path`.
std::string temporary_name(const std::string& path) {
  return fmt::format("{}.weir-{}.tmp", path, ::getpid());
}

}  // namespace

FileOutcome read_file(const std::string& path, std::size_t bytes_max, std::string& content) {
  content.clear();
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return failed("read", path, errno);
  char buffer[65536];
  int error = 0;
  for (;;) {
    const ssize_t size = ::read(descriptor, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
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
  struct stat status {};
  // What is not a plain file (/dev/stdout, a pipe) must not be replaced by one.
  const bool in_place = ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
  const std::string name = in_place ? path : temporary_name(path);
  const int descriptor =
      ::open(name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (in_place ? 0 : O_TRUNC), 0666);
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
  if (error == 0 && !in_place && ::rename(name.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) {
    if (!in_place) ::unlink(name.c_str());
    return failed("write", path, error);
  }
  return {};
}

FileOutcome check_writable(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) return failed("write", path, EISDIR);
    if (!S_ISREG(status.st_mode)) return {};
  }
  const std::string name = temporary_name(path);
  const int descriptor = ::open(name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_EXCL, 0666);
  if (descriptor < 0) return failed("write", path, errno);
  ::close(descriptor);
  ::unlink(name.c_str());
  return {};
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

FileOutcome read_corpus(const std::string& folder, std::vector<CorpusFile>& corpus) {
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
  for (const std::string& path : paths) {
    const FileOutcome read = read_file(path, properties::kCaseBytesMax, text);
    if (!read.ok()) return read;
    CorpusFile file;
    file.path = path;
    const properties::ParseOutcome parsed = properties::parse(text, file.value);
    if (!parsed.ok) {
      const bool stale = parsed.error.kind == properties::TextError::Kind::kStale;
      return {fmt::format("{}:{}: {}{}", printable(path), parsed.error.line, stale ? "stale: " : "",
                          parsed.error.message)};
    }
    corpus.push_back(std::move(file));
  }
  return {};
}

}  // namespace weir::cli
