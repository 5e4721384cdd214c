// The verbs of `weir`. Each has its options, as they stand on the command line, and returns an exit
// code.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "byte_range.h"
#include "chain_options.h"

namespace weir::cli {

struct ForeignOptions;

struct ListOptions {
  bool json = false;
  bool mutants = false;
  bool contract = false;
  bool traits = false;
  bool profiles = false;
};
int run_list(const ListOptions& options);

struct CheckOptions {
  std::vector<std::string> subjects;
  std::uint64_t chains = 0;  ///< drawn by `seed`, besides the subjects
  std::string interop;       ///< another implementation of what the subjects are
  std::vector<std::string> clauses;
  std::vector<std::string> groups;
  std::vector<std::string> engines;
  std::string budget;  ///< empty: 60s, or no limit with `cases`
  std::optional<std::uint64_t> cases;
  std::uint64_t seed = 1;
  std::uint64_t seeds = 1;  ///< how many, from `seed` on
  std::string shard;        ///< "2/4": only this part; empty: all
  std::vector<std::string> payloads;
  std::string json;
  std::string junit;
  unsigned jobs = 0;
  bool fail_fast = false;
  bool stats = false;
  bool dry_run = false;
  bool prove = false;
  std::string findings = "findings";
  std::string corpus;
};
int run_check(const CheckOptions& options);

struct MergeOptions {
  std::vector<std::string> paths;  ///< results of shards, and folders that have some
  std::string json;
  std::string junit;
  std::string output;  ///< a folder for all of it; empty: none
};
int run_merge(const MergeOptions& options);

struct CiOptions {
  std::vector<std::string> subjects;  ///< names, or patterns of them
  std::vector<std::string> clauses;
  std::vector<std::string> groups;
  std::string budget = "10m";
  std::optional<std::uint64_t> cases;
  std::uint64_t seed = 1;
  std::string output = "weir-ci";
  std::string corpus;
  std::string targets;   ///< the folder of a build that has the fuzz targets
  bool no_fuzz = false;  ///< no guided search
  unsigned jobs = 0;
  std::string base;  ///< a revision; empty: findings have no age
  std::string base_build;
  std::string base_program;
};
int run_ci(const CiOptions& options, const ForeignOptions& foreign);

struct KillOptions {
  std::vector<std::string> names;
  std::vector<std::string> engines;
  std::vector<std::string> seeds;  ///< empty: 1, 2, 3
  std::optional<std::uint64_t> cases;
  std::string budget;  ///< of a mutant and engine; empty: 30s, or 1s with `yardsticks`
  std::string json;
  bool yardsticks = false;
};
int run_kill(const KillOptions& options);

struct FuzzOptions {
  std::vector<std::string> targets;
  std::string budget = "60s";
  std::optional<std::uint64_t> seed;  ///< none: another one each time
  unsigned jobs = 0;
  std::string engine = "libfuzzer";  ///< or "afl"
  std::string subject;
  std::string findings = "findings";
  std::string corpus;
  std::string json;
};
int run_fuzz(const FuzzOptions& options, const ForeignOptions& foreign);

struct ReproOptions {
  std::vector<std::string> files;
  std::string target;
  std::string subject;
  std::vector<std::string> payloads;
  std::string json;
  unsigned repeat = 5;
  bool emit_test = false;  ///< print a GoogleTest file instead
  bool recipe = false;     ///< print numbered steps in words instead
  std::string output;      ///< where either goes; empty: standard output
};
int run_repro(const ReproOptions& options);

struct ReportOptions {
  std::string folder;
  std::string output;  ///< empty: report.html or trend.html in the folder; "-": standard output
  bool trend = false;  ///< the folder has many runs
};
int run_report(const ReportOptions& options);

struct ShrinkOptions {
  std::string file;
  std::string output;
  std::string target;
  std::string subject;
  std::vector<std::string> payloads;
  bool explain = false;
  std::string json;  ///< with `explain`
};
int run_shrink(const ShrinkOptions& options);

struct InitOptions {
  std::string folder;
  std::string like = "rot13";
};
int run_init(const InitOptions& options);
/// What `--like` may name, for its help.
std::string like_help();

struct KeygenOptions {
  std::string file;
};
int run_keygen(const KeygenOptions& options);

struct CorpusFreezeOptions {
  std::vector<std::string> subjects;  ///< empty: all shipped transforms
  std::string output;                 ///< a corpus; empty: the project's
  std::uint64_t seed = 1;
};
int run_corpus_freeze(const CorpusFreezeOptions& options);

struct CorpusReplayOptions {
  std::vector<std::string> paths;  ///< files and folders; empty: the project's corpus
};
int run_corpus_replay(const CorpusReplayOptions& options);

struct CorpusPromoteOptions {
  std::vector<std::string> files;
  std::string to = "regressions";  ///< or open
  std::string corpus;              ///< empty: the one that a file stands in, or the project's
};
int run_corpus_promote(const CorpusPromoteOptions& options);

struct CorpusStatsOptions {
  std::string folder;  ///< empty: the project's corpus
  std::string json;
};
int run_corpus_stats(const CorpusStatsOptions& options);

struct CorpusLintOptions {
  std::string folder;  ///< empty: the project's corpus
  std::string json;
};
int run_corpus_lint(const CorpusLintOptions& options);

struct CorpusMinimiseOptions {
  std::string folder;   ///< empty: the project's corpus
  std::string target;   ///< the folder has bytes of this fuzz target
  std::string subject;  ///< that the target was run with; empty: those under test
  std::string by;       ///< edges or counters; empty: edges where they can be had
  bool dry_run = false;
};
int run_corpus_minimise(const CorpusMinimiseOptions& options);

struct CorpusMergeOptions {
  std::vector<std::string> folders;
  std::string output;
};
int run_corpus_merge(const CorpusMergeOptions& options);

struct CorpusImportOptions {
  std::vector<std::string> paths;
  std::string target;   ///< empty: what the names of the paths say
  std::string subject;  ///< that the target was run with; empty: those under test
  std::string output;   ///< a corpus; empty: the project's
  bool raw = false;     ///< write bytes instead of cases
};
int run_corpus_import(const CorpusImportOptions& options);

struct CorpusExportOptions {
  std::vector<std::string> targets;  ///< empty: all
  std::string output;
  std::string corpus;  ///< empty: the project's
};
int run_corpus_export(const CorpusExportOptions& options);

struct BisectOptions {
  std::string file;
  std::string good;
  std::string bad;
  std::string build;    ///< a command for a shell; empty: what builds this project
  std::string program;  ///< below the work tree; empty: this project's
};
int run_bisect(const BisectOptions& options);

struct InspectOptions {
  std::string file;       ///< '-': standard input
  std::string transform;  ///< empty: what the file begins with says it
  bool verify = false;
  bool all = false;
  bool json = false;
};
int run_inspect(const InspectOptions& options);

struct EncodeOptions {
  ChainOptions chain;
  std::vector<std::string> files;  ///< input and output, or inputs if one of the next two is given
  std::string suffix;              ///< what the encoded files' names have besides
  std::string output_folder;       ///< empty: beside the inputs
  bool force = false;              ///< outputs may replace files
  std::optional<ByteRange> range;  ///< of the payload; decode only
  bool quiet = false;
};
int run_encode(Direction direction, const EncodeOptions& options);

}  // namespace weir::cli
