#include "report_sarif.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "exit_code.h"
#include "program.h"
#include "properties/case_text.h"
#include "properties/roster.h"
#include "text.h"

namespace weir::cli {

using nlohmann::ordered_json;
using properties::Clause;
using properties::Finding;

namespace {

constexpr const char* kRoot = "SRCROOT";

// Of a path: what may not stand in a URI as it is becomes %XX.
std::string uri_of(std::string_view path) {
  static constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/+";
  std::string uri;
  for (const char c : path) {
    if (kPlain.find(c) != std::string_view::npos) {
      uri += c;
    } else {
      uri += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
  }
  return uri;
}

ordered_json text_object(const std::string& text) { return {{"text", printable_lines(text)}}; }

// A file: below the work tree by its path there, else by where it is.
ordered_json artifact_location(const CiRun& run, const std::string& path) {
  const std::string place = path_in_tree(run, path);
  if (!place.empty() && place.front() == '/') return {{"uri", "file://" + uri_of(place)}};
  return {{"uri", uri_of(place)}, {"uriBaseId", kRoot}};
}

ordered_json rule_of(const Clause& clause) {
  const std::string id(clause.id);
  const std::string statement(clause.statement);
  const std::string why(clause.why);
  return {
      {"id", id},
      {"shortDescription", text_object(statement.substr(0, statement.find_first_of(":;.")) + ".")},
      {"fullDescription", text_object(statement)},
      {"help",
       {{"text", statement + "\n\nWhy it matters: " + why},
        {"markdown", fmt::format("{}\n\n*Why it matters.* {}\n\nA case is repeated by "
                                 "`{} repro FILE`.",
                                 statement, why, program_name())}}},
      {"defaultConfiguration", {{"level", "error"}}},
      {"properties", {{"tags", ordered_json::array({properties::to_string(clause.group)})}}}};
}

ordered_json region(std::uint64_t line, std::uint64_t column) {
  ordered_json region{{"startLine", line}};
  if (column > 0) region["startColumn"] = column;
  return region;
}

ordered_json result_of(const CiRun& run, const CiFinding& ci, std::size_t rule) {
  const Finding& finding = ci.finding;
  std::string message = fmt::format("{} breaks {}: {}.", finding.subject, finding.signature.clause,
                                    finding.signature.kind);
  if (!finding.expected.empty()) message += fmt::format(" Expected {}.", finding.expected);
  if (!finding.seen.empty()) message += fmt::format(" Seen: {}.", finding.seen);
  if (ci.flaky()) message += fmt::format(" Flaky: {} of {} runs failed.", ci.failed, ci.runs);
  if (!ci.also.empty()) {
    std::vector<std::string> others;
    for (const Finding& each : ci.also) others.push_back(also_text(ci, each));
    message += " Of the same cause: " + join(others, ", ") + ".";
  }
  const std::string command = reproduce_command(run, ci, finding);
  if (!command.empty()) message += " To repeat it: " + command;

  ordered_json result{{"ruleId", finding.signature.clause},
                      {"ruleIndex", rule},
                      {"level", ci.is_known() ? "note"
                                : ci.flaky()  ? "warning"
                                              : "error"},
                      {"message", text_object(message)}};
  ordered_json location;
  if (const auto place = place_of(run, ci)) {
    location["artifactLocation"] = {{"uri", uri_of(place->path)}, {"uriBaseId", kRoot}};
    location["region"] = region(place->line, place->column);
  } else if (!finding.path.empty()) {
    location["artifactLocation"] = artifact_location(run, finding.path);
    location["region"] = region(1, 0);
  }
  result["locations"] = ordered_json::array();
  if (!location.is_null()) result["locations"].push_back({{"physicalLocation", location}});
  if (!finding.path.empty()) {
    result["attachments"] =
        ordered_json::array({{{"description", text_object("The smallest case known.")},
                              {"artifactLocation", artifact_location(run, finding.path)}}});
  }
  std::uint64_t id = 0;
  for (const Finding& each : ci.also) {
    if (each.path.empty()) continue;
    result["relatedLocations"].push_back(
        {{"id", ++id},
         {"message", text_object(also_text(ci, each))},
         {"physicalLocation", {{"artifactLocation", artifact_location(run, each.path)}}}});
  }
  result["partialFingerprints"] = {
      {"weirSignature/v1", finding.subject + " " + properties::to_string(finding.signature)}};
  if (ci.age != Age::kUnknown) {
    result["baselineState"] = ci.age == Age::kNew ? "new" : "unchanged";
  }
  if (ci.is_known()) {
    result["suppressions"] = ordered_json::array(
        {{{"kind", "external"}, {"justification", "known: " + join(ci.known, ", ")}}});
  }
  result["properties"] = {
      {"subject", finding.subject},       {"kind", finding.signature.kind},
      {"engine", join(ci.engines, ", ")}, {"runs", ci.runs},
      {"failedRuns", ci.failed},          {"age", to_string(ci.age)},
      {"ageReason", ci.age_reason},       {"case", properties::print(finding.value)}};
  return result;
}

}  // namespace

std::string report_sarif(const CiRun& run) {
  std::vector<const Clause*> rules = run.plan.clauses;
  const auto rule_number = [&](const std::string& id) {
    const auto at = std::find_if(rules.begin(), rules.end(),
                                 [&](const Clause* clause) { return clause->id == id; });
    return static_cast<std::size_t>(at - rules.begin());
  };
  // Guided search goes by groups, so that it can find more than was asked for.
  for (const CiFinding& finding : run.findings) {
    const std::string& id = finding.finding.signature.clause;
    const Clause* const clause = properties::find_clause(id);
    if (rule_number(id) == rules.size() && clause != nullptr) rules.push_back(clause);
  }
  ordered_json driver{
      {"name", "weir"}, {"version", WEIR_VERSION}, {"rules", ordered_json::array()}};
  for (const Clause* clause : rules) driver["rules"].push_back(rule_of(*clause));

  ordered_json invocation{
      {"executionSuccessful", run.exit_code == kExitHeld || run.exit_code == kExitViolated},
      {"exitCode", run.exit_code},
      {"startTimeUtc", run.started},
      {"endTimeUtc", run.ended}};
  for (const std::string& error : run.errors) {
    invocation["toolExecutionNotifications"].push_back(
        {{"level", "error"}, {"message", text_object(error)}});
  }
  for (const std::string& note : run.notes) {
    invocation["toolExecutionNotifications"].push_back(
        {{"level", "note"}, {"message", text_object(note)}});
  }

  ordered_json log{{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                   {"version", "2.1.0"}};
  ordered_json one{
      {"tool", {{"driver", std::move(driver)}}},
      {"invocations", ordered_json::array({std::move(invocation)})},
      {"automationDetails", {{"id", "weir-ci/"}}},
      {"columnKind", "utf16CodeUnits"},
      {"originalUriBaseIds", {{kRoot, {{"uri", "file://" + uri_of(run.source_root) + "/"}}}}}};
  one["artifacts"] = ordered_json::array();
  one["results"] = ordered_json::array();
  for (const CiFinding& ci : run.findings) {
    const auto attach = [&](const Finding& finding) {
      if (finding.path.empty()) return;
      one["artifacts"].push_back({{"location", artifact_location(run, finding.path)},
                                  {"roles", ordered_json::array({"attachment"})},
                                  {"contents", text_object(properties::file_text(finding))}});
    };
    attach(ci.finding);
    for (const Finding& each : ci.also) attach(each);
    one["results"].push_back(result_of(run, ci, rule_number(ci.finding.signature.clause)));
  }
  if (!run.commit.empty()) {
    one["properties"] = {{"commit", run.commit}, {"dirty", run.dirty}};
  }
  log["runs"] = ordered_json::array({std::move(one)});
  return log.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace weir::cli
