#include "fuzz_session.h"

#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <system_error>
#include <utility>

#include "case_run.h"
#include "evaluator.h"
#include "fuzz/fuzz_target.h"
#include "fuzz_process.h"
#include "properties/case_generate.h"
#include "properties/case_text.h"
#include "properties/roster.h"
#include "terminal.h"
#include "text.h"

namespace weir::cli {

namespace {

namespace fs = std::filesystem;
using properties::Case;
using properties::Finding;
using Clock = std::chrono::steady_clock;

// A bug in the way is met again at once; after so many times its target has nothing else to say.
constexpr unsigned kRepeatsMax = 3;
// An input for libFuzzer's own clock; the worker's limit is lower, so that most hangs are seen
// there first.
constexpr unsigned kTimeoutSeconds = 10;
constexpr double kHeartbeatSeconds = 10;
// A target that starts again reads its corpus first, for a second or two; in much longer slices
// little could be learned within a short budget.
constexpr double kSliceSecondsMin = 5;
constexpr double kSlicesPerTarget = 4;

// A target besides what is reported of it.
struct Target {
  std::size_t number = 0;  // among the reports
  std::string program;
  std::string group;  // what the program is told besides; empty: it knows its group
  std::unique_ptr<fuzz::FuzzTarget> encoder;
  std::string scratch;    // what the engine finds; kept from run to run
  std::string seeds;      // bytes of the checked-in cases; made anew
  std::string artifacts;  // where inputs that broke it land
  std::string dictionary;
  FuzzShare share;
  unsigned slices = 0;
  unsigned repeats = 0;
};

struct Running {
  Target* target;
  std::unique_ptr<FuzzProcess> process;
  double slice;                  // seconds that it has
  std::uint64_t executions = 0;  // of its target before
  std::uint64_t paths = 0;       // that it was seen to find
};

// What a program prints on its standard output; nothing when it cannot be started. What else it
// says is dropped. Ctrl-C waits for it: what it reads is a finding.
std::optional<std::string> output_of(const std::vector<std::string>& arguments) {
  std::string command;
  for (const std::string& argument : arguments) command += shell_word(argument) + " ";
  const SignalsHeld held;
  std::FILE* const pipe = ::popen((command + "2> /dev/null").c_str(), "re");
  if (pipe == nullptr) return std::nullopt;
  std::string output;
  char buffer[4096];
  for (std::size_t size; (size = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    output.append(buffer, size);
  }
  ::pclose(pipe);
  return output;
}

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
  const auto export_seed = [&](const Case& value) -> std::string {
    if (!target.encoder->contains(value)) return {};
    target.encoder->encode_seed(value, bytes);
    return write_file(fmt::format("{}/{:04}", target.seeds, number++),
                      {reinterpret_cast<const char*>(bytes.data()), bytes.size()})
        .error;
  };
  for (const CorpusFile& file : corpus) {
    // What is known to break a target would end it before it has begun.
    if (file.open) continue;
    std::string problem;
    if (subjects.empty()) problem = export_seed(file.value);
    for (const std::string& subject : subjects) {
      Case value = file.value;
      value.subject = subject;
      if (problem.empty()) problem = export_seed(value);
    }
    if (!problem.empty()) return problem;
  }
  return {};
}

// Without the tenths that a screen would flicker with.
std::string whole_seconds(double seconds) {
  return seconds < 10 ? fmt::format("{:.0f} s", std::floor(seconds)) : human_seconds(seconds);
}

// The last line that is not libFuzzer's.
std::string failure_of(int code, const std::string& tail) {
  std::string last;
  for (std::size_t at = 0; at < tail.size();) {
    const std::size_t end = std::min(tail.find('\n', at), tail.size());
    if (end > at && tail[at] != '#') last = tail.substr(at, end - at);
    at = end + 1;
  }
  return fmt::format("ended with code {}{}{}", code, last.empty() ? "" : ": ", printable(last));
}

// The kind of violation as the target itself said it.
std::string kind_said(const std::string& tail) {
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

}  // namespace

void FuzzHistory::add(const FuzzSample& sample) {
  if (!samples_.empty() && sample.seconds < samples_.back().seconds + interval_) return;
  if (samples_.size() == kSamplesMax) {
    for (std::size_t i = 1; i < kSamplesMax / 2; ++i) samples_[i] = samples_[2 * i];
    samples_.resize(kSamplesMax / 2);
    interval_ *= 2;
  }
  samples_.push_back(sample);
}

void FuzzHistory::add_last(const FuzzSample& sample) {
  if (!samples_.empty()) {
    const FuzzSample& last = samples_.back();
    if (last.executions == sample.executions && last.coverage == sample.coverage &&
        last.corpus == sample.corpus) {
      return;
    }
    // Within the same second it takes the other's place.
    if (sample.seconds < last.seconds + interval_) samples_.pop_back();
  }
  add(sample);
}

std::uint64_t FuzzResults::executions() const noexcept {
  std::uint64_t all = 0;
  for (const FuzzTargetReport& each : targets) all += each.executions;
  return all;
}

// Whoever has had nothing comes first. Then every other slice goes to the target that has had the
// least time, so that none starves, and those between to the one that brought the most new features
// per second in its last slice: what has run dry waits, until others have, too. Among equals the
// first.
std::size_t next_target(std::span<const FuzzShare> waiting, std::uint64_t slice) {
  const auto rate = [](const FuzzShare& share) {
    return static_cast<double>(share.slice_features) / std::max(share.slice_seconds, 0.001);
  };
  const auto least = std::min_element(
      waiting.begin(), waiting.end(),
      [](const FuzzShare& a, const FuzzShare& b) { return a.seconds < b.seconds; });
  const auto best =
      std::max_element(waiting.begin(), waiting.end(),
                       [&](const FuzzShare& a, const FuzzShare& b) { return rate(a) < rate(b); });
  const bool by_time = least->seconds <= 0 || slice % 2 == 0;
  return static_cast<std::size_t>((by_time ? least : best) - waiting.begin());
}

class FuzzSession::Search {
 public:
  explicit Search(FuzzSettings settings)
      : settings_(std::move(settings)),
        evaluator_(every_clause(), subject_or_all(settings_.subject), files_),
        start_(Clock::now()) {}

