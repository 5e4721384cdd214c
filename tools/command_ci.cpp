// `weir ci`: replay, property suite and guided search within one budget, and what came of it in the
// forms that CI systems read.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>
#include <utility>

#include "case_run.h"
#include "check_report.h"
#include "check_run.h"
#include "child_process.h"
#include "ci_base.h"
#include "ci_guided.h"
#include "ci_run.h"
#include "commands.h"
#include "corpus_files.h"
#include "evaluator.h"
#include "exit_code.h"
#include "files.h"
#include "foreign.h"
#include "names.h"
#include "open_cases.h"
#include "program.h"
#include "properties/case_text.h"
#include "properties/mutant.h"
#include "properties/roster.h"
#include "report.h"
#include "report_sarif.h"
#include "scratch_folder.h"
#include "terminal.h"
#include "text.h"

namespace weir::cli {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;
using properties::Finding;
using properties::Subject;
using Status = ReplayedFile::Status;
using Clock = std::chrono::steady_clock;

// Of the budget, where there is a guided search as well. Most bugs are found by the suite, in its
// first seconds; what is left for long searches is better guided.
constexpr double kSuiteShare = 0.4;
// Kept back for confirming what was found and for writing.
constexpr double kReserveShare = 0.02;
constexpr double kReserveSeconds = 2;
// Less is no search: the targets start, and that is it.
constexpr double kGuidedSecondsMin = 2;
constexpr unsigned kConfirmationRuns = 10;
// Findings are run again for their traces, hangs among them.
constexpr double kPageSecondsMax = 120;
// With a trace of every step.
constexpr std::size_t kAnswerBytesMax = std::size_t{256} << 20;
// Where what does not lead goes.
constexpr const char* kSameCause = "same-cause";
constexpr std::array kReports = {"results.json", "junit.xml", "findings.sarif", "summary.md",
                                 "report.html"};

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

// As something to run, also where another build has taken its place meanwhile.
std::string this_program() {
  std::error_code ignored;
  const std::string path = fs::read_symlink("/proc/self/exe", ignored).string();
  return ::access(path.c_str(), X_OK) == 0 ? path : fmt::format("/proc/{}/exe", ::getpid());
}

// A folder that one run at a time may have, till it ends in whatever way.
class FolderLock {
 public:
  FolderLock() = default;
  ~FolderLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  // False where another has it. A file system without locks keeps nobody out.
  bool take(const std::string& folder) {
    descriptor_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return descriptor_ < 0 || ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
  }

 private:
  int descriptor_ = -1;
};

// Whether `folder` is one of an earlier run of ci: all of what it found is below it, but `check`
// leaves cases, too.
bool is_of_ci(const std::string& folder) {
  std::string text;
  if (!read_file(folder + "/results.json", kAnswerBytesMax, text).ok()) return false;
  const ordered_json root = ordered_json::parse(text, nullptr, false);
  return root.is_object() && root.value("verb", ordered_json()) == "ci";
}

// Makes the folder of the reports ready: nothing of an earlier run may be taken for this one's.
// What no run wrote is in the way, and not removed.
// `lock` keeps others out of it.
FileOutcome prepare_output(const std::string& folder, FolderLock& lock) {
  std::error_code error;
  const auto failed = [&](const std::string& path) {
    return FileOutcome{
        fmt::format("cannot write the reports to '{}': {}", printable(path), error.message())};
  };
  std::vector<std::string> old;
  if (fs::exists(folder, error)) {
    const bool of_ci = is_of_ci(folder);
    for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
      const fs::path relative = entry->path().lexically_relative(folder);
      const std::string name = relative.generic_string();
      const bool folder_of_ci = entry->is_directory(error) && *relative.begin() == "findings";
      const bool report =
          of_ci && std::find(kReports.begin(), kReports.end(), name) != kReports.end();
      // What a run that was killed left behind is among it.
      const std::string last = entry->path().filename().string();
      const bool temporary = last.rfind(".weir-", 0) == 0;
      const bool finding =
          of_ci && *relative.begin() == "findings" &&
          (relative.extension() == ".case" ||
           (relative.extension() == ".tmp" && last.find(".case.") != std::string::npos));
      if (!folder_of_ci && !report && !finding && !temporary) {
        return {
            fmt::format("'{}' has '{}', which no run of ci wrote: give the reports a folder of "
                        "their own (--out)",
                        printable(folder), printable(name))};
      }
      if (!entry->is_directory(error)) old.push_back(entry->path().string());
    }
    if (error) return failed(folder);
  }
  fs::create_directories(folder + "/findings", error);
  if (error) return failed(folder);
  if (!lock.take(folder)) {
    return {
        fmt::format("another run writes its reports to '{}': give each a folder of its own "
                    "(--out)",
                    printable(folder))};
  }
  // What says whose they are goes last.
  std::stable_partition(old.begin(), old.end(), [](const std::string& path) {
    return fs::path(path).filename() != "results.json";
  });
  for (const std::string& path : old) {
    fs::remove(path, error);
    if (error) return failed(path);
  }
  fs::remove(folder + "/findings/" + kSameCause, error);
  // It says whose the folder is, whatever comes of the run.
  return write_file(folder + "/results.json", "{\"verb\": \"ci\", \"interrupted\": true}\n");
}

