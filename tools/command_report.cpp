// `weir report`: what a run wrote, as one page to look at.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>

#include "commands.h"
#include "exit_code.h"
#include "files.h"
#include "names.h"
#include "program.h"
#include "report_finding.h"
#include "templates.h"
#include "terminal.h"
#include "text.h"

namespace weir::cli {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr std::size_t kFileBytesMax = std::size_t{256} << 20;
// A text of somebody else's file; what is longer is not for reading.
constexpr std::size_t kTextBytesMax = std::size_t{64} << 10;
// Each takes a run of its case.
constexpr std::size_t kDetailsMax = 200;

// ---- What stands in a file that anybody may have written: taken where it has the right type.

const ordered_json& member(const ordered_json& object, const char* key) {
  static const ordered_json nothing;
  if (!object.is_object()) return nothing;
  const auto found = object.find(key);
  return found == object.end() ? nothing : *found;
}
std::string clipped(const std::string& text) {
  return text.size() <= kTextBytesMax ? text : text.substr(0, kTextBytesMax) + " ... (cut)";
}
std::string text_of(const ordered_json& object, const char* key) {
  const ordered_json& value = member(object, key);
  return value.is_string() ? clipped(value.get_ref<const std::string&>()) : std::string();
}
double number_of(const ordered_json& object, const char* key) {
  const ordered_json& value = member(object, key);
  return value.is_number() ? value.get<double>() : 0;
}
const ordered_json& list_of(const ordered_json& object, const char* key) {
  static const ordered_json none = ordered_json::array();
  const ordered_json& value = member(object, key);
  return value.is_array() ? value : none;
}
using Keys = std::initializer_list<const char*>;
// Copies texts, numbers and truth values; lists of texts, too.
void keep(const ordered_json& from, ordered_json& to, Keys keys) {
  if (to.is_null()) to = ordered_json::object();
  for (const char* key : keys) {
    const ordered_json& value = member(from, key);
    if (value.is_string()) to[key] = text_of(from, key);
    if (value.is_number() || value.is_boolean()) to[key] = value;
    if (!value.is_array()) continue;
    to[key] = ordered_json::array();
    for (const ordered_json& item : value) {
      if (item.is_string()) to[key].push_back(clipped(item.get_ref<const std::string&>()));
    }
  }
}
// An object of numbers by name.
void keep_numbers(const ordered_json& from, ordered_json& to, const char* key) {
  const ordered_json& numbers = member(from, key);
  if (!numbers.is_object() || numbers.empty()) return;
  for (const auto& [name, value] : numbers.items()) {
    if (value.is_number()) to[key][name] = value;
  }
}

// ---- The folder

enum class Kind { kOther, kRun, kFuzz, kKill, kCoverage };

Kind kind_of(const ordered_json& root) {
  if (member(root, "pairs").is_array()) return Kind::kRun;
  if (member(root, "rows").is_array() && member(root, "engines").is_array()) return Kind::kKill;
  if (text_of(root, "type") == "llvm.coverage.json.export") return Kind::kCoverage;
  if (text_of(root, "verb") == "fuzz") return Kind::kFuzz;
  return Kind::kOther;
}

struct Found {
  std::string path;
  Kind kind;
  ordered_json root;
};

// The names in `folder`, in order. Returns an error message.
std::string list_folder(const std::string& folder, std::vector<fs::path>& names) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return fmt::format("cannot read '{}': {}; name the folder with the results of a run",
                       printable(folder),
                       error                       ? error.message()
                       : fs::exists(folder, error) ? "it is no folder"
                                                   : "No such file or directory");
  }
  fs::directory_iterator entries(folder, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    names.push_back(entries->path());
  }
  if (error) return fmt::format("cannot read '{}': {}", printable(folder), error.message());
  std::sort(names.begin(), names.end());
  return {};
}

bool is_json_file(const fs::path& path) {
  std::error_code ignored;
  return path.extension() == ".json" && fs::is_regular_file(path, ignored);
}

// Reads one file. Returns an error message.
std::string read_json(const std::string& path, Found& found) {
  std::string content;
  const FileOutcome read = read_file(path, kFileBytesMax, content);
  if (!read.ok()) return read.error;
  found.path = path;
  try {
    found.root = ordered_json::parse(content);
  } catch (const ordered_json::parse_error& broken) {
    return fmt::format("cannot read '{}': it is no JSON from byte {} on; was it cut off?",
                       printable(path), broken.byte);
  } catch (const ordered_json::exception&) {
    return fmt::format("cannot read '{}': it has a number that is out of range", printable(path));
  }
  found.kind = kind_of(found.root);
  return {};
}

