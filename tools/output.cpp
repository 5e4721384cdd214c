#include "output.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "files.h"
#include "terminal.h"
#include "text.h"

namespace weir::cli {

namespace fs = std::filesystem;

namespace {

// Returns errno.
int rename_to(const std::string& from, const std::string& to, Existing existing) {
  if (existing == Existing::kReplace) return std::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  // Not every file system knows how; that nothing was there was seen when the output was opened.
  if (errno != EINVAL && errno != ENOSYS) return errno;
  return std::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

}  // namespace

Output::~Output() {
  if (!temporary_.empty()) {
    ::unlink(temporary_.c_str());
    remove_on_signal({});
  }
  if (owned_ && descriptor_ >= 0) ::close(descriptor_);
}

int Output::open(const std::string& path, Existing existing, mode_t fresh) {
  if (is_standard(path)) {
    name_ = "standard output";
    return 0;
  }
  name_ = fmt::format("'{}'", printable(path));
  existing_ = existing;
  const OutputPlace place = find_output(path);
  if (place.error != 0) return place.error;
  if (place.in_place) {
    owned_ = true;
    descriptor_ = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    return descriptor_ < 0 ? errno : 0;
  }
  struct stat status {};
  if (existing == Existing::kKeep && ::lstat(path.c_str(), &status) == 0) return EEXIST;
  owned_ = true;
  final_ = place.path;
  // A signal in between would leave the file behind.
  const SignalsHeld held;
  std::string name;
  descriptor_ = open_beside(place, name, fresh);
  if (descriptor_ < 0) return errno;
  temporary_ = name;
  remove_on_signal(name);
  return 0;
}

int Output::commit() {
  if (temporary_.empty()) return 0;
  if (::fsync(descriptor_) != 0) return errno;
  if (::close(std::exchange(descriptor_, -1)) != 0) return errno;
  const int error = rename_to(temporary_, final_, existing_);
  if (error != 0) return error;
  temporary_.clear();
  remove_on_signal({});
  // The name is safe once the folder is on the disk; a file system that cannot do that loses
  // nothing by it.
  const fs::path folder = fs::path(final_).parent_path();
  const int handle = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC);
  if (handle >= 0) {
    [[maybe_unused]] const int synced = ::fsync(handle);
    ::close(handle);
  }
  return 0;
}

}  // namespace weir::cli
