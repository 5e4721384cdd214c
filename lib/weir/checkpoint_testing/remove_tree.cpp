#include "weir/checkpoint_testing/remove_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>
#include <vector>

namespace weir::inline v0_1::internal {
namespace {

struct CloseDirectory {
  void operator()(DIR* entries) const noexcept { ::closedir(entries); }
};

// A directory on the way down. A vector of these instead of recursion: how deep a test's tree goes
// is not ours to choose, and the stack is.
struct Level {
  std::unique_ptr<DIR, CloseDirectory> entries;
  std::string name;

  int descriptor() const noexcept { return ::dirfd(entries.get()); }
};

class Failures {
 public:
  void note(int os_error, std::string_view name) noexcept {
    if (first_) first_ = fail(io_error(os_error, name));
  }
  const Result<void>& first() const noexcept { return first_; }

 private:
  Result<void> first_;
};

// Opens `name` in `at` for listing. errno says why not.
DIR* open_directory(int at, const char* name) noexcept {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  int descriptor = ::openat(at, name, kFlags);
  if (descriptor < 0 && errno == EACCES) {
    // A test of permissions may have taken them away from its own directory.
    static_cast<void>(::fchmodat(at, name, S_IRWXU, AT_SYMLINK_NOFOLLOW));
    descriptor = ::openat(at, name, kFlags);
  }
  if (descriptor < 0) return nullptr;
  // Entries of a directory that is not writable could not be removed.
  static_cast<void>(::fchmod(descriptor, S_IRWXU));
  DIR* entries = ::fdopendir(descriptor);
  if (entries == nullptr) ::close(descriptor);
  return entries;
}

bool is_dot_or_dot_dot(std::string_view name) noexcept { return name == "." || name == ".."; }

// Removes what is in `directory`.
void empty_directory(int directory, const char* directory_name, Failures& failures) {
  // The maker may have lost its right to go into it.
  static_cast<void>(::fchmod(directory, S_IRWXU));
  std::vector<Level> levels;
  const auto descend = [&](int at, const char* path, const char* name) {
    // Made first, so that running out of memory does not lose the descriptor.
    levels.push_back({nullptr, name});
    levels.back().entries.reset(open_directory(at, path));
    if (levels.back().entries == nullptr) {
      if (errno != ENOENT) failures.note(errno, name);
      levels.pop_back();
    }
  };

  descend(directory, ".", directory_name);
  while (!levels.empty()) {
    errno = 0;
    const dirent* entry = ::readdir(levels.back().entries.get());
    if (entry == nullptr) {
      if (errno != 0) failures.note(errno, levels.back().name);
      const std::string name = std::move(levels.back().name);
      levels.pop_back();
      // The outermost one is removed by the caller, who knows its parent.
      if (levels.empty()) break;
      if (::unlinkat(levels.back().descriptor(), name.c_str(), AT_REMOVEDIR) != 0 &&
          errno != ENOENT) {
        failures.note(errno, name);
      }
      continue;
    }
    if (is_dot_or_dot_dot(entry->d_name)) continue;
    const int at = levels.back().descriptor();
    if (::unlinkat(at, entry->d_name, 0) == 0 || errno == ENOENT) continue;
    if (errno == EISDIR) {
      descend(at, entry->d_name, entry->d_name);
    } else {
      failures.note(errno, entry->d_name);
    }
  }
}

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (valid()) ::close(value_);
}

Result<void> remove_tree(int parent, const char* name, int directory) {
  struct stat made;
  struct stat found;
  if (::fstat(directory, &made) != 0) return fail(io_error(errno, name));
  if (::fstatat(parent, name, &found, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return {};
    return fail(io_error(errno, name));
  }
  if (found.st_dev != made.st_dev || found.st_ino != made.st_ino) {
    return fail(io_error(EEXIST, name));
  }
  // Needs no memory, so that a directory whose making failed for want of it does not stay.
  if (::unlinkat(parent, name, AT_REMOVEDIR) == 0) return {};
  Failures failures;
  empty_directory(directory, name, failures);
  // Only an empty directory goes, so it does not matter if the name means another one by now.
  if (::unlinkat(parent, name, AT_REMOVEDIR) != 0) failures.note(errno, name);
  return failures.first();
}

}  // namespace weir::inline v0_1::internal