// Reads the JSON files of `folder`; those that cannot be read are in `broken`, a message each.
std::string read_folder(const std::string& folder, std::vector<Found>& files,
                        std::vector<std::string>& broken) {
  std::vector<fs::path> names;
  std::string error = list_folder(folder, names);
  if (!error.empty()) return error;
  for (const fs::path& name : names) {
    if (!is_json_file(name)) continue;
    Found found;
    error = read_json(name.string(), found);
    if (!error.empty()) {
      broken.push_back(error);
    } else if (found.kind != Kind::kOther) {
      files.push_back(std::move(found));
    }
  }
  return {};
}

// The one run among `files`: of the property suite, or where there is none, of the fuzz targets.
// Null when there is none. Several without a results.json are a problem.
const Found* run_of(const std::string& folder, const std::vector<Found>& files,
                    std::string& problem) {
  for (const Kind kind : {Kind::kRun, Kind::kFuzz}) {
    const Found* run = nullptr;
    std::vector<std::string> several;
    for (const Found& found : files) {
      if (found.kind != kind) continue;
      if (fs::path(found.path).filename() == "results.json") return &found;
      several.push_back(printable(fs::path(found.path).filename().string()));
      run = &found;
    }
    if (several.size() > 1) {
      problem = fmt::format(
          "'{}' has the results of several runs ({}): name the one to show results.json, or see "
          "them all with --trend",
          printable(folder), join(several, ", "));
      return nullptr;
    }
    if (run != nullptr) return run;
  }
  return nullptr;
}

// ---- A run

// What the run itself came to, where it says so: a finding may be known, and no failure.
std::string verdict_of(const ordered_json& run) {
  const ordered_json& interrupted = member(run, "interrupted");
  if (interrupted.is_boolean() && interrupted.get<bool>()) return "interrupted";
  bool ran = false;
  bool violated = !list_of(run, "findings").empty();
  for (const ordered_json& pair : list_of(run, "pairs")) {
    const std::string status = text_of(pair, "status");
    violated = violated || status == "violated";
    ran = ran || status == "held" || status == "vacuous" || status == "violated";
  }
  for (const ordered_json& target : list_of(run, "targets")) {
    ran = ran || number_of(target, "executions") > 0;
  }
  const ordered_json& number = member(run, "exit_code");
  const int code = number.is_number_integer() ? number.get<int>()
                   : violated                 ? kExitViolated
                                              : kExitHeld;
  if (code == kExitViolated) return "violated";
  if (!ran && !violated) return "nothing-ran";
  if (code == kExitHeld) return "held";
  return code == kExitInterrupted ? "interrupted" : "could-not-run";
}

// The clauses of a page, as the contract groups them.
ordered_json contract_groups(const ordered_json& page) {
  std::set<std::string> ran;
  for (const char* part : {"pairs", "findings"}) {
    for (const ordered_json& entry : list_of(page, part)) {
      if (!text_of(entry, "clause").empty()) ran.insert(text_of(entry, "clause"));
    }
  }
  ordered_json groups = ordered_json::array();
  std::set<std::string> known;
  for (const properties::Group group : groups_with_clauses()) {
    ordered_json entry{{"title", group_title(group)}, {"clauses", ordered_json::array()}};
    for (const properties::Clause* clause : properties::clauses()) {
      if (clause->group != group || ran.count(std::string(clause->id)) == 0) continue;
      known.emplace(clause->id);
      entry["clauses"].push_back(
          {{"id", clause->id}, {"statement", clause->statement}, {"why", clause->why}});
    }
    if (!entry["clauses"].empty()) groups.push_back(std::move(entry));
  }
  ordered_json others{{"title", "Clauses that this build does not have"},
                      {"clauses", ordered_json::array()}};
  for (const std::string& id : ran) {
    if (known.count(id) == 0) others["clauses"].push_back({{"id", id}});
  }
  if (!others["clauses"].empty()) groups.push_back(std::move(others));
  return groups;
}

ordered_json pair_entry(const ordered_json& pair) {
  ordered_json entry;
  keep(pair, entry,
       {"subject", "clause", "status", "reason", "cases", "discarded", "sweep_complete",
        "exhaustive_bound", "vacuous", "finding", "seconds"});
  keep_numbers(pair, entry, "discards");
  keep_numbers(pair, entry, "counters");
  const ordered_json& engines = member(pair, "engines");
  if (!engines.is_object()) return entry;
  for (const auto& [name, numbers] : engines.items()) {
    keep(numbers, entry["engines"][name], {"cases", "of"});
  }
  return entry;
}

