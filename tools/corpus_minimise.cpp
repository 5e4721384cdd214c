// `weir corpus minimise`: the seeds that show something, without those that only show it again.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "case_run.h"
#include "child_process.h"
#include "commands.h"
#include "corpus_files.h"
#include "exit_code.h"
#include "fuzz/fuzz_target.h"
#include "names.h"
#include "program.h"
#include "properties/case_text.h"
#include "properties/random_bits.h"
#include "properties/roster.h"
#include "scratch_folder.h"
#include "terminal.h"
#include "text.h"
#include "trace_run.h"

namespace weir::cli {

namespace fs = std::filesystem;

namespace {

using properties::Case;
using properties::FieldId;

// For libFuzzer's own clock, of one input.
constexpr unsigned kTimeoutSeconds = 10;

// Something that could go.
struct Candidate {
  std::string path;
  std::string group;    // the fuzz target that runs it; empty: none
  std::string content;  // as that target reads it
  const Case* value = nullptr;
  std::uint64_t size = 0;
  std::set<std::uint64_t> features;
  std::string kept;     // why it stays whatever it shows
  std::string dropped;  // why it goes; empty: it stays
};

// ---- what a case shows, by what Weir itself counts ----

std::uint64_t feature(std::initializer_list<std::uint64_t> parts) {
  std::uint64_t hash = 0;
  for (const std::uint64_t part : parts) hash = properties::RandomBits::mix(hash ^ part);
  return hash;
}

std::uint64_t hash_of(std::string_view text) {
  return properties::stable_hash(text.data(), text.size());
}

// Sizes that differ a little are no news, twice as much is.
std::uint64_t magnitude(std::uint64_t value) {
  std::uint64_t bits = 0;
  for (; value > 0; value >>= 1) ++bits;
  return bits;
}

std::uint64_t shape_of(const properties::Event& event) {
  return feature({static_cast<std::uint64_t>(event.actor), static_cast<std::uint64_t>(event.call),
                  event.ok ? 0u : 1u + static_cast<std::uint64_t>(event.code),
                  static_cast<std::uint64_t>(event.os_error), magnitude(event.answered),
                  event.answered == event.asked ? 1u : 0u, event.whence});
}

// The names, the operations and roughly their sizes, what was counted while it ran, and which call
// with which answer came behind which.
std::set<std::uint64_t> features_of(const Case& value, const properties::Counters& counters,
                                    const std::vector<properties::Event>& trace) {
  const std::uint64_t names = feature({hash_of(value.clause), hash_of(value.subject)});
  std::set<std::uint64_t> features{names};
  for (const properties::Field& field : properties::schema()) {
    const auto id = static_cast<std::uint64_t>(field.id);
    for (const properties::Op& op : value.ops(field.id)) {
      features.insert(feature({names, 1, id, op.verb}));
      for (std::size_t i = 0; i < field.verbs[op.verb].args.size(); ++i) {
        const auto plain = static_cast<std::uint64_t>(op.args[i]);
        const std::uint64_t size = op.args[i] < 0 ? 0 - plain : plain;
        features.insert(feature({names, 4, id, op.verb, i, magnitude(size), op.args[i] < 0}));
      }
      // What is harmed, and how a name is spelt; the bytes of a payload mean nothing by themselves.
      if (field.id == FieldId::kPayload || op.bytes_size == 0) continue;
      const std::span<const std::byte> bytes = value.bytes(op);
      features.insert(
          feature({names, 5, id, op.verb,
                   hash_of({reinterpret_cast<const char*>(bytes.data()), bytes.size()})}));
    }
  }
  for (std::size_t i = 0; i < properties::kCounterCount; ++i) {
    if (counters.values[i] > 0)
      features.insert(feature({names, 2, i, magnitude(counters.values[i])}));
  }
  std::uint64_t before = 0;
  for (const properties::Event& event : trace) {
    const std::uint64_t shape = shape_of(event);
    features.insert(feature({names, 3, before, shape}));
    before = shape;
  }
  return features;
}

// Smallest first, each that shows what none before it has shown.
void keep_by_counters(std::vector<Candidate>& candidates) {
  std::vector<const Case*> cases;
  for (const Candidate& each : candidates) cases.push_back(each.value);
  const properties::PayloadFiles no_files;
  Evaluator evaluator(every_clause(), subjects_of(cases), no_files);
  for (Candidate& each : candidates) {
    if (interrupted()) return;
    if (!each.kept.empty() || !each.dropped.empty()) continue;
    const CaseRun run = run_case(*each.value, evaluator, 1);
    if (run.status == CaseRun::Status::kInterrupted) return;
    if (run.status != CaseRun::Status::kHeld) {
      each.kept = run.status == CaseRun::Status::kViolated ? "it is violated" : run.reason;
      continue;
    }
    const properties::Answer answer = evaluator.evaluate(*each.value);
    each.features = features_of(
        *each.value, answer.counters,
        record_trace(*properties::find_clause(each.value->clause),
                     *properties::find_subject(each.value->subject), *each.value, no_files, 5));
  }
  std::map<std::uint64_t, const Candidate*> shown;
  for (Candidate& each : candidates) {
    if (!each.kept.empty() || !each.dropped.empty()) continue;
    std::set<std::string> by;
    bool fresh = false;
    for (const std::uint64_t each_feature : each.features) {
      const auto [first, added] = shown.emplace(each_feature, &each);
      fresh = fresh || added;
      if (!added) by.insert(first->second->path);
    }
    if (fresh) continue;
    each.dropped =
        fmt::format("all that it shows is shown by {}{}", printable(*by.begin()),
                    by.size() == 1 ? std::string() : fmt::format(" and {} more", by.size() - 1));
  }
}

// ---- what it shows, by the edges that a fuzz target takes ----

struct Program {
  std::string path;
  bool one_for_all = false;  // it is told its group
};

Program program_of(const std::string& group) {
  if (is_contract_program()) return {program_folder() + "/" + program_name() + "_fuzz", true};
  return {program_folder() + "/fuzz_" + group, false};
}

bool has_engine(const std::string& group) {
  return (WEIR_HAS_FUZZ_ENGINE || is_contract_program()) &&
         ::access(program_of(group).path.c_str(), X_OK) == 0;
}

// The files whose run began and did not end: they break the target.
std::set<std::string> breaking(const std::string& control_file) {
  std::ifstream file(control_file);
  std::string line;
  std::vector<std::string> names;
  std::size_t count = 0;
  if (std::getline(file, line)) count = std::strtoull(line.c_str(), nullptr, 10);
  std::getline(file, line);
  for (std::size_t i = 0; i < count && std::getline(file, line); ++i) names.push_back(line);
  std::set<std::size_t> begun;
  while (std::getline(file, line)) {
    const std::size_t blank = line.find(' ');
    if (blank == std::string::npos) continue;
    const std::string_view word = std::string_view(line).substr(0, blank);
    const std::size_t number = std::strtoull(line.c_str() + blank, nullptr, 10);
    if (word == "STARTED") begun.insert(number);
    if (word == "FT") begun.erase(number);
  }
  std::set<std::string> result;
  for (const std::size_t number : begun) {
    if (number < names.size()) result.insert(names[number]);
  }
  return result;
}

// libFuzzer's merge into an empty folder: it keeps what shows something new, smallest first.
std::string keep_by_edges(std::vector<Candidate*>& candidates, const std::string& group,
                          const std::string& subject) {
  const ScratchFolder scratch("weir-minimise");
  if (scratch.path().empty()) return "no folder could be made for the merge";
  const std::string input = scratch.path() + "/in";
  const std::string output = scratch.path() + "/out";
  const std::string control = scratch.path() + "/control";
  std::error_code error;
  for (const std::string& folder : {input, output}) fs::create_directory(folder, error);
  std::map<std::string, Candidate*> by_file;
  std::size_t number = 0;
  for (Candidate* each : candidates) {
    // libFuzzer passes over empty files.
    if (each->content.empty() && each->kept.empty()) each->kept = "it is the empty input";
    if (!each->kept.empty() || !each->dropped.empty()) continue;
    const std::string path = fmt::format("{}/{:08}", input, number++);
    const FileOutcome written = write_file(path, each->content);
    if (!written.ok()) return written.error;
    by_file[path] = each;
  }
  if (by_file.empty()) return {};
  const Program program = program_of(group);
  const ChildEnd end = run_child(
      {program.path, "-merge=1", "-merge_control_file=" + control,
       fmt::format("-timeout={}", kTimeoutSeconds),
       "-artifact_prefix=" + scratch.path() + "/broken-", output, input},
      {{}, {{"WEIR_GROUP", program.one_for_all ? group : ""}, {"WEIR_SUBJECT", subject}}, {}});
  if (interrupted()) return {};
  if (end.code != 0) {
    const std::string tail =
        end.output.substr(end.output.size() - std::min<std::size_t>(end.output.size(), 300));
    return fmt::format("the merge of the fuzz target {} ended with code {}: {}", group, end.code,
                       printable(tail));
  }
  std::set<std::string> stays;
  std::vector<CorpusEntry> merged;
  const FileOutcome listed = list_corpus(output, merged);
  if (!listed.ok()) return listed.error;
  std::string content;
  for (const CorpusEntry& entry : merged) {
    const FileOutcome read = read_file(entry.path, properties::kCaseBytesMax, content);
    if (!read.ok()) return read.error;
    stays.insert(content);
  }
  const std::set<std::string> broken = breaking(control);
  for (const auto& [path, each] : by_file) {
    if (broken.count(path) > 0) {
      each->kept = "it breaks the fuzz target";
    } else if (stays.count(each->content) == 0) {
      each->dropped = "no edge that the smaller ones do not take";
    }
  }
  return {};
}

// ---- what there is ----

// What is there for its own sake, not for what it covers.
bool is_kept_apart(Place place) {
  return place == Place::kRegressions || place == Place::kOpen || place == Place::kGolden;
}

// A link and what it leads to are one file: neither goes without the other.
void keep_links(const std::vector<CorpusEntry>& entries, std::vector<Candidate>& candidates) {
  std::error_code ignored;
  std::set<std::string> linked;
  for (const CorpusEntry& entry : entries) {
    if (!fs::is_symlink(entry.path, ignored)) continue;
    linked.insert(fs::weakly_canonical(entry.path, ignored).string());
  }
  if (linked.empty()) return;
  for (Candidate& each : candidates) {
    if (fs::is_symlink(each.path, ignored)) {
      each.kept = "it is a link";
    } else if (linked.count(fs::weakly_canonical(each.path, ignored).string()) > 0) {
      each.kept = "a link leads to it";
    }
  }
}

// Of two that are the same one goes, however they are measured.
void drop_twins(std::vector<Candidate>& candidates) {
  std::map<std::pair<std::string, std::string>, const Candidate*> seen;
  for (Candidate& each : candidates) {
    if (!each.kept.empty()) continue;
    const std::string what = each.value != nullptr ? properties::print(*each.value) : each.content;
    const auto [first, fresh] = seen.emplace(std::make_pair(each.group, what), &each);
    if (!fresh) each.dropped = "the same as " + printable(first->second->path);
  }
}

// The cases of a corpus that may go: its seeds.
std::vector<Candidate> cases_of(const std::vector<CorpusEntry>& entries, std::size_t& unreadable) {
  std::vector<Candidate> candidates;
  std::map<std::string, std::unique_ptr<fuzz::FuzzTarget>> targets;
  std::vector<std::byte> bytes;
  for (const CorpusEntry& entry : entries) {
    if (entry.kind != CorpusEntry::Kind::kCase || is_kept_apart(entry.place)) continue;
    bool left_out = false;
    std::string problem = entry.problem;
    if (problem.empty()) {
      const std::string unknown = name_problem(*entry.value, left_out);
      problem = unknown.substr(std::min(unknown.size(), unknown.find(' ') + 1));
    }
    if (!problem.empty()) {
      complain(fmt::format("{} stays: {}", printable(entry.path), problem));
      ++unreadable;
      continue;
    }
    Candidate candidate;
    candidate.path = entry.path;
    candidate.value = &*entry.value;
    candidate.size = properties::encoded_size(*entry.value);
    const properties::Clause& clause = *properties::find_clause(entry.value->clause);
    const std::string group(properties::to_string(clause.group));
    auto& target = targets[group];
    std::string error;
    if (target == nullptr) target = fuzz::FuzzTarget::make(group, {}, error);
    // What counts memory is not in the builds that have an engine.
    if (!clause.meters && target != nullptr && target->contains(*entry.value)) {
      candidate.group = group;
      target->encode_seed(*entry.value, bytes);
      candidate.content.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      candidate.size = bytes.size();
    }
    candidates.push_back(std::move(candidate));
  }
  return candidates;
}

std::vector<Candidate> raw_files_of(const std::vector<CorpusEntry>& entries,
                                    const std::string& group, std::size_t& unreadable) {
  std::vector<Candidate> candidates;
  for (const CorpusEntry& entry : entries) {
    if (entry.kind != CorpusEntry::Kind::kOther || is_kept_apart(entry.place)) continue;
    Candidate candidate;
    candidate.path = entry.path;
    candidate.group = group;
    candidate.size = entry.bytes;
    const FileOutcome read = read_file(entry.path, properties::kCaseBytesMax, candidate.content);
    if (!read.ok()) {
      complain(read.error + "; it stays");
      ++unreadable;
      continue;
    }
    candidates.push_back(std::move(candidate));
  }
  return candidates;
}

}  // namespace

int run_corpus_minimise(const CorpusMinimiseOptions& options) {
  std::string error;
  const std::string folder = corpus_folder(options.folder, error);
  std::vector<CorpusEntry> entries;
  if (error.empty()) error = list_corpus(folder, entries).error;
  if (error.empty() && !options.target.empty()) select_targets({options.target}, error);
  if (error.empty() && !options.subject.empty()) {
    if (options.target.empty()) error = "--subject goes with --target: cases name theirs";
    if (error.empty()) select_subjects({options.subject}, error);
  }
  if (interrupted()) return kExitInterrupted;
  if (!error.empty()) return refuse(kExitUsage, error);
  const bool has_cases = std::any_of(entries.begin(), entries.end(), [](const CorpusEntry& entry) {
    return entry.kind == CorpusEntry::Kind::kCase;
  });
  const bool raw = !options.target.empty();
  if (raw && has_cases) {
    return refuse(kExitUsage, fmt::format("'{}' has .case files, which name what they are about: "
                                          "--target is for folders of a fuzzer's bytes",
                                          printable(folder)));
  }
  if (!raw && !has_cases) {
    return refuse(entries.empty() ? kExitCouldNotRun : kExitUsage,
                  fmt::format("'{}' has no .case file; if it has the bytes of a fuzz target, say "
                              "which with --target NAME",
                              printable(folder)));
  }
  std::size_t unreadable = 0;
  std::vector<Candidate> candidates =
      raw ? raw_files_of(entries, options.target, unreadable) : cases_of(entries, unreadable);
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.size < b.size; });
  std::set<std::string> groups;
  for (const Candidate& each : candidates) {
    if (!each.group.empty()) groups.insert(each.group);
  }
  const auto lacking = std::find_if_not(groups.begin(), groups.end(), has_engine);
  const bool can_measure_edges = lacking == groups.end();
  const bool by_edges = raw || options.by == "edges" || (options.by.empty() && can_measure_edges);
  if (by_edges && !can_measure_edges) {
    return refuse(
        kExitCouldNotRun,
        fmt::format("edges are measured by a fuzz target with its engine, and {} has none "
                    "in this build; `tools/weir --fuzz-build corpus minimise` has",
                    *lacking));
  }
  keep_links(entries, candidates);
  drop_twins(candidates);
  if (by_edges) {
    for (const std::string& group : groups) {
      std::vector<Candidate*> its;
      for (Candidate& each : candidates) {
        if (each.group == group) its.push_back(&each);
      }
      if (error.empty()) error = keep_by_edges(its, group, options.subject);
    }
    for (Candidate& each : candidates) {
      if (each.group.empty() && each.kept.empty()) each.kept = "no fuzz target runs it";
    }
  } else {
    keep_by_counters(candidates);
  }
  if (interrupted()) return kExitInterrupted;
  if (!error.empty()) return refuse(kExitCouldNotRun, error);

  std::size_t dropped = 0;
  for (const Candidate& each : candidates) {
    if (!each.kept.empty()) print("kept     {}: {}\n", printable(each.path), each.kept);
  }
  for (const Candidate& each : candidates) {
    if (each.dropped.empty()) continue;
    print("{}  {}: {}\n", options.dry_run ? "to drop" : "dropped", printable(each.path),
          each.dropped);
    if (!options.dry_run) {
      const FileOutcome removed = remove_file(each.path);
      if (!removed.ok()) return refuse(kExitCouldNotRun, removed.error);
    }
    ++dropped;
  }
  print("{} {} of {} by {}, {} left{}\n", options.dry_run ? "would drop" : "dropped",
        with_commas(dropped), plural(candidates.size() + unreadable, raw ? "file" : "seed"),
        by_edges ? "the edges that a fuzz target takes" : "operations, calls, answers and counters",
        with_commas(candidates.size() + unreadable - dropped),
        raw ? "" : "; regressions, open cases and golden streams are not touched");
  return unreadable > 0 ? kExitUsage : kExitHeld;
}

}  // namespace weir::cli
