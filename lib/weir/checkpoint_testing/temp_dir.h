// A temporary directory that all members of a process group share.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "weir/checkpoint_testing/process_group.h"
#include "weir/checkpoint_testing/remove_tree.h"
#include "weir/result.h"

namespace weir::inline v0_1 {

/// Writes what is cached to all file systems, so that members on other hosts see it.
void sync_file_systems() noexcept;

/// How a temporary directory is made.
struct TempDirOptions {
  /// Where; empty: the environment variable TMPDIR of rank 0, or /tmp where that is not set.
  std::string parent;
  /// Called by every member of a group before and after the path is broadcast.
  void (*sync)() noexcept = &sync_file_systems;
};

/// A directory of mode 0700 that rank 0 makes, that every member uses, and that rank 0 removes when
/// all members are through. Keep it in a scope: a member whose test throws must get to its
/// destructor, for which the others wait.
class TempDir {
 public:
  /// Makes the directory and tells all members of `group` its path; a null `group` means that there
  /// is none, and this process is alone. Rank 0 says so in a line on standard output:
  /// `Using temp directory: PATH`, or `No process group initialized, using temp directory: PATH`.
  /// Every member then makes sure that it sees a directory at that path that is its user's and of
  /// mode 0700. All members get a directory, or all get the error of the lowest rank that failed,
  /// and nothing is left. `group` must outlive the directory.
  /// Errors: kIo with errno, kOutOfMemory, kCorrupt (what was broadcast was not understood); those
  /// of a broken group go to the members that see it break.
  static Result<std::unique_ptr<TempDir>> make(ProcessGroup* group,
                                               const TempDirOptions& options = {});

  /// Waits until all members are here; rank 0 then removes the directory, also when the group broke
  /// while it waited. Failures are logged as warnings of the checkpoint logger. In a forked child
  /// it does nothing: the directory belongs to the process that made this object.
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  /// The absolute path, the same on all members.
  const std::string& path() const noexcept { return path_; }

 private:
  explicit TempDir(ProcessGroup& group) noexcept;
  Result<void> create(const std::string& parent);
  Result<void> give_up(const Error& error) noexcept;
  Result<void> join(std::string_view told);
  void wait_for_all() noexcept;
  void remove() noexcept;

  ProcessGroup& group_;
  pid_t maker_;
  bool in_use_ = false;  // By all members, who have to meet before it is removed.
  std::string path_;
  // Held by rank 0 alone, so that it removes what it made, whatever the path means by then.
  internal::FileDescriptor directory_;
  internal::FileDescriptor parent_;
};

namespace internal {
template <class T>
struct AsResult {
  using Type = Result<T>;
};
template <class T>
struct AsResult<Result<T>> {
  using Type = Result<T>;
};
}  // namespace internal

/// Makes a temporary directory (see TempDir::make), calls `body` with its path, and removes it,
/// also when the body fails or throws. Returns what the body returns, as a Result; its exceptions
/// pass through. When the directory cannot be made, the body is called on no member.
/// Example: `with_temp_dir(nullptr, [](const std::string& path) { return save(path); });`
template <class Body>
auto with_temp_dir(ProcessGroup* group, Body&& body, const TempDirOptions& options = {}) {
  using Value = std::decay_t<std::invoke_result_t<Body, const std::string&>>;
  using Outcome = typename internal::AsResult<Value>::Type;
  const Result<std::unique_ptr<TempDir>> directory = TempDir::make(group, options);
  if (!directory) return Outcome(fail(directory.error()));
  if constexpr (std::is_void_v<Value>) {
    std::invoke(std::forward<Body>(body), (*directory)->path());
    return Outcome();
  } else {
    return Outcome(std::invoke(std::forward<Body>(body), (*directory)->path()));
  }
}

}  // namespace weir::inline v0_1