ordered_json finding_entry(const ordered_json& finding) {
  ordered_json entry;
  keep(finding, entry,
       {"subject",
        "clause",
        "kind",
        "signature",
        "origin",
        "expected",
        "seen",
        "case",
        "path",
        "status",
        "engine",
        "age",
        "age_reason",
        "known",
        "reproduces",
        "unverified",
        "shrink_evaluations",
        "shrunk_fully",
        "step",
        "found_after_seconds",
        "reproduce",
        "report"});
  const ordered_json& confirmed = member(finding, "confirmed");
  if (confirmed.is_object()) keep(confirmed, entry["confirmed"], {"runs", "failed"});
  for (const ordered_json& other : list_of(finding, "same_cause")) {
    keep(other, entry["same_cause"].emplace_back(),
         {"subject", "clause", "kind", "case", "path", "expected", "seen", "reproduce"});
  }
  return entry;
}

ordered_json targets_of(const ordered_json& root) {
  ordered_json targets = ordered_json::array();
  for (const ordered_json& target : list_of(root, "targets")) {
    ordered_json entry;
    keep(target, entry,
         {"name", "seconds", "executions", "coverage", "features", "corpus", "findings", "stopped",
          "failure"});
    entry["history"] = ordered_json::array();
    for (const ordered_json& point : list_of(target, "history")) {
      ordered_json kept;
      keep(point, kept, {"seconds", "executions", "coverage", "corpus"});
      if (member(kept, "seconds").is_number()) entry["history"].push_back(std::move(kept));
    }
    targets.push_back(std::move(entry));
  }
  return targets;
}

// Appends what a run found. False when a signal came.
bool add_findings(const ordered_json& run, ordered_json& page) {
  Progress progress;
  const ordered_json& findings = list_of(run, "findings");
  for (const ordered_json& finding : findings) {
    const std::size_t number = page["findings"].size() + 1;
    if (progress.due()) {
      progress.draw({fmt::format("running finding {} of {}", number, findings.size())});
    }
    ordered_json entry = finding_entry(finding);
    const ordered_json& text = member(finding, "case");
    if (number > kDetailsMax) {
      entry["detail"]["note"] =
          fmt::format("Only the first {} findings are run again for this page: ", kDetailsMax) +
          as_called("`weir repro` shows this one.");
    } else if (text.is_string()) {
      entry["detail"] = finding_detail(text.get_ref<const std::string&>(), text_of(entry, "kind"));
    } else {
      entry["detail"]["note"] = "The results have no case for this finding.";
    }
    page["findings"].push_back(std::move(entry));
    if (interrupted()) return false;
  }
  return true;
}

// Fills `page` with what a run wrote. False when a signal came.
bool add_run(const ordered_json& run, ordered_json& page) {
  page["verdict"] = verdict_of(run);
  keep(
      run, page,
      {"weir", "verb", "exit_code", "seed", "cases", "executions", "seconds", "started", "errors"});
  for (const char* key : {"revision", "base", "corpus", "golden", "shard"}) {
    const ordered_json& part = member(run, key);
    if (part.is_object()) {
      keep(part, page[key],
           {"commit", "dirty", "ref", "status", "reason", "files", "held", "violated", "streams",
            "index", "of"});
    }
  }
  for (const ordered_json& file : list_of(member(run, "corpus"), "unreadable")) {
    keep(file, page["unreadable"].emplace_back(), {"path", "reason"});
  }
  for (const ordered_json& file : list_of(member(run, "corpus"), "broken")) {
    keep(file, page["corpus_broken"].emplace_back(), {"path", "status", "seen"});
  }
  for (const ordered_json& stream : list_of(member(run, "golden"), "broken")) {
    keep(stream, page["golden_broken"].emplace_back(), {"path", "guards", "seen"});
  }
  for (const ordered_json& open : list_of(run, "open")) {
    keep(open, page["open"].emplace_back(), {"path", "status"});
  }
  for (const ordered_json& cause : list_of(run, "shared_causes")) {
    keep(cause, page["shared_causes"].emplace_back(), {"subject", "kind", "clauses", "start_with"});
  }
  for (const ordered_json& hint : list_of(run, "hints")) {
    keep(hint, page["hints"].emplace_back(), {"text"});
  }
  page["subjects"] = ordered_json::array();
  page["pairs"] = ordered_json::array();
  std::set<std::string> subjects;
  const auto add_subject = [&](const std::string& name) {
    if (!name.empty() && subjects.insert(name).second) page["subjects"].push_back(name);
  };
  for (const ordered_json& subject : list_of(run, "subjects")) {
    if (subject.is_string()) add_subject(clipped(subject.get_ref<const std::string&>()));
  }
  for (const ordered_json& pair : list_of(run, "pairs")) {
    if (text_of(pair, "subject").empty() || text_of(pair, "clause").empty()) continue;
    add_subject(text_of(pair, "subject"));
    page["pairs"].push_back(pair_entry(pair));
  }
  page["findings"] = ordered_json::array();
  return add_findings(run, page);
}