// Cases and golden streams as they stand in files.
struct CorpusOnDisk {
  std::string folder;  // empty: there is none
  std::vector<CorpusFile> cases;
  std::vector<CorpusFile> open;
  std::vector<ReplayedFile> unreadable;
  std::vector<properties::GoldenFile> goldens;
};

// Returns what stands in the way of all of it.
std::string read_all(const std::string& folder, CorpusOnDisk& corpus,
                     std::vector<std::string>& notes) {
  corpus.folder = folder;
  std::vector<CorpusEntry> entries;
  const FileOutcome listed = list_corpus(folder, entries);
  if (!listed.ok()) return listed.error;
  std::size_t left_out = 0;
  for (CorpusEntry& entry : entries) {
    if (entry.kind == CorpusEntry::Kind::kOther) continue;
    std::string problem;
    if (!entry.problem.empty()) problem = printable(entry.path) + ": " + entry.problem;
    if (problem.empty() && entry.kind == CorpusEntry::Kind::kGolden) {
      problem = printable(properties::read_golden_files(entry.path, corpus.goldens));
    } else if (problem.empty()) {
      bool lacking = false;
      const std::string unknown = name_problem(*entry.value, lacking);
      if (lacking) {
        ++left_out;
        continue;
      }
      if (!unknown.empty()) problem = printable(entry.path) + unknown;
    }
    if (!problem.empty()) {
      ReplayedFile& file = corpus.unreadable.emplace_back();
      file.path = entry.path;
      file.status = Status::kUnreadable;
      file.message = problem;
    } else if (entry.kind == CorpusEntry::Kind::kCase) {
      const bool open = entry.place == Place::kOpen;
      (open ? corpus.open : corpus.cases)
          .push_back({entry.path, std::move(*entry.value), open, entry.recorded});
    }
  }
  if (left_out > 0) {
    notes.push_back(fmt::format("{} of the corpus left out: this build lacks their transforms",
                                plural(left_out, "case")));
  }
  return {};
}

class CiSession {
 public:
  CiSession(const CiOptions& options, const ForeignOptions& foreign)
      : options_(options), foreign_(foreign), terminal_(1), start_(Clock::now()) {}

  int run();

 private:
  double elapsed() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  double reserve() const { return std::max(kReserveSeconds, kReserveShare * run_.budget); }
  std::optional<int> discover();
  void say_counts();
  void say_notes();  // those that are new
  void note_known_files();
  void replay();
  void replay_file(Evaluator& evaluator, const CorpusFile& file);
  void search_suite();
  void search_guided_all();
  std::vector<std::string> searched() const;
  bool write_seeds(const std::string& folder);
  void sort_out();
  void move_case(Finding& finding, const std::string& folder);
  void confirm(CiFinding& finding);
  ordered_json repro(const std::string& program, const std::string& path, unsigned runs,
                     std::string& problem);
  void compare_with_base();
  std::vector<CiFinding> replay_on_base(CiFinding& finding);
  // What is known so far is there when the run is killed in this phase.
  void begin(const std::string& phase) {
    run_.phase = phase;
    write_reports();
    print("\n{}\n", terminal_.styled(Style::kTitle, phase));
    std::fflush(stdout);
  }
  bool write_reports();
  void write_page();
  void say_result();

