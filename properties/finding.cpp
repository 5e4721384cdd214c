#include "properties/finding.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <initializer_list>
#include <utility>

#include "properties/case_generate.h"
#include "properties/case_text.h"

namespace weir::properties {
namespace {

constexpr std::size_t kLinesMax = 12;
constexpr std::size_t kCommentBytesMax = 160;
constexpr std::size_t kNameBytesMax = 80;
constexpr int kTemporaryNames = 100;
constexpr std::string_view kSignatureMark = "# signature ";
constexpr std::string_view kOriginMark = "# found by ";
constexpr std::string_view kExpectedMark = "# expected  ";
constexpr std::string_view kSeenMark = "# seen      ";

// One printable line of bounded length.
std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (line.size() >= kCommentBytesMax) {
      line += "...";
      break;
    }
    line += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

std::string safe_name(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const bool safe = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '_' || c == '-';
    const char next = safe ? c : '-';
    if (next == '-' && !safe && !name.empty() && name.back() == '-') continue;
    name += next;
    if (name.size() == kNameBytesMax) break;
  }
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name.empty() ? "unnamed" : name;
}

Error errno_error(int os_error, std::string_view what, std::string_view path) {
  // The end of a path tells more than its beginning, and a detail is short.
  const std::size_t kept = std::min<std::size_t>(path.size(), 40);
  return io_error(os_error, std::string(what) + " " + std::string(path.substr(path.size() - kept)));
}

// Nobody can say beforehand what a temporary file will be called.
std::string random_letters() {
  std::array<unsigned char, 12> bytes{};
  if (::getentropy(bytes.data(), bytes.size()) != 0) {
    const pid_t self = ::getpid();
    std::memcpy(bytes.data(), &self, sizeof self);
  }
  std::string text;
  for (const unsigned char b : bytes) text += static_cast<char>('a' + b % 26);
  return text;
}

Result<void> make_folders(const std::string& folder) {
  for (std::size_t at = 0; at != std::string::npos;) {
    at = folder.find('/', at + 1);
    const std::string part = folder.substr(0, at);
    if (part.empty() || part == "/") continue;
    if (::mkdir(part.c_str(), 0777) != 0 && errno != EEXIST) {
      return fail(errno_error(errno, "cannot make folder", part));
    }
  }
  return {};
}

}  // namespace

std::string file_text(const Finding& finding) {
  const std::string body = print(finding.value);
  const std::size_t body_lines =
      static_cast<std::size_t>(std::count(body.begin(), body.end(), '\n'));
  const std::size_t room = body_lines < kLinesMax ? kLinesMax - body_lines : 1;
  const std::string signature = std::string(kSignatureMark) + to_string(finding.signature);
  const std::string origin = std::string(kOriginMark) + one_line(finding.origin);
  const std::string expected = std::string(kExpectedMark) + one_line(finding.expected);
  const std::string seen = std::string(kSeenMark) + one_line(finding.seen);
  const bool detail = !finding.expected.empty() || !finding.seen.empty();
  // The signature comes first: it is what a later run is compared with.
  std::string text = signature + '\n';
  if (room >= 2) text += origin + '\n';
  if (room >= 4 && detail) text += expected + '\n' + seen + '\n';
  return text + body;
}

std::string with_record(std::string_view text, const Finding& finding) {
  const auto is_one = [](std::string_view line, std::initializer_list<std::string_view> marks) {
    return std::any_of(marks.begin(), marks.end(),
                       [&](std::string_view mark) { return line.substr(0, mark.size()) == mark; });
  };
  std::string kept;
  bool has_origin = false;
  while (!text.empty()) {
    const std::size_t size = std::min(text.size(), text.find('\n') + 1);
    const std::string_view line = text.substr(0, size == 0 ? text.size() : size);
    text.remove_prefix(line.size());
    has_origin = has_origin || is_one(line, {kOriginMark});
    if (!is_one(line, {kSignatureMark, kExpectedMark, kSeenMark})) kept += line;
  }
  std::string record = std::string(kSignatureMark) + to_string(finding.signature) + '\n';
  if (!has_origin) record += std::string(kOriginMark) + one_line(finding.origin) + '\n';
  if (!finding.expected.empty() || !finding.seen.empty()) {
    record += std::string(kExpectedMark) + one_line(finding.expected) + '\n';
    record += std::string(kSeenMark) + one_line(finding.seen) + '\n';
  }
  return record + kept;
}