  std::optional<Problem> prepare();
  void run();

  FuzzResults results;

 private:
  FuzzTargetReport& report(const Target& target) { return results.targets[target.number]; }
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  double left() const { return results.budget - seconds(); }

  std::vector<std::string> program_arguments(const Target& target) const;
  void start_next();
  void wait();
  void pump();
  void take_numbers(const Running& running, bool last);
  void collect();
  void note_end(Running& running);
  void go_on(Target& target);
  void forget_input(const Running& broken);
  std::string read_broken(const Running& broken, Case& value) const;
  bool breaks_again(const Running& broken);
  void keep_finding(const Running& broken);
  void draw();
  void say_sign();
  std::vector<std::string> screen();

  FuzzSettings settings_;
  std::vector<Target> targets_;
  properties::PayloadFiles files_;
  Evaluator evaluator_;
  Clock::time_point start_;
  std::vector<Target*> waiting_;
  std::vector<Running> running_;
  std::deque<Running> broken_;
  std::vector<std::string> kept_inputs_;
  std::uint64_t slices_ = 0;
  std::string shrinking_;
  Progress progress_;
  double last_sign_ = 0;
  std::optional<double> last_path_;   // when the last input was kept for what is new in it,
  std::size_t last_path_target_ = 0;  // and by which target
};

std::optional<FuzzSession::Problem> FuzzSession::Search::prepare() {
  // Who is not built in starts from all that others were tried with.
  if (!settings_.subject.empty()) {
    results.subjects.push_back(settings_.subject);
  } else if (settings_.foreign.given()) {
    for (const properties::Subject* each : properties::subjects_under_test()) {
      results.subjects.push_back(each->name);
    }
  }
  // Bytes of another schema mean other cases, so that each schema has a corpus of its own.
  const std::string work =
      fmt::format("{}/{:016x}/{}",
                  settings_.one_for_all.empty()
                      ? fs::path(settings_.programs).parent_path().string() + "/corpus"
                      : settings_.one_for_all + "_corpus",
                  properties::schema_hash(),
                  results.subjects.empty() ? std::string("built-in")
                                           : file_name_of(join(results.subjects, "+")));
  const std::string dictionaries = find_in_project("fuzz/dictionaries");
  for (const properties::Group group : settings_.targets) {
    const std::string name(properties::to_string(group));
    Target target;
    target.number = results.targets.size();
    target.program = settings_.one_for_all.empty() ? settings_.programs + "/fuzz_" + name
                                                   : settings_.one_for_all;
    if (!settings_.one_for_all.empty()) target.group = name;
    if (::access(target.program.c_str(), X_OK) != 0) {
      return Problem{
          kExitCouldNotRun,
          fmt::format("the fuzz target {} is not built: no program {}; `tools/weir fuzz` builds it",
                      name, printable(target.program))};
    }
    std::string error;
    target.encoder = fuzz::FuzzTarget::make(name, settings_.subject, error);
    if (target.encoder == nullptr) {
      results.left_out.push_back(name);
      continue;
    }
    target.scratch = work + "/" + name;
    target.seeds = target.scratch + ".seeds";
    target.artifacts = target.scratch + ".broken";
    const std::string dictionary = dictionaries + "/" + name + ".dict";
    if (!dictionaries.empty() && ::access(dictionary.c_str(), R_OK) == 0) {
      target.dictionary = dictionary;
    }
    const std::string problem = export_seeds(settings_.corpus, results.subjects, target);
    if (!problem.empty()) return Problem{kExitCouldNotRun, problem};
    targets_.push_back(std::move(target));
    results.targets.emplace_back().name = name;
  }
  if (targets_.empty()) {
    return Problem{kExitCouldNotRun,
                   fmt::format("nothing to run: no clause of {} applies to {}",
                               join(results.left_out, ", "), join(results.subjects, ", "))};
  }
  results.budget = settings_.budget;
  results.jobs = std::min(settings_.jobs, static_cast<unsigned>(targets_.size()));
  // A target takes a second or more: that is how the engine counts.
  const auto rounds = static_cast<double>((targets_.size() + results.jobs - 1) / results.jobs);
  if (results.budget < rounds) {
    results.notes.push_back(fmt::format("{} is less than a second a target; it takes {} in all",
                                        human_seconds(results.budget), human_seconds(rounds)));
    results.budget = rounds;
  }
  return std::nullopt;
}

void FuzzSession::Search::run() {
  start_ = Clock::now();
  for (Target& target : targets_) waiting_.push_back(&target);
  while ((!waiting_.empty() || !running_.empty()) && !interrupted()) {
    while (!waiting_.empty() && running_.size() < results.jobs) start_next();
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
  results.seconds = seconds();
}

// Of the program of `target`, whatever it is to do.
std::vector<std::string> FuzzSession::Search::program_arguments(const Target& target) const {
  std::vector<std::string> arguments = {target.program};
  if (!target.group.empty()) arguments.push_back("--group=" + target.group);
  const std::vector<std::string> foreign = plugin_arguments(settings_.foreign);
  arguments.insert(arguments.end(), foreign.begin(), foreign.end());
  return arguments;
}

void FuzzSession::Search::start_next() {
  std::vector<FuzzShare> shares;
  for (const Target* each : waiting_) shares.push_back(each->share);
  const auto chosen = waiting_.begin() + static_cast<std::ptrdiff_t>(next_target(shares, slices_));
  Target& target = **chosen;
  const auto fresh = static_cast<double>(std::count_if(
      waiting_.begin(), waiting_.end(), [](const Target* each) { return each->slices == 0; }));
  const auto jobs = static_cast<double>(results.jobs);
  // With a processor for each there is nothing to share.
  double slice = left();
  if (waiting_.size() + running_.size() > results.jobs) {
    const double fair = results.budget * jobs / static_cast<double>(targets_.size());
    // AFL++ begins by running all of its corpus several times over: it is not begun again and
    // again.
    const double slices = settings_.engine.empty() ? kSlicesPerTarget : 1;
    slice = std::max(kSliceSecondsMin, fair / slices);
    // What the others need for a first time is left to them.
    if (fresh > 0) slice = std::min(slice, left() / std::ceil(fresh / jobs));
    // A rest that is too short to be a slice goes with this one.
    if (left() < 1.5 * slice) slice = left();
  }
  waiting_.erase(chosen);
  // libFuzzer counts whole seconds, and takes none for no limit.
  const auto whole = static_cast<unsigned>(std::max(1.0, slice));
  std::vector<std::string> arguments = settings_.engine;
  for (std::string& each : program_arguments(target)) arguments.push_back(std::move(each));
  for (std::string each :
       {target.scratch, target.seeds, "-artifact_prefix=" + target.artifacts + "/",
        fmt::format("-max_total_time={}", whole), fmt::format("-timeout={}", kTimeoutSeconds),
        // The same draws again would find what is known.
        seed_option(settings_.seed + target.slices)}) {
    arguments.push_back(std::move(each));
  }
  arguments.insert(arguments.end(), kSearchOptions.begin(), kSearchOptions.end());
  if (!settings_.foreign.plugins.empty()) {
    arguments.insert(arguments.end(), kPluginOptions.begin(), kPluginOptions.end());
  }
  if (!target.dictionary.empty()) arguments.push_back("-dict=" + target.dictionary);
  ++slices_;
  ++target.slices;
  report(target).started = true;
  running_.push_back({&target, std::make_unique<FuzzProcess>(arguments, settings_.subject),
                      static_cast<double>(whole), report(target).executions});
}

// Lets time pass until a target says something, at most a twentieth of a second.
void FuzzSession::Search::wait() {
  std::vector<pollfd> wanted;
  for (const Running& each : running_) {
    if (each.process->descriptor() >= 0) {
      wanted.push_back({each.process->descriptor(), POLLIN, 0});
    }
  }
  ::poll(wanted.data(), wanted.size(), 50);
  // A target that has said its last is readable until it is gone.
  if (std::any_of(wanted.begin(), wanted.end(),
                  [](const pollfd& each) { return (each.revents & POLLHUP) != 0; })) {
    ::usleep(10000);
  }
  pump();
}

void FuzzSession::Search::pump() {
  for (Running& each : running_) {
    each.process->pump();
    take_numbers(each, false);
    if (each.process->numbers().new_paths > each.paths) {
      each.paths = each.process->numbers().new_paths;
      last_path_ = seconds();
      last_path_target_ = each.target->number;
    }
  }
  draw();
}

// A target that was started again reads its corpus first: until then what it had reached stands.
void FuzzSession::Search::take_numbers(const Running& running, bool last) {
  const FuzzNumbers& numbers = running.process->numbers();
  FuzzTargetReport& target = report(*running.target);
  target.executions = running.executions + numbers.executions;
  target.coverage = std::max(target.coverage, numbers.coverage);
  target.features = std::max(target.features, numbers.features);
  if (numbers.corpus > 0) target.corpus = numbers.corpus;
  if (target.executions == 0) return;
  const FuzzSample sample{seconds(), target.executions, target.coverage, target.corpus};
  last ? target.history.add_last(sample) : target.history.add(sample);
}

// Takes the targets that have ended out of the running ones.
void FuzzSession::Search::collect() {
  for (std::size_t i = 0; i < running_.size();) {
    Running& each = running_[i];
    // The engine ends itself between two executions, which it ends as well when they hang. Where
    // the machine is busy, or reading its corpus takes longer than its time, it comes to no end.
    bool late = false;
    if (each.process->seconds() > each.slice + settings_.grace && !each.process->ended()) {
      each.process->end();
      each.process->pump();
      late = true;
    }
    const std::optional<int> code = each.process->ended();
    if (!code) {
      ++i;
      continue;
    }
    Running done = std::move(each);
    running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
    note_end(done);
    std::string& failure = report(*done.target).failure;
    if (!done.process->artifact().empty()) {
      broken_.push_back(std::move(done));
    } else if (late && done.process->numbers().executions == 0) {
      failure = "it had not begun to search when its time was over";
    } else if (late) {
      results.notes.push_back(
          fmt::format("{} did not end in time and was ended; what it had found stands",
                      report(*done.target).name));
      go_on(*done.target);
    } else if (done.process->killed_by() != 0) {
      failure = fmt::format("it was killed from outside (signal {}){}", done.process->killed_by(),
                            done.process->killed_by() == SIGKILL ? "; was memory short?" : "");
    } else if (*code != 0) {
      failure = failure_of(*code, done.process->tail());
    } else if (done.process->numbers().executions > 0) {
      go_on(*done.target);
    }
  }
}

void FuzzSession::Search::note_end(Running& running) {
  take_numbers(running, true);
  const FuzzNumbers& numbers = running.process->numbers();
  FuzzShare& share = running.target->share;
  share.slice_seconds = running.process->seconds();
  share.slice_features = numbers.features - std::min(numbers.features, numbers.features_at_start);
  share.seconds += share.slice_seconds;
  report(*running.target).seconds = share.seconds;
}

// Puts a target back among those that wait, while there is time.
void FuzzSession::Search::go_on(Target& target) {
  if (target.repeats >= kRepeatsMax) {
    report(target).stopped = "the same finding again and again";
  } else if (left() >= 1) {
    waiting_.push_back(&target);
  }
}

// The file is named after its content: who finds the same bytes again must not remove what is
// kept because it could not be filed.
void FuzzSession::Search::forget_input(const Running& broken) {
  const std::string path = broken.process->artifact();
  if (std::find(kept_inputs_.begin(), kept_inputs_.end(), path) != kept_inputs_.end()) return;
  std::error_code ignored;
  fs::remove(path, ignored);
}

// What the bytes mean is for the program to say: that of another build may have other clauses.
// Returns what is wrong.
std::string FuzzSession::Search::read_broken(const Running& broken, Case& value) const {
  const std::string& path = broken.process->artifact();
  std::string content;
  const FileOutcome read = read_file(path, properties::kCaseBytesMax, content);
  if (!read.ok()) return read.error;
  std::vector<std::string> arguments = program_arguments(*broken.target);
  if (!settings_.subject.empty()) arguments.push_back("--subject=" + settings_.subject);
  arguments.insert(arguments.end(), {"--print-case", path});
  const std::optional<std::string> text = output_of(arguments);
  if (!text) return "the program cannot be started";
  // A plug-in may have said something before.
  const std::size_t start = std::min(text->find("weir-case "), text->size());
  const properties::ParseOutcome outcome =
      properties::parse(std::string_view(*text).substr(start), value);
  return outcome.ok ? std::string() : "the program does not read it: " + outcome.error.message;
}

bool FuzzSession::Search::breaks_again(const Running& broken) {
  std::vector<std::string> arguments = program_arguments(*broken.target);
  arguments.insert(arguments.end(), {broken.process->artifact(),
                                     "-artifact_prefix=" + broken.target->artifacts + "/",
                                     fmt::format("-timeout={}", kTimeoutSeconds)});
  FuzzProcess again(arguments, settings_.subject);
  while (!interrupted()) {
    again.pump();
    if (const std::optional<int> code = again.ended()) return *code != 0;
    wait();
  }
  return false;
}

// What broke the target becomes a case: evaluated, shrunk, filed.
void FuzzSession::Search::keep_finding(const Running& broken) {
  Target& target = *broken.target;
  Finding finding;
  const std::string problem = read_broken(broken, finding.value);
  if (!problem.empty()) {
    report(target).failure = fmt::format("what broke it cannot be read ({}): {}",
                                         printable(broken.process->artifact()), problem);
    return;
  }
  finding.subject = finding.value.subject;
  finding.signature.clause = finding.value.clause;
  finding.origin = "fuzz target " + report(target).name;
  const properties::Tick tick = [this] { pump(); };
  const properties::Answer answer = evaluator_.evaluate(finding.value, tick);
  if (answer.cancelled || !answer.could_not_run.empty()) {
    // Interrupted, or no process to be had: what was found is kept as it is, in the words of the
    // target.
    finding.signature.kind = kind_said(broken.process->tail());
    finding.seen =
        "not run again: " + (answer.cancelled ? std::string("interrupted") : answer.could_not_run);
    finding.unverified = true;
  } else if (answer.violation) {
    finding.signature.kind = answer.violation->kind;
    describe_violation(*answer.violation, finding);
  } else {
    finding.signature.kind = kind_said(broken.process->tail());
    // This program may have no sanitizer, and looks for leaks in another way.
    finding.reproduces = breaks_again(broken);
    finding.seen = finding.reproduces ? "holds outside of the fuzz target, breaks within"
                                      : "held when it was run again";
  }
  for (const Finding& known : results.findings) {
    if (known.subject == finding.subject && known.signature == finding.signature) {
      ++target.repeats;
      forget_input(broken);
      return;
    }
  }
  std::optional<Case> filed = properties::filed_case(settings_.findings, finding);
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
          properties::file_finding(settings_.findings, finding, filed);
    };
    evaluator_.shrink(finding, keep, tick);
    shrinking_.clear();
  }
  // The report shows what the file holds.
  if (filed && simpler_than(*filed, finding.value)) {
    finding.value = *filed;
    if (filed_violation) describe_violation(*filed_violation, finding);
  }
  if (const Result<void> kept = properties::file_finding(settings_.findings, finding, filed);
      !kept) {
    results.errors.push_back(fmt::format("cannot write the finding: {}", describe(kept.error())));
  }
  if (finding.path.empty()) {
    results.errors.push_back("its input is kept at " + broken.process->artifact());
    kept_inputs_.push_back(broken.process->artifact());
  } else {
    forget_input(broken);
  }
  ++report(target).findings;
  progress_.clear();
  const Terminal terminal(2);
  std::fprintf(stderr, "%s %s %s: %s\n", terminal.styled(Style::kBad, "violated").c_str(),
               finding.subject.c_str(), finding.signature.clause.c_str(),
               finding.signature.kind.c_str());
  results.findings.push_back(std::move(finding));
}

void FuzzSession::Search::draw() {
  if (!progress_.terminal().interactive()) {
    say_sign();
  } else if (progress_.due()) {
    progress_.draw(screen());
  }
}

void FuzzSession::Search::say_sign() {
  const double now = seconds();
  if (now - last_sign_ < kHeartbeatSeconds) return;
  last_sign_ = now;
  std::string names;
  for (const Running& each : running_) names += " " + report(*each.target).name;
  std::fprintf(stderr, "weir: fuzzing%s: %s executions, %s, %.0f s left\n", names.c_str(),
               human_count(results.executions()).c_str(),
               plural(results.findings.size(), "finding").c_str(), std::max(0.0, left()));
}

std::vector<std::string> FuzzSession::Search::screen() {
  const Terminal& terminal = progress_.terminal();
  std::vector<std::optional<std::uint64_t>> rates(results.targets.size());
  std::uint64_t rate = 0;
  for (const Running& each : running_) {
    rates[each.target->number] = each.process->numbers().per_second;
    rate += each.process->numbers().per_second;
  }
  std::vector<std::string> lines;
  const std::string findings = plural(results.findings.size(), "finding");
  lines.push_back(
      fmt::format("{}  {} left, {} of {} running, {}",
                  bar(terminal, static_cast<std::uint64_t>(seconds() * 1000),
                      static_cast<std::uint64_t>(results.budget * 1000), 20),
                  whole_seconds(std::max(0.0, left())), running_.size(),
                  plural(results.targets.size(), "target"),
                  results.findings.empty() ? findings : terminal.styled(Style::kBad, findings)));
  lines.push_back(fmt::format(
      "{} executions, {}/s, {}", human_count(results.executions()), human_count(rate),
      last_path_ ? fmt::format("last new path {} ago in {}", whole_seconds(seconds() - *last_path_),
                               results.targets[last_path_target_].name)
                 : std::string("no new path yet")));
  const auto row = [](std::string_view name, const std::string& speed, const std::string& coverage,
                      const std::string& features, const std::string& corpus,
                      const std::string& found) {
    return fmt::format("{:<18} {:>7} {:>9} {:>9} {:>8} {:>9}", name, speed, coverage, features,
                       corpus, found);
  };
  lines.push_back(terminal.styled(
      Style::kDim, row("target", "exec/s", "coverage", "features", "corpus", "findings")));
  // Those that run stand for all where there is no room.
  const std::size_t others = lines.size() + (shrinking_.empty() ? 0 : 1);
  const bool all = results.targets.size() + others < terminal.height();
  for (std::size_t i = 0; i < results.targets.size(); ++i) {
    if (!all && !rates[i]) continue;
    const FuzzTargetReport& target = results.targets[i];
    const std::string text = row(target.name, rates[i] ? human_count(*rates[i]) : "-",
                                 with_commas(target.coverage), with_commas(target.features),
                                 with_commas(target.corpus), std::to_string(target.findings));
    const bool over = !target.failure.empty() || !target.stopped.empty();
    lines.push_back(
        terminal.styled(rates[i] ? Style::kPlain : (over ? Style::kWarn : Style::kDim), text));
  }
  if (!shrinking_.empty()) {
    lines.push_back(terminal.styled(Style::kWarn, "shrinking " + shrinking_));
  }
  return lines;
}

FuzzSession::FuzzSession(FuzzSettings settings)
    : search_(std::make_unique<Search>(std::move(settings))) {}
FuzzSession::~FuzzSession() = default;
std::optional<FuzzSession::Problem> FuzzSession::prepare() { return search_->prepare(); }
void FuzzSession::run() { search_->run(); }
const FuzzResults& FuzzSession::results() const noexcept { return search_->results; }

}  // namespace weir::cli
