#include "shard_results.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <utility>

#include "files.h"
#include "properties/signature.h"
#include "report_json.h"
#include "shard.h"
#include "text.h"

namespace weir::cli {

using nlohmann::ordered_json;
using properties::Clause;
using properties::EngineId;
using properties::Finding;
using properties::PairReport;
using properties::Report;
using properties::Shard;
using properties::Subject;

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kResultBytesMax = std::size_t{256} << 20;

/// What makes a file no result of a shard.
using Unreadable = std::runtime_error;

/// A file with a result.
struct ResultFile {
  std::string path;
  Shard shard;
  ordered_json root;
};

template <class Value, class Name>
std::map<std::string, Value> by_name(std::size_t count, Name name) {
  std::map<std::string, Value> all;
  for (std::size_t i = 0; i < count; ++i) {
    const auto value = static_cast<Value>(i);
    all.emplace(std::string(name(value)), value);
  }
  return all;
}

template <class Value>
Value named(const std::map<std::string, Value>& known, const std::string& name) {
  const auto at = known.find(name);
  if (at == known.end()) throw Unreadable(fmt::format("'{}' is unknown here", printable(name)));
  return at->second;
}

properties::Counter counter_named(const std::string& name) {
  using properties::Counter;
  static const auto known = by_name<Counter>(properties::kCounterCount,
                                             [](Counter c) { return properties::to_string(c); });
  return named(known, name);
}

properties::Stats read_stats(const ordered_json& from) {
  properties::Stats stats;
  stats.cases = from.at("cases");
  stats.with_payload = from.at("cases_with_payload");
  for (std::size_t i = 0; i < properties::kSizeClassCount; ++i) {
    stats.payload_sizes[i] =
        from.at("payload_sizes").at(std::string(properties::size_class_name(i)));
  }
  for (std::size_t i = 0; i < properties::kBoundaryBytes.size(); ++i) {
    stats.crossed[i] = from.at("payloads_beyond").at(std::to_string(properties::kBoundaryBytes[i]));
  }
  for (const properties::Field& field : properties::schema()) {
    const auto f = static_cast<std::size_t>(field.id);
    const ordered_json& numbers = from.at("fields").at(std::string(field.name));
    stats.cases_with[f] = numbers.at("cases");
    stats.operations[f] = numbers.at("operations");
  }
  for (std::size_t k = 0; k < properties::kVerbKindCount; ++k) {
    stats.cases_with_kind[k] =
        from.at("kinds").at(std::string(to_string(static_cast<properties::VerbKind>(k))));
  }
  return stats;
}

OpenCase read_open(const ordered_json& from) {
  using Status = OpenCase::Status;
  OpenCase open;
  open.path = from.at("path");
  const std::string status = from.at("status");
  bool known = false;
  for (const Status each :
       {Status::kViolated, Status::kViolatedOtherwise, Status::kHoldsNow, Status::kCouldNotRun}) {
    if (to_string(each) != status) continue;
    open.status = each;
    known = true;
  }
  if (!known) throw Unreadable(fmt::format("no open case is '{}'", printable(status)));
  open.recorded = properties::parse_signature(from.value("recorded", ""));
  open.seen = properties::parse_signature(from.value("signature", ""));
  open.reason = from.value("reason", "");
  return open;
}

/// Reads what the shards say of the pairs of one plan.
class Reader {
 public:
  explicit Reader(MergedRun& run) : run_(run) {}

  /// The plan that `first` states, with stand-ins for subjects: reports ask for their names.
  void take_plan(const ResultFile& first) {
    const ordered_json& root = first.root;
    const ordered_json& plan = root.at("shard").at("plan");
    for (const std::string name : root.at("subjects")) {
      run_.subjects.emplace_back().name = name;
      run_.plan.subjects.push_back(&run_.subjects.back());
    }
    static const auto groups = by_name<properties::Group>(
        properties::kGroupCount, [](properties::Group g) { return properties::to_string(g); });
    for (const ordered_json& each : plan.at("clauses")) {
      const std::string id = each.at("id");
      const Clause* clause = properties::find_clause(id);
      if (clause == nullptr) {
        // One that the transform brought.
        const std::string_view kept = run_.ids.emplace_back(id);
        clause = &run_.clauses.emplace_back(Clause{
            kept, named(groups, each.at("group")), {}, {}, 0, properties::FieldSet{0}, 0, nullptr});
      }
      run_.plan.clauses.push_back(clause);
    }
    run_.plan.engines.clear();
    for (const std::string name : plan.at("engines")) {
      const properties::Engine* engine = properties::find_engine(name);
      if (engine == nullptr) throw Unreadable(fmt::format("no engine is called '{}'", name));
      run_.plan.engines.push_back(engine->id);
    }
    run_.plan.seed = root.at("seed");
    seeds_ = plan.at("seeds");
    if (seeds_ < 1 || seeds_ > kSeedsMax || run_.plan.subjects.empty() ||
        run_.plan.clauses.empty()) {
      throw Unreadable("it has no plan that could have been run");
    }
    if (!plan.at("cases").is_null()) run_.plan.cases = plan.at("cases").get<std::uint64_t>();
    run_.plan.budget_seconds = plan.at("budget_seconds");
    run_.plan.collects = root.contains("stats");
    run_.brought = plan.at("brought");
    owners_.resize(run_.plan.clauses.size() * run_.plan.subjects.size() * seeds_);
  }

