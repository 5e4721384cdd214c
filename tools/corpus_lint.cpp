// `weir corpus lint`: files of a corpus that nobody reads, or that stand where they do not belong.
#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "case_run.h"
#include "commands.h"
#include "corpus_files.h"
#include "exit_code.h"
#include "fuzz/fuzz_target.h"
#include "names.h"
#include "properties/case_text.h"
#include "properties/roster.h"
#include "terminal.h"
#include "text.h"

namespace weir::cli {

namespace fs = std::filesystem;

namespace {

using nlohmann::ordered_json;

// Beyond it nobody reviews a file, and what it shows is in few of its bytes.
constexpr std::uint64_t kCaseBytesGood = std::uint64_t{64} << 10;
constexpr std::uint64_t kGoldenBytesGood = std::uint64_t{1} << 20;

struct Complaint {
  std::string path;
  std::string_view kind;
  std::string about;
};

class Lint {
 public:
  explicit Lint(std::vector<CorpusEntry> entries) : entries_(std::move(entries)) {}

  /// Returns an error message when it could not be done.
  std::string run() {
    for (const CorpusEntry& entry : entries_) look_at(entry);
    run_cases();
    std::stable_sort(complaints_.begin(), complaints_.end(),
                     [](const Complaint& a, const Complaint& b) { return a.path < b.path; });
    return failure_;
  }

  const std::vector<Complaint>& complaints() const { return complaints_; }
  const std::map<std::string, std::size_t>& left_out() const { return left_out_; }

 private:
  void complain_of(const CorpusEntry& entry, std::string_view kind, std::string about) {
    complaints_.push_back({entry.path, kind, std::move(about)});
  }

  void look_at(const CorpusEntry& entry) {
    using Kind = CorpusEntry::Kind;
    if (entry.kind == Kind::kOther) {
      const std::string name = fs::path(entry.path).filename().string();
      if (name[0] != '.' && name.rfind("README", 0) != 0) {
        complain_of(entry, "unreachable", "neither .case nor .golden: nothing reads it");
      }
      return;
    }
    if (!entry.problem.empty()) {
      complain_of(entry, "unreadable", entry.problem);
      return;
    }
    const bool golden = entry.kind == Kind::kGolden;
    const std::uint64_t good = golden ? kGoldenBytesGood : kCaseBytesGood;
    if (entry.bytes > good) {
      complain_of(entry, "oversized",
                  fmt::format("{}, more than {}{}", human_bytes(entry.bytes), human_bytes(good),
                              golden ? "" : ": `shrink` it, or make its payload a recipe"));
    }
    const auto [first, fresh] =
        seen_.emplace(golden ? entry.text : properties::print(*entry.value), entry.path);
    if (!fresh) {
      complain_of(entry, "duplicate", "the same as " + printable(first->second));
    }
    if (golden != (entry.place == Place::kGolden) && (!golden || entry.place != Place::kOther)) {
      complain_of(entry, "misplaced",
                  golden ? "a golden stream belongs below golden/VERSION/TRANSFORM/"
                         : "a case belongs below seeds/, regressions/ or open/");
    }
    if (golden) {
      look_at_golden(entry);
    } else {
      look_at_case(entry);
    }
  }

  void look_at_golden(const CorpusEntry& entry) {
    if (entry.place != Place::kGolden || entry.name.rfind("golden/", 0) != 0) return;
    const std::string below = entry.name.substr(7);
    const std::string version = below.substr(0, below.find('/'));
    if (version != entry.library) {
      complain_of(entry, "misplaced",
                  fmt::format("it was written by {}, so it belongs below golden/{}/",
                              printable(entry.library), printable(entry.library)));
    }
  }

  void look_at_case(const CorpusEntry& entry) {
    const properties::Case& value = *entry.value;
    bool left_out = false;
    const std::string unknown = name_problem(value, left_out);
    if (left_out) {
      ++left_out_["about what this build lacks"];
      return;
    }
    if (!unknown.empty()) {
      // What stands before the blank is the place in the file.
      complain_of(entry, "unreachable", unknown.substr(unknown.find(' ') + 1));
      return;
    }
    to_run_.push_back(&entry);
    if (entry.name.rfind("seeds/", 0) == 0) look_at_seed(entry);
  }

  void look_at_seed(const CorpusEntry& entry) {
    const properties::Case& value = *entry.value;
    const properties::Clause& clause = *properties::find_clause(value.clause);
    const std::string_view group = properties::to_string(clause.group);
    const std::string folder = entry.folder.size() > 6 ? entry.folder.substr(6) : std::string();
    if (folder == group) {
      std::string& error = target_errors_[folder];
      auto& target = targets_[folder];
      if (target == nullptr && error.empty()) target = fuzz::FuzzTarget::make(folder, {}, error);
      const bool metered =
          !properties::skip_reason(clause, *properties::find_subject(value.subject)).empty();
      if (target != nullptr && !metered && !target->contains(value)) {
        complain_of(entry, "unreachable",
                    fmt::format("the fuzz target {} never runs {}: a seed is about a subject that "
                                "is under test",
                                folder, printable(value.subject)));
      }
    } else if (fuzz::find_group(folder)) {
      complain_of(entry, "unreachable",
                  fmt::format("the fuzz target {} never runs {}: it belongs to seeds/{}/", folder,
                              value.clause, group));
    } else {
      complain_of(entry, "unreachable",
                  fmt::format("no fuzz target is called '{}': it belongs to seeds/{}/",
                              printable(folder), group));
    }
  }

