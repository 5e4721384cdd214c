// `weir fuzz`: the coverage-guided targets, side by side, with what they find shrunk and filed.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <random>

#include "commands.h"
#include "exit_code.h"
#include "files.h"
#include "foreign.h"
#include "fuzz_session.h"
#include "names.h"
#include "processors.h"
#include "program.h"
#include "report.h"
#include "report_json.h"
#include "terminal.h"
#include "text.h"

namespace weir::cli {

namespace {

void print_summary(const Terminal& terminal, const std::vector<FuzzTargetReport>& targets) {
  print("\n{}\n",
        terminal.styled(Style::kDim, fmt::format("{:<18} {:>11} {:>8} {:>9} {:>9} {:>7} {:>9}",
                                                 "target", "executions", "a second", "coverage",
                                                 "features", "corpus", "findings")));
  for (const FuzzTargetReport& target : targets) {
    const double seconds = std::max(target.seconds, 0.001);
    const auto rate = static_cast<std::uint64_t>(static_cast<double>(target.executions) / seconds);
    const std::string findings = pad_left(std::to_string(target.findings), 9);
    print("{:<18} {:>11} {:>8} {:>9} {:>9} {:>7} {}\n", target.name, with_commas(target.executions),
          human_count(rate), with_commas(target.coverage), with_commas(target.features),
          with_commas(target.corpus),
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

// Has `settings` run the targets of the afl preset under AFL++, as `jobs` instances over one shared
// folder. Returns what stands in the way.
std::string use_afl(unsigned jobs, const ForeignOptions& foreign, FuzzSettings& settings) {
  if (is_contract_program() || foreign.given()) {
    return "AFL++ runs the targets of Weir's own transforms alone; without --engine this searches "
           "with libFuzzer";
  }
  const std::string engine = find_in_project("tools/afl_engine");
  settings.programs = find_in_project("build/afl/bin");
  const std::string mutator = settings.programs + "/libweir_afl_mutator.so";
  if (engine.empty() || settings.programs.empty() || ::access(mutator.c_str(), R_OK) != 0) {
    return "the fuzz targets for AFL++ are not built; `tools/weir fuzz --engine afl` does that";
  }
  settings.engine = {engine, "--mutator", mutator, "--instances", std::to_string(jobs)};
  settings.jobs = 1;
  return {};
}

}  // namespace

int run_fuzz(const FuzzOptions& options, const ForeignOptions& foreign) {
  std::string error;
  FuzzSettings settings;
  settings.targets = select_targets(options.targets, error);
  if (error.empty() && !options.subject.empty()) select_subjects({options.subject}, error);
  if (!error.empty()) return refuse(kExitUsage, error);
  if (!options.json.empty() && options.json != "-") {
    const FileOutcome writable = check_writable(options.json);
    if (!writable.ok()) return refuse(kExitCouldNotRun, writable.error);
  }
  if (const FileOutcome findings = check_folder(options.findings); !findings.ok()) {
    return refuse(kExitCouldNotRun, findings.error);
  }
  std::vector<std::string> notes;
  const std::string corpus = options.corpus.empty() ? find_corpus() : options.corpus;
  if (!corpus.empty()) {
    const FileOutcome read = read_corpus(corpus, settings.corpus, notes);
    if (interrupted()) return kExitInterrupted;
    if (!read.ok()) return refuse(kExitUsage, read.error);
  }
  settings.programs = program_folder();
  // A project has one program for all targets.
  if (is_contract_program())
    settings.one_for_all = settings.programs + "/" + program_name() + "_fuzz";
  settings.subject = options.subject;
  settings.foreign = foreign;
  settings.findings = options.findings;
  settings.budget = parse_budget(options.budget).value_or(60);
  // Said below, so that the run can be had again.
  settings.seed = options.seed.value_or(std::random_device()());
  const unsigned instances = options.jobs == 0 ? processors() : options.jobs;
  settings.jobs = instances;
  const bool afl = options.engine == "afl";
  const std::string no_engine =
      afl ? use_afl(instances, foreign, settings) : engine_problem(settings.one_for_all);
  if (!no_engine.empty()) return refuse(kExitCouldNotRun, no_engine);
  FuzzSession session(settings);
  if (const auto problem = session.prepare()) return refuse(problem->code, problem->message);
  const FuzzResults& results = session.results();
  const Terminal terminal(1);
  // A report on standard output has it for itself.
  const bool text = options.json != "-";
  if (text) {
    print("fuzzing {} for {}, {} at a time{}, seed {}{}\n",
          plural(results.targets.size(), "target"), human_seconds(results.budget), results.jobs,
          afl ? " with AFL++, " + plural(instances, "instance") : std::string(), settings.seed,
          results.subjects.empty() ? std::string() : ", subject " + join(results.subjects, ", "));
    if (!results.left_out.empty()) {
      print("left out, no clause applies: {}\n", join(results.left_out, ", "));
    }
    if (corpus.empty()) print("no corpus folder was found: starting from nothing\n");
    notes.insert(notes.end(), results.notes.begin(), results.notes.end());
    for (const std::string& note : notes) print("note: {}\n", note);
    std::fflush(stdout);
  }
  session.run();

  const bool failed = std::any_of(results.targets.begin(), results.targets.end(),
                                  [](const FuzzTargetReport& target) { return target.failed(); });
  int code = kExitHeld;
  std::string word = terminal.styled(Style::kGood, "held");
  if (interrupted()) {
    code = kExitInterrupted;
    word = terminal.styled(Style::kWarn, "interrupted");
  } else if (!results.findings.empty()) {
    code = kExitViolated;
    word = terminal.styled(Style::kBad, "violated");
  } else if (failed) {
    code = kExitCouldNotRun;
    word = terminal.styled(Style::kWarn, "could not run all");
  }
  if (text) {
    for (const properties::Finding& finding : results.findings) {
      write_out("\n" + finding_block(terminal, finding));
    }
    print_summary(terminal, results.targets);
    print("\n{}: {}, {} in {}\n", word, plural(results.findings.size(), "finding"),
          plural(results.executions(), "execution"), human_seconds(results.seconds));
  }
  for (const std::string& each : results.errors) complain(each);
  return deliver(options.json, fuzz_json(results, settings.seed, interrupted(), code), code);
}

}  // namespace weir::cli
