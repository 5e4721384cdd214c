// `weir check`: every clause on every subject, by replay, exhaustion and chance.
#include <sched.h>

#include <algorithm>
#include <cstdlib>

#include "case_input.h"
#include "commands.h"
#include "exit_code.h"
#include "files.h"
#include "foreign.h"
#include "golden_replays.h"
#include "names.h"
#include "open_cases.h"
#include "processors.h"
#include "program.h"
#include "properties/chain_subject.h"
#include "properties/pair_subject.h"
#include "properties/random_engine.h"
#include "properties/runner.h"
#include "prove.h"
#include "report.h"
#include "terminal.h"
#include "text.h"

namespace weir::cli {

namespace {

using properties::EngineId;
using properties::Finding;
using properties::Plan;
using properties::Report;

// Two cores share it; the whole command has to end within 90 seconds with what goes on around it.
constexpr double kBudgetSeconds = 60;
// Of random cases of a pair, where each of them takes a few processes.
constexpr std::uint64_t kCommandCasesMin = 50;
// Without a terminal a sign of life now and then, or CI systems think that nothing happens.
constexpr double kHeartbeatSeconds = 10;

int refuse(ExitCode code, std::string_view message) {
  complain(message);
  return code;
}

class Display final : public properties::Observer {
 public:
  Display(bool quiet, bool fail_fast) : quiet_(quiet), fail_fast_(fail_fast) {}

  void on_progress(const properties::Progress& at) override {
    if (quiet_) return;
    if (!progress_.terminal().interactive()) {
      if (at.seconds - last_sign_ < kHeartbeatSeconds) return;
      last_sign_ = at.seconds;
      std::fprintf(stderr, "weir: %s\n", numbers(at).c_str());
      return;
    }
    if (!progress_.due()) return;
    const Terminal& terminal = progress_.terminal();
    const double whole = at.seconds + at.seconds_left;
    const auto scale = [](double seconds) { return static_cast<std::uint64_t>(seconds * 1000); };
    std::string first = "checking  ";
    if (at.seconds_left > 0 || at.pairs_total == 0) {
      first += bar(terminal, scale(at.seconds), scale(whole), 20);
    } else {
      first += bar(terminal, at.pairs_done, at.pairs_total, 20);
    }
    first += "  " + numbers(at);
    std::string second = "          ";
    if (at.clause != nullptr && at.subject != nullptr) {
      second += terminal.styled(
          Style::kDim,
          fmt::format("{} {}  {}  {}",
                      at.shrinking ? "shrinking" : std::string(properties::to_string(at.engine)),
                      at.shrinking ? "what broke" : "", at.clause->id, at.subject->name));
    }
    progress_.draw({first, second});
  }

  void on_finding(const Finding& finding) override {
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    found_after_.push_back({finding.path, seconds});
    if (fail_fast_ && !interrupted()) {
      ended_itself_ = true;
      request_stop();
    }
    if (quiet_) return;
    progress_.clear();
    const Terminal terminal(2);
    std::fprintf(stderr, "%s %s %s: %s, after %.2f s\n",
                 terminal.styled(Style::kBad, "violated").c_str(), finding.subject.c_str(),
                 finding.signature.clause.c_str(), finding.signature.kind.c_str(), seconds);
  }

  /// Whether the run ended because of --fail-fast.
  bool ended_itself() const { return ended_itself_; }
  const FindingTimes& found_after() const { return found_after_; }

  void clear() { progress_.clear(); }

 private:
  static std::string numbers(const properties::Progress& at) {
    std::string text = fmt::format("{} of {} pairs, {} cases", at.pairs_done, at.pairs_total,
                                   human_count(at.cases));
    if (at.findings > 0) {
      text += fmt::format(", {}", plural(at.findings, "finding"));
    }
    if (at.seconds_left > 0) text += fmt::format(", {:.0f} s left", at.seconds_left);
    return text;
  }

