// `weir corpus import`: raw inputs of fuzzers become cases of the corpus.
#include <filesystem>
#include <map>
#include <set>

#include "case_run.h"
#include "commands.h"
#include "corpus_files.h"
#include "exit_code.h"
#include "fuzz/fuzz_target.h"
#include "names.h"
#include "properties/case_text.h"
#include "properties/finding.h"
#include "properties/roster.h"
#include "raw_corpus.h"
#include "terminal.h"
#include "text.h"

namespace weir::cli {

namespace fs = std::filesystem;

namespace {

using properties::Case;
using properties::Finding;

struct Counts {
  std::size_t inputs = 0;
  std::size_t imported = 0;
  std::size_t same = 0;
  std::size_t discarded = 0;
  std::size_t violated = 0;
  std::size_t broken = 0;
};

class Import {
 public:
  Import(std::string output, const CorpusImportOptions& options)
      : output_(std::move(output)),
        subject_(options.subject),
        raw_(options.raw),
        evaluator_(every_clause(), subject_or_all(options.subject), files_) {}

  /// Takes what is there already for known. Returns an error message.
  std::string look_at_output() {
    std::error_code ignored;
    if (!fs::exists(output_, ignored)) return {};
    std::vector<CorpusEntry> entries;
    const FileOutcome listed = list_corpus(output_, entries);
    for (const CorpusEntry& entry : entries) {
      if (entry.value) known_.insert(properties::print(*entry.value));
    }
    return listed.error;
  }

  /// Returns an error message when it cannot go on.
  std::string take(const RawSource& source) {
    Counts& counts = counts_[source.target];
    std::string problem = schema_problem(source);
    if (!problem.empty()) {
      complain(problem + "; left out");
      ++counts.broken;
      return {};
    }
    std::string error;
    const auto target = fuzz::FuzzTarget::make(source.target, subject_, error);
    if (target == nullptr) return error;
    problem = read_raw_source(source, [&](RawInput& input) {
      take_input(*target, source.target, input, counts);
      show(counts);
      return failure_.empty() && !interrupted();
    });
    progress_.clear();
    if (!problem.empty()) {
      complain(problem);
      ++counts.broken;
    }
    return failure_;
  }

  /// Files what was violated: one case for each way of failing.
  std::string file_findings() {
    const std::string folder = output_ + "/" + std::string(to_string(Place::kOpen));
    for (auto& [key, finding] : findings_) {
      const std::string path = properties::file_path(folder, finding);
      std::error_code ignored;
      const bool known = fs::exists(path, ignored);
      if (!known) {
        std::string error = make_folder_of(path);
        if (error.empty()) error = write_file(path, properties::file_text(finding)).error;
        if (!error.empty()) return error;
      }
      print("violated {}: {} ({}{})\n", printable(finding.subject), to_string(finding.signature),
            printable(path), known ? ", which was there" : "");
    }
    return {};
  }

  const std::map<std::string, Counts>& counts() const { return counts_; }

 private:
  void leave_out(const RawInput& input, std::string_view why, Counts& counts) {
    progress_.clear();
    complain(fmt::format("{}: {}; left out", printable(input.name), why));
    ++counts.broken;
  }

  void take_input(const fuzz::FuzzTarget& target, const std::string& name, const RawInput& input,
                  Counts& counts) {
    ++counts.inputs;
    if (!input.problem.empty()) return leave_out(input, input.problem, counts);
    Case value;
    if (input.content.rfind("weir-case", 0) == 0) {
      const properties::ParseOutcome parsed = properties::parse(input.content, value);
      if (!parsed.ok) {
        return leave_out(
            input, fmt::format("line {}: {}", parsed.error.line, printable(parsed.error.message)),
            counts);
      }
      if (value.subject.empty() || value.clause.empty()) {
        return leave_out(input, "it lacks a subject or a clause line", counts);
      }
      if (!target.contains(value)) {
        return leave_out(input,
                         fmt::format("{} on {} is no case of the fuzz target {}",
                                     printable(value.clause), printable(value.subject), name),
                         counts);
      }
    } else {
      target.decode(std::as_bytes(std::span(input.content.data(), input.content.size())), value);
    }
    const std::string text = properties::print(value);
    if (!known_.insert(text).second) {
      ++counts.same;
      return;
    }
    if (raw_) {
      target.encode_seed(value, bytes_);
      const std::string_view content(reinterpret_cast<const char*>(bytes_.data()), bytes_.size());
      return write(fmt::format("{}/{}/{}", output_, name, content_name(content)), content, counts);
    }
    CaseRun run = run_case(value, evaluator_, 1);
    switch (run.status) {
      case CaseRun::Status::kHeld:
        return write(fmt::format("{}/seeds/{}/{}", output_, name, case_file_name(value)), text,
                     counts);
      case CaseRun::Status::kViolated:
        ++counts.violated;
        return keep_finding(value, run.violation, input.name);
      case CaseRun::Status::kDiscarded:
      case CaseRun::Status::kNotApplying:
      case CaseRun::Status::kNotMetered:
        ++counts.discarded;
        return;
      case CaseRun::Status::kCouldNotRun:
        failure_ = run.reason;
        return;
      case CaseRun::Status::kInterrupted:
        return;
    }
  }