  const CiOptions& options_;
  const ForeignOptions& foreign_;
  Terminal terminal_;
  Clock::time_point start_;
  CiRun run_;
  properties::PayloadFiles files_;
  CorpusOnDisk corpus_;
  std::vector<properties::Group> groups_;  // with clauses that are asked for and apply
  std::size_t pairs_ = 0;                  // that apply
  FuzzBuild fuzz_;
  std::string no_guided_;  // why there is none
  WorkTree tree_;
  std::unique_ptr<BaseRevision> base_;
  ScratchFolder scratch_{"weir-ci"};
  FolderLock lock_;
  std::set<std::string> said_;  // errors of writing
  std::size_t notes_said_ = 0;
};

// What there is to test, and with what. Returns an exit code where nothing can be said at all.
std::optional<int> CiSession::discover() {
  std::string error;
  std::vector<std::string> unmatched;
  const std::vector<std::string> names = expand_patterns(options_.subjects, unmatched);
  if (!names.empty() || unmatched.empty()) run_.plan.subjects = select_subjects(names, error);
  if (error.empty()) {
    run_.plan.clauses = select_clauses(options_.clauses, options_.groups, error);
  }
  if (!error.empty()) return refuse(kExitUsage, error);
  // A slip is not worth the build of the fuzz targets: tools/weir has the line looked at before.
  if (std::getenv("WEIR_ONLY_LINE") != nullptr) return kExitHeld;
  run_.budget = parse_budget(options_.budget).value_or(0);
  const FileOutcome ready = prepare_output(options_.output, lock_);
  if (!ready.ok()) return refuse(kExitCouldNotRun, ready.error);
  if (scratch_.path().empty()) {
    return refuse(kExitCouldNotRun, "cannot make a temporary folder: is TMPDIR one that is there?");
  }
  for (const std::string& pattern : unmatched) {
    run_.errors.push_back(no_subject_matches(pattern));
  }
  run_.started = utc_now();
  run_.plan.files = &files_;
  run_.plan.findings_folder = options_.output + "/findings";
  run_.suite.seed = options_.seed;

  tree_ = look_at_work_tree();
  run_.commit = tree_.commit;
  run_.dirty = tree_.dirty;
  std::error_code ignored;
  run_.source_root = tree_.problem.empty() ? tree_.root : fs::current_path(ignored).string();
  if (run_.dirty) {
    run_.notes.push_back(
        "the work tree has uncommitted changes: what was tested is more than its commit");
  }
  if (!options_.base.empty()) {
    base_ = std::make_unique<BaseRevision>(
        tree_, options_.base, BaseCommands{options_.base_build, options_.base_program}, foreign_);
    run_.base = base_->state();
    if (run_.base.wrong) {
      run_.errors.push_back("--base: " + run_.base.reason);
      run_.wrong_input = true;
    }
  }

  const std::string folder = options_.corpus.empty() ? find_corpus() : options_.corpus;
  if (folder.empty()) {
    run_.notes.push_back("no corpus folder was found, so nothing was replayed; --corpus names one");
  } else if (const std::string wrong = read_all(folder, corpus_, run_.notes); !wrong.empty()) {
    if (interrupted()) return kExitInterrupted;
    run_.errors.push_back(wrong);
    run_.wrong_input = true;
  } else if (!options_.corpus.empty() && corpus_.cases.empty() && corpus_.open.empty() &&
             corpus_.goldens.empty() && corpus_.unreadable.empty()) {
    run_.errors.push_back(fmt::format("the corpus '{}' is empty", printable(folder)));
  }

  std::set<properties::Group> groups;
  for (const properties::Clause* clause : run_.plan.clauses) {
    for (const Subject* subject : run_.plan.subjects) {
      if (!properties::skip_reason(*clause, *subject).empty()) continue;
      ++pairs_;
      groups.insert(clause->group);
    }
  }
  groups_.assign(groups.begin(), groups.end());
  if (run_.plan.subjects.empty() && run_.errors.empty()) {
    run_.errors.emplace_back("there are no subjects");
  } else if (!run_.plan.subjects.empty() && pairs_ == 0) {
    run_.errors.emplace_back("nothing to test: no clause that is asked for applies to a subject");
  }

  if (options_.no_fuzz) {
    no_guided_ = "--no-fuzz was given";
  } else if (foreign_.given() && foreign_.plugins.empty()) {
    no_guided_ = "what is brought runs in no fuzz target";
  } else {
    fuzz_ = find_fuzz_build(options_.targets);
    no_guided_ = fuzz_.problem;
    run_.fuzz_program = fuzz_.own ? std::string() : fuzz_.program;
    // Asked for by name, it is no matter of course that there is none.
    if (!options_.targets.empty() && !fuzz_.problem.empty()) {
      run_.errors.push_back(fuzz_.problem);
    }
  }
  if (pairs_ == 0 && no_guided_.empty()) no_guided_ = "there is nothing to test";
  const double each = ((1 - kSuiteShare) * run_.budget - reserve()) /
                      static_cast<double>(std::max<std::size_t>(1, searched().size()));
  if (no_guided_.empty() && each < kGuidedSecondsMin) {
    no_guided_ = fmt::format("a budget of {} is too short for it", human_seconds(run_.budget));
    if (!options_.targets.empty()) run_.errors.push_back("no guided search: " + no_guided_);
  }
  return std::nullopt;
}