  bool quiet_;
  bool fail_fast_;
  bool ended_itself_ = false;
  FindingTimes found_after_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  Progress progress_;
  double last_sign_ = 0;
};

// Each of `subjects` beside `other`, as one subject.
std::vector<const properties::Subject*> pairs_with(
    const std::string& other, const std::vector<const properties::Subject*>& subjects,
    std::string& error) {
  select_subjects({other}, error);
  if (!error.empty()) return {};
  std::vector<std::string> names;
  for (const properties::Subject* subject : subjects) {
    // A subject brought beside those that ship stands for itself.
    if (subject->name != other) names.push_back(properties::pair_name(subject->name, other));
  }
  if (names.empty()) {
    error = fmt::format("--interop {} wants another subject to go with it", printable(other));
    return {};
  }
  return select_subjects(names, error);
}

// Fills `plan` from the command line. Returns an exit code when that cannot be done.
std::optional<int> make_plan(const CheckOptions& options, properties::PayloadFiles& files,
                             Plan& plan, std::vector<properties::GoldenFile>& goldens,
                             std::vector<CorpusFile>& open, std::vector<std::string>& notes) {
  std::string error;
  std::vector<std::string> names = options.subjects;
  for (std::string& chain : properties::draw_chains(options.chains, options.seed)) {
    names.push_back(std::move(chain));
  }
  plan.subjects = select_subjects(names, error);
  if (error.empty() && !options.interop.empty()) {
    plan.subjects = pairs_with(options.interop, plan.subjects, error);
  }
  if (error.empty()) plan.clauses = select_clauses(options.clauses, options.groups, error);
  if (!error.empty()) return refuse(kExitUsage, error);
  if (!options.engines.empty()) {
    plan.engines.clear();
    std::vector<std::string> known;
    for (const properties::Engine& engine : properties::engines()) known.emplace_back(engine.name);
    for (const std::string& name : options.engines) {
      const properties::Engine* engine = properties::find_engine(name);
      if (engine == nullptr) {
        return refuse(kExitUsage, unknown_name("engine", name, known, "weir list"));
      }
      if (engine->id == EngineId::kGuided) {
        return refuse(kExitUsage,
                      "the guided engine has a verb of its own: " + program_name() + " fuzz");
      }
      if (std::find(plan.engines.begin(), plan.engines.end(), engine->id) == plan.engines.end()) {
        plan.engines.push_back(engine->id);
      }
    }
    std::sort(plan.engines.begin(), plan.engines.end());
  }
  const auto planned = [&](EngineId id) {
    return std::find(plan.engines.begin(), plan.engines.end(), id) != plan.engines.end();
  };
  error = add_payloads(options.payloads, files);
  if (!error.empty()) return refuse(kExitUsage, error);
  plan.files = &files;
  if (!options.json.empty() && !options.junit.empty() && same_place(options.json, options.junit)) {
    return refuse(kExitUsage, fmt::format("--json and --junit name the same place, '{}': each "
                                          "needs one of its own",
                                          printable(options.json)));
  }
  for (const std::string& path : {options.json, options.junit}) {
    if (path.empty() || path == "-") continue;
    const FileOutcome writable = check_writable(path);
    if (!writable.ok()) return refuse(kExitCouldNotRun, writable.error);
  }
  if (planned(EngineId::kReplay)) {
    const std::string folder = options.corpus.empty() ? find_corpus() : options.corpus;
    if (folder.empty()) {
      notes.push_back(
          "no corpus folder was found, so nothing was replayed; --corpus DIR names one");
    } else {
      std::vector<CorpusFile> corpus;
      const FileOutcome read = read_corpus(folder, corpus, notes);
      if (interrupted()) return kExitInterrupted;
      if (!read.ok()) return refuse(kExitUsage, read.error);
      for (CorpusFile& file : corpus) {
        if (file.open) {
          open.push_back(std::move(file));
        } else {
          plan.corpus.push_back({std::move(file.path), std::move(file.value)});
        }
      }
      // They belong to no clause, and to one implementation.
      if (options.clauses.empty() && options.groups.empty() && options.interop.empty()) {
        const std::string wrong = properties::read_golden_files(folder, goldens);
        if (!wrong.empty()) return refuse(kExitUsage, printable(wrong));
      }
    }
  }
  plan.seed = options.seed;
  plan.cases = options.cases;
  plan.budget_seconds = options.cases ? 0 : kBudgetSeconds;
  if (!options.budget.empty()) plan.budget_seconds = parse_budget(options.budget).value_or(0);
  const bool commands =
      std::any_of(plan.subjects.begin(), plan.subjects.end(),
                  [](const properties::Subject* s) { return static_cast<bool>(s->run_command); });
  if (commands) plan.random_cases_min = kCommandCasesMin;
  plan.limits = case_limits();
  plan.jobs = static_cast<int>(options.jobs == 0 ? processors() : options.jobs);
  plan.findings_folder = options.findings;
  plan.random = properties::make_random_case;
  plan.collects = options.stats;
  if (options.dry_run && (options.stats || !options.json.empty() || !options.junit.empty())) {
    return refuse(kExitUsage,
                  "--dry-run runs nothing: there is nothing for --stats, --json or "
                  "--junit to say");
  }
  return std::nullopt;
}

int exit_code_of(const Report& report, const GoldenReplays& goldens,
                 const std::vector<OpenCase>& open) {
  if (report.interrupted) return kExitInterrupted;
  if (!report.findings.empty() || !goldens.broken.empty() || count_otherwise(open) > 0) {
    return kExitViolated;
  }
  if (report.nothing_ran() || report.vacuous() || !report.errors.empty()) return kExitCouldNotRun;
  const bool incomplete = std::any_of(report.pairs.begin(), report.pairs.end(), [](const auto& p) {
    return state_of(p) == PairState::kNotRun;
  });
  return incomplete ? kExitCouldNotRun : kExitHeld;
}

// The last line: what it came to.
std::string conclusion(const Terminal& terminal, const Plan& plan, const Report& report,
                       const GoldenReplays& goldens, const std::vector<OpenCase>& open, int code) {
  const auto count = [&](PairState state) {
    return std::count_if(report.pairs.begin(), report.pairs.end(),
                         [&](const auto& pair) { return state_of(pair) == state; });
  };
  std::uint64_t discarded = 0;
  for (const auto& pair : report.pairs) discarded += pair.discarded;
  // Those that have something to say of one of the subjects.
  const auto applies = [&](std::size_t clause) {
    const auto first =
        report.pairs.begin() + static_cast<std::ptrdiff_t>(clause * plan.subjects.size());
    return std::any_of(first, first + static_cast<std::ptrdiff_t>(plan.subjects.size()),
                       [](const auto& pair) { return !pair.skipped(); });
  };
  std::size_t clauses = 0;
  for (std::size_t i = 0; i < plan.clauses.size(); ++i) clauses += applies(i) ? 1 : 0;
  const std::size_t others = plan.clauses.size() - clauses;
  const std::string scope = fmt::format(
      "{} on {}{}, {} in {}{}", plural(clauses, "clause"), plural(plan.subjects.size(), "subject"),
      others == 0   ? std::string()
      : others == 1 ? std::string(" (1 does not apply)")
                    : fmt::format(" ({} do not apply)", others),
      plural(report.cases - discarded, "case"), human_seconds(report.seconds),
      discarded == 0 ? "" : fmt::format(", {} more discarded", with_commas(discarded)));
  const auto not_run = static_cast<std::size_t>(count(PairState::kNotRun));
  const std::size_t applying =
      report.pairs.size() - static_cast<std::size_t>(count(PairState::kSkipped));
  const std::string gap =
      not_run == 0 ? std::string() : fmt::format("{} of {} pairs not run; ", not_run, applying);
  switch (code) {
    case kExitHeld:
      return terminal.styled(Style::kGood, "held") + ": " + scope;
    case kExitViolated:
      return terminal.styled(Style::kBad, "violated") +
             fmt::format(": {}; {}{}{}{}", plural(report.findings.size(), "finding"),
                         goldens.broken.empty()
                             ? ""
                             : plural(goldens.broken.size(), "golden stream") + " broken; ",
                         count_otherwise(open) == 0 ? ""
                                                    : plural(count_otherwise(open), "open case") +
                                                          " violated in another way; ",
                         gap, scope);
    case kExitInterrupted:
      return terminal.styled(Style::kWarn, "interrupted") +
             fmt::format(": {} kept; {}{}", plural(report.findings.size(), "finding"), gap, scope);
    default:
      break;
  }
  if (not_run > 0) {
    return terminal.styled(Style::kWarn, "incomplete") +
           fmt::format(": {}the reasons stand above; {}", gap, scope);
  }
  if (report.nothing_ran()) {
    return terminal.styled(Style::kWarn, "nothing ran") +
           ": no clause applies, or no engine had a case; the reasons stand above";
  }
  if (report.vacuous()) {
    return terminal.styled(Style::kWarn, "vacuous") +
           fmt::format(": {} proved nothing; {}",
                       plural(static_cast<std::size_t>(count(PairState::kVacuous)), "pair"), scope);
  }
  return terminal.styled(Style::kWarn, "could not run all") + ": " + scope;
}

}  // namespace

int run_check(const CheckOptions& options) {
  if (options.prove) return run_prove(options);
  properties::PayloadFiles files;
  Plan plan;
  std::vector<properties::GoldenFile> golden_files;
  std::vector<CorpusFile> open_files;
  std::vector<std::string> notes;
  if (const std::optional<int> code =
          make_plan(options, files, plan, golden_files, open_files, notes)) {
    return *code;
  }

  const Terminal terminal(1);
  // A report on standard output has it for itself.
  const bool text = options.json != "-" && options.junit != "-";
  const bool exhaustive = std::find(plan.engines.begin(), plan.engines.end(),
                                    EngineId::kExhaustive) != plan.engines.end();
  if (options.dry_run) write_out(plan_lines(plan, terminal.width()));
  // Who names the engine wants to know how long it takes; otherwise the budget says so.
  if (text && exhaustive && (options.dry_run || !options.engines.empty())) {
    write_out(estimate_line(plan, properties::estimate_exhaustive(plan, interrupted())));
    std::fflush(stdout);
  }
  if (options.dry_run) return interrupted() ? kExitInterrupted : kExitHeld;
  const GoldenReplays goldens = replay_goldens(golden_files, plan.subjects);
  notes.insert(notes.end(), goldens.notes.begin(), goldens.notes.end());
  const std::vector<OpenCase> open =
      replay_open(open_files, plan.subjects, plan.clauses, *plan.files);
  Display display(!text, options.fail_fast);
  Report report = properties::run(plan, display, interrupted());
  display.clear();
  if (display.ended_itself()) report.interrupted = false;
  for (const Finding& finding : report.findings) {
    const std::string known = known_line(open_files, finding.subject, finding.signature);
    if (!known.empty()) notes.push_back(known);
  }
  int code = exit_code_of(report, goldens, open);

  if (text) {
    // Who sets the width has a use for the table, wherever it goes.
    if (terminal.interactive() || std::getenv("COLUMNS") != nullptr) {
      write_out(report_table(terminal, plan, report));
    } else {
      write_out(report_lines(plan, report));
    }
    for (const Finding& finding : report.findings) {
      write_out("\n" + finding_block(terminal, finding));
    }
    if (!goldens.broken.empty()) print("\n{}", golden_lines(goldens));
    print("\n{}{}{}{}", golden_count_line(terminal, goldens), engine_lines(terminal, report),
          open_lines(terminal, open), payload_line(terminal, plan, report));
    for (const std::string& note : notes) print("  note: {}\n", note);
    if (plan.collects) print("\n{}", stats_block(plan, report));
    const std::string hints = hint_lines(terminal, report);
    if (!hints.empty()) print("\n{}", hints);
    const std::string causes = cause_lines(terminal, report);
    if (!causes.empty()) print("\n{}", causes);
    print("\n{}\n", conclusion(terminal, plan, report, goldens, open, code));
  }
  for (const std::string& error : report.errors) complain(error);

  const auto deliver = [&](const std::string& path, const std::string& content) {
    if (path.empty()) return;
    if (path == "-") {
      write_out(content);
      return;
    }
    const FileOutcome written = write_file(path, content);
    if (written.ok()) return;
    complain(written.error);
    if (code == kExitHeld) code = kExitCouldNotRun;
  };
  deliver(options.junit, report_junit(plan, report, goldens, open));
  deliver(options.json, report_json(plan, report, goldens, open, display.found_after(), code));
  return code;
}

}  // namespace weir::cli
