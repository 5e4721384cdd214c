#include "command_line.h"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <exception>
#include <functional>

#include "commands.h"
#include "exit_code.h"
#include "foreign.h"
#include "program.h"
#include "properties/contract.h"
#include "shard.h"
#include "terminal.h"
#include "text.h"

namespace weir::cli {

namespace {

constexpr const char* kVersion = WEIR_VERSION;

constexpr std::string_view kAbout =
    "Weir tells the author of a byte-stream transform whether it keeps its contract.";

// What there is to say, in the order of a day's work.
struct VerbHelp {
  std::string_view verb;
  std::string_view about;
  bool weir_only = false;  // about Weir's own transforms, or about making projects
};
constexpr VerbHelp kVerbs[] = {
    {"list", "what there is: subjects, clauses, fuzz targets, engines"},
    {"check", "try to break every clause on every subject"},
    {"fuzz", "the same, guided by coverage"},
    {"ci", "all of it within a budget, with reports for CI systems"},
    {"merge DIR...", "put the results of `check --shard` together"},
    {"kill", "how soon each planted bug is found: the proof of the contract"},
    {"repro FILE", "run one case again, step by step"},
    {"shrink FILE", "make a failing case smaller"},
    {"report DIR", "one page to look at, of what a run wrote"},
    {"corpus", "look after the cases of the repository"},
    {"bisect FILE", "find the commit that broke a case"},
    {"init DIR", "write a project that has a transform of its own tested", true},
    {"inspect FILE", "show the frames or blocks of an encoded file", true},
    {"encode, decode", "send files through transforms", true},
    {"keygen FILE", "make a key for those that encrypt", true},
};

std::string short_help() {
  std::string text = fmt::format("{}\n\n", kAbout);
  const auto line = [&](std::string_view verb, std::string_view about) {
    text += fmt::format("  {} {:<17} {}\n", program_name(), verb, about);
  };
  for (const VerbHelp& each : kVerbs) {
    if (!each.weir_only || !is_contract_program()) line(each.verb, each.about);
  }
  text += "\n";
  line("VERB --help", "options and an example");
  return text;
}

std::string check_budget(const std::string& text) {
  return parse_budget(text) ? std::string()
                            : fmt::format("'{}' is not {}", printable(text), kBudgetForms);
}

// Whole numbers only: the parser behind would take "-1" for a large one.
std::string check_count(const std::string& text) {
  const bool digits = !text.empty() && text.size() <= 18 &&
                      text.find_first_not_of("0123456789") == std::string::npos;
  return digits ? std::string() : fmt::format("'{}' is not a whole number", printable(text));
}
std::string check_positive(const std::string& text) {
  const std::string error = check_count(text);
  if (!error.empty()) return error;
  return text.find_first_not_of('0') == std::string::npos ? "must be at least 1" : std::string();
}
std::string check_jobs(const std::string& text) {
  const std::string error = check_positive(text);
  if (!error.empty()) return error;
  return text.size() > 3 || std::stoul(text) > 256 ? "at most 256 jobs" : std::string();
}

std::string check_seeds(const std::string& text) {
  const std::string error = check_positive(text);
  if (!error.empty()) return error;
  return text.size() > 4 || std::stoul(text) > kSeedsMax
             ? fmt::format("at most {} seeds", kSeedsMax)
             : std::string();
}

std::string check_chains(const std::string& text) {
  const std::string error = check_positive(text);
  if (!error.empty()) return error;
  return text.size() > 4 || std::stoul(text) > 1000 ? "at most 1000 chains" : std::string();
}

// An empty word is more often a variable that was never set than one that is meant.
std::string check_given(const std::string& text) {
  return text.empty() ? "must not be empty" : std::string();
}

// An option that may be given again and again, one value at a time, so that it does not swallow the
// names behind it.
CLI::Option* add_list(CLI::App* verb, const std::string& name, std::vector<std::string>& values,
                      const std::string& about, const std::string& kind) {
  return verb->add_option(name, values, about)->allow_extra_args(false)->type_name(kind);
}

CLI::App* add_verb(CLI::App& app, const std::string& name, const std::string& about,
                   const std::string& example) {
  CLI::App* verb = app.add_subcommand(name, about);
  verb->footer(as_called(example));
  return verb;
}

// Runs a verb with what was brought.
int bring_and(const ForeignOptions& foreign, const std::function<int()>& run) {
  std::string error;
  {
    // It runs what is from outside, which may take long or never end.
    const LeaveOnSignal leave;
    error = bring(foreign);
  }
  if (error.empty()) return run();
  return refuse(kExitCouldNotRun, error);
}

struct CorpusOptions {
  CorpusFreezeOptions freeze;
  CorpusReplayOptions replay;
  CorpusPromoteOptions promote;
  CorpusStatsOptions stats;
  CorpusLintOptions lint;
  CorpusMinimiseOptions minimise;
  CorpusMergeOptions merge;
  CorpusImportOptions importing;
  CorpusExportOptions exporting;
};

struct AllOptions {
  ForeignOptions foreign;
  ListOptions list;
  CheckOptions check;
  MergeOptions merge;
  CiOptions ci;
  KillOptions kill;
  FuzzOptions fuzz;
  ReproOptions repro;
  ShrinkOptions shrink;
  ReportOptions report;
  CorpusOptions corpus;
  BisectOptions bisect;
  InitOptions init;
  InspectOptions inspect;
  EncodeOptions encode;
  EncodeOptions decode;
  KeygenOptions keygen;
};

void add_list_verb(CLI::App& app, ListOptions& options, ForeignOptions& foreign,
                   std::function<int()>& run) {
  CLI::App* verb = add_verb(app, "list", "Show subjects, clauses, fuzz targets and engines",
                            "Example:\n  weir list --json");
  verb->add_flag("--json", options.json, "One JSON object with everything");
  verb->add_flag("--mutants", options.mutants, "The faulty transforms that prove the clauses");
  verb->add_flag("--traits", options.traits, "What a transform can claim, and who needs it");
  verb->add_flag("--profiles", options.profiles, "Sets of traits for usual conventions");
  verb->add_flag("--contract-md", options.contract, "The text of docs/contract.md");
  add_foreign_options(*verb, foreign);
  verb->callback(
      [&] { run = [&] { return bring_and(foreign, [&] { return run_list(options); }); }; });
}

void add_check_verb(CLI::App& app, CheckOptions& options, ForeignOptions& foreign,
                    std::function<int()>& run) {
  CLI::App* verb =
      add_verb(app, "check", "Try to break every clause on every subject",
               "Examples:\n"
               "  weir check\n"
               "  weir check stream.zstd/1 --clause truncation --cases 1000\n"
               "  weir check --payload /bin/ls --junit report.xml\n"
               "  weir check chain.crc32c+zstd/1        several as one, in reader's order\n"
               "  weir check --shard 2/4 --json 2.json  the second of four machines\n"
               "  weir check mutant.ignores-count/1     what a failure looks like");
  verb->add_option("subject", options.subjects,
                   "What to check, or patterns; all built-in transforms")
      ->type_name("SUBJECT");
  auto* chains = verb->add_option("--chains", options.chains,
                                  "N chains of two to four transforms, drawn by the seed")
                     ->check(check_chains)
                     ->type_name("N");
  auto* interop = verb->add_option("--interop", options.interop,
                                   "Another implementation: do they understand each other?")
                      ->check(check_given)
                      ->type_name("SUBJECT");
  add_list(verb, "--clause", options.clauses, "Only this clause; again for more", "ID");
  add_list(verb, "--engine", options.engines, "replay, exhaustive, sweep or random; again for more",
           "NAME");
  add_list(verb, "--group", options.groups, "Only clauses of this group, e.g. seek; again for more",
           "NAME");
  verb->add_option("--budget", options.budget,
                   "Time, as 500ms or 2m (60s; with --prove 10s a fault)")
      ->check(check_budget)
      ->type_name("TIME");
  verb->add_option("--cases", options.cases, "Exactly N random cases a pair, besides the others")
      ->check(check_positive)
      ->type_name("N");
  verb->add_option("--seed", options.seed, "Seed of the random cases and chains (default 1)")
      ->check(check_count)
      ->type_name("N");
  verb->add_option("--seeds", options.seeds, "Random cases of N seeds, from --seed on (default 1)")
      ->check(check_seeds)
      ->type_name("N");
  auto* shard = verb->add_option("--shard", options.shard,
                                 "Only part I of N, for `weir merge` to put together")
                    ->check(shard_problem)
                    ->type_name("I/N");
  add_list(verb, "--payload", options.payloads, "Take payloads from this file too", "FILE");
  verb->add_option("--json", options.json, "Write the result as JSON")
      ->check(check_given)
      ->type_name("FILE");
  verb->add_option("--junit", options.junit, "Write the result as JUnit XML")
      ->check(check_given)
      ->type_name("FILE");
  auto* jobs = verb->add_option("--jobs", options.jobs, "Worker processes (default: one a core)")
                   ->check(check_jobs)
                   ->type_name("N");
  verb->add_flag("--dry-run", options.dry_run, "Say what would run, and for how long; run nothing");
  verb->add_flag("--stats", options.stats, "Show what the cases were made of, and any skew");
  auto* prove = verb->add_flag("--prove", options.prove,
                               "Plant faults in SUBJECT: would the contract notice?");
  verb->add_flag("--fail-fast", options.fail_fast, "End at the first finding");
  auto* findings =
      verb->add_option("--findings", options.findings, "Where failing cases go (default: findings)")
          ->check(check_given)
          ->type_name("DIR");
  auto* corpus =
      verb->add_option("--corpus", options.corpus, "Cases to replay first (default: corpus)")
          ->check(check_given)
          ->type_name("DIR");
  // It files nothing, replays nothing, and goes through the faults one by one.
  prove->excludes(jobs)->excludes(findings)->excludes(corpus)->excludes(chains)->excludes(interop);
  prove->excludes(shard);
  interop->excludes(chains);
  add_foreign_options(*verb, foreign);
  verb->callback(
      [&] { run = [&] { return bring_and(foreign, [&] { return run_check(options); }); }; });
}

void add_merge_verb(CLI::App& app, MergeOptions& options, std::function<int()>& run) {
  CLI::App* verb =
      add_verb(app, "merge", "Put the results of `check --shard` together",
               "The exit code is the one that a single run would have had; a shard that\n"
               "is missing leaves its pairs not run.\n"
               "\n"
               "Example:\n  weir merge shards -o whole");
  verb->add_option("path", options.paths, "JSON results of shards, or folders that have them")
      ->check(check_given)
      ->type_name("PATH")
      ->required();
  verb->add_option("--json", options.json, "Write the result as JSON")
      ->check(check_given)
      ->type_name("FILE");
  verb->add_option("--junit", options.junit, "Write the result as JUnit XML")
      ->check(check_given)
      ->type_name("FILE");
  verb->add_option("-o,--output", options.output,
                   "Write results.json, junit.xml and findings/*.case here")
      ->check(check_given)
      ->type_name("DIR");
  verb->callback([&] { run = [&] { return run_merge(options); }; });
}

void add_ci_verb(CLI::App& app, CiOptions& options, ForeignOptions& foreign,
                 std::function<int()>& run) {
  CLI::App* verb =
      add_verb(app, "ci", "Everything within a budget, with reports for CI systems",
               "Examples:\n"
               "  weir ci --budget 10m --base origin/main\n"
               "  weir ci 'stream.z*' --budget 2m --out reports\n"
               "\n"
               "DIR gets results.json, junit.xml, findings.sarif, summary.md, report.html\n"
               "and findings/*.case. docs/ci.md has more.");
  verb->add_option("subject", options.subjects,
                   "What to test, or patterns; all built-in transforms")
      ->type_name("SUBJECT");
  verb->add_option("--budget", options.budget, "Time for all, as 5m or 1h (default 10m)")
      ->check(check_budget)
      ->type_name("TIME");
  auto* base = verb->add_option("--base", options.base, "A revision: which findings are older?")
                   ->check(check_given)
                   ->type_name("REF");
  auto* program = verb->add_option("--base-program", options.base_program,
                                   "What replays a case there (default: tools/weir)")
                      ->check(check_given)
                      ->needs(base)
                      ->type_name("COMMAND");
  verb->add_option("--base-build", options.base_build, "What builds that program")
      ->check(check_given)
      ->needs(program)
      ->type_name("COMMAND");
  verb->add_option("--out", options.output, "Where the reports go (default: weir-ci)")
      ->check(check_given)
      ->type_name("DIR");
  verb->add_option("--seed", options.seed, "Seed of random cases and targets (default 1)")
      ->check(check_count)
      ->type_name("N");
  verb->add_option("--cases", options.cases, "At most N random cases a pair in the property suite")
      ->check(check_positive)
      ->type_name("N");
  add_list(verb, "--clause", options.clauses, "Only this clause; again for more", "ID");
  add_list(verb, "--group", options.groups, "Only clauses of this group; again for more", "NAME");
  verb->add_option("--corpus", options.corpus, "Cases and golden streams (default: corpus)")
      ->check(check_given)
      ->type_name("DIR");
  auto* targets = verb->add_option("--targets", options.targets,
                                   "Programs of the build that has the fuzz targets")
                      ->check(check_given)
                      ->type_name("DIR");
  verb->add_flag("--no-fuzz", options.no_fuzz, "No guided search")->excludes(targets);
  verb->add_option("--jobs", options.jobs, "Processes at once (default: one a core)")
      ->check(check_jobs)
      ->type_name("N");
  add_foreign_options(*verb, foreign);
  verb->callback(
      [&] { run = [&] { return bring_and(foreign, [&] { return run_ci(options, foreign); }); }; });
}

void add_kill_verb(CLI::App& app, KillOptions& options, std::function<int()>& run) {
  CLI::App* verb = add_verb(app, "kill", "Show how soon each planted bug is found, and by whom",
                            "Examples:\n"
                            "  weir kill\n"
                            "  weir kill block-tail seek-keeps-buffer --engine random --seed 7\n"
                            "  weir kill --yardsticks --json kills.json");
  verb->add_option("name", options.names, "Mutants, and correct subjects beside them; all mutants")
      ->type_name("NAME");
  add_list(verb, "--engine", options.engines, "exhaustive, sweep, random or guided; again for more",
           "NAME");
  add_list(verb, "--seed", options.seeds, "A seed of random and guided; again for more (1, 2, 3)",
           "N")
      ->check(check_count);
  auto* cases = verb->add_option("--cases", options.cases, "Random cases a mutant at most")
                    ->check(check_positive)
                    ->type_name("N");
  verb->add_option("--budget", options.budget, "For a mutant and engine (30s; yardsticks: 1s)")
      ->check(check_budget)
      ->excludes(cases)
      ->type_name("TIME");
  verb->add_option("--json", options.json, "Write the result as JSON")
      ->check(check_given)
      ->type_name("FILE");
  verb->add_flag("--yardsticks", options.yardsticks,
                 "Also other tests, and Weir untold, in as much time");
  verb->callback([&] { run = [&] { return run_kill(options); }; });
}

void add_fuzz_verb(CLI::App& app, FuzzOptions& options, ForeignOptions& foreign,
                   std::function<int()>& run) {
  CLI::App* verb = add_verb(app, "fuzz", "Search with the coverage-guided fuzz targets",
                            "Examples:\n"
                            "  weir fuzz --budget 10m\n"
                            "  weir fuzz seek faults --subject mutant.ignores-count/1\n"
                            "  weir fuzz seek --engine afl --jobs 4");
  verb->add_option("target", options.targets, "Which targets; all of them share the budget")
      ->type_name("TARGET");
  verb->add_option("--budget", options.budget, "Time for all, as 60s, 10m or 1h (default 60s)")
      ->check(check_budget)
      ->type_name("TIME");
  verb->add_option("--seed", options.seed, "Seed of the targets (default: a new one each time)")
      ->check(check_count)
      ->type_name("N");
  verb->add_option("--jobs", options.jobs, "Targets, or AFL++ instances, at once (default: cores)")
      ->check(check_jobs)
      ->type_name("N");
  verb->add_option("--engine", options.engine, "libfuzzer or afl (default: libfuzzer)")
      ->check(CLI::IsMember({"libfuzzer", "afl"}))
      ->type_name("NAME");
  verb->add_option("--subject", options.subject, "Only this subject; a mutant shows a finding")
      ->check(check_given)
      ->type_name("SUBJECT");
  verb->add_option("--findings", options.findings, "Where failing cases go (default: findings)")
      ->check(check_given)
      ->type_name("DIR");
  verb->add_option("--corpus", options.corpus, "Seeds (default: corpus)")
      ->check(check_given)
      ->type_name("DIR");
  verb->add_option("--json", options.json, "Write the result as JSON")
      ->check(check_given)
      ->type_name("FILE");
  add_plugin_options(*verb, foreign);
  verb->callback([&] {
    run = [&] { return bring_and(foreign, [&] { return run_fuzz(options, foreign); }); };
  });
}

void add_repro_verb(CLI::App& app, ReproOptions& options, ForeignOptions& foreign,
                    std::function<int()>& run) {
  CLI::App* verb = add_verb(app, "repro", "Run cases again, step by step",
                            "Example:\n  weir repro findings/*.case");
  verb->add_option("file", options.files, "`.case` files, or raw files of a fuzz target")
      ->type_name("FILE")
      ->required();
  verb->add_option("--target", options.target, "The fuzz target that made a raw file")
      ->check(check_given)
      ->type_name("NAME");
  verb->add_option("--subject", options.subject, "The subject that this target was run with")
      ->check(check_given)
      ->type_name("NAME");
  add_list(verb, "--payload", options.payloads, "A real file that the case takes slices of",
           "FILE");
  verb->add_option("--repeat", options.repeat, "How often to run each (default 5)")
      ->check(check_positive)
      ->check(check_jobs)
      ->type_name("N");
  verb->add_option("--json", options.json, "Write the result as JSON")
      ->check(check_given)
      ->type_name("FILE");
  CLI::Option* emit = verb->add_flag("--emit-test", options.emit_test,
                                     "Print the case as a GoogleTest file instead");
  verb->add_flag("--recipe", options.recipe, "Print it as steps in plain words instead")
      ->excludes(emit);
  verb->add_option("-o,--output", options.output, "Where either goes (default: standard output)")
      ->check(check_given)
      ->type_name("OUT");
  add_foreign_options(*verb, foreign);
  verb->callback(
      [&] { run = [&] { return bring_and(foreign, [&] { return run_repro(options); }); }; });
}

void add_shrink_verb(CLI::App& app, ShrinkOptions& options, ForeignOptions& foreign,
                     std::function<int()>& run) {
  CLI::App* verb = add_verb(app, "shrink", "Make a failing case smaller",
                            "Example:\n  weir shrink crash-1f3a -o smaller.case");
  verb->add_option("file", options.file, "A `.case` file, or a raw file of a fuzz target")
      ->type_name("FILE")
      ->required();
  verb->add_option("-o,--output", options.output, "Where it goes (default: standard output)")
      ->check(check_given)
      ->type_name("OUT");
  verb->add_option("--target", options.target, "The fuzz target that made a raw file")
      ->check(check_given)
      ->type_name("NAME");
  verb->add_option("--subject", options.subject, "The subject that this target was run with")
      ->check(check_given)
      ->type_name("NAME");
  add_list(verb, "--payload", options.payloads, "A real file that the case takes slices of",
           "FILE");
  CLI::Option* explain = verb->add_flag("--explain", options.explain,
                                        "Say for each part of the result whether it matters");
  verb->add_option("--json", options.json, "Write the explanation as JSON")
      ->check(check_given)
      ->type_name("FILE")
      ->needs(explain);
  add_foreign_options(*verb, foreign);
  verb->callback(
      [&] { run = [&] { return bring_and(foreign, [&] { return run_shrink(options); }); }; });
}

void add_report_verb(CLI::App& app, ReportOptions& options, ForeignOptions& foreign,
                     std::function<int()>& run) {
  CLI::App* verb =
      add_verb(app, "report", "Show what a run wrote as one HTML page",
               "Reads what check, ci, fuzz and kill (--json) and `llvm-cov export -summary-only`\n"
               "wrote to DIR, and runs the findings again for their traces. The exit code says\n"
               "whether there is a page, not what the run had found.\n"
               "\n"
               "Examples:\n"
               "  weir report results -o report.html\n"
               "  weir report --trend nightly -o trend.html     a folder of many runs' folders");
  verb->add_option("dir", options.folder, "Where the results are")
      ->check(check_given)
      ->type_name("DIR")
      ->required();
  verb->add_option("-o,--output", options.output,
                   "The page (default: report.html or trend.html in DIR)")
      ->check(check_given)
      ->type_name("FILE");
  verb->add_flag("--trend", options.trend, "Many runs over time");
  add_foreign_options(*verb, foreign);
  verb->callback(
      [&] { run = [&] { return bring_and(foreign, [&] { return run_report(options); }); }; });
}

// Golden streams are of transforms that ship.
void add_golden_verbs(CLI::App& corpus, CorpusOptions& options, std::function<int()>& run) {
  CLI::App* freeze = add_verb(corpus, "freeze", "Keep what this version writes, for ever",
                              "Example:\n  weir corpus freeze stream.crc32c/1");
  freeze->add_option("subject", options.freeze.subjects, "What to freeze; all shipped transforms")
      ->type_name("SUBJECT");
  freeze->add_option("--output", options.freeze.output, "The corpus it goes to (default: corpus)")
      ->check(check_given)
      ->type_name("DIR");
  freeze->add_option("--seed", options.freeze.seed, "Seed of random payloads (default 1)")
      ->check(check_count)
      ->type_name("N");
  freeze->callback([&] { run = [&] { return run_corpus_freeze(options.freeze); }; });
  CLI::App* replay = add_verb(corpus, "replay", "Read what earlier versions wrote, and compare",
                              "Example:\n  weir corpus replay corpus/golden");
  replay->add_option("path", options.replay.paths, "Golden streams, or folders (default: corpus)")
      ->check(check_given)
      ->type_name("PATH");
  replay->callback([&] { run = [&] { return run_corpus_replay(options.replay); }; });
}

void add_promote_verb(CLI::App& corpus, CorpusPromoteOptions& options, ForeignOptions& foreign,
                      std::function<int()>& run) {
  CLI::App* promote =
      add_verb(corpus, "promote", "Move a case to regressions, or to open",
               "Cases of regressions/ must hold; those of open/ are known to be violated.\n"
               "\n"
               "Examples:\n"
               "  weir corpus promote corpus/open/*.case\n"
               "  weir corpus promote --to open findings/stream.x-1--eof-sticky--hang.case");
  promote->add_option("file", options.files, "`.case` files")
      ->check(check_given)
      ->type_name("FILE")
      ->required();
  promote->add_option("--to", options.to, "regressions (default): it holds; open: it does not")
      ->check(CLI::IsMember({"regressions", "open"}))
      ->type_name("PLACE");
  promote->add_option("--corpus", options.corpus, "Default: that of the file, or corpus")
      ->check(check_given)
      ->type_name("DIR");
  add_foreign_options(*promote, foreign);
  promote->callback([&] {
    run = [&] { return bring_and(foreign, [&] { return run_corpus_promote(options); }); };
  });
}

void add_looking_verbs(CLI::App& corpus, CorpusOptions& options, ForeignOptions& foreign,
                       std::function<int()>& run) {
  CLI::App* stats = add_verb(corpus, "stats", "Count files by folder, clause and subject",
                             "Example:\n  weir corpus stats --json -");
  stats->add_option("dir", options.stats.folder, "Which (default: corpus)")
      ->check(check_given)
      ->type_name("DIR");
  stats->add_option("--json", options.stats.json, "Write the counts as JSON")
      ->check(check_given)
      ->type_name("FILE");
  stats->callback([&] { run = [&] { return run_corpus_stats(options.stats); }; });
  CLI::App* lint =
      add_verb(corpus, "lint", "Find files that nobody reads, or out of place",
               "One line each: duplicate, unreadable, unreachable, oversized, misplaced; exit\n"
               "code 1 if there are any.\n"
               "\n"
               "Example:\n  weir corpus lint");
  lint->add_option("dir", options.lint.folder, "Which (default: corpus)")
      ->check(check_given)
      ->type_name("DIR");
  lint->add_option("--json", options.lint.json, "Write the problems as JSON")
      ->check(check_given)
      ->type_name("FILE");
  add_foreign_options(*lint, foreign);
  lint->callback([&] {
    run = [&] { return bring_and(foreign, [&] { return run_corpus_lint(options.lint); }); };
  });
}

void add_changing_verbs(CLI::App& corpus, CorpusOptions& options, std::function<int()>& run) {
  CLI::App* minimise =
      add_verb(corpus, "minimise", "Drop seeds that show nothing new",
               "What a case shows: the edges that a fuzz target takes, by libFuzzer's merge,\n"
               "where this build has the engine; else operations, calls, answers and counters.\n"
               "Regressions, open cases and golden streams are not touched.\n"
               "\n"
               "Examples:\n"
               "  weir corpus minimise --dry-run\n"
               "  weir corpus minimise --target seek raw/seek");
  minimise->add_option("dir", options.minimise.folder, "Which (default: corpus)")
      ->check(check_given)
      ->type_name("DIR");
  minimise
      ->add_option("--target", options.minimise.target,
                   "DIR has bytes of this fuzz target, no cases")
      ->check(check_given)
      ->type_name("NAME");
  minimise->add_option("--subject", options.minimise.subject, "The subject that it was run with")
      ->check(check_given)
      ->type_name("NAME");
  minimise->add_option("--by", options.minimise.by, "edges or counters")
      ->check(CLI::IsMember({"edges", "counters"}))
      ->type_name("WHAT");
  minimise->add_flag("--dry-run", options.minimise.dry_run, "Say what would go; drop nothing");
  minimise->callback([&] { run = [&] { return run_corpus_minimise(options.minimise); }; });
  CLI::App* merge = add_verb(corpus, "merge", "Make one corpus of several",
                             "Of files that say the same one stays: golden, regressions, open,\n"
                             "seeds, in this order. Raw files of fuzzers are merged as well.\n"
                             "\n"
                             "Example:\n  weir corpus merge mine theirs -o both");
  merge->add_option("dir", options.merge.folders, "Corpora, or folders of raw files")
      ->check(check_given)
      ->type_name("DIR")
      ->required();
  merge->add_option("-o,--output", options.merge.output, "Where all goes; what is there stays")
      ->check(check_given)
      ->type_name("OUT")
      ->required();
  merge->callback([&] { run = [&] { return run_corpus_merge(options.merge); }; });
}

void add_exchange_verbs(CLI::App& corpus, CorpusOptions& options, std::function<int()>& run) {
  CLI::App* importing =
      add_verb(corpus, "import", "Turn inputs of fuzzers into cases",
               "Folders of libFuzzer, output folders of AFL++, zip files of OSS-Fuzz, or files.\n"
               "Each is run: what holds goes to seeds/TARGET, what is violated to open.\n"
               "\n"
               "Examples:\n"
               "  weir corpus import --target seek afl-out\n"
               "  weir corpus import fuzz_seek_seed_corpus.zip --output elsewhere");
  importing->add_option("path", options.importing.paths, "Folders, zip files, files")
      ->check(check_given)
      ->type_name("PATH")
      ->required();
  importing
      ->add_option("--target", options.importing.target,
                   "The fuzz target (default: as the path is named)")
      ->check(check_given)
      ->type_name("NAME");
  importing
      ->add_option("-o,--output", options.importing.output,
                   "The corpus it goes to (default: corpus)")
      ->check(check_given)
      ->type_name("DIR");
  importing
      ->add_option("--subject", options.importing.subject,
                   "The subject that the target was run with")
      ->check(check_given)
      ->type_name("NAME");
  importing->add_flag("--raw", options.importing.raw,
                      "Write bytes to DIR/TARGET instead; run nothing");
  importing->callback([&] { run = [&] { return run_corpus_import(options.importing); }; });
  CLI::App* exporting =
      add_verb(corpus, "export", "Write cases as fuzzers take them",
               "For each target: a folder of raw inputs, fuzz_TARGET_seed_corpus.zip, and\n"
               "fuzz_TARGET.dict where there is one. Open cases stay out.\n"
               "\n"
               "Example:\n  weir corpus export seek -o raw");
  exporting->add_option("target", options.exporting.targets, "Which fuzz targets; all of them")
      ->type_name("TARGET");
  exporting->add_option("-o,--output", options.exporting.output, "A new folder, or an empty one")
      ->check(check_given)
      ->type_name("DIR")
      ->required();
  exporting->add_option("--corpus", options.exporting.corpus, "Which (default: corpus)")
      ->check(check_given)
      ->type_name("DIR");
  exporting->callback([&] { run = [&] { return run_corpus_export(options.exporting); }; });
}

void add_corpus_verb(CLI::App& app, CorpusOptions& options, ForeignOptions& foreign,
                     std::function<int()>& run) {
  CLI::App* verb = add_verb(app, "corpus", "Look after the cases of the repository",
                            is_contract_program() ? "Example:\n  weir corpus lint"
                                                  : "Examples:\n"
                                                    "  weir corpus lint\n"
                                                    "  weir corpus freeze stream.crc32c/1\n"
                                                    "  weir corpus replay");
  verb->require_subcommand(1);
  if (!is_contract_program()) add_golden_verbs(*verb, options, run);
  add_promote_verb(*verb, options.promote, foreign, run);
  add_looking_verbs(*verb, options, foreign, run);
  add_changing_verbs(*verb, options, run);
  add_exchange_verbs(*verb, options, run);
}

void add_bisect_verb(CLI::App& app, BisectOptions& options, std::function<int()>& run) {
  CLI::App* verb =
      add_verb(app, "bisect", "Find the commit that broke a case",
               "Commits between GOOD and BAD are built and tried in a work tree of their own, by\n"
               "git bisect. One that does not build, or cannot run the case, says nothing.\n"
               "\n"
               "Examples:\n"
               "  weir bisect corpus/open/flush.case v1.2 HEAD\n"
               "  weir bisect x.case HEAD~20 HEAD --build 'make -j4' --program out/my_contract");
  verb->add_option("file", options.file, "A `.case` file")
      ->check(check_given)
      ->type_name("FILE")
      ->required();
  verb->add_option("good", options.good, "A commit where it held")
      ->check(check_given)
      ->type_name("GOOD")
      ->required();
  verb->add_option("bad", options.bad, "A later one where it is violated")
      ->check(check_given)
      ->type_name("BAD")
      ->required();
  verb->add_option("--build", options.build, "Builds a commit (default: tools/weir list)")
      ->check(check_given)
      ->type_name("COMMAND");
  verb->add_option("--program", options.program,
                   "What has the verb repro then (default: tools/weir)")
      ->check(check_given)
      ->type_name("PATH");
  verb->callback([&] { run = [&] { return run_bisect(options); }; });
}

void add_init_verb(CLI::App& app, InitOptions& options, std::function<int()>& run) {
  CLI::App* verb =
      add_verb(app, "init", "Write a project that has a transform of its own tested",
               "It builds and passes as it is; the line marked PLANTED BUG, once it is\n"
               "uncommented, is caught.\n"
               "\n"
               "Example:\n  weir init demo --like zstd");
  verb->add_option("dir", options.folder, "A new folder, or an empty one")
      ->check(check_given)
      ->type_name("DIR")
      ->required();
  verb->add_option("--like", options.like, like_help())->check(check_given)->type_name("NAME");
  verb->callback([&] { run = [&] { return run_init(options); }; });
}

void add_inspect_verb(CLI::App& app, InspectOptions& options, std::function<int()>& run) {
  CLI::App* verb = add_verb(app, "inspect", "Show the frames or blocks of an encoded file",
                            "Examples:\n"
                            "  weir inspect data.zst\n"
                            "  weir inspect --json --all - < data.zst");
  verb->add_option("file", options.file, "What to look at; '-': standard input")
      ->required()
      ->check(check_given)
      ->type_name("FILE");
  verb->add_option("--transform", options.transform,
                   "What wrote it (default: what it begins with says so)")
      ->check(check_given)
      ->type_name("DESCRIPTOR");
  verb->add_flag("--verify", options.verify, "Decode all frames, so that checksums are verified");
  verb->add_flag("--all", options.all, "Show every part, not only the first and the last ones");
  verb->add_flag("--json", options.json, "One JSON object");
  verb->callback([&] { run = [&] { return run_inspect(options); }; });
}

constexpr const char* kEncodeExamples =
    R"(A key is made by `weir keygen`; what one writes is read with the same key. The
transforms are given as a reader applies them, so what is to be compressed first
stands last. With --suffix or --output-dir every FILE is an input; inputs stay.

Examples:
  weir encode --transform stream.zstd/1 data data.zst
  tar c dir | weir encode --transform stream.zstd/1 > dir.tar.zst
  weir encode --transform stream.zstd-seekable/1 --level 9 --suffix .zst *.log
  weir encode --transform stream.xchacha20poly1305/1 --transform stream.zstd/1 \
      --key-file backup.key data data.sealed)";

constexpr const char* kDecodeExamples =
    R"(Sizes have K, M, G or T behind them: 1K is 1024. A range is START-END (END not
included), START+LENGTH or START-. Where the input is a file and every transform
can seek, only what the range needs is read; otherwise all before it is decoded
and thrown away. A range that the payload does not have is an error.

