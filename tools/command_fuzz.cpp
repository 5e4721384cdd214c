// `weir fuzz`: the coverage-guided targets, side by side, with what they find shrunk and filed.
#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <deque>
#include <filesystem>
#include <memory>
#include <random>
#include <system_error>

#include "case_input.h"
#include "commands.h"
#include "evaluator.h"
#include "exit_code.h"
#include "files.h"
#include "foreign.h"
#include "fuzz/fuzz_target.h"
#include "fuzz_process.h"
#include "names.h"
#include "processors.h"
#include "program.h"
#include "properties/case_generate.h"
#include "properties/roster.h"
#include "report.h"
#include "terminal.h"
#include "text.h"

namespace weir::cli {

namespace {

namespace fs = std::filesystem;
using properties::Case;
using properties::Finding;
using properties::Signature;
using Clock = std::chrono::steady_clock;

// A bug in the way is met again at once; after so many times its target has nothing else to say.
constexpr unsigned kRepeatsMax = 3;
// An input for libFuzzer's own clock; the worker's limit is lower, so that most hangs are seen
// there first.
constexpr unsigned kTimeoutSeconds = 10;
constexpr double kHeartbeatSeconds = 10;

int refuse(ExitCode code, std::string_view message) {
  complain(message);
  return code;
}

// A target and what it has come to.
struct Target {
  std::string name;
  std::string program;
  std::string group;  // what the program is told besides; empty: it knows its group
  std::unique_ptr<fuzz::FuzzTarget> decoder;
  std::string scratch;    // what the engine finds; kept from run to run
  std::string seeds;      // bytes of the checked-in cases; made anew
  std::string artifacts;  // where inputs that broke it land
  std::string dictionary;
  double seconds_left = 0;
  double seconds = 0;
  std::uint64_t executions = 0;  // of processes that have ended
  FuzzNumbers numbers;           // of the process that runs or ran last
  std::size_t findings = 0;
  unsigned repeats = 0;
  bool started = false;
  std::string stopped;  // why it ended early
  std::string failure;  // why it could not run

  std::uint64_t all_executions() const { return executions + numbers.executions; }
};

struct Running {
  Target* target;
  std::unique_ptr<FuzzProcess> process;
};

class Session {
 public:
  Session(const FuzzOptions& options, const ForeignOptions& foreign, std::vector<Target>& targets,
          double budget, std::uint64_t seed, unsigned jobs)
      : options_(options),
        foreign_(plugin_arguments(foreign)),
        targets_(targets),
        budget_(budget),
        seed_(seed),
        jobs_(jobs),
        evaluator_(all_clauses(), subjects(options), files_),
        start_(Clock::now()) {}

  // Runs until the budget is spent, everything is stopped, or a signal comes.
  void run() {
    for (Target& target : targets_) waiting_.push_back(&target);
    while ((!waiting_.empty() || !running_.empty()) && !interrupted()) {
      while (!waiting_.empty() && running_.size() < jobs_) start_next();
      wait();
      collect();
      // A finding is shrunk with the other targets still running.
      while (!broken_.empty() && !interrupted()) {
        Running next = std::move(broken_.front());
        broken_.pop_front();
        keep_finding(next);
        go_on(*next.target);
      }
    }
    for (Running& each : running_) {
      each.process->end();
      each.process->pump();
      note_end(each);
      if (!each.process->artifact().empty()) broken_.push_back(std::move(each));
    }
    running_.clear();
    // What was found before the end is a finding, though there is no time left to shrink it.
    for (const Running& each : broken_) keep_finding(each);
    broken_.clear();
    progress_.clear();
  }

  const std::vector<Finding>& findings() const { return findings_; }
  const std::vector<std::string>& errors() const { return errors_; }
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  static std::vector<const properties::Clause*> all_clauses() {
    return {properties::clauses().begin(), properties::clauses().end()};
  }
  static std::vector<const properties::Subject*> subjects(const FuzzOptions& options) {
    if (!options.subject.empty()) return {properties::find_subject(options.subject)};
    const auto all = properties::subjects_under_test();
    return {all.begin(), all.end()};
  }

