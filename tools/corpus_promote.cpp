// `weir corpus promote`: what becomes of a finding in the repository.
#include <filesystem>

#include "case_input.h"
#include "case_run.h"
#include "commands.h"
#include "corpus_files.h"
#include "exit_code.h"
#include "properties/case_text.h"
#include "properties/finding.h"
#include "terminal.h"
#include "text.h"

namespace weir::cli {

namespace fs = std::filesystem;

namespace {

// The corpus that `path` stands in, when its folder is a place of one.
std::string corpus_around(const std::string& path) {
  std::error_code error;
  const fs::path folder = fs::absolute(path, error).lexically_normal().parent_path();
  for (const Place place : {Place::kOpen, Place::kRegressions}) {
    if (folder.filename() != to_string(place)) continue;
    // As it was named, where that says it.
    const fs::path named = fs::path(path).parent_path();
    if (named.filename() != to_string(place)) return folder.parent_path().string();
    return named.has_parent_path() ? named.parent_path().string() : ".";
  }
  return {};
}

// The file below `folder` that has the same case; empty when there is none.
std::string same_case(const std::string& folder, const properties::Case& value) {
  std::vector<CorpusEntry> entries;
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored) || !list_corpus(folder, entries).ok()) return {};
  for (const CorpusEntry& entry : entries) {
    if (entry.value && *entry.value == value) return entry.path;
  }
  return {};
}

ExitCode refused(ExitCode code, const std::string& path, std::string_view why) {
  complain(fmt::format("{} stays where it is: {}", printable(path), why));
  return code;
}

ExitCode promote(const std::string& path, const CorpusPromoteOptions& options) {
  const Place to = options.to == "open" ? Place::kOpen : Place::kRegressions;
  const properties::PayloadFiles files;
  CaseInput input;
  if (const auto problem = read_case(path, {}, {}, files, input)) {
    return refuse(kExitUsage, problem->message);
  }
  std::string error;
  std::string corpus = options.corpus.empty() ? corpus_around(path) : options.corpus;
  if (corpus.empty()) corpus = corpus_folder({}, error);
  if (!error.empty()) return refused(kExitUsage, path, error + " with --corpus DIR");
  const std::string folder = (fs::path(corpus) / to_string(to)).string();
  const std::string target = (fs::path(folder) / fs::path(path).filename()).string();
  if (same_place(path, target)) return refused(kExitUsage, path, "it is there already");
  std::error_code ignored;
  if (fs::exists(fs::symlink_status(target, ignored))) {
    return refused(kExitUsage, path, fmt::format("{} is there already", printable(target)));
  }
  const std::string twin = same_case(folder, input.value);
  if (!twin.empty()) {
    return refused(kExitUsage, path, fmt::format("{} is the same case", printable(twin)));
  }

  Evaluator evaluator({input.clause}, {input.subject}, files);
  const CaseRun run = run_case(input.value, evaluator, kHoldingRuns);
  std::string text;
  const FileOutcome read = read_file(path, properties::kCaseBytesMax, text);
  if (!read.ok()) return refuse(kExitUsage, read.error);
  std::string said;
  switch (run.status) {
    case CaseRun::Status::kHeld:
      if (to == Place::kOpen) {
        return refused(kExitUsage, path,
                       "it holds, so there is nothing open; `promote` without --to open takes it");
      }
      said = fmt::format("held {} times", run.runs);
      break;
    case CaseRun::Status::kViolated: {
      const properties::Signature seen{input.value.clause, run.violation.kind};
      const std::string times = run.violated == run.runs
                                    ? std::string()
                                    : fmt::format(" in {} of {} runs", run.violated, run.runs);
      said = fmt::format("violated: {}{}", to_string(seen), times);
      if (to == Place::kRegressions) {
        return refused(kExitViolated, path,
                       said + "; what is known to be violated goes to open: --to open");
      }
      // The record tells one way of failing from another: of another one, the next run would say
      // that this case fails otherwise.
      if (input.recorded != seen) {
        if (!input.recorded.clause.empty()) said += "; it was " + to_string(input.recorded);
        properties::Finding finding;
        finding.subject = input.value.subject;
        finding.signature = seen;
        finding.value = input.value;
        finding.origin = path;
        describe_violation(run.violation, finding);
        text = properties::with_record(text, finding);
      }
      break;
    }
    case CaseRun::Status::kInterrupted:
      return kExitInterrupted;
    default:
      return refused(kExitCouldNotRun, path, run.reason);
  }
  error = make_folder_of(target);
  if (error.empty()) error = move_new(path, target, text).error;
  if (!error.empty()) return refused(kExitCouldNotRun, path, error);
  print("{} -> {} ({})\n", printable(path), printable(target), said);
  return kExitHeld;
}

}  // namespace

int run_corpus_promote(const CorpusPromoteOptions& options) {
  int code = kExitHeld;
  for (const std::string& path : options.files) {
    const ExitCode each = promote(path, options);
    if (each == kExitInterrupted || interrupted()) return kExitInterrupted;
    // What is broken outweighs what could not be looked at.
    if (code == kExitHeld || each == kExitViolated) code = each == kExitHeld ? code : each;
  }
  return code;
}

}  // namespace weir::cli
