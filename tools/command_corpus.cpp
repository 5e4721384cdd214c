// `weir corpus`: golden streams, frozen and replayed.
#include <algorithm>
#include <filesystem>
#include <system_error>

#include "commands.h"
#include "exit_code.h"
#include "files.h"
#include "golden_replays.h"
#include "names.h"
#include "properties/golden_freeze.h"
#include "terminal.h"
#include "text.h"
#include "weir/builtin.h"

namespace weir::cli {

namespace fs = std::filesystem;

using properties::FrozenStream;
using properties::Subject;

namespace {

// The shipped transforms that are named, or all.
std::vector<const Subject*> shipped(const std::vector<std::string>& names, std::string& error) {
  std::vector<const Subject*> selected;
  std::vector<std::string> known;
  for (const Subject& subject : properties::builtin_subjects()) {
    known.push_back(subject.name);
    if (names.empty() || std::find(names.begin(), names.end(), subject.name) != names.end()) {
      selected.push_back(&subject);
    }
  }
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    for (const MissingTransform& missing : missing_transforms()) {
      if (missing.descriptor == name) {
        error = fmt::format("'{}' is not in this build: {}", printable(name), missing.reason);
        return {};
      }
    }
    error = unknown_name("shipped transform", name, known, "weir list");
    return {};
  }
  return selected;
}

}  // namespace

int run_corpus_freeze(const CorpusFreezeOptions& options) {
  std::string error;
  const std::vector<const Subject*> subjects = shipped(options.subjects, error);
  if (!error.empty()) return refuse(kExitUsage, error);
  const std::string folder = options.output.empty() ? find_corpus() : options.output;
  if (folder.empty()) {
    return refuse(kExitUsage, "no corpus folder was found; --output DIR names one");
  }

  struct File {
    std::string path;
    std::string text;
  };
  std::vector<File> files;
  std::size_t kept = 0;
  std::size_t different = 0;
  for (const Subject* const subject : subjects) {
    std::vector<FrozenStream> streams;
    error = properties::freeze(*subject, options.seed, WEIR_VERSION, streams);
    if (!error.empty()) {
      return refuse(kExitCouldNotRun, fmt::format("nothing was frozen: {}", printable(error)));
    }
    for (const FrozenStream& stream : streams) {
      File file{folder + "/" + properties::golden_path(*subject, stream),
                properties::print(stream.golden)};
      std::error_code ignored;
      if (!fs::exists(fs::symlink_status(file.path, ignored))) {
        files.push_back(std::move(file));
        continue;
      }
      std::string there;
      const FileOutcome read = read_file(file.path, properties::kGoldenTextMax, there);
      if (!read.ok()) return refuse(kExitCouldNotRun, read.error);
      // Kept, whatever this build writes: another libzstd compresses in another way.
      if (there != file.text) ++different;
      ++kept;
    }
  }
  for (const File& file : files) {
    if (interrupted()) return kExitInterrupted;
    std::error_code failed;
    fs::create_directories(fs::path(file.path).parent_path(), failed);
    if (failed) {
      return refuse(kExitCouldNotRun, fmt::format("cannot make the folder of '{}': {}",
                                                  printable(file.path), failed.message()));
    }
    const FileOutcome written = write_file(file.path, file.text);
    if (!written.ok()) return refuse(kExitCouldNotRun, written.error);
  }
  print("froze {} of {} below {}{}\n", plural(files.size(), "stream"),
        plural(subjects.size(), "transform"), printable(folder),
        kept == 0        ? ""
        : different == 0 ? fmt::format("; {} stood there already", with_commas(kept))
                         : fmt::format("; {} stood there already and are kept, {} of which this "
                                       "build would write otherwise",
                                       with_commas(kept), with_commas(different)));
  return kExitHeld;
}

int run_corpus_replay(const CorpusReplayOptions& options) {
  std::vector<std::string> paths = options.paths;
  if (paths.empty()) {
    const std::string corpus = find_corpus();
    if (corpus.empty()) {
      return refuse(kExitUsage, "no corpus folder was found; name a folder or a golden stream");
    }
    paths.push_back(corpus);
  }
  std::vector<properties::GoldenFile> files;
  for (const std::string& path : paths) {
    const std::string wrong = properties::read_golden_files(path, files);
    if (!wrong.empty()) return refuse(kExitUsage, printable(wrong));
  }
  if (files.empty()) {
    return refuse(kExitCouldNotRun, "nothing to replay: no golden stream is there");
  }
  const GoldenReplays replays = replay_goldens(files, {});
  if (interrupted()) return kExitInterrupted;
  write_out(golden_lines(replays));
  for (const std::string& note : replays.notes) print("note: {}\n", printable(note));
  print("{}: {}\n", replays.broken.empty() ? "held" : "violated", golden_count(replays));
  if (!replays.broken.empty()) return kExitViolated;
  return replays.held == 0 ? kExitCouldNotRun : kExitHeld;
}

}  // namespace weir::cli