Examples:
  weir decode --transform stream.zstd/1 data.zst data
  weir decode --transform stream.zstd/1 < dir.tar.zst | tar x
  weir decode --transform stream.zstd-seekable/1 --range 2G+64K data.zst part
  weir decode --transform stream.xchacha20poly1305/1 --transform stream.zstd/1 \
      --key-file backup.key data.sealed data
  weir decode --transform stream.zstd/1 --suffix .zst --output-dir out *.zst)";

void add_encode_verb(CLI::App& app, Direction direction, EncodeOptions& options,
                     std::function<int()>& run) {
  const bool encode = direction == Direction::kEncode;
  CLI::App* verb = add_verb(app, encode ? "encode" : "decode",
                            encode ? "Send files through transforms" : "Get the files back",
                            encode ? kEncodeExamples : kDecodeExamples);
  verb->add_option("file", options.files, "IN and OUT; '-' or none: standard input, output")
      ->check(check_given)
      ->type_name("FILE");
  add_chain_options(*verb, direction, options.chain);
  if (!encode) {
    verb->add_option_function<std::string>(
            "--range",
            [&options](const std::string& text) {
              ByteRange range;
              const std::string wrong = parse_range(text, range);
              if (!wrong.empty()) throw CLI::ValidationError("--range", wrong);
              options.range = range;
            },
            "Only these bytes of the payload, e.g. 1M-3M, 4K+512")
        ->type_name("RANGE");
  }
  verb->add_option("--suffix", options.suffix,
                   encode ? "FILEs are inputs; outputs have this behind the name"
                          : "FILEs are inputs; outputs lack this end of the name")
      ->check(check_given)
      ->type_name("SUFFIX");
  verb->add_option("--output-dir", options.output_folder, "FILEs are inputs; outputs go here")
      ->check(check_given)
      ->type_name("DIR");
  verb->add_flag("--force", options.force, "Outputs may replace files that are there");
  verb->add_flag("--quiet", options.quiet, "No progress on the terminal");
  verb->callback([&run, &options, direction] {
    run = [&options, direction] { return run_encode(direction, options); };
  });
}