  /// Adds what `file` says. Precondition: it is of the same plan.
  void add(const ResultFile& file) {
    const ordered_json& root = file.root;
    Report report;
    report.seed = root.at("seed");
    report.cases = root.at("cases");
    report.seconds = root.at("seconds");
    report.interrupted = root.at("interrupted");
    for (const std::string error : root.at("errors")) report.errors.push_back(error);
    if (root.contains("payload_files")) {
      report.payload_files = root.at("payload_files").at("files");
    }
    for (const ordered_json& each : root.at("findings")) {
      report.findings.push_back(read_finding(each));
      const Finding& finding = report.findings.back();
      if (each.contains("found_after_seconds")) {
        run_.found_after.emplace_back(finding.path, each.at("found_after_seconds"));
      }
    }
    for (const Clause* clause : run_.plan.clauses) {
      for (const Subject* subject : run_.plan.subjects) {
        PairReport& pair = report.pairs.emplace_back();
        pair.clause = clause;
        pair.subject = subject;
        pair.elsewhere = true;
      }
    }
    for (const ordered_json& each : root.at("pairs")) add_pair(file, each, report);
    for (const Finding& finding : report.findings) {
      index_of(finding.subject, finding.signature.clause);
    }
    if (run_.plan.collects) {
      stats_ += read_stats(root.at("stats"));
    }
    for (const ordered_json& each : root.at("hints")) {
      const std::optional<properties::Trait> trait =
          properties::find_trait(each.at("trait").get<std::string>());
      if (!trait) throw Unreadable("a hint is about an unknown trait");
      report.hints.push_back({subject_named(each.at("subject")), *trait,
                              each.at("advice") == "claim", each.at("cases")});
    }
    const ordered_json& golden = root.at("golden");
    run_.goldens.of += golden.at("streams").get<std::size_t>();
    run_.goldens.held += golden.at("held").get<std::size_t>();
    for (const ordered_json& each : golden.at("broken")) {
      run_.goldens.broken.push_back({each.at("path"), each.at("guards"), each.at("seen")});
    }
    for (const std::string note : golden.at("left_out")) run_.goldens.notes.push_back(note);
    for (const ordered_json& each : root.at("open")) run_.open.push_back(read_open(each));
    for (const std::string note : root.at("shard").at("notes")) {
      if (std::find(run_.notes.begin(), run_.notes.end(), note) == run_.notes.end()) {
        run_.notes.push_back(note);
      }
    }
    properties::add_report(std::move(report), run_.report);
  }

  /// Checks that every pair was run with every seed; those of shards that are missing are said not
  /// to have been. Returns one line that says what is wrong.
  std::string finish(const std::string& missing) {
    run_.report.seeds = seeds_;
    // Results have one sum for all pairs: it has to stand somewhere.
    run_.report.pairs.front().stats = stats_;
    for (std::size_t i = 0; i < run_.report.pairs.size(); ++i) {
      PairReport& pair = run_.report.pairs[i];
      for (std::size_t k = 0; k < seeds_; ++k) {
        if (owners_[i * seeds_ + k] != nullptr) continue;
        if (missing.empty()) {
          return fmt::format("the shards do not add up: none of them has {} on {}", pair.clause->id,
                             printable(pair.subject->name));
        }
        pair.elsewhere = false;
        pair.skip_reason.clear();
        pair.not_run_reason = missing;
      }
    }
    return {};
  }

 private:
  std::size_t index_of(const std::string& subject, const std::string& clause) const {
    for (std::size_t c = 0; c < run_.plan.clauses.size(); ++c) {
      if (run_.plan.clauses[c]->id != clause) continue;
      for (std::size_t s = 0; s < run_.plan.subjects.size(); ++s) {
        if (run_.plan.subjects[s]->name == subject) return c * run_.plan.subjects.size() + s;
      }
    }
    throw Unreadable(
        fmt::format("{} on {} is not in its plan", printable(clause), printable(subject)));
  }

