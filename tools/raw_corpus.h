// Folders and zip files of raw inputs, as fuzzers and fuzzing services keep them.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::cli {

/// Where bytes of a fuzz target are.
struct RawSource {
  std::string path;    ///< a folder, a zip file or a single input
  std::string target;  ///< the fuzz target whose bytes they are
};

/// What `paths` hold: all of it bytes of `target` or, when that is empty, of the target that the
/// name of a folder or zip file says ("seek", "fuzz_seek", "fuzz_seek_seed_corpus.zip"), be it the
/// path's own or one in it. Returns a message, empty when all is well.
std::string find_raw_sources(const std::vector<std::string>& paths, const std::string& target,
                             std::vector<RawSource>& sources);

/// One input.
struct RawInput {
  std::string name;  ///< for people
  std::string content;
  std::string problem;  ///< why there is no content, one line
};

/// Gives the inputs of `source` to `take`, in order of their names, until that returns false. In
/// the output folder of an AFL++ instance, or in a folder above several, those of its queue,
/// crashes and hangs; what that fuzzer keeps beside its inputs is passed over. Returns why not all
/// of it can be read; empty when all is well.
std::string read_raw_source(const RawSource& source, const std::function<bool(RawInput&)>& take);

/// What says for which schema raw inputs are: a file of this name beside folders of them, or the
/// comment of a zip file.
inline constexpr std::string_view kSchemaFile = "weir-schema";
/// Its content, without a line feed.
std::string schema_text();
/// Why the inputs of `source` mean other cases in this build; empty when they do not, or nothing
/// says so.
std::string schema_problem(const RawSource& source);

}  // namespace weir::cli