void CiSession::say_counts() {
  const std::size_t targets = no_guided_.empty() ? groups_.size() : 0;
  print("{}: {}, {} ({}), {}\n", terminal_.styled(Style::kTitle, program_name() + " ci"),
        plural(run_.plan.subjects.size(), "subject"), plural(run_.plan.clauses.size(), "clause"),
        pairs_ == 1 ? "1 pair applies" : fmt::format("{} pairs apply", pairs_),
        plural(targets, "fuzz target"));
  print("  corpus     {}, {}, {} known to be violated{}\n", plural(corpus_.cases.size(), "case"),
        plural(corpus_.goldens.size(), "golden stream"), corpus_.open.size(),
        corpus_.folder.empty() ? "" : ", in " + printable(corpus_.folder));
  const double suite = no_guided_.empty() ? kSuiteShare : 1;
  print("  budget     {}: {:.0f} % property suite, {}; seed {}\n", human_seconds(run_.budget),
        suite * 100,
        no_guided_.empty() ? "the rest guided search" : "no guided search: " + no_guided_,
        options_.seed);
  if (!run_.base.ref.empty() && !run_.base.commit.empty()) {
    print("  base       {} ({})\n", printable(run_.base.ref), run_.base.commit.substr(0, 12));
  }
  say_notes();
  std::fflush(stdout);
  for (const std::string& error : run_.errors) complain(error);
}

void CiSession::say_notes() {
  for (; notes_said_ < run_.notes.size(); ++notes_said_) {
    print("  note: {}\n", printable(run_.notes[notes_said_]));
  }
}

void CiSession::replay_file(Evaluator& evaluator, const CorpusFile& file) {
  const Clock::time_point begun = Clock::now();
  const CaseRun ran = run_case(file.value, evaluator, 1);
  ReplayedFile& result = run_.corpus.emplace_back();
  result.path = file.path;
  result.message = ran.reason;
  switch (ran.status) {
    case CaseRun::Status::kHeld:
      break;
    case CaseRun::Status::kViolated:
      result.status = Status::kViolated;
      result.signature = {file.value.clause, ran.violation.kind};
      result.message = ran.violation.seen.empty()
                           ? ran.violation.kind
                           : fmt::format("{}: expected {}, seen {}", ran.violation.kind,
                                         ran.violation.expected, ran.violation.seen);
      break;
    case CaseRun::Status::kDiscarded:
      result.status = Status::kDiscarded;
      break;
    case CaseRun::Status::kNotApplying:
    case CaseRun::Status::kNotMetered:
      result.status = Status::kLeftOut;
      break;
    case CaseRun::Status::kCouldNotRun:
    case CaseRun::Status::kInterrupted:
      result.status = Status::kCouldNotRun;
      break;
  }
  result.seconds = std::chrono::duration<double>(Clock::now() - begun).count();
}