  const Subject* subject_named(const std::string& name) const {
    for (const Subject* subject : run_.plan.subjects) {
      if (subject->name == name) return subject;
    }
    throw Unreadable(fmt::format("{} is not in its plan", printable(name)));
  }

  void add_pair(const ResultFile& file, const ordered_json& from, Report& report) {
    const std::size_t index = index_of(from.at("subject"), from.at("clause"));
    PairReport& pair = report.pairs[index];
    std::vector<std::uint64_t> seeds{run_.plan.seed};
    if (seeds_ > 1) seeds = from.at("seeds").get<std::vector<std::uint64_t>>();
    for (const std::uint64_t seed : seeds) {
      if (seed < run_.plan.seed || seed - run_.plan.seed >= seeds_) {
        throw Unreadable(fmt::format("seed {} is not in its plan", seed));
      }
      const ResultFile*& owner = owners_[index * seeds_ + (seed - run_.plan.seed)];
      if (owner != nullptr) {
        throw Unreadable(fmt::format("{} on {} is in '{}' as well", pair.clause->id,
                                     printable(pair.subject->name), printable(owner->path)));
      }
      owner = &file;
    }
    pair.elsewhere = false;
    const std::string status = from.at("status");
    if (status == "skipped") pair.skip_reason = from.at("reason");
    if (status == "not-run") pair.not_run_reason = from.at("reason");
    if (!from.contains("cases")) return;
    pair.cases = from.at("cases");
    pair.discarded = from.at("discarded");
    for (const auto& [reason, count] : from.at("discards").items()) {
      pair.tallies.push_back({reason, count});
    }
    for (const auto& [name, numbers] : from.at("engines").items()) {
      const properties::Engine* engine = properties::find_engine(name);
      if (engine == nullptr) throw Unreadable(fmt::format("no engine is called '{}'", name));
      properties::EngineRun& run = pair.engines[static_cast<std::size_t>(engine->id)];
      run.planned = true;
      run.cases = numbers.at("cases");
      run.of = numbers.value("of", std::uint64_t{0});
    }
    pair.sweep_complete = from.value("sweep_complete", false);
    pair.exhaustive_bound = from.value("exhaustive_bound", "");
    for (const auto& [name, count] : from.at("counters").items()) {
      pair.counters.values[static_cast<std::size_t>(counter_named(name))] = count;
    }
    for (const std::string name : from.at("vacuous")) {
      pair.vacuous.push_back(counter_named(name));
    }
    pair.nothing_checked = status == "vacuous" && pair.cases == pair.discarded;
    if (from.contains("finding")) {
      pair.finding = from.at("finding").get<std::size_t>();
      if (*pair.finding >= report.findings.size()) throw Unreadable("a finding is missing");
    }
    pair.seconds = from.at("seconds");
  }

  MergedRun& run_;
  std::uint64_t seeds_ = 1;
  properties::Stats stats_;
  std::vector<const ResultFile*> owners_;  // by pair, then seed
};

// Reads one file into `files`, or says in `notes` why it is left out.
std::string read_result(const std::string& path, bool named_itself, std::deque<ResultFile>& files,
                        std::vector<std::string>& notes) {
  std::string text;
  const FileOutcome read = read_file(path, kResultBytesMax, text);
  if (!read.ok()) return read.error;
  ordered_json root = ordered_json::parse(text, nullptr, false);
  if (root.is_discarded()) {
    return fmt::format("'{}' is no complete JSON: it was cut or changed; run that shard again",
                       printable(path));
  }
  const std::string what = !root.is_object() || !root.contains("weir") ? "is no result of weir"
                           : !root.contains("shard")
                               ? "is the result of a whole run, not of a shard"
                               : "";
  if (!what.empty()) {
    const std::string line = fmt::format("'{}' {}", printable(path), what);
    if (named_itself) return line;
    notes.push_back(line + ": left out");
    return {};
  }
  // What is said twice, by a folder and by the name of a file in it, is read once.
  for (const ResultFile& known : files) {
    if (same_place(known.path, path)) return {};
  }
  const std::string version = root["weir"].is_string() ? root["weir"].get<std::string>() : "?";
  if (version != WEIR_VERSION) {
    return fmt::format(
        "'{}' was written by weir {}, and this is weir {}: merge with the version "
        "that ran the shards",
        printable(path), printable(version), WEIR_VERSION);
  }
  files.push_back({path, {}, std::move(root)});
  return {};
}

std::string read_folder(const std::string& folder, std::deque<ResultFile>& files,
                        std::vector<std::string>& notes) {
  std::error_code error;
  std::vector<std::string> paths;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() == ".json" && entry->is_regular_file(error)) {
      paths.push_back(entry->path().string());
    }
  }
  if (error) return fmt::format("cannot read '{}': {}", printable(folder), error.message());
  std::sort(paths.begin(), paths.end());
  for (const std::string& path : paths) {
    const std::string problem = read_result(path, false, files, notes);
    if (!problem.empty()) return problem;
  }
  return {};
}

