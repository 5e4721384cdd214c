#include "output.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "files.h"
#include "terminal.h"
#include "text.h"

namespace weir::cli {

namespace {

// Returns errno.
int rename_to(const std::string& from, const std::string& to, Existing existing) {
  if (existing == Existing::kReplace) return std::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  // Not every file system knows how; a second name never replaces one either.
  if (errno != EINVAL && errno != ENOSYS) return errno;
  if (::link(from.c_str(), to.c_str()) == 0) {
    ::unlink(from.c_str());
    return 0;
  }
  // Nor has every one second names; that nothing was there was seen when the output was opened.
  if (errno != EPERM && errno != EOPNOTSUPP) return errno;
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
  sync_folder_of(final_);
  return 0;
}

}  // namespace weir::cli
