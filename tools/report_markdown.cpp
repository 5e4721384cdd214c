// The summary for people who look at a merge request, and GitHub's annotations.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "ci_run.h"
#include "exit_code.h"
#include "files.h"
#include "program.h"
#include "properties/case_text.h"
#include "properties/roster.h"
#include "terminal.h"
#include "text.h"

namespace weir::cli {

using nlohmann::ordered_json;
using properties::Finding;
using Status = ReplayedFile::Status;

namespace {

// As text in a cell of a table.
std::string cell(std::string_view text) {
  std::string result;
  for (const char c : printable(text)) {
    if (std::string_view("|\\`*_<>[]&~").find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

// As code, to be copied: between more backticks than stand in it one after another.
std::string code(std::string_view text) {
  const std::string shown = printable(text);
  std::string fence = "`";
  while (shown.find(fence) != std::string::npos) fence += '`';
  if (fence.size() == 1) return fence + shown + fence;
  return fence + " " + shown + " " + fence;
}

// As code in a cell, which a bar would end there, too.
std::string code_cell(std::string_view text) {
  std::string result;
  for (const char c : code(text)) {
    if (c == '|') result += '\\';
    result += c;
  }
  return result;
}

std::string finding_rows(const CiRun& run) {
  std::string text =
      "| | subject | clause | what | found by | confirmed | age | case |\n"
      "| --- | --- | --- | --- | --- | --- | --- | --- |\n";
  for (std::size_t i = 0; i < run.findings.size(); ++i) {
    const CiFinding& ci = run.findings[i];
    const Finding& finding = ci.finding;
    std::string clauses = code_cell(finding.signature.clause);
    if (!ci.also.empty()) clauses += fmt::format(" and {} more", ci.also.size());
    std::string age(to_string(ci.age));
    if (ci.is_known()) age = "known";
    text += fmt::format(
        "| {} | {} | {} | {} | {} | {} | {} | {} |\n", i + 1, code_cell(finding.subject), clauses,
        cell(finding.signature.kind), cell(join(ci.engines, ", ")),
        ci.runs == 0
            ? std::string("no")
            : fmt::format("{}{} of {}", ci.flaky() ? "**flaky** " : "", ci.failed, ci.runs),
        age, finding.path.empty() ? "not written" : code_cell(finding.path));
  }
  return text;
}

std::string finding_details(const CiRun& run, std::size_t number) {
  const CiFinding& ci = run.findings[number];
  const Finding& finding = ci.finding;
  std::string text =
      fmt::format("\n<details><summary>{}. {} breaks {}: {}</summary>\n\n", number + 1,
                  xml_text(finding.subject), xml_text(finding.signature.clause),
                  xml_text(finding.signature.kind));
  if (const properties::Clause* clause = properties::find_clause(finding.signature.clause)) {
    text += fmt::format("{}\n\n", cell(clause->statement));
  }
  if (!finding.expected.empty()) text += fmt::format("- expected: {}\n", cell(finding.expected));
  if (!finding.seen.empty()) text += fmt::format("- seen: {}\n", cell(finding.seen));
  if (const auto place = place_of(run, ci)) {
    text +=
        fmt::format("- in the code: {}\n", code(fmt::format("{}:{}", place->path, place->line)));
  }
  text += fmt::format("- {}\n", cell(confirmation_text(ci)));
  if (ci.is_known()) {
    text += fmt::format("- known: {}\n", cell(join(ci.known, ", ")));
  } else {
    text += fmt::format("- {}{}\n", to_string(ci.age),
                        ci.age_reason.empty() ? "" : ": " + cell(ci.age_reason));
  }
  const std::string command = reproduce_command(run, ci, finding);
  if (!command.empty()) text += fmt::format("- to repeat it: {}\n", code(command));
  // A longer fence than any line of the case could be.
  text += fmt::format("\n````\n{}````\n", properties::print(finding.value));
  if (!ci.also.empty()) {
    text += "\nOf the same cause:\n\n";
    for (const Finding& each : ci.also) {
      text += fmt::format("- {}\n", cell(also_text(ci, each)));
    }
  }
  return text + "\n</details>\n";
}

std::string target_rows(const CiRun& run) {
  const ordered_json targets = ordered_json::parse(run.targets_json, nullptr, false);
  if (!targets.is_array() || targets.empty()) return {};
  std::string text =
      "\n### Guided search\n\n| target | seconds | executions | coverage | corpus | findings | |\n"
      "| --- | ---: | ---: | ---: | ---: | ---: | --- |\n";
  for (const ordered_json& target : targets) {
    const auto number = [&](const char* key) {
      return with_commas(static_cast<std::uint64_t>(target.value(key, 0.0)));
    };
    std::string name = target.value("name", std::string());
    const std::string subject = target.value("subject", std::string());
    if (!subject.empty()) name += " on " + subject;
    std::string trouble = target.value("failure", std::string());
    if (!trouble.empty()) trouble = "failed: " + trouble;
    if (trouble.empty()) trouble = target.value("stopped", std::string());
    text += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", cell(name), number("seconds"),
                        number("executions"), number("coverage"), number("corpus"),
                        number("findings"), cell(trouble));
  }
  return text;
}

std::string open_text(const OpenCase& open) {
  switch (open.status) {
    case OpenCase::Status::kViolated:
      return "still violated";
    case OpenCase::Status::kViolatedOtherwise:
      return fmt::format("violated in another way than recorded: {}, not {}", to_string(open.seen),
                         to_string(open.recorded));
    case OpenCase::Status::kHoldsNow:
      return fmt::format("holds now; to keep it so: {} corpus promote {}", program_command(),
                         shell_word(open.path));
    case OpenCase::Status::kCouldNotRun:
      return "not run: " + open.reason;
  }
  return {};
}

std::string list(std::string_view title, const std::vector<std::string>& items) {
  if (items.empty()) return {};
  std::string text = fmt::format("\n### {}\n\n", title);
  for (const std::string& item : items) text += fmt::format("- {}\n", cell(item));
  return text;
}

// What GitHub's commands need of a message, and besides of a property.
std::string command_data(std::string_view text, bool property) {
  std::string result;
  for (const char c : printable_lines(text)) {
    switch (c) {
      case '%':
        result += "%25";
        break;
      case '\r':
        result += "%0D";
        break;
      case '\n':
        result += "%0A";
        break;
      case ':':
        result += property ? "%3A" : ":";
        break;
      case ',':
        result += property ? "%2C" : ",";
        break;
      default:
        result += c;
    }
  }
  return result;
}

}  // namespace

std::string ci_markdown(const CiRun& run) {
  std::string text = fmt::format("## {}: {}\n\n{}\n\n", program_name(), verdict_word(run.exit_code),
                                 cell(headline(run)));
  if (!run.phase.empty())
    text += fmt::format("**The run has not ended: {}.**\n\n", cell(run.phase));

  std::uint64_t vacuous = 0;
  std::uint64_t not_run = 0;
  std::uint64_t held = 0;
  std::uint64_t skipped = 0;
  for (const properties::PairReport& pair : run.suite.pairs) {
    const PairState state = state_of(pair);
    held += state == PairState::kHeld ? 1 : 0;
    vacuous += state == PairState::kVacuous ? 1 : 0;
    not_run += state == PairState::kNotRun ? 1 : 0;
    skipped += state == PairState::kSkipped ? 1 : 0;
  }
  const std::uint64_t pairs = run.suite.pairs.size() - skipped;
  text += "| | |\n| --- | --- |\n";
  text += fmt::format("| property suite | {} of {} pairs of clause and subject held{}{}{}; {} |\n",
                      held, pairs, run.suite.interrupted ? " as far as they came" : "",
                      vacuous == 0 ? "" : fmt::format(", {} vacuous", vacuous),
                      not_run == 0 ? "" : fmt::format(", {} not run", not_run),
                      plural(run.suite.cases - run.suite.discarded(), "case"));
  text += fmt::format("| corpus | {} of {} held{}{} |\n", run.count(Status::kHeld),
                      plural(run.corpus.size(), "file"),
                      run.count(Status::kViolated) == 0
                          ? ""
                          : fmt::format(", **{} violated**", run.count(Status::kViolated)),
                      run.count(Status::kUnreadable) == 0
                          ? ""
                          : fmt::format(", **{} unreadable**", run.count(Status::kUnreadable)));
  text += fmt::format("| golden streams | {} |\n", golden_count(run.goldens));
  for (const GuidedRun& guided : run.guided) {
    text += fmt::format(
        "| guided search{} | {} |\n",
        guided.subject.empty() ? "" : " of " + code_cell(guided.subject),
        guided.left_out.empty() ? std::string("ran") : "left out: " + cell(guided.left_out));
  }
  if (!run.base.ref.empty()) {
    text +=
        fmt::format("| base | {}{}: {} |\n", code_cell(run.base.ref),
                    run.base.commit.empty() ? "" : " (" + run.base.commit.substr(0, 12) + ")",
                    run.base.status == BaseState::Status::kReplayed ? "each finding was replayed"
                                                                    : cell(run.base.reason));
  }
  if (!run.commit.empty()) {
    text += fmt::format("| revision | {}{} |\n", run.commit.substr(0, 12),
                        run.dirty ? ", and uncommitted changes" : "");
  }
  text += fmt::format("| time | {} of {}, seed {} |\n", human_seconds(run.seconds),
                      human_seconds(run.budget), run.suite.seed);

  if (!run.findings.empty()) {
    text += "\n### Findings\n\n" + finding_rows(run);
    for (std::size_t i = 0; i < run.findings.size(); ++i) text += finding_details(run, i);
  }
  std::vector<std::string> files;
  for (const ReplayedFile& file : run.corpus) {
    if (file.status == Status::kHeld || file.status == Status::kLeftOut) continue;
    files.push_back(file.path + ": " + file.message);
  }
  text += list("Of the corpus", files);
  std::vector<std::string> goldens;
  for (const GoldenReplays::Broken& broken : run.goldens.broken) {
    goldens.push_back(broken.path + ": " + broken.message);
  }
  text += list("Golden streams that broke", goldens);
  std::vector<std::string> open;
  for (const OpenCase& each : run.open) {
    open.push_back(each.path + ": " + open_text(each));
  }
  text += list("Known to be violated", open);
  text += target_rows(run);
  text += list("What could not be done", run.errors);
  text += list("Notes", run.notes);
  return text;
}

std::string github_annotations(const CiRun& run) {
  std::string text;
  const auto annotate = [&](std::string_view level, const std::string& file, std::uint64_t line,
                            const std::string& title, const std::string& message) {
    std::string place;
    if (!file.empty()) {
      place = fmt::format("file={},line={},", command_data(path_in_tree(run, file), true), line);
    }
    text += fmt::format("::{} {}title={}::{}\n", level, place, command_data(title, true),
                        command_data(message, false));
  };
  for (const CiFinding& ci : run.findings) {
    const Finding& finding = ci.finding;
    const auto place = place_of(run, ci);
    const std::string file = place ? run.source_root + "/" + place->path : finding.path;
    std::string message =
        fmt::format("{}: expected {}, seen {}\n{}", finding.signature.kind, finding.expected,
                    finding.seen, reproduce_command(run, ci, finding));
    if (ci.age != Age::kUnknown) message += fmt::format("\n{}", ci.age_reason);
    annotate(ci.is_known() ? "notice"
             : ci.flaky()  ? "warning"
                           : "error",
             file, place ? place->line : 1,
             fmt::format("{} breaks {}", finding.subject, finding.signature.clause), message);
  }
  for (const ReplayedFile& file : run.corpus) {
    if (file.status == Status::kHeld || file.status == Status::kLeftOut) continue;
    annotate("error", file.path, 1, "a case of the corpus", file.message);
  }
  for (const GoldenReplays::Broken& broken : run.goldens.broken) {
    annotate("error", broken.path, 1, "a golden stream broke", broken.message);
  }
  for (const OpenCase& open : run.open) {
    if (open.status == OpenCase::Status::kViolated) continue;
    const bool failed = open.status == OpenCase::Status::kViolatedOtherwise;
    annotate(failed ? "error" : "notice", open.path, 1, "an open case", open_text(open));
  }
  for (const std::string& error : run.errors) annotate("error", {}, 0, "weir ci", error);
  return text;
}

}  // namespace weir::cli