void add_keygen_verb(CLI::App& app, KeygenOptions& options, std::function<int()>& run) {
  CLI::App* verb = add_verb(app, "keygen", "Make a key for transforms that encrypt",
                            "The file is new, for its owner alone, and has 64 hex digits. Printed\n"
                            "is the id, which the streams of this key have in their header.\n"
                            "\n"
                            "Example:\n  weir keygen backup.key");
  verb->add_option("file", options.file, "Where the key goes; never one that is there")
      ->check(check_given)
      ->type_name("FILE")
      ->required();
  verb->callback([&] { run = [&] { return run_keygen(options); }; });
}

// What the parser says, as one line without its exception's name.
std::string one_line(std::string text) {
  const std::size_t end = text.find('\n');
  if (end != std::string::npos) text.resize(end);
  return printable(text);
}

// `asked_for_help` says that what is printed is only about the program.
int run_program(int argc, char** argv, bool& asked_for_help) {
  CLI::App app(std::string(kAbout), program_name());
  app.set_version_flag("--version", fmt::format("weir {}", kVersion));
  app.require_subcommand(0, 1);
  app.get_formatter()->column_width(26);
  AllOptions options;
  std::function<int()> run;
  add_list_verb(app, options.list, options.foreign, run);
  add_check_verb(app, options.check, options.foreign, run);
  add_merge_verb(app, options.merge, run);
  add_ci_verb(app, options.ci, options.foreign, run);
  add_kill_verb(app, options.kill, run);
  add_fuzz_verb(app, options.fuzz, options.foreign, run);
  add_repro_verb(app, options.repro, options.foreign, run);
  add_shrink_verb(app, options.shrink, options.foreign, run);
  add_report_verb(app, options.report, options.foreign, run);
  add_corpus_verb(app, options.corpus, options.foreign, run);
  add_bisect_verb(app, options.bisect, run);
  if (!is_contract_program()) {
    add_init_verb(app, options.init, run);
    add_inspect_verb(app, options.inspect, run);
    add_encode_verb(app, Direction::kEncode, options.encode, run);
    add_encode_verb(app, Direction::kDecode, options.decode, run);
    add_keygen_verb(app, options.keygen, run);
  }

  // The parser reports by exceptions; they end here.
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    asked_for_help = true;
    CLI::App* verb = &app;
    std::string name = program_name();
    while (!verb->get_subcommands().empty()) {
      if (verb != &app) name += " " + verb->get_name();
      verb = verb->get_subcommands().front();
    }
    write_out(verb == &app ? short_help() : verb->help(name));
    return kExitHeld;
  } catch (const CLI::CallForVersion&) {
    asked_for_help = true;
    print("weir {}\n", kVersion);
    return kExitHeld;
  } catch (const CLI::ParseError& error) {
    std::string verb;
    for (CLI::App* each = &app; !each->get_subcommands().empty();) {
      each = each->get_subcommands().front();
      verb += each->get_name() + " ";
    }
    if (verb.empty() && argc > 1 && argv[1][0] != '-') {
      std::vector<std::string> verbs;
      for (const CLI::App* each : app.get_subcommands({})) verbs.push_back(each->get_name());
      complain(unknown_name("verb", argv[1], verbs, "weir --help"));
    } else {
      complain(fmt::format("{}; see `{} {}--help`", one_line(error.what()), program_name(), verb));
    }
    return kExitUsage;
  }
  if (!run) {
    std::fputs(short_help().c_str(), stderr);
    return kExitUsage;
  }
  return run();
}