void CiSession::replay() {
  begin("replay");
  run_.corpus = corpus_.unreadable;
  for (const ReplayedFile& file : corpus_.unreadable) complain(file.message);
  {
    const auto& subjects = run_.plan.subjects;
    const auto& clauses = run_.plan.clauses;
    Evaluator evaluator(clauses, subjects, files_);
    for (const CorpusFile& file : corpus_.cases) {
      if (interrupted()) break;
      if (is_about(file.value, subjects, clauses)) replay_file(evaluator, file);
    }
  }
  run_.open_files = corpus_.open;
  run_.open = replay_open(corpus_.open, run_.plan.subjects, run_.plan.clauses, files_);
  // They belong to no clause.
  if (options_.clauses.empty() && options_.groups.empty() && !run_.plan.subjects.empty()) {
    run_.goldens = replay_goldens(corpus_.goldens, run_.plan.subjects);
    run_.notes.insert(run_.notes.end(), run_.goldens.notes.begin(), run_.goldens.notes.end());
  }
  const std::size_t ran = run_.corpus.size() - run_.count(Status::kUnreadable);
  print("  {} of {} held, {}\n", run_.count(Status::kHeld), plural(ran, "case"),
        golden_count(run_.goldens));
  for (const ReplayedFile& file : run_.corpus) {
    if (file.status == Status::kViolated) {
      print("  {} {}: {}\n", terminal_.styled(Style::kBad, "violated"), printable(file.path),
            printable(file.message));
    }
  }
  if (!run_.goldens.broken.empty()) print("{}", golden_lines(run_.goldens));
  write_out(open_lines(terminal_, run_.open));
  note_known_files();
  say_notes();
}

// What has to hold and fails as something does that is known.
void CiSession::note_known_files() {
  for (const CorpusFile& file : corpus_.cases) {
    const auto replayed =
        std::find_if(run_.corpus.begin(), run_.corpus.end(),
                     [&](const ReplayedFile& each) { return each.path == file.path; });
    if (replayed == run_.corpus.end() || replayed->status != Status::kViolated) continue;
    const OpenCase* const open = open_case_of(run_, file.value.subject, replayed->signature);
    if (open == nullptr) continue;
    run_.notes.push_back(fmt::format(
        "{} fails as {} does, which is known; it is a failure all the same, being there to hold",
        file.path, open->path));
  }
}

void CiSession::search_suite() {
  begin("property suite");
  for (const CorpusFile& file : corpus_.cases) run_.plan.corpus.push_back({file.path, file.value});
  const double left = std::max(1.0, run_.budget - elapsed() - reserve());
  run_.suite_budget = no_guided_.empty() ? std::min(left, kSuiteShare * run_.budget) : left;
  prepare_search({options_.seed, options_.cases, run_.suite_budget, options_.jobs}, run_.plan);
  RunDisplay display(false, false);
  run_.suite = properties::run(run_.plan, display, interrupted());
  display.clear();
  run_.found_after = display.found_after();
  run_.errors.insert(run_.errors.end(), run_.suite.errors.begin(), run_.suite.errors.end());
  run_.findings = group_findings(run_.suite, {}, {});
  print("  {}\n", scope_text(run_.plan, run_.suite));
  print("{}", engine_lines(terminal_, run_.suite));
}

// What is known to be violated would break a target before it searched.
bool CiSession::write_seeds(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder + "/seeds", error);
  std::size_t number = 0;
  for (const CorpusFile& file : corpus_.cases) {
    const FileOutcome written = write_file(fmt::format("{}/seeds/{:06}.case", folder, number++),
                                           properties::print(file.value));
    if (written.ok()) continue;
    run_.errors.push_back(written.error);
    return false;
  }
  return !error;
}

// The subjects of each guided search: all of them at once (empty) where all are meant, else each
// has its own.
std::vector<std::string> CiSession::searched() const {
  const auto under_test = properties::subjects_under_test();
  if (run_.plan.subjects.size() == under_test.size() &&
      std::is_permutation(under_test.begin(), under_test.end(), run_.plan.subjects.begin())) {
    return {std::string()};
  }
  std::vector<std::string> subjects;
  for (const Subject* subject : run_.plan.subjects) subjects.push_back(subject->name);
  return subjects;
}

