// What `weir ci` writes for programs, and what its findings come to.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "check_report.h"
#include "ci_run.h"
#include "exit_code.h"
#include "files.h"
#include "foreign.h"
#include "report_json.h"
#include "report_junit.h"
#include "text.h"

namespace weir::cli {

namespace fs = std::filesystem;
using nlohmann::ordered_json;
using properties::Finding;
using Status = ReplayedFile::Status;

namespace {

std::string_view to_string(Status status) {
  switch (status) {
    case Status::kHeld:
      return "held";
    case Status::kViolated:
      return "violated";
    case Status::kLeftOut:
      return "left-out";
    case Status::kDiscarded:
      return "discarded";
    case Status::kUnreadable:
      return "unreadable";
    case Status::kCouldNotRun:
      return "could-not-run";
  }
  return "";
}

std::size_t count_of(const std::vector<ReplayedFile>& files, Status status) {
  return static_cast<std::size_t>(std::count_if(
      files.begin(), files.end(), [&](const ReplayedFile& file) { return file.status == status; }));
}

ordered_json ci_finding_json(const CiRun& run, const CiFinding& finding) {
  const auto one = [&](const Finding& each) {
    ordered_json entry = finding_json(each);
    const std::string command = reproduce_command(run, finding, each);
    if (!command.empty()) entry["reproduce"] = command;
    return entry;
  };
  ordered_json entry = one(finding.finding);
  if (finding.flaky()) entry["status"] = "flaky";
  entry["engine"] = join(finding.engines, ", ");
  entry["confirmed"] = {{"runs", finding.runs}, {"failed", finding.failed}};
  if (!finding.unconfirmed.empty()) entry["confirmed"]["reason"] = finding.unconfirmed;
  entry["age"] = to_string(finding.age);
  entry["age_reason"] = finding.age_reason;
  if (finding.is_known()) entry["known"] = finding.known;
  entry["same_cause"] = ordered_json::array();
  for (const Finding& each : finding.also) entry["same_cause"].push_back(one(each));
  return entry;
}

// Where each finding of the suite went: subject and clause, and the number of the CI finding.
std::size_t number_of(const CiRun& run, const Finding& finding) {
  for (std::size_t i = 0; i < run.findings.size(); ++i) {
    const auto is_it = [&](const Finding& each) {
      return each.subject == finding.subject && each.signature == finding.signature;
    };
    const std::vector<Finding>& also = run.findings[i].also;
    if (is_it(run.findings[i].finding) || std::any_of(also.begin(), also.end(), is_it)) return i;
  }
  return run.findings.size();
}

JUnitCase replayed_case(const ReplayedFile& file, std::string_view classname) {
  JUnitCase test;
  test.classname = classname;
  test.name = file.path;
  test.seconds = file.seconds;
  test.message = file.message;
  test.type = to_string(file.status);
  switch (file.status) {
    case Status::kHeld:
      break;
    case Status::kViolated:
      test.status = JUnitCase::Status::kFailed;
      test.type = properties::to_string(file.signature);
      break;
    case Status::kLeftOut:
      test.status = JUnitCase::Status::kSkipped;
      break;
    case Status::kDiscarded:
    case Status::kUnreadable:
    case Status::kCouldNotRun:
      test.status = JUnitCase::Status::kError;
      break;
  }
  return test;
}

}  // namespace

std::string_view to_string(Age age) noexcept {
  switch (age) {
    case Age::kUnknown:
      return "unknown";
    case Age::kNew:
      return "new";
    case Age::kOlder:
      return "older";
  }
  return "";
}

std::string_view to_string(BaseState::Status status) noexcept {
  switch (status) {
    case BaseState::Status::kNone:
      return "none";
    case BaseState::Status::kReplayed:
      return "replayed";
    case BaseState::Status::kCouldNotBuild:
      return "could-not-build";
  }
  return "";
}

std::string also_text(const CiFinding& finding, const Finding& each) {
  const std::string signature = properties::to_string(each.signature);
  return each.subject == finding.finding.subject ? signature : each.subject + " " + signature;
}

std::string confirmation_text(const CiFinding& finding) {
  if (finding.runs == 0) {
    return "not confirmed" +
           (finding.unconfirmed.empty() ? std::string() : ": " + finding.unconfirmed);
  }
  return fmt::format("{}: {} of {} failed", finding.flaky() ? "flaky" : "confirmed", finding.failed,
                     plural(finding.runs, "run"));
}

std::string reproduce_command(const CiRun& run, const CiFinding& ci, const Finding& finding) {
  if (finding.path.empty()) return {};
  const std::string plain = repro_command(finding);
  // What the wrapper is told, it tells by itself; without one the program is named.
  const char* const wrapper = std::getenv("WEIR_COMMAND");
  if (!ci.by_fuzz_build || run.fuzz_program.empty()) return plain;
  const bool wrapped = wrapper != nullptr && *wrapper != '\0';
  if (wrapped && plain.find(" --fuzz-build ") != std::string::npos) return plain;
  return fmt::format("{} repro {}{}",
                     wrapped ? program_command() + " --fuzz-build" : shell_word(run.fuzz_program),
                     shell_word(finding.path), foreign_words());
}

std::optional<CodePlace> place_of(const CiRun& run, const CiFinding& finding) {
  for (const Finding& each : finding.also) {
    if (!finding.finding.report.empty()) break;
    // Of another transform: the place is in that one's code.
    if (each.subject != finding.finding.subject) continue;
    if (std::optional<CodePlace> place = place_in_code(each.report, run.source_root)) return place;
  }
  return place_in_code(finding.finding.report, run.source_root);
}

std::string path_in_tree(const CiRun& run, const std::string& path) {
  std::error_code error;
  const fs::path whole = fs::weakly_canonical(path, error);
  const fs::path root = fs::weakly_canonical(run.source_root, error);
  const fs::path relative = whole.lexically_relative(root);
  return error || relative.empty() || *relative.begin() == ".." ? whole.generic_string()
                                                                : relative.generic_string();
}

std::size_t CiRun::count(Status status) const noexcept { return count_of(corpus, status); }

std::size_t CiRun::unknown_findings() const noexcept {
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(),
                    [](const CiFinding& finding) { return !finding.is_known(); }));
}