// ---- What may stand beside it

ordered_json hunt_entry(const ordered_json& hunt) {
  ordered_json entry;
  keep(hunt, entry,
       {"engine", "seed", "fate", "why", "cases", "seconds", "kind", "operations", "payload_bytes",
        "smallest"});
  return entry;
}

ordered_json kill_page(const ordered_json& kill) {
  ordered_json page;
  keep(kill, page,
       {"mutants", "clauses", "cases", "seconds", "interrupted", "median_seconds", "max_seconds",
        "declared", "problems"});
  for (const ordered_json& engine : list_of(kill, "engines")) {
    keep(engine, page["engines"].emplace_back(),
         {"engine", "killed", "able", "beyond", "no_case", "skipped"});
  }
  page["rows"] = ordered_json::array();
  for (const ordered_json& row : list_of(kill, "rows")) {
    ordered_json entry;
    keep(row, entry, {"name", "bug", "primary", "cases"});
    if (member(row, "default").is_object()) entry["default"] = hunt_entry(member(row, "default"));
    entry["hunts"] = ordered_json::array();
    for (const ordered_json& hunt : list_of(row, "hunts")) {
      entry["hunts"].push_back(hunt_entry(hunt));
    }
    for (const ordered_json& fired : list_of(row, "fired")) {
      keep(fired, entry["fired"].emplace_back(), {"clause", "declared", "engine", "kind"});
    }
    page["rows"].push_back(std::move(entry));
  }
  for (const ordered_json& score : list_of(kill, "yardsticks")) {
    keep(score, page["yardsticks"].emplace_back(),
         {"name", "file", "spirit", "killed", "of", "seconds", "accused", "left_out", "failure"});
  }
  return page;
}

// Names of files without the folder that all of them are in.
std::size_t common_folder(const ordered_json& files) {
  std::optional<std::string> common;
  for (const ordered_json& file : files) {
    std::string folder = text_of(file, "filename");
    folder.erase(folder.rfind('/') + 1);
    if (!common) common = folder;
    const auto [end, other] =
        std::mismatch(common->begin(), common->end(), folder.begin(), folder.end());
    common->erase(end, common->end());
    common->erase(common->rfind('/') + 1);
  }
  return common ? common->size() : 0;
}

ordered_json coverage_page(const ordered_json& coverage) {
  ordered_json page = ordered_json::array();
  for (const ordered_json& data : list_of(coverage, "data")) {
    const ordered_json& files = list_of(data, "files");
    const std::size_t cut = common_folder(files);
    for (const ordered_json& file : files) {
      ordered_json& entry = page.emplace_back();
      entry["name"] = text_of(file, "filename").substr(cut);
      for (const char* key : {"lines", "branches", "functions"}) {
        const ordered_json& part = member(member(file, "summary"), key);
        if (part.is_object()) keep(part, entry[key], {"count", "covered"});
      }
    }
  }
  return page;
}

// ---- Many runs

// Subject and clause, as one key.
std::string pair_of(const ordered_json& from) {
  return text_of(from, "subject") + ' ' + text_of(from, "clause");
}

// A run, and the pairs that ran in it.
struct TrendRun {
  ordered_json entry;
  std::set<std::string> ran;
};

// Says of each run for which of all findings it did not look.
void add_unlooked(std::vector<TrendRun>& runs) {
  std::set<std::string> found;
  for (const TrendRun& run : runs) {
    for (const ordered_json& finding : list_of(run.entry, "findings")) {
      found.insert(pair_of(finding));
    }
  }
  for (TrendRun& run : runs) {
    run.entry["unlooked"] = ordered_json::array();
    std::set_difference(found.begin(), found.end(), run.ran.begin(), run.ran.end(),
                        std::back_inserter(run.entry["unlooked"]));
  }
}