void CiSession::search_guided_all() {
  if (!no_guided_.empty()) {
    run_.guided.push_back({{}, no_guided_});
    return;
  }
  const std::vector<std::string> subjects = searched();
  begin("guided search");
  const std::string seeds = scratch_.path() + "/corpus";
  if (!write_seeds(seeds)) {
    run_.guided.push_back({{}, "its seeds could not be written"});
    return;
  }
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    GuidedSettings settings;
    settings.build = fuzz_;
    settings.subject = subjects[i];
    settings.foreign = &foreign_;
    settings.seeds = seeds;
    settings.findings = run_.plan.findings_folder;
    settings.scratch = scratch_.path();
    settings.seed = options_.seed;
    settings.jobs = options_.jobs;
    settings.budget =
        (run_.budget - elapsed() - reserve()) / static_cast<double>(subjects.size() - i);
    for (const properties::Group group : groups_) {
      const auto applies = [&](const Subject* subject) {
        return std::any_of(run_.plan.clauses.begin(), run_.plan.clauses.end(),
                           [&](const properties::Clause* clause) {
                             return clause->group == group &&
                                    properties::skip_reason(*clause, *subject).empty();
                           });
      };
      const auto& all = run_.plan.subjects;
      if (std::any_of(all.begin(), all.end(), [&](const Subject* subject) {
            return (subjects[i].empty() || subject->name == subjects[i]) && applies(subject);
          })) {
        settings.groups.push_back(group);
      }
    }
    if (settings.groups.empty()) continue;
    if (interrupted()) {
      run_.guided.push_back({subjects[i], "interrupted"});
    } else if (settings.budget < kGuidedSecondsMin) {
      run_.guided.push_back({subjects[i], "no time was left"});
      run_.notes.push_back("guided search was left out: no time was left of the budget");
    } else {
      search_guided(settings, run_);
    }
  }
  std::uint64_t executions = 0;
  for (const ordered_json& target : ordered_json::parse(run_.targets_json, nullptr, false)) {
    executions += target.value("executions", std::uint64_t{0});
  }
  print("  {}, {}\n", plural(executions, "execution"),
        plural(run_.guided_findings.size(), "finding"));
  say_notes();
}

// What `repro` of `program` says of a case.
ordered_json CiSession::repro(const std::string& program, const std::string& path, unsigned runs,
                              std::string& problem) {
  const std::string answer = scratch_.path() + "/repro.json";
  ::unlink(answer.c_str());
  // The words of what was brought are words for a shell.
  const std::string command =
      fmt::format("exec {} repro --repeat {} --json {} {}{}", shell_word(program), runs,
                  shell_word(answer), shell_word(path), foreign_words());
  const ChildEnd end = run_child({"/bin/sh", "-c", command});
  std::string text;
  ordered_json result = ordered_json::object();
  if (read_file(answer, kAnswerBytesMax, text).ok()) {
    result = ordered_json::parse(text, nullptr, false);
  }
  if (result.is_object() && result.contains("files") && result["files"].is_array() &&
      !result["files"].empty()) {
    return result["files"].front();
  }
  problem = end.interrupted ? "interrupted" : "it could not be run again: " + end.problem();
  return ordered_json::object();
}

void CiSession::confirm(CiFinding& ci) {
  if (ci.finding.path.empty()) {
    ci.unconfirmed = "its case could not be written";
    return;
  }
  const std::string program =
      ci.by_fuzz_build && !fuzz_.program.empty() ? fuzz_.program : this_program();
  const ordered_json result = repro(program, ci.finding.path, kConfirmationRuns, ci.unconfirmed);
  ci.runs = result.value("runs", 0u);
  ci.failed = result.value("violated_runs", 0u);
  if (ci.runs == 0 && ci.unconfirmed.empty()) {
    ci.unconfirmed = result.value("message", std::string("it was not run again"));
  }
}

// Moves the file of `finding` to `folder`. One that cannot be moved stays where it is.
void CiSession::move_case(Finding& finding, const std::string& folder) {
  if (finding.path.empty()) return;
  const std::string place = folder + "/" + fs::path(finding.path).filename().string();
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) fs::rename(finding.path, place, error);
  if (error) return;
  for (Finding& known : run_.suite.findings) {
    if (known.path == finding.path) known.path = place;
  }
  finding.path = place;
}