  // Whether each does what it stands for.
  void run_cases() {
    std::vector<const properties::Case*> cases;
    for (const CorpusEntry* entry : to_run_) cases.push_back(&*entry->value);
    if (cases.empty()) return;
    const properties::PayloadFiles no_files;
    Evaluator evaluator(every_clause(), subjects_of(cases), no_files);
    for (const CorpusEntry* entry : to_run_) {
      if (interrupted() || !failure_.empty()) return;
      judge(*entry, evaluator);
    }
  }

  void judge(const CorpusEntry& entry, Evaluator& evaluator) {
    using Status = CaseRun::Status;
    const bool open = entry.place == Place::kOpen;
    CaseRun run = run_case(*entry.value, evaluator, 1);
    if (open && run.status == Status::kHeld) {
      run = run_case(*entry.value, evaluator, kHoldingRuns - 1);
    }
    const std::string word = shell_word(entry.path);
    switch (run.status) {
      case Status::kHeld:
        if (open) {
          complain_of(entry, "misplaced",
                      fmt::format("it holds: {} corpus promote {}", program_command(), word));
        }
        break;
      case Status::kViolated:
        if (!open) {
          complain_of(
              entry, "misplaced",
              fmt::format("it is violated ({}): mend that, or {} corpus promote --to open {}",
                          run.violation.kind, program_command(), word));
        }
        break;
      case Status::kDiscarded:
        complain_of(entry, "unreachable", run.reason);
        break;
      case Status::kNotApplying:
        complain_of(entry, "unreachable",
                    fmt::format("{} does not run on {}: {}", entry.value->clause,
                                printable(entry.value->subject), run.reason));
        break;
      case Status::kNotMetered:
        ++left_out_["about memory, which this build cannot count"];
        break;
      case Status::kCouldNotRun:
        failure_ = fmt::format("{}: {}", printable(entry.path), run.reason);
        break;
      case Status::kInterrupted:
        break;
    }
  }

  std::vector<CorpusEntry> entries_;
  std::vector<Complaint> complaints_;
  std::map<std::string, std::size_t> left_out_;
  std::map<std::string, std::string> seen_;  // by what it says
  std::map<std::string, std::unique_ptr<fuzz::FuzzTarget>> targets_;
  std::map<std::string, std::string> target_errors_;
  std::vector<const CorpusEntry*> to_run_;
  std::string failure_;
};

}  // namespace

int run_corpus_lint(const CorpusLintOptions& options) {
  std::string error;
  const std::string folder = corpus_folder(options.folder, error);
  std::vector<CorpusEntry> entries;
  if (error.empty()) error = list_corpus(folder, entries).error;
  if (interrupted()) return kExitInterrupted;
  if (!error.empty()) return refuse(kExitUsage, error);
  const std::size_t files = entries.size();
  if (files == 0) {
    return refuse(kExitCouldNotRun,
                  fmt::format("'{}' is empty: there is nothing to look at", printable(folder)));
  }
  Lint lint(std::move(entries));
  error = lint.run();
  if (interrupted()) return kExitInterrupted;
  const Terminal terminal(1);
  const std::vector<Complaint>& complaints = lint.complaints();
  if (options.json != "-") {
    for (const Complaint& each : complaints) {
      print("{}: {}: {}\n", printable(each.path), terminal.styled(Style::kBad, each.kind),
            each.about);
    }
    for (const auto& [reason, count] : lint.left_out()) {
      print("note: {} not run: {}\n", plural(count, "case"), reason);
    }
    print("{}: {} in {}\n",
          complaints.empty() ? terminal.styled(Style::kGood, "clean")
                             : terminal.styled(Style::kBad, "to mend"),
          plural(complaints.size(), "problem"), plural(files, "file"));
  }
  int code = complaints.empty() ? kExitHeld : kExitViolated;
  if (!error.empty()) {
    complain("not all could be run: " + error);
    code = kExitCouldNotRun;
  }
  ordered_json root{{"weir", WEIR_VERSION},
                    {"exit_code", code},
                    {"corpus", folder},
                    {"files", files},
                    {"problems", ordered_json::array()}};
  for (const Complaint& each : complaints) {
    root["problems"].push_back({{"path", each.path}, {"kind", each.kind}, {"about", each.about}});
  }
  return deliver(options.json,
                 root.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n", code);
}

}  // namespace weir::cli