  void start_next() {
    Target& target = *waiting_.front();
    waiting_.pop_front();
    // What the others still need is left to them, or the start-up times add up beyond the budget.
    const auto rounds = static_cast<double>((waiting_.size() + jobs_) / jobs_);
    const double share = std::min(target.seconds_left, (budget_ - seconds()) / rounds);
    // libFuzzer counts whole seconds, and takes none for no limit.
    const auto whole = static_cast<unsigned>(std::max(1.0, share));
    std::vector<std::string> arguments = {
        target.program,
        target.scratch,
        target.seeds,
        "-artifact_prefix=" + target.artifacts + "/",
        fmt::format("-max_total_time={}", whole),
        fmt::format("-timeout={}", kTimeoutSeconds),
        seed_option(seed_),
    };
    if (!target.group.empty()) arguments.push_back("--group=" + target.group);
    arguments.insert(arguments.end(), kSearchOptions.begin(), kSearchOptions.end());
    if (!target.dictionary.empty()) arguments.push_back("-dict=" + target.dictionary);
    arguments.insert(arguments.end(), foreign_.begin(), foreign_.end());
    target.started = true;
    target.numbers = {};
    running_.push_back({&target, std::make_unique<FuzzProcess>(arguments, options_.subject)});
  }

  // Lets time pass until a target says something, at most a twentieth of a second.
  void wait() {
    std::vector<pollfd> wanted;
    for (const Running& each : running_) {
      if (each.process->descriptor() >= 0)
        wanted.push_back({each.process->descriptor(), POLLIN, 0});
    }
    ::poll(wanted.data(), wanted.size(), 50);
    // A target that has said its last is readable until it is gone.
    if (std::any_of(wanted.begin(), wanted.end(),
                    [](const pollfd& each) { return (each.revents & POLLHUP) != 0; })) {
      ::usleep(10000);
    }
    pump();
  }

  void pump() {
    for (Running& each : running_) {
      each.process->pump();
      each.target->numbers = each.process->numbers();
    }
    draw();
  }

  // Takes the targets that have ended out of the running ones.
  void collect() {
    for (std::size_t i = 0; i < running_.size();) {
      Running& each = running_[i];
      // The engine ends itself; one that does not is stuck.
      bool stuck = false;
      if (each.process->seconds() > each.target->seconds_left + 2.0 * kTimeoutSeconds + 10 &&
          !each.process->ended()) {
        each.process->end();
        each.process->pump();
        stuck = true;
      }
      const std::optional<int> code = each.process->ended();
      if (!code) {
        ++i;
        continue;
      }
      Running done = std::move(each);
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
      note_end(done);
      if (!done.process->artifact().empty()) {
        broken_.push_back(std::move(done));
      } else if (stuck) {
        done.target->failure = "it did not end in time";
      } else if (done.process->killed_by() != 0) {
        done.target->failure =
            fmt::format("it was killed from outside (signal {}){}", done.process->killed_by(),
                        done.process->killed_by() == SIGKILL ? "; was memory short?" : "");
      } else if (*code != 0) {
        done.target->failure = failure_of(*code, done.process->tail());
      }
    }
  }

  static void note_end(Running& each) {
    each.target->numbers = each.process->numbers();
    each.target->executions += each.process->numbers().executions;
    each.target->numbers.executions = 0;
    each.target->seconds += each.process->seconds();
    each.target->seconds_left -= each.process->seconds();
  }

  static std::string failure_of(int code, const std::string& tail) {
    std::string last;
    for (std::size_t at = 0; at < tail.size();) {
      const std::size_t end = std::min(tail.find('\n', at), tail.size());
      if (end > at && tail[at] != '#') last = tail.substr(at, end - at);
      at = end + 1;
    }
    return fmt::format("ended with code {}{}{}", code, last.empty() ? "" : ": ", printable(last));
  }

  // Puts a target back in the queue for the time that it has left.
  void go_on(Target& target) {
    if (target.repeats >= kRepeatsMax) {
      target.stopped = "the same finding again and again";
    } else if (target.seconds_left >= 1 && seconds() < budget_) {
      waiting_.push_back(&target);
    }
  }