TrendRun trend_run(const std::string& name, const ordered_json& run) {
  TrendRun result{{{"name", name}, {"verdict", verdict_of(run)}}, {}};
  ordered_json& entry = result.entry;
  keep(run, entry, {"started", "seed", "cases", "seconds", "exit_code"});
  const ordered_json& revision = member(run, "revision");
  if (revision.is_object()) keep(revision, entry["revision"], {"commit", "dirty"});
  std::map<std::string, std::uint64_t> states;
  for (const ordered_json& pair : list_of(run, "pairs")) {
    const std::string state = text_of(pair, "status");
    ++states[state];
    if (state == "held" || state == "violated") result.ran.insert(pair_of(pair));
  }
  for (const auto& [state, count] : states) entry["states"][state] = count;
  entry["findings"] = ordered_json::array();
  for (const ordered_json& finding : list_of(run, "findings")) {
    keep(finding, entry["findings"].emplace_back(), {"subject", "clause", "kind"});
  }
  if (list_of(run, "targets").empty()) return result;
  double coverage = 0;
  double executions = 0;
  double corpus = 0;
  for (const ordered_json& target : list_of(run, "targets")) {
    coverage += number_of(target, "coverage");
    executions += number_of(target, "executions");
    corpus += number_of(target, "corpus");
  }
  entry["coverage"] = coverage;
  entry["executions"] = executions;
  entry["corpus"] = corpus;
  return result;
}

// ---- The page

// JSON that can stand in HTML: no character of it ends an element or begins another one.
std::string embedded(const ordered_json& data) {
  const std::string json = data.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  std::string text;
  text.reserve(json.size());
  for (const char c : json) {
    if (c == '<' || c == '>' || c == '&') {
      text += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      text += c;
    }
  }
  return text;
}

std::string page_of(const std::string& title, std::string_view script, const ordered_json& data) {
  const auto part = [](std::string_view name) -> std::string {
    for (const TemplateFile& file : report_page_files()) {
      if (file.path == name) return std::string(file.content);
    }
    return {};
  };
  std::string escaped;
  for (const char c : printable(title)) {
    escaped += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
  }
  const std::pair<std::string_view, std::string> parts[] = {
      {"@TITLE@", escaped},
      {"@STYLE@", part("page.css")},
      {"@DATA@", embedded(data)},
      {"@SCRIPT@", part("common.js") + part(script)},
  };
  // In their order, each once: what is put in is not looked at again.
  std::string page;
  const std::string frame = part("page.html");
  std::size_t at = 0;
  for (const auto& [mark, content] : parts) {
    const std::size_t found = frame.find(mark, at);
    page.append(frame, at, found - at);
    page += content;
    at = found + mark.size();
  }
  page.append(frame, at, std::string::npos);
  return page;
}

// Writes the page where it belongs. Returns an exit code.
int write_page(const std::string& path, const std::string& page, const std::string& about) {
  if (path == "-") {
    write_out(page);
    return kExitHeld;
  }
  const FileOutcome written = write_file(path, page);
  if (!written.ok()) return refuse(kExitCouldNotRun, written.error);
  print("{}: {}, {}\n", printable(path), about, human_bytes(page.size()));
  return kExitHeld;
}

