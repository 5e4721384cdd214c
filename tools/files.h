// Files as the command line meets them: read whole, written whole or not at all, found.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "properties/case.h"
#include "properties/signature.h"

namespace weir::cli {

/// What became of reading or writing a file: `error` is empty, or one line for a person that names
/// the file.
struct FileOutcome {
  std::string error;
  bool ok() const noexcept { return error.empty(); }
};

/// Reads all of `path` into `content`. Fails beyond `bytes_max`, on a folder, and on what cannot be
/// read.
FileOutcome read_file(const std::string& path, std::size_t bytes_max, std::string& content);

/// Where what is written to a path lands.
struct OutputPlace {
  int error = 0;               ///< errno: a folder, write-protected, no folder for it
  bool in_place = false;       ///< a device or a pipe, which no file may replace
  std::string path;            ///< the file itself: links are followed, dangling ones too
  std::optional<mode_t> mode;  ///< the permissions of the file that is there
};
OutputPlace find_output(const std::string& path);

/// Opens a new file of an unpredictable name in the folder of `place` for writing, with the
/// permissions of the file that it is to replace, else those of `fresh` that the umask leaves.
/// Returns its descriptor, -1 with errno.
int open_beside(const OutputPlace& place, std::string& name, mode_t fresh = 0666);

/// Where a file at `path` stands or would stand, without any link: dangling ones are followed, too.
/// Empty where links lead nowhere.
std::string real_place(const std::string& path);

/// Whether what is written to `a` and to `b` lands at the same place; '-' is standard output.
bool same_place(const std::string& a, const std::string& b);

/// Writes `content` under a temporary name beside `path`, then renames: nobody sees half a file.
FileOutcome write_file(const std::string& path, std::string_view content);

/// Writes a report to where an option says: '-' is standard output, empty nowhere. Returns `code`;
/// when that fails it complains, and what would have been kExitHeld is kExitCouldNotRun.
int deliver(const std::string& path, std::string_view content, int code);

/// Puts the names in the folder of `path` on the disk. A file system that cannot do that loses
/// nothing by it.
void sync_folder_of(const std::string& path);

/// Whether a file could be written at `path`, found out before long work; leaves no trace.
FileOutcome check_writable(const std::string& path);

/// Whether files could be made in `folder`, which may still have to be made itself.
FileOutcome check_folder(const std::string& folder);

/// The command by which the user called this program: that of the wrapper that started it
/// (WEIR_COMMAND in the environment), else its own, as a word for a shell.
std::string program_command();

/// The project's `corpus` folder: in the working folder, else in one above the program; empty when
/// there is none.
std::string find_corpus();
/// `path` below the project's folder, which is one above the program; empty when there is none.
std::string find_in_project(const std::string& path);
/// `name` as one part of a path: slashes and the like replaced.
std::string file_name_of(std::string_view name);
/// The folder in which this program stands.
std::string program_folder();

/// A case of a corpus.
struct CorpusFile {
  std::string path;
  properties::Case value;
  bool open = false;               ///< it stands among those that are known to be violated
  properties::Signature recorded;  ///< what its comment says; an empty clause without one
};
/// Reads the `.case` files below `folder`, in order of their paths. Fails on the first that is not
/// a case, or names what there is not; those of transforms that only this build lacks are left out,
/// and `notes` says so.
FileOutcome read_corpus(const std::string& folder, std::vector<CorpusFile>& corpus,
                        std::vector<std::string>& notes);

}  // namespace weir::cli