// What was found by all engines: one finding a cause, known or not, confirmed.
void CiSession::sort_out() {
  std::vector<properties::Signature> aliases(run_.guided_findings.size());
  for (std::size_t i = 0; i < aliases.size() && !fuzz_.own; ++i) {
    const Finding& finding = run_.guided_findings[i];
    if (finding.path.empty() || interrupted()) continue;
    std::string problem;
    const ordered_json here = repro(this_program(), finding.path, 1, problem);
    aliases[i] = properties::parse_signature(here.value("signature", std::string()));
  }
  run_.findings = group_findings(run_.suite, run_.guided_findings, aliases);
  mark_known(run_, run_.findings);
  // A pair of which another engine found something has not held.
  for (const Finding& finding : run_.guided_findings) {
    for (properties::PairReport& pair : run_.suite.pairs) {
      if (pair.finding || pair.subject->name != finding.subject ||
          pair.clause->id != finding.signature.clause) {
        continue;
      }
      pair.finding = run_.suite.findings.size();
      run_.suite.findings.push_back(finding);
    }
  }
  if (run_.findings.empty()) return;
  begin("confirmation");
  for (CiFinding& ci : run_.findings) {
    // Those that are ready to be committed stand by themselves.
    for (Finding& each : ci.also) {
      move_case(each, run_.plan.findings_folder + "/" + kSameCause);
    }
    if (interrupted()) {
      ci.unconfirmed = "interrupted";
    } else {
      confirm(ci);
    }
    print("  {} {}: {}\n", printable(ci.finding.subject),
          printable(to_string(ci.finding.signature)), printable(confirmation_text(ci)));
    std::fflush(stdout);
  }
}

// Finds the age of a finding. What seems to have the same cause and is of another age has not, and
// is returned.
std::vector<CiFinding> CiSession::replay_on_base(CiFinding& ci) {
  const auto replay = [&](const Finding& finding, Age& age, std::string& reason) {
    if (interrupted()) {
      reason = "interrupted";
    } else if (finding.path.empty()) {
      reason = "its case could not be written";
    } else {
      const bool sanitized =
          ci.by_fuzz_build ||
          (!is_contract_program() && finding.signature.kind.rfind("sanitizer", 0) == 0);
      base_->replay(finding.path, sanitized, age, reason);
    }
  };
  replay(ci.finding, ci.age, ci.age_reason);
  std::vector<Aged> ages(ci.also.size());
  for (std::size_t i = 0; i < ages.size() && ci.age != Age::kUnknown; ++i) {
    replay(ci.also[i], ages[i].age, ages[i].reason);
  }
  std::vector<CiFinding> apart = part_by_age(ci, ages);
  for (CiFinding& other : apart) {
    move_case(other.finding, run_.plan.findings_folder);
    confirm(other);
  }
  return apart;
}

void CiSession::compare_with_base() {
  if (base_ == nullptr || run_.base.wrong) {
    for (CiFinding& ci : run_.findings) {
      ci.age_reason = base_ == nullptr ? "no base revision was given (--base)" : run_.base.reason;
    }
    base_.reset();
    return;
  }
  if (run_.findings.empty()) {
    run_.base.reason = "there was nothing to replay";
    base_.reset();
    return;
  }
  begin("base revision");
  std::vector<CiFinding> all;
  for (CiFinding& ci : run_.findings) {
    std::vector<CiFinding> apart = replay_on_base(ci);
    all.push_back(std::move(ci));
    std::move(apart.begin(), apart.end(), std::back_inserter(all));
  }
  run_.findings = std::move(all);
  mark_known(run_, run_.findings);
  for (const CiFinding& ci : run_.findings) {
    print("  {} {}: {}: {}\n", printable(ci.finding.subject),
          printable(to_string(ci.finding.signature)), to_string(ci.age), printable(ci.age_reason));
  }
  std::fflush(stdout);
  run_.base = base_->state();
  if (run_.base.status == BaseState::Status::kCouldNotBuild) {
    run_.errors.push_back(fmt::format("the base revision {} cannot be compared with: {}",
                                      printable(run_.base.ref), run_.base.reason));
  }
  base_.reset();
}

// Returns whether all of it was written.
bool CiSession::write_reports() {
  run_.interrupted = interrupted();
  run_.seconds = elapsed();
  run_.ended = utc_now();
  run_.exit_code = exit_code_of(run_);
  bool all = true;
  const auto write = [&](const std::string& name, const std::string& text) {
    const FileOutcome written = write_file(options_.output + "/" + name, text);
    if (written.ok()) return;
    all = false;
    if (said_.insert(written.error).second) complain(written.error);
  };
  write("junit.xml", ci_junit(run_));
  write("findings.sarif", report_sarif(run_));
  write("summary.md", ci_markdown(run_));
  // Last, so that it is known whether the others are there.
  if (!all && run_.exit_code == kExitHeld) run_.exit_code = kExitCouldNotRun;
  write("results.json", ci_json(run_));
  if (!all && run_.exit_code == kExitHeld) run_.exit_code = kExitCouldNotRun;
  return all;
}

