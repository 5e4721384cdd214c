// `weir check`: every clause on every subject, by replay, exhaustion and chance.
#include <algorithm>
#include <cstdlib>

#include "case_input.h"
#include "check_report.h"
#include "check_run.h"
#include "commands.h"
#include "exit_code.h"
#include "files.h"
#include "foreign.h"
#include "golden_replays.h"
#include "names.h"
#include "open_cases.h"
#include "program.h"
#include "properties/chain_subject.h"
#include "properties/pair_subject.h"
#include "properties/runner.h"
#include "prove.h"
#include "report.h"
#include "shard.h"
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
  std::vector<std::string> unmatched;
  std::vector<std::string> names = expand_patterns(options.subjects, unmatched);
  if (!unmatched.empty()) return refuse(kExitUsage, no_subject_matches(unmatched.front()));
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
  int code = kExitHeld;
  error = outputs_problem(options.json, options.junit, code);
  if (!error.empty()) {
    complain(error);
    return code;
  }
  if (const FileOutcome findings = check_folder(options.findings); !findings.ok()) {
    return refuse(kExitCouldNotRun, findings.error);
  }
  if (options.seeds > 1 && !planned(EngineId::kRandom)) {
    return refuse(kExitUsage, "--seeds wants the random engine: the others draw nothing");
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
  double budget = options.cases ? 0 : kBudgetSeconds;
  if (!options.budget.empty()) budget = parse_budget(options.budget).value_or(0);
  prepare_search({options.seed, options.cases, budget, options.jobs}, plan);
  plan.findings_folder = options.findings;
  plan.collects = options.stats;
  if (options.dry_run && (options.stats || !options.json.empty() || !options.junit.empty())) {
    return refuse(kExitUsage,
                  "--dry-run runs nothing: there is nothing for --stats, --json or "
                  "--junit to say");
  }
  return std::nullopt;
}

}  // namespace

int run_check(const CheckOptions& options) {
  if (options.prove) {
    return options.seeds == 1 ? run_prove(options)
                              : refuse(kExitUsage, "--prove has one seed: --seeds is for others");
  }
  properties::PayloadFiles files;
  Plan plan;
  std::vector<properties::GoldenFile> golden_files;
  std::vector<CorpusFile> open_files;
  std::vector<std::string> notes;
  if (const std::optional<int> code =
          make_plan(options, files, plan, golden_files, open_files, notes)) {
    return *code;
  }

  for (const properties::Subject* subject : plan.subjects) {
    // By what the class is made of; whether it asks the stream below again only its author knows.
    if (brought_by(*subject).starts_with("--python") &&
        !properties::has(subject->traits, properties::Trait::kPartialBelow)) {
      notes.push_back(fmt::format(
          "{} is given whole reads and writes; --claim partial_below gives it short ones, too",
          printable(subject->name)));
    }
  }
  const Terminal terminal(1);
  // A report on standard output has it for itself.
  const bool text = options.json != "-" && options.junit != "-";
  const bool exhaustive = std::find(plan.engines.begin(), plan.engines.end(),
                                    EngineId::kExhaustive) != plan.engines.end();
  const properties::Shard shard = read_shard(options.shard).value_or(properties::Shard{});
  const bool shared = options.seeds > 1 || !options.shard.empty();
  properties::Share share;
  if (shared) {
    share = properties::share_of(plan, options.seeds, shard);
    // What stands below about the plan is about this part of it.
    plan.share = share.parts.front().pairs;
  }
  if (options.dry_run) {
    write_out(plan_lines(plan, options.seeds, terminal.width()));
    if (!options.shard.empty()) print("{}\n", part_text(shard, share));
  }
  // Who names the engine wants to know how long it takes; otherwise the budget says so.
  if (text && exhaustive && (options.dry_run || !options.engines.empty())) {
    write_out(estimate_line(plan, properties::estimate_exhaustive(plan, interrupted())));
    std::fflush(stdout);
  }
  if (options.dry_run) return interrupted() ? kExitInterrupted : kExitHeld;
  const std::size_t golden_count = golden_files.size();
  // What belongs to no pair is the first shard's.
  if (shard.index > 1) golden_files.clear();
  const GoldenReplays goldens = replay_goldens(golden_files, plan.subjects);
  notes.insert(notes.end(), goldens.notes.begin(), goldens.notes.end());
  const std::vector<OpenCase> open =
      shard.index > 1 ? std::vector<OpenCase>{}
                      : replay_open(open_files, plan.subjects, plan.clauses, *plan.files);
  RunDisplay display(!text, options.fail_fast);
  Report report = shared ? properties::run_share(plan, share, display, interrupted())
                         : properties::run(plan, display, interrupted());
  display.clear();
  if (display.ended_itself()) report.interrupted = false;
  for (const Finding& finding : report.findings) {
    const std::string known = known_line(open_files, finding.subject, finding.signature);
    if (!known.empty()) notes.push_back(known);
  }
  CheckOutcome outcome{plan, report, goldens, open, notes, {}};
  if (!options.shard.empty()) {
    outcome.part = part_text(shard, share);
    outcome.idle = share.units == 0 && share.units_in_all > 0;
  }
  int code = exit_code_of(outcome);
  if (text) print_outcome(outcome, code);
  for (const std::string& error : report.errors) complain(error);
  code = deliver(options.junit, report_junit(plan, report, goldens, open), code);
  if (options.json.empty()) return code;
  std::string json = report_json(plan, report, goldens, open, display.found_after(), code);
  if (!options.shard.empty()) {
    json = shard_json(json, {shard, share, plan, report, golden_count, notes});
  }
  return deliver(options.json, json, code);
}

}  // namespace weir::cli