// Why two files are not of one run; empty when they are.
std::string difference(const ResultFile& a, const ResultFile& b) {
  const auto line = [&](std::string_view what, const ordered_json& one, const ordered_json& other) {
    const auto shown = [](const ordered_json& value) {
      return clip(value.dump(-1, ' ', false, ordered_json::error_handler_t::replace), 60);
    };
    return fmt::format("'{}' and '{}' are not of one run: {} {} and {}", printable(a.path),
                       printable(b.path), what, shown(one), shown(other));
  };
  const ordered_json& one = a.root.at("shard");
  const ordered_json& other = b.root.at("shard");
  if (one.at("of") != other.at("of")) return line("shards in all:", one["of"], other["of"]);
  if (a.root.at("seed") != b.root.at("seed")) {
    return line("seeds", a.root["seed"], b.root["seed"]);
  }
  if (a.root.at("subjects") != b.root.at("subjects")) {
    return line("subjects", a.root["subjects"], b.root["subjects"]);
  }
  for (const auto& [key, value] : one.at("plan").items()) {
    const auto also = other.at("plan").find(key);
    if (also == other.at("plan").end()) return line(key, value, nullptr);
    if (*also != value) return line(key, value, *also);
  }
  if (one.at("units_in_all") != other.at("units_in_all")) {
    return line("units in all:", one["units_in_all"], other["units_in_all"]);
  }
  if (one.at("index") == other.at("index")) {
    return fmt::format("'{}' and '{}' are both shard {} of {}", printable(a.path),
                       printable(b.path), a.shard.index, a.shard.of);
  }
  if (a.root.contains("stats") != b.root.contains("stats")) {
    return line("with --stats:", a.root.contains("stats"), b.root.contains("stats"));
  }
  return {};
}

// "shards 2, 3 of 4 are missing"; empty when all are there.
std::string missing_text(const std::deque<ResultFile>& files) {
  const std::uint64_t of = files.front().shard.of;
  std::vector<std::string> missing;
  for (std::uint64_t i = 1; i <= of; ++i) {
    if (std::none_of(files.begin(), files.end(),
                     [&](const ResultFile& file) { return file.shard.index == i; })) {
      missing.push_back(std::to_string(i));
    }
  }
  if (missing.empty()) return {};
  return fmt::format("{} {} of {} {} missing", missing.size() == 1 ? "shard" : "shards",
                     join(missing, ", "), of, missing.size() == 1 ? "is" : "are");
}

}  // namespace

std::string merge_results(const std::vector<std::string>& paths, MergedRun& run) {
  std::deque<ResultFile> files;
  for (const std::string& path : paths) {
    std::error_code error;
    const bool folder = fs::is_directory(path, error);
    const std::string problem =
        folder ? read_folder(path, files, run.notes) : read_result(path, true, files, run.notes);
    if (!problem.empty()) return problem;
  }
  if (files.empty()) {
    return fmt::format(
        "no result of a shard below '{}': they are what `check --shard I/N --json "
        "FILE` writes",
        printable(paths.front()));
  }
  const ResultFile* at = &files.front();
  try {
    for (ResultFile& file : files) {
      at = &file;
      file.shard = {file.root.at("shard").at("index"), file.root.at("shard").at("of")};
      if (file.shard.index < 1 || file.shard.index > file.shard.of) {
        throw Unreadable("its shard is not one of its shards");
      }
    }
    std::sort(files.begin(), files.end(), [](const ResultFile& a, const ResultFile& b) {
      return a.shard.index < b.shard.index;
    });
    for (std::size_t i = 1; i < files.size(); ++i) {
      at = &files[i];
      const std::string different = difference(files[i - 1], files[i]);
      if (!different.empty()) return different;
    }
    Reader reader(run);
    at = &files.front();
    reader.take_plan(files.front());
    for (const ResultFile& file : files) {
      at = &file;
      reader.add(file);
      run.files.push_back(file.path);
    }
    const std::string missing = missing_text(files);
    if (!missing.empty()) run.report.errors.push_back(missing);
    run.notes.push_back(fmt::format("put together from {} of {}", files.size(),
                                    plural(files.front().shard.of, "shard")));
    return reader.finish(missing);
  } catch (const ordered_json::exception& error) {
    return fmt::format("'{}' is no result of a shard: {}", printable(at->path),
                       printable(error.what()));
  } catch (const Unreadable& error) {
    return fmt::format("'{}' cannot be merged: {}", printable(at->path), printable(error.what()));
  }
}

}  // namespace weir::cli