  // The file is named after its content: who finds the same bytes again must not remove what is
  // kept because it could not be filed.
  void forget_input(const Running& broken) {
    const std::string path = broken.process->artifact();
    if (std::find(kept_inputs_.begin(), kept_inputs_.end(), path) != kept_inputs_.end()) return;
    std::error_code ignored;
    fs::remove(path, ignored);
  }

  // What broke the target becomes a case: evaluated, shrunk, filed.
  void keep_finding(const Running& broken) {
    Target& target = *broken.target;
    std::string content;
    const FileOutcome read =
        read_file(broken.process->artifact(), properties::kCaseBytesMax, content);
    if (!read.ok()) {
      target.failure = "what broke it is lost: " + read.error;
      return;
    }
    Finding finding;
    target.decoder->decode(std::as_bytes(std::span(content.data(), content.size())), finding.value);
    finding.subject = finding.value.subject;
    finding.signature.clause = finding.value.clause;
    finding.origin = "fuzz target " + target.name;
    const properties::Tick tick = [this] { pump(); };
    const properties::Answer answer = evaluator_.evaluate(finding.value, tick);
    if (answer.cancelled || !answer.could_not_run.empty()) {
      // Interrupted, or no process to be had: what was found is kept as it is, in the words of the
      // target.
      finding.signature.kind = kind_said(broken.process->tail());
      finding.seen = "not run again: " +
                     (answer.cancelled ? std::string("interrupted") : answer.could_not_run);
      finding.unverified = true;
    } else if (answer.violation) {
      finding.signature.kind = answer.violation->kind;
      describe_violation(*answer.violation, finding);
    } else {
      finding.signature.kind = kind_said(broken.process->tail());
      finding.seen = "held when it was run again outside of the fuzz target";
    }
    for (const Finding& known : findings_) {
      if (known.subject == finding.subject && known.signature == finding.signature) {
        ++target.repeats;
        forget_input(broken);
        return;
      }
    }
    std::optional<Case> filed = properties::filed_case(options_.findings, finding);
    std::optional<properties::Violation> filed_violation;
    if (filed && answer.violation) {
      const properties::Answer again = evaluator_.evaluate(*filed, tick);
      if (again.violation && again.violation->kind == finding.signature.kind) {
        filed_violation = again.violation;
      } else if (!again.cancelled && again.could_not_run.empty()) {
        // Of another time: it makes room.
        filed.reset();
      }
    }
    if (answer.violation) {
      shrinking_ = to_string(finding.signature);
      // Errors of improvements are left to the last writing, which says them once.
      const auto keep = [&](const Finding&) {
        [[maybe_unused]] const Result<void> kept =
            properties::file_finding(options_.findings, finding, filed);
      };
      evaluator_.shrink(finding, keep, tick);
      shrinking_.clear();
    }
    // The report shows what the file holds.
    if (filed && simpler_than(*filed, finding.value)) {
      finding.value = *filed;
      if (filed_violation) describe_violation(*filed_violation, finding);
    }
    if (const Result<void> kept = properties::file_finding(options_.findings, finding, filed);
        !kept) {
      errors_.push_back(fmt::format("cannot write the finding: {}", describe(kept.error())));
    }
    if (finding.path.empty()) {
      errors_.push_back("its input is kept at " + broken.process->artifact());
      kept_inputs_.push_back(broken.process->artifact());
    } else {
      forget_input(broken);
    }
    ++target.findings;
    progress_.clear();
    const Terminal terminal(2);
    std::fprintf(stderr, "%s %s %s: %s\n", terminal.styled(Style::kBad, "violated").c_str(),
                 finding.subject.c_str(), finding.signature.clause.c_str(),
                 finding.signature.kind.c_str());
    findings_.push_back(std::move(finding));
  }

  // The kind of violation as the target itself said it.
  static std::string kind_said(const std::string& tail) {
    constexpr std::string_view kMark = "weir: violated ";
    const std::size_t at = tail.rfind(kMark);
    if (at != std::string::npos) {
      const std::size_t begin = at + kMark.size();
      const std::string line = tail.substr(begin, tail.find('\n', begin) - begin);
      const std::size_t space = line.find(' ');
      if (space != std::string::npos) return printable(line.substr(space + 1));
    }
    const std::string kind = properties::sanitizer_kind(tail);
    if (!kind.empty()) return kind;
    if (tail.find("libFuzzer: timeout") != std::string::npos) return "hang";
    if (tail.find("libFuzzer: out-of-memory") != std::string::npos) return "out-of-memory";
    return "crash";
  }