int exit_code_of(const CiRun& run) {
  if (run.interrupted) return kExitInterrupted;
  if (run.unknown_findings() > 0 || !run.goldens.broken.empty() ||
      run.count(Status::kViolated) > 0 || count_otherwise(run.open) > 0) {
    return kExitViolated;
  }
  if (run.wrong_input || run.count(Status::kUnreadable) > 0) {
    return kExitUsage;
  }
  const auto could_not = [](const ReplayedFile& file) {
    return file.status == Status::kCouldNotRun || file.status == Status::kDiscarded;
  };
  if (!run.phase.empty() || !run.errors.empty() ||
      std::any_of(run.corpus.begin(), run.corpus.end(), could_not)) {
    return kExitCouldNotRun;
  }
  return completeness_of(run.suite);
}

std::string_view verdict_word(int exit_code) noexcept {
  switch (exit_code) {
    case kExitHeld:
      return "held";
    case kExitViolated:
      return "violated";
    case kExitInterrupted:
      return "interrupted";
    default:
      return "could not run all";
  }
}

std::string headline(const CiRun& run) {
  const std::size_t unknown = run.unknown_findings();
  std::string text = plural(unknown, "finding");
  const auto of_age = [&](Age age) {
    return std::count_if(run.findings.begin(), run.findings.end(), [&](const CiFinding& finding) {
      return !finding.is_known() && finding.age == age;
    });
  };
  if (unknown > 0 && run.base.status == BaseState::Status::kReplayed) {
    std::vector<std::string> ages;
    for (const Age age : {Age::kNew, Age::kOlder, Age::kUnknown}) {
      if (of_age(age) > 0) ages.push_back(fmt::format("{} {}", of_age(age), to_string(age)));
    }
    text += " (" + join(ages, ", ") + ")";
  }
  if (const std::size_t known = run.findings.size() - unknown; known > 0) {
    text += fmt::format(", {} known", known);
  }
  if (const std::size_t broken = run.goldens.broken.size(); broken > 0) {
    text += ", " + plural(broken, "golden stream") + " broken";
  }
  if (const std::size_t violated = run.count(Status::kViolated); violated > 0) {
    text += fmt::format(", {} of the corpus violated", plural(violated, "case"));
  }
  if (const std::size_t other = count_otherwise(run.open); other > 0) {
    text += fmt::format(", {} violated in another way", plural(other, "open case"));
  }
  if (const std::size_t unreadable = run.count(Status::kUnreadable); unreadable > 0) {
    text += fmt::format(", {} of the corpus unreadable", plural(unreadable, "file"));
  }
  return fmt::format("{}: {}; {}", verdict_word(run.exit_code), text,
                     scope_text(run.plan, run.suite));
}

