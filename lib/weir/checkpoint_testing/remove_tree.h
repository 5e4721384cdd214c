// Removes a directory and what is in it without ever following a symbolic link.
#pragma once

#include <utility>

#include "weir/result.h"

namespace weir::inline v0_1::internal {

/// Owns a file descriptor, or none.
class FileDescriptor {
 public:
  FileDescriptor() noexcept = default;
  explicit FileDescriptor(int value) noexcept : value_(value) {}
  FileDescriptor(FileDescriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~FileDescriptor();

  bool valid() const noexcept { return value_ >= 0; }
  int get() const noexcept { return value_; }

 private:
  int value_ = -1;
};

/// Removes the directory that `directory` is open on, which is called `name` in the directory that
/// `parent` is open on, with everything in it. Only what is reached through these two descriptors
/// is touched: a symbolic link is removed like a file, and one that takes the place of a directory
/// meanwhile is left and reported; what it points to stays. Goes on after a failure and returns the
/// first.
/// A directory that is gone, or was moved elsewhere, is success, and left where it is. Allocates
/// nothing for an empty one.
/// Errors: kIo with errno and the entry's name; EEXIST when `name` is something else by now.
Result<void> remove_tree(int parent, const char* name, int directory);

}  // namespace weir::inline v0_1::internal