Signature recorded_signature(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.substr(0, kSignatureMark.size()) == kSignatureMark) {
      return parse_signature(line.substr(kSignatureMark.size()));
    }
  }
  return {};
}

std::string file_name(const Finding& finding) {
  return safe_name(finding.subject) + "--" + safe_name(finding.signature.clause) + "--" +
         safe_name(finding.signature.kind) + ".case";
}

std::string file_path(const std::string& folder, const Finding& finding) {
  return (folder.empty() ? "." : folder) + "/" + file_name(finding);
}

Result<std::string> write_file(const std::string& folder, const std::string& name,
                               std::string_view text) {
  const std::string place = folder.empty() ? "." : folder;
  if (Result<void> made = make_folders(place); !made) return fail(made.error());
  const std::string path = place + "/" + name;
  std::string temporary;
  int descriptor = -1;
  // Whatever stands under a name that is tried, a planted link included, is left alone.
  for (int attempt = 0; attempt < kTemporaryNames && descriptor < 0; ++attempt) {
    temporary = path + "." + random_letters() + ".tmp";
    descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor < 0 && errno != EEXIST) break;
  }
  if (descriptor < 0) return fail(errno_error(errno, "cannot write", temporary));
  int os_error = 0;
  std::string_view rest = text;
  while (!rest.empty() && os_error == 0) {
    const ssize_t taken = ::write(descriptor, rest.data(), rest.size());
    if (taken < 0) {
      if (errno != EINTR) os_error = errno;
    } else if (taken == 0) {
      os_error = ENOSPC;
    } else {
      rest.remove_prefix(static_cast<std::size_t>(taken));
    }
  }
  if (::close(descriptor) != 0 && os_error == 0) os_error = errno;
  if (os_error == 0 && std::rename(temporary.c_str(), path.c_str()) != 0) os_error = errno;
  if (os_error != 0) {
    ::unlink(temporary.c_str());
    return fail(errno_error(os_error, "cannot write", path));
  }
  return path;
}

std::optional<Case> filed_case(const std::string& folder, const Finding& finding) {
  const std::string path = file_path(folder, finding);
  // Not a pipe's writer is waited for, and no device is read.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return std::nullopt;
  struct stat status {};
  std::string text;
  bool whole = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) &&
               status.st_size <= static_cast<off_t>(kCaseTextMax);
  if (whole) text.resize(static_cast<std::size_t>(status.st_size));
  for (std::size_t at = 0; whole && at < text.size();) {
    const ssize_t got = ::read(descriptor, text.data() + at, text.size() - at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) whole = false;
    at += got > 0 ? static_cast<std::size_t>(got) : 0;
  }
  ::close(descriptor);
  if (!whole) return std::nullopt;
  const Signature recorded = recorded_signature(text);
  if (!recorded.clause.empty() && recorded != finding.signature) return std::nullopt;
  Case value;
  if (!parse(text, value).ok) return std::nullopt;
  if (value.subject != finding.subject || value.clause != finding.signature.clause) {
    return std::nullopt;
  }
  // A larger case makes room for a smaller one, whatever it does today.
  if (simpler_than(finding.value, value)) return std::nullopt;
  return value;
}

Result<void> file_finding(const std::string& folder, Finding& finding, std::optional<Case>& filed) {
  if (filed && !simpler_than(finding.value, *filed)) {
    finding.path = file_path(folder, finding);
    return {};
  }
  Result<std::string> path = write_file(folder, file_name(finding), file_text(finding));
  if (!path) return fail(path.error());
  finding.path = std::move(*path);
  filed.reset();
  return {};
}

}  // namespace weir::properties
