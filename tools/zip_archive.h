// Corpora in zip files, as fuzzing services hand them out and take them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::cli {

/// What a zip file may cost: it says small and means large at will.
struct ZipLimits {
  std::uint64_t entries_max = 1'000'000;
  std::uint64_t entry_bytes_max = std::uint64_t{1} << 20;
  std::uint64_t bytes_max = std::uint64_t{4} << 30;  ///< of all entries together
};

/// One file in it. Its name is the archive's word, and nothing to open.
struct ZipEntry {
  std::string name;
  std::string content;
  std::string problem;  ///< why there is no content, one line
};

/// Gives the entries of the zip file `path`, folders apart, to `take`, one after another, until
/// that returns false. Returns why the archive itself cannot be read, or not to its end; empty when
/// all is well.
std::string read_zip(const std::string& path, const ZipLimits& limits,
                     const std::function<bool(ZipEntry&)>& take);

/// Writes a zip file of `files`, names and contents in order, with `comment`. The same files make
/// the same bytes. Returns a message, empty when it is there.
std::string write_zip(const std::string& path,
                      const std::vector<std::pair<std::string, std::string>>& files,
                      const std::string& comment);

/// The comment of a zip file; empty without one, or when it cannot be read.
std::string zip_comment(const std::string& path);

}  // namespace weir::cli