// What `report` makes of the results, by a process of its own: a signal that came to this one does
// not keep it from running findings again. Where it cannot be had the other reports say so.
void CiSession::write_page() {
  const std::string page = options_.output + "/report.html";
  ChildOptions options;
  options.ends_on_signal = false;
  options.seconds_max = kPageSecondsMax;
  const ChildEnd end =
      run_child({"/bin/sh", "-c",
                 fmt::format("exec {} report {} -o {}{}", shell_word(this_program()),
                             shell_word(options_.output), shell_word(page), foreign_words())},
                options);
  std::error_code ignored;
  if (fs::is_regular_file(page, ignored)) return;
  run_.errors.push_back(fmt::format("cannot make '{}': {}", printable(page), end.problem()));
  complain(run_.errors.back());
  write_reports();
}

void CiSession::say_result() {
  for (const CiFinding& ci : run_.findings) {
    if (ci.is_known()) continue;
    write_out("\n" + finding_block(terminal_, ci.finding));
    if (const std::string command = reproduce_command(run_, ci, ci.finding);
        !command.empty() && command != repro_command(ci.finding)) {
      print("  shows in   {}\n", command);
    }
    print("  repeated   {}\n", confirmation_text(ci));
    if (!run_.base.ref.empty()) {
      print("  age        {}: {}\n", to_string(ci.age), printable(ci.age_reason));
    }
    for (const Finding& each : ci.also) {
      print("  same cause {}\n", printable(also_text(ci, each)));
    }
  }
  for (const CiFinding& ci : run_.findings) {
    if (!ci.is_known()) continue;
    print("\n  known      {} {}: {}\n", printable(ci.finding.subject),
          printable(to_string(ci.finding.signature)), printable(join(ci.known, ", ")));
  }
  if (const char* const actions = std::getenv("GITHUB_ACTIONS");
      actions != nullptr && std::string_view(actions) == "true") {
    write_out("\n" + github_annotations(run_));
  }
  print("\nreports in {}\n", printable(options_.output));
  const Style style = run_.exit_code == kExitHeld       ? Style::kGood
                      : run_.exit_code == kExitViolated ? Style::kBad
                                                        : Style::kWarn;
  const std::string line = headline(run_);
  const std::string word(verdict_word(run_.exit_code));
  print("{}{}\n", terminal_.styled(style, word), line.substr(word.size()));
}

// Adds the summary to the page that GitHub shows of a job.
std::string append_step_summary(const std::string& text) {
  const char* const path = std::getenv("GITHUB_STEP_SUMMARY");
  if (path == nullptr || *path == '\0') return {};
  std::FILE* const file = std::fopen(path, "ae");
  if (file == nullptr) {
    return fmt::format("cannot write GITHUB_STEP_SUMMARY '{}': {}", printable(path),
                       std::strerror(errno));
  }
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (std::fclose(file) == 0 && written) return {};
  return fmt::format("cannot write GITHUB_STEP_SUMMARY '{}': {}", printable(path),
                     std::strerror(errno));
}

int CiSession::run() {
  if (const std::optional<int> code = discover()) return *code;
  say_counts();
  const std::size_t errors_said = run_.errors.size();
  if (pairs_ > 0 || !corpus_.unreadable.empty()) replay();
  if (pairs_ > 0 && !interrupted()) search_suite();
  search_guided_all();
  sort_out();
  compare_with_base();
  for (std::size_t i = errors_said; i < run_.errors.size(); ++i) complain(run_.errors[i]);
  run_.phase.clear();
  if (write_reports()) write_page();
  if (const std::string wrong = append_step_summary(ci_markdown(run_)); !wrong.empty()) {
    complain(wrong);
  }
  say_result();
  return run_.exit_code;
}

}  // namespace

int run_ci(const CiOptions& options, const ForeignOptions& foreign) {
  return CiSession(options, foreign).run();
}

}  // namespace weir::cli