int report_run(const std::string& folder, const std::string& output) {
  std::vector<Found> files;
  std::vector<std::string> broken;
  std::string error = read_folder(folder, files, broken);
  const Found* run = error.empty() ? run_of(folder, files, error) : nullptr;
  if (!error.empty()) return refuse(kExitUsage, error);
  for (const std::string& each : broken) complain(each);
  if (files.empty()) {
    if (broken.empty()) {
      complain(
          fmt::format("'{}' has no results: no .json file there was written by check, ci, fuzz "
                      "or kill (for a folder of runs: --trend)",
                      printable(folder)));
    }
    return kExitUsage;
  }
  ordered_json page{{"kind", "run"}, {"broken", broken}};
  std::vector<std::string> about;
  if (run != nullptr) {
    if (!add_run(run->root, page)) {
      complain("interrupted");
      return kExitInterrupted;
    }
  }
  page["targets"] = run != nullptr ? targets_of(run->root) : ordered_json::array();
  for (const Found& found : files) {
    if (found.kind == Kind::kKill) page["kill"] = kill_page(found.root);
    if (found.kind == Kind::kCoverage) page["coverage"] = coverage_page(found.root);
    if (found.kind != Kind::kFuzz || &found == run) continue;
    if (!add_findings(found.root, page)) {
      complain("interrupted");
      return kExitInterrupted;
    }
    for (ordered_json& target : targets_of(found.root)) page["targets"].push_back(target);
    if (!list_of(found.root, "findings").empty()) page["verdict"] = "violated";
  }
  if (run != nullptr) {
    page["groups"] = contract_groups(page);
    if (!page["pairs"].empty()) about.push_back(plural(page["subjects"].size(), "subject"));
    about.push_back(plural(page["findings"].size(), "finding"));
  }
  const ordered_json& targets = page["targets"];
  if (!targets.empty()) about.push_back(plural(targets.size(), "fuzz target"));
  if (page.contains("kill")) about.push_back(plural(page["kill"]["rows"].size(), "mutant"));
  if (page.contains("coverage")) about.push_back(plural(page["coverage"].size(), "source file"));
  const std::string title = "Weir: " + (run != nullptr ? text_of(page, "verdict") : "results");
  const int code = write_page(output, page_of(title, "run.js", page), join(about, ", "));
  if (code != kExitHeld) return code;
  if (!broken.empty()) return kExitUsage;
  if (run != nullptr && page["verdict"] == "nothing-ran") {
    return refuse(kExitCouldNotRun, fmt::format("nothing ran in '{}'", printable(run->path)));
  }
  return kExitHeld;
}

int report_trend(const std::string& folder, const std::string& output) {
  std::vector<fs::path> names;
  std::string error = list_folder(folder, names);
  if (!error.empty()) return refuse(kExitUsage, error);
  std::vector<std::string> broken;
  std::vector<TrendRun> runs;
  for (const fs::path& name : names) {
    if (interrupted()) {
      complain("interrupted");
      return kExitInterrupted;
    }
    std::error_code ignored;
    if (is_json_file(name)) {
      Found found;
      error = read_json(name.string(), found);
      if (!error.empty()) broken.push_back(error);
      if (error.empty() && found.kind == Kind::kRun) {
        runs.push_back(trend_run(name.stem().string(), found.root));
      }
    } else if (fs::is_directory(name, ignored)) {
      std::vector<Found> files;
      error = read_folder(name.string(), files, broken);
      const Found* run = error.empty() ? run_of(name.string(), files, error) : nullptr;
      if (!error.empty()) broken.push_back(error);
      if (run != nullptr) runs.push_back(trend_run(name.filename().string(), run->root));
    }
  }
  for (const std::string& each : broken) complain(each);
  if (runs.empty()) {
    if (broken.empty()) {
      complain(fmt::format("'{}' has no runs: no folder in it has a .json file of check or ci",
                           printable(folder)));
    }
    return kExitUsage;
  }
  const bool timed = std::all_of(runs.begin(), runs.end(), [](const TrendRun& run) {
    return !text_of(run.entry, "started").empty();
  });
  std::stable_sort(runs.begin(), runs.end(), [&](const TrendRun& a, const TrendRun& b) {
    const char* const key = timed ? "started" : "name";
    const std::string first = text_of(a.entry, key);
    const std::string second = text_of(b.entry, key);
    // Numbers within names count as numbers: run-9 before run-10.
    return timed ? first < second : ::strverscmp(first.c_str(), second.c_str()) < 0;
  });
  add_unlooked(runs);
  ordered_json page{{"kind", "trend"}, {"timed", timed}, {"broken", broken}};
  for (TrendRun& run : runs) page["runs"].push_back(std::move(run.entry));
  const int code =
      write_page(output, page_of("Weir: " + plural(runs.size(), "run"), "trend.js", page),
                 plural(runs.size(), "run"));
  return code == kExitHeld && !broken.empty() ? static_cast<int>(kExitUsage) : code;
}

}  // namespace

int run_report(const ReportOptions& options) {
  const std::string output =
      options.output.empty() ? options.folder + "/" + (options.trend ? "trend.html" : "report.html")
                             : options.output;
  if (output != "-") {
    const FileOutcome writable = check_writable(output);
    // A folder that is not there is told of below, in better words.
    std::error_code ignored;
    if (!writable.ok() && fs::is_directory(options.folder, ignored)) {
      return refuse(kExitCouldNotRun, writable.error);
    }
  }
  return options.trend ? report_trend(options.folder, output) : report_run(options.folder, output);
}

}  // namespace weir::cli
