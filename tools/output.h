// The output of a verb that makes a file: whole under its name, or not there.
#pragma once

#include <sys/types.h>

#include <string>

namespace weir::cli {

/// Whether a path means standard input or output.
inline bool is_standard(const std::string& path) { return path.empty() || path == "-"; }

/// What becomes of a file that is there already, or of a link; devices and pipes are written to.
enum class Existing { kReplace, kKeep };

/// A temporary name beside the final one until all is written, or standard output, or a device as
/// it is. What was not committed is removed, by the destructor or by the signal that ends the
/// program.
class Output {
 public:
  Output() = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output();

  /// Returns errno; EEXIST for a file that is to be kept. A new file has the permissions of `fresh`
  /// that the umask leaves, from the beginning.
  int open(const std::string& path, Existing existing, mode_t fresh);
  /// Puts the finished output under its final name. Returns errno.
  int commit();

  int descriptor() const { return descriptor_; }
  /// For messages: in quotes, or "standard output".
  const std::string& name() const { return name_; }
  /// Whether nobody sees anything before commit.
  bool temporary() const { return !temporary_.empty(); }

 private:
  int descriptor_ = 1;
  bool owned_ = false;
  Existing existing_ = Existing::kReplace;
  std::string name_;
  std::string temporary_;
  std::string final_;
};

}  // namespace weir::cli