  void draw() {
    const double now = seconds();
    const double left = std::max(0.0, budget_ - now);
    std::uint64_t executions = 0;
    for (const Target& target : targets_) executions += target.all_executions();
    std::string head = fmt::format("{} executions, {}", human_count(executions),
                                   plural(findings_.size(), "finding"));
    if (!progress_.terminal().interactive()) {
      if (now - last_sign_ < kHeartbeatSeconds) return;
      last_sign_ = now;
      std::string names;
      for (const Running& each : running_) names += " " + each.target->name;
      std::fprintf(stderr, "weir: fuzzing%s: %s, %.0f s left\n", names.c_str(), head.c_str(), left);
      return;
    }
    if (!progress_.due()) return;
    const Terminal& terminal = progress_.terminal();
    std::vector<std::string> lines;
    lines.push_back(fmt::format("fuzzing  {}  {:.0f} s left, {}",
                                bar(terminal, static_cast<std::uint64_t>(now * 1000),
                                    static_cast<std::uint64_t>(budget_ * 1000), 20),
                                left, head));
    for (const Running& each : running_) {
      const FuzzNumbers& numbers = each.target->numbers;
      lines.push_back(terminal.styled(
          Style::kDim, fmt::format("  {} {:>5}/s  coverage {}  corpus {}",
                                   pad(each.target->name, 18), human_count(numbers.per_second),
                                   with_commas(numbers.coverage), with_commas(numbers.corpus))));
    }
    if (!shrinking_.empty()) {
      lines.push_back(terminal.styled(Style::kWarn, "  shrinking " + shrinking_));
    }
    progress_.draw(lines);
  }

