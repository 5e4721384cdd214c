// A folder for a short while.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace weir::cli {

/// A new folder that is removed, with all that is in it, at the end. Its path is empty when none
/// could be made.
class ScratchFolder {
 public:
  /// `name` stands at the beginning of its own.
  explicit ScratchFolder(const std::string& name) {
    std::error_code error;
    path_ = (std::filesystem::temp_directory_path(error) / (name + "-XXXXXX")).string();
    if (error || ::mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

}  // namespace weir::cli