// Puts what the project brings under test. Returns an error message.
std::string bring_project(const Contract& contract) {
  try {
    return properties::bring_contract(contract.subjects(), contract.clauses());
  } catch (const std::exception& exception) {
    return fmt::format("the project's subjects cannot be had: {}", exception.what());
  }
}

int run(const Contract* contract, int argc, char** argv) {
  fill_standard_descriptors();
  catch_signals();
  int code = kExitCouldNotRun;
  bool asked_for_help = false;
  try {
    if (contract != nullptr) {
      become_contract_program(contract->name);
      const std::string problem = bring_project(*contract);
      if (!problem.empty()) return refuse(kExitCouldNotRun, problem);
    }
    code = run_program(argc, argv, asked_for_help);
  } catch (const std::bad_alloc&) {
    return refuse(kExitCouldNotRun, "out of memory");
  }
  const int error = finish_output();
  // Who pipes the help into `head` has seen what was wanted.
  if (error == EPIPE && asked_for_help) return code;
  if (error != 0 && code != kExitInterrupted) {
    return refuse(kExitCouldNotRun,
                  std::string("cannot write standard output: ") +
                      (error == EPIPE ? "the reader closed the pipe" : std::strerror(error)));
  }
  return code;
}

}  // namespace

int run_command_line(int argc, char** argv) { return run(nullptr, argc, argv); }

int run_contract(const Contract& contract, int argc, char** argv) {
  return run(&contract, argc, argv);
}

}  // namespace weir::cli