  const FuzzOptions& options_;
  std::vector<std::string> foreign_;
  std::vector<Target>& targets_;
  double budget_;
  std::uint64_t seed_;
  unsigned jobs_;
  properties::PayloadFiles files_;
  Evaluator evaluator_;
  Clock::time_point start_;
  std::deque<Target*> waiting_;
  std::vector<Running> running_;
  std::deque<Running> broken_;
  std::vector<std::string> kept_inputs_;
  std::vector<Finding> findings_;
  std::vector<std::string> errors_;
  std::string shrinking_;
  Progress progress_;
  double last_sign_ = 0;
};

// Writes the corpus's cases of `target` as bytes into its seed folder, for each of `subjects` or,
// if there are none, for their own. Returns an error message.
std::string export_seeds(const std::vector<CorpusFile>& corpus,
                         const std::vector<std::string>& subjects, const Target& target) {
  std::error_code error;
  fs::remove_all(target.seeds, error);
  for (const std::string& folder : {target.scratch, target.seeds, target.artifacts}) {
    fs::create_directories(folder, error);
    if (error) {
      return fmt::format("cannot make the folder '{}': {}", printable(folder), error.message());
    }
  }
  std::vector<std::byte> bytes;
  std::size_t number = 0;
  const auto export_seed = [&](Case value) -> std::string {
    const properties::Clause* clause = properties::find_clause(value.clause);
    if (clause == nullptr || !target.decoder->contains(value)) return {};
    for (const properties::Field& field : properties::schema()) {
      if ((clause->uses & properties::field_bit(field.id)) == 0) value.ops(field.id).clear();
    }
    target.decoder->encode_seed(value, bytes);
    return write_file(fmt::format("{}/{:04}", target.seeds, number++),
                      {reinterpret_cast<const char*>(bytes.data()), bytes.size()})
        .error;
  };
  for (const CorpusFile& file : corpus) {
    std::string problem;
    if (subjects.empty()) problem = export_seed(file.value);
    for (const std::string& subject : subjects) {
      Case value = file.value;
      value.subject = subject;
      if (problem.empty()) problem = export_seed(std::move(value));
    }
    if (!problem.empty()) return problem;
  }
  return {};
}

void print_summary(const Terminal& terminal, const std::vector<Target>& targets) {
  print("\n{}\n",
        terminal.styled(Style::kDim, fmt::format("{:<18} {:>11} {:>8} {:>9} {:>9} {:>7} {:>9}",
                                                 "target", "executions", "a second", "coverage",
                                                 "features", "corpus", "findings")));
  for (const Target& target : targets) {
    const double seconds = std::max(target.seconds, 0.001);
    const auto rate =
        static_cast<std::uint64_t>(static_cast<double>(target.all_executions()) / seconds);
    const std::string findings = pad_left(std::to_string(target.findings), 9);
    print("{:<18} {:>11} {:>8} {:>9} {:>9} {:>7} {}\n", target.name,
          with_commas(target.all_executions()), human_count(rate),
          with_commas(target.numbers.coverage), with_commas(target.numbers.features),
          with_commas(target.numbers.corpus),
          target.findings > 0 ? terminal.styled(Style::kBad, findings) : findings);
    if (!target.started) {
      print("  {}\n", terminal.styled(Style::kWarn, "did not run: the time was up"));
    } else if (!target.failure.empty()) {
      print("  {}\n", terminal.styled(Style::kWarn, "failed: " + target.failure));
    } else if (!target.stopped.empty()) {
      print("  {}\n", terminal.styled(Style::kWarn, "stopped: " + target.stopped));
    }
  }
}

// Why there is no engine; empty when there is. `one_for_all` is the program that a project has.
std::string engine_problem(const std::string& one_for_all) {
  if (!one_for_all.empty()) {
    if (::access(one_for_all.c_str(), X_OK) == 0) return {};
    return fmt::format(
        "this build has no fuzz targets, which need clang; in a folder beside it, "
        "`cmake -B build-fuzz -DCMAKE_CXX_COMPILER=clang++` makes one that has: no "
        "program {}",
        printable(one_for_all));
  }
  if (WEIR_HAS_FUZZ_ENGINE) return {};
  return "this build has plain replay programs instead of fuzz targets; `tools/weir fuzz` builds "
         "what is needed (clang, libFuzzer, sanitizers)";
}

}  // namespace

int run_fuzz(const FuzzOptions& options, const ForeignOptions& foreign) {
  std::string error;
  const std::vector<properties::Group> groups = select_targets(options.targets, error);
  if (error.empty() && !options.subject.empty()) select_subjects({options.subject}, error);
  if (!error.empty()) return refuse(kExitUsage, error);
  double budget = parse_budget(options.budget).value_or(60);

  std::vector<CorpusFile> corpus;
  std::vector<std::string> notes;
  const std::string corpus_folder = options.corpus.empty() ? find_corpus() : options.corpus;
  if (!corpus_folder.empty()) {
    const FileOutcome read = read_corpus(corpus_folder, corpus, notes);
    if (interrupted()) return kExitInterrupted;
    if (!read.ok()) return refuse(kExitUsage, read.error);
  }
  const std::string folder = program_folder();
  // A project has one program for all targets.
  const std::string one_for_all =
      is_contract_program() ? folder + "/" + program_name() + "_fuzz" : std::string();
  const std::string no_engine = engine_problem(one_for_all);
  if (!no_engine.empty()) return refuse(kExitCouldNotRun, no_engine);
  // Who is not built in starts from all that others were tried with.
  std::vector<std::string> subjects;
  if (!options.subject.empty()) {
    subjects.push_back(options.subject);
  } else if (foreign.given()) {
    for (const properties::Subject* each : properties::subjects_under_test()) {
      subjects.push_back(each->name);
    }
  }
  // Bytes of another schema mean other cases, so that each schema has a corpus of its own.
  const std::string work =
      fmt::format("{}/{:016x}/{}",
                  one_for_all.empty() ? fs::path(folder).parent_path().string() + "/corpus"
                                      : one_for_all + "_corpus",
                  properties::schema_hash(),
                  subjects.empty() ? std::string("built-in") : file_name_of(join(subjects, "+")));
  const std::string dictionaries = find_in_project("fuzz/dictionaries");
  std::vector<Target> targets;
  std::vector<std::string> left_out;
  for (const properties::Group group : groups) {
    Target target;
    target.name = properties::to_string(group);
    target.program = one_for_all.empty() ? folder + "/fuzz_" + target.name : one_for_all;
    if (!one_for_all.empty()) target.group = target.name;
    if (::access(target.program.c_str(), X_OK) != 0) {
      return refuse(kExitCouldNotRun,
                    fmt::format("the fuzz target {} is not built: no program {}; `tools/weir fuzz` "
                                "builds it",
                                target.name, printable(target.program)));
    }
    target.decoder = fuzz::FuzzTarget::make(target.name, options.subject, error);
    if (target.decoder == nullptr) {
      left_out.push_back(target.name);
      continue;
    }
    target.scratch = work + "/" + target.name;
    target.seeds = target.scratch + ".seeds";
    target.artifacts = target.scratch + ".broken";
    const std::string dictionary = dictionaries + "/" + target.name + ".dict";
    if (!dictionaries.empty() && ::access(dictionary.c_str(), R_OK) == 0) {
      target.dictionary = dictionary;
    }
    const std::string problem = export_seeds(corpus, subjects, target);
    if (!problem.empty()) return refuse(kExitCouldNotRun, problem);
    targets.push_back(std::move(target));
  }
  if (targets.empty()) {
    return refuse(kExitCouldNotRun, fmt::format("nothing to run: no clause of {} applies to {}",
                                                join(left_out, ", "), join(subjects, ", ")));
  }
  const auto jobs = std::min<unsigned>(options.jobs == 0 ? processors() : options.jobs,
                                       static_cast<unsigned>(targets.size()));
  // Rounds of `jobs` targets each share the time.
  const auto rounds = (targets.size() + jobs - 1) / jobs;
  // A target takes a second or more: that is how the engine counts.
  if (budget < static_cast<double>(rounds)) {
    notes.push_back(fmt::format("{} is less than a second a target; it takes {} in all",
                                human_seconds(budget), human_seconds(static_cast<double>(rounds))));
    budget = static_cast<double>(rounds);
  }
  for (Target& target : targets) target.seconds_left = budget / static_cast<double>(rounds);

  // Said below, so that the run can be had again.
  const std::uint64_t seed = options.seed.value_or(std::random_device()());
  const Terminal terminal(1);
  print("fuzzing {} for {}, {} at a time, seed {}{}\n", plural(targets.size(), "target"),
        human_seconds(budget), jobs, seed,
        subjects.empty() ? std::string() : ", subject " + join(subjects, ", "));
  if (!left_out.empty()) {
    print("left out, no clause applies: {}\n", join(left_out, ", "));
  }
  if (corpus_folder.empty()) print("no corpus folder was found: starting from nothing\n");
  for (const std::string& note : notes) print("note: {}\n", note);
  std::fflush(stdout);
  Session session(options, foreign, targets, budget, seed, jobs);
  session.run();

  for (const Finding& finding : session.findings()) {
    write_out("\n" + finding_block(terminal, finding));
  }
  print_summary(terminal, targets);
  std::uint64_t executions = 0;
  for (const Target& target : targets) executions += target.all_executions();
  for (const std::string& each : session.errors()) complain(each);
  const bool failed = std::any_of(targets.begin(), targets.end(), [](const Target& target) {
    return !target.failure.empty() || !target.started || target.all_executions() == 0;
  });
  int code = kExitHeld;
  std::string word = terminal.styled(Style::kGood, "held");
  if (interrupted()) {
    code = kExitInterrupted;
    word = terminal.styled(Style::kWarn, "interrupted");
  } else if (!session.findings().empty()) {
    code = kExitViolated;
    word = terminal.styled(Style::kBad, "violated");
  } else if (failed) {
    code = kExitCouldNotRun;
    word = terminal.styled(Style::kWarn, "could not run all");
  }
  print("\n{}: {}, {} in {}\n", word, plural(session.findings().size(), "finding"),
        plural(executions, "execution"), human_seconds(session.seconds()));
  return code;
}

}  // namespace weir::cli