std::string ci_json(const CiRun& run) {
  ordered_json root =
      report_object(run.plan, run.suite, run.goldens, run.open, run.found_after, run.exit_code);
  root["verb"] = "ci";
  root["started"] = run.started;
  root["seconds"] = run.seconds;
  root["budget"] = {{"seconds", run.budget}, {"suite_seconds", run.suite_budget}};
  root["interrupted"] = run.interrupted || !run.phase.empty();
  if (!run.phase.empty()) root["phase"] = run.phase;
  root["revision"] = {{"commit", run.commit}, {"dirty", run.dirty}};
  root["base"] = {{"ref", run.base.ref},
                  {"commit", run.base.commit},
                  {"status", to_string(run.base.status)},
                  {"reason", run.base.reason}};
  root["errors"] = run.errors;
  root["notes"] = run.notes;
  for (ordered_json& pair : root["pairs"]) {
    if (!pair.contains("finding")) continue;
    pair["finding"] = number_of(run, run.suite.findings[pair["finding"].get<std::size_t>()]);
  }
  root["findings"] = ordered_json::array();
  for (const CiFinding& finding : run.findings) {
    ordered_json entry = ci_finding_json(run, finding);
    for (const auto& [path, seconds] : run.found_after) {
      if (path == finding.finding.path) entry["found_after_seconds"] = seconds;
    }
    root["findings"].push_back(std::move(entry));
  }
  root["corpus"] = {{"files", run.corpus.size()},
                    {"held", run.count(Status::kHeld)},
                    {"violated", run.count(Status::kViolated)},
                    {"left_out", run.count(Status::kLeftOut)},
                    {"unreadable", ordered_json::array()},
                    {"broken", ordered_json::array()}};
  for (const ReplayedFile& file : run.corpus) {
    if (file.status == Status::kHeld || file.status == Status::kLeftOut) continue;
    if (file.status == Status::kUnreadable) {
      root["corpus"]["unreadable"].push_back({{"path", file.path}, {"reason", file.message}});
    } else {
      root["corpus"]["broken"].push_back(
          {{"path", file.path}, {"status", to_string(file.status)}, {"seen", file.message}});
    }
  }
  root["guided"] = ordered_json::array();
  for (const GuidedRun& guided : run.guided) {
    ordered_json entry{{"ran", guided.left_out.empty()}, {"reason", guided.left_out}};
    if (!guided.subject.empty()) entry["subject"] = guided.subject;
    root["guided"].push_back(std::move(entry));
  }
  root["targets"] = ordered_json::parse(run.targets_json, nullptr, false);
  return root.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string ci_junit(const CiRun& run) {
  std::vector<JUnitSuite> suites = junit_suites(run.plan, run.suite, run.goldens, run.open);
  for (JUnitSuite& suite : suites) {
    for (JUnitCase& test : suite.cases) {
      for (const CiFinding& finding : run.findings) {
        const auto is_it = [&](const Finding& each) {
          return each.subject == test.classname && each.signature.clause == test.name;
        };
        if (!finding.is_known() || test.status != JUnitCase::Status::kFailed ||
            !(is_it(finding.finding) ||
              std::any_of(finding.also.begin(), finding.also.end(), is_it))) {
          continue;
        }
        test.status = JUnitCase::Status::kSkipped;
        test.message = "known: " + join(finding.known, ", ");
      }
    }
  }
  if (!run.corpus.empty()) {
    JUnitSuite& suite = suites.emplace_back();
    suite.name = "corpus";
    for (const ReplayedFile& file : run.corpus) {
      suite.cases.push_back(replayed_case(file, "corpus"));
    }
  }
  if (!run.findings.empty()) {
    JUnitSuite& suite = suites.emplace_back();
    suite.name = "findings";
    for (const CiFinding& finding : run.findings) {
      JUnitCase test;
      describe_failure(finding.finding, reproduce_command(run, finding, finding.finding), test);
      test.classname = finding.finding.subject;
      test.name = properties::to_string(finding.finding.signature);
      if (finding.is_known()) {
        test.status = JUnitCase::Status::kSkipped;
        test.message = "known: " + join(finding.known, ", ");
      }
      test.content +=
          fmt::format("{}\nage: {}{}\n", confirmation_text(finding), to_string(finding.age),
                      finding.age_reason.empty() ? "" : ": " + finding.age_reason);
      for (const Finding& each : finding.also) {
        test.content +=
            fmt::format("of the same cause: {} {}\n", also_text(finding, each), each.path);
      }
      suite.cases.push_back(std::move(test));
    }
  }
  // What could not be done is seen where nobody reads a log.
  JUnitSuite& suite = suites.emplace_back();
  suite.name = "run";
  const auto add = [&](std::string_view name, const std::string& skipped,
                       const std::vector<std::string>& errors) {
    JUnitCase test;
    test.classname = "run";
    test.name = name;
    if (!skipped.empty()) {
      test.status = JUnitCase::Status::kSkipped;
      test.message = skipped;
    }
    if (!errors.empty()) {
      test.status = JUnitCase::Status::kError;
      test.type = "could-not-run";
      test.message = errors.front();
      for (const std::string& error : errors) test.content += error + "\n";
    }
    suite.cases.push_back(std::move(test));
  };
  std::vector<std::string> errors = run.errors;
  if (run.interrupted) errors.push_back("the run was interrupted");
  if (!run.phase.empty()) errors.push_back("the run has not ended: " + run.phase);
  add("completed", {}, errors);
  for (const GuidedRun& guided : run.guided) {
    // A failure stands among the errors.
    add(guided.subject.empty() ? "guided search" : "guided search of " + guided.subject,
        guided.left_out, {});
  }
  if (!run.base.ref.empty()) {
    add("base revision", run.base.status == BaseState::Status::kReplayed ? "" : run.base.reason,
        {});
  }
  return junit_text(suites);
}

}  // namespace weir::cli
