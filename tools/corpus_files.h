// A corpus as a folder: what stands where, each file read for itself, so that a broken one among
// good ones is told and the rest is there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "files.h"
#include "properties/case.h"
#include "properties/signature.h"

namespace weir::cli {

/// Where a file stands in a corpus, which says what it is there for.
enum class Place {
  kSeeds,        ///< what fuzz targets begin with; holds
  kRegressions,  ///< what broke once; must hold
  kOpen,         ///< known to be violated
  kGolden,       ///< encoded streams
  kOther,
};
inline constexpr std::size_t kPlaceCount = 5;
/// The folder's name; "elsewhere" for kOther.
std::string_view to_string(Place place) noexcept;
/// The place of `path`, which lies below `folder`. `folder` may be a corpus or one of its places.
Place place_of(const std::string& folder, const std::string& path);

/// A file of a corpus.
struct CorpusEntry {
  enum class Kind { kCase, kGolden, kOther };
  std::string path;    ///< for people and for opening
  std::string name;    ///< below the corpus, e.g. "seeds/seek/past-end.case"
  std::string folder;  ///< that part of it which is a folder, e.g. "seeds/seek"; may be empty
  Place place = Place::kOther;
  Kind kind = Kind::kOther;
  std::uint64_t bytes = 0;
  std::string text;                       ///< of cases and golden streams that can be read
  std::optional<properties::Case> value;  ///< of cases that can be parsed
  properties::Signature recorded;         ///< what its comment says; an empty clause without one
  std::string library;                    ///< of golden streams: the version that wrote it
  std::string problem;                    ///< why a case or golden stream cannot be read, one line
};

/// The regular files below `folder`, in order of their paths. Fails when the folder itself cannot
/// be read.
FileOutcome list_corpus(const std::string& folder, std::vector<CorpusEntry>& entries);

/// `given`, or the project's corpus; with neither, or without such a folder, `error` says so.
std::string corpus_folder(const std::string& given, std::string& error);

/// "CLAUSE-SUBJECT-HASH.case": the same name for the same case.
std::string case_file_name(const properties::Case& value);
/// 16 hexadecimal digits over `content`.
std::string content_name(std::string_view content);

/// Makes the folder of `path`. Returns a message, empty when it is there.
std::string make_folder_of(const std::string& path);
/// Puts `content` at `to`, where nothing may stand yet, and takes `from` away.
FileOutcome move_new(const std::string& from, const std::string& to, std::string_view content);
/// Takes a file away.
FileOutcome remove_file(const std::string& path);

}  // namespace weir::cli