  void write(const std::string& path, std::string_view content, Counts& counts) {
    failure_ = make_folder_of(path);
    if (failure_.empty()) failure_ = write_file(path, content).error;
    if (failure_.empty()) ++counts.imported;
  }

  void keep_finding(const Case& value, const properties::Violation& violation,
                    const std::string& origin) {
    Finding finding;
    finding.subject = value.subject;
    finding.signature = {value.clause, violation.kind};
    const auto key = std::make_pair(finding.subject, to_string(finding.signature));
    const auto known = findings_.find(key);
    if (known != findings_.end() &&
        properties::encoded_size(known->second.value) <= properties::encoded_size(value)) {
      return;
    }
    finding.value = value;
    finding.origin = "import of " + origin;
    describe_violation(violation, finding);
    findings_[key] = std::move(finding);
  }

  void show(const Counts& counts) {
    if (!progress_.due()) return;
    progress_.draw({fmt::format("importing  {} inputs, {} cases", with_commas(counts.inputs),
                                with_commas(counts.imported))});
  }

  std::string output_;
  std::string subject_;
  bool raw_;
  properties::PayloadFiles files_;
  Evaluator evaluator_;
  std::set<std::string> known_;
  std::map<std::pair<std::string, std::string>, Finding> findings_;
  std::map<std::string, Counts> counts_;
  std::vector<std::byte> bytes_;
  std::string failure_;
  Progress progress_;
};

}  // namespace

int run_corpus_import(const CorpusImportOptions& options) {
  std::string error;
  if (!options.target.empty()) select_targets({options.target}, error);
  if (error.empty() && !options.subject.empty()) select_subjects({options.subject}, error);
  if (error.empty() && options.raw && options.output.empty()) {
    error = "--raw writes a fuzzer's folders, not cases: --output DIR says where they go";
  }
  std::string output = options.output;
  if (error.empty() && output.empty()) output = find_corpus();
  if (error.empty() && output.empty()) {
    error = "no corpus folder was found; --output DIR names one";
  }
  std::vector<RawSource> sources;
  if (error.empty()) error = find_raw_sources(options.paths, options.target, sources);
  if (!error.empty()) return refuse(kExitUsage, error);

  Import import(output, options);
  error = import.look_at_output();
  if (!error.empty()) return refuse(kExitUsage, error);
  for (const RawSource& source : sources) {
    if (interrupted() || !error.empty()) break;
    error = import.take(source);
  }
  const std::string unfiled = import.file_findings();
  if (error.empty()) error = unfiled;
  Counts all;
  for (const auto& [target, counts] : import.counts()) {
    print(
        "{}: {} of {} into {}{}{}; {} the same as another, {} proved nothing, {} violated, {} "
        "left out\n",
        target, plural(counts.imported, options.raw ? "input" : "case"),
        plural(counts.inputs, "input"), printable(output), options.raw ? "/" : "/seeds/", target,
        with_commas(counts.same), with_commas(counts.discarded), with_commas(counts.violated),
        with_commas(counts.broken));
    all.inputs += counts.inputs;
    all.broken += counts.broken;
    all.violated += counts.violated;
  }
  if (interrupted()) return kExitInterrupted;
  if (!error.empty()) return refuse(kExitCouldNotRun, error);
  if (all.violated > 0) return kExitViolated;
  if (all.broken > 0) return kExitUsage;
  if (all.inputs == 0) return refuse(kExitCouldNotRun, "there is no input: nothing was imported");
  return kExitHeld;
}

}  // namespace weir::cli
