// Files as the command line meets them: read whole, written whole or not at all, found.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "properties/case.h"

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

/// Writes `content` under a temporary name beside `path`, then renames: nobody sees half a file.
FileOutcome write_file(const std::string& path, std::string_view content);

/// Whether a file could be written at `path`, found out before long work; leaves no trace.
FileOutcome check_writable(const std::string& path);

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
};
/// Reads the `.case` files below `folder`, in order of their paths. Fails on the first that is not
/// a case of this build.
FileOutcome read_corpus(const std::string& folder, std::vector<CorpusFile>& corpus);

}  // namespace weir::cli
