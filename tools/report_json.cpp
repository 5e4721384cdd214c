// The report for programs.
#include "report_json.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "properties/case_text.h"
#include "report.h"
#include "text.h"

namespace weir::cli {

using nlohmann::ordered_json;
using properties::PairReport;
using properties::Plan;
using properties::Report;

namespace {

ordered_json stats_json(const Plan& plan, const Report& report) {
  const properties::Stats stats = total_stats(report);
  ordered_json result{{"cases", stats.cases}, {"cases_with_payload", stats.with_payload}};
  for (std::size_t i = 0; i < properties::kSizeClassCount; ++i) {
    result["payload_sizes"][std::string(properties::size_class_name(i))] = stats.payload_sizes[i];
  }
  for (std::size_t i = 0; i < properties::kBoundaryBytes.size(); ++i) {
    result["payloads_beyond"][std::to_string(properties::kBoundaryBytes[i])] = stats.crossed[i];
  }
  for (const properties::Field& field : properties::schema()) {
    const auto f = static_cast<std::size_t>(field.id);
    result["fields"][std::string(field.name)] = {{"cases", stats.cases_with[f]},
                                                 {"operations", stats.operations[f]}};
  }
  for (std::size_t k = 0; k < properties::kVerbKindCount; ++k) {
    result["kinds"][std::string(to_string(static_cast<properties::VerbKind>(k)))] =
        stats.cases_with_kind[k];
  }
  result["warnings"] = skew_warnings(plan, report);
  return result;
}

}  // namespace

ordered_json finding_json(const properties::Finding& finding) {
  ordered_json entry{{"subject", finding.subject},
                     {"clause", finding.signature.clause},
                     {"kind", finding.signature.kind},
                     {"signature", to_string(finding.signature)},
                     {"origin", finding.origin},
                     {"expected", finding.expected},
                     {"seen", finding.seen},
                     {"case", properties::print(finding.value)},
                     {"path", finding.path},
                     {"reproduces", finding.reproduces},
                     {"unverified", finding.unverified},
                     {"status", finding.reproduces ? "violated" : "flaky"},
                     {"shrink_evaluations", finding.shrink_evaluations},
                     {"shrunk_fully", finding.shrunk_fully}};
  if (finding.step != properties::Verdict::kNoStep) entry["step"] = finding.step + 1;
  if (!finding.report.empty()) entry["report"] = finding.report;
  if (!finding.path.empty()) entry["reproduce"] = repro_command(finding);
  return entry;
}

properties::Finding read_finding(const ordered_json& from) {
  properties::Finding finding;
  finding.subject = from.at("subject");
  finding.signature.clause = from.at("clause");
  finding.signature.kind = from.at("kind");
  finding.origin = from.at("origin");
  finding.expected = from.at("expected");
  finding.seen = from.at("seen");
  finding.report = from.value("report", "");
  finding.path = from.at("path");
  finding.reproduces = from.at("reproduces");
  finding.unverified = from.at("unverified");
  finding.shrink_evaluations = from.at("shrink_evaluations");
  finding.shrunk_fully = from.at("shrunk_fully");
  if (from.contains("step")) finding.step = from.at("step").get<std::size_t>() - 1;
  const properties::ParseOutcome parsed =
      properties::parse(from.at("case").get<std::string>(), finding.value);
  if (!parsed.ok) {
    throw std::runtime_error(fmt::format("the case of a finding cannot be read: line {}: {}",
                                         parsed.error.line, printable(parsed.error.message)));
  }
  return finding;
}

ordered_json targets_json(std::span<const FuzzTargetReport> targets) {
  ordered_json list = ordered_json::array();
  for (const FuzzTargetReport& target : targets) {
    ordered_json entry{{"name", target.name},
                       {"seconds", target.seconds},
                       {"executions", target.executions},
                       {"coverage", target.coverage},
                       {"features", target.features},
                       {"corpus", target.corpus},
                       {"findings", target.findings},
                       {"started", target.started},
                       {"stopped", target.stopped},
                       {"failure", target.failure}};
    entry["history"] = ordered_json::array();
    for (const FuzzSample& sample : target.history.samples()) {
      entry["history"].push_back({{"seconds", sample.seconds},
                                  {"executions", sample.executions},
                                  {"coverage", sample.coverage},
                                  {"corpus", sample.corpus}});
    }
    list.push_back(std::move(entry));
  }
  return list;
}

std::string fuzz_json(const FuzzResults& results, std::uint64_t seed, bool was_interrupted,
                      int exit_code) {
  ordered_json root{{"weir", WEIR_VERSION},
                    {"verb", "fuzz"},
                    {"exit_code", exit_code},
                    {"seed", seed},
                    {"budget", results.budget},
                    {"seconds", results.seconds},
                    {"executions", results.executions()},
                    {"interrupted", was_interrupted},
                    {"errors", results.errors},
                    {"notes", results.notes},
                    {"left_out", results.left_out}};
  root["findings"] = ordered_json::array();
  for (const properties::Finding& finding : results.findings) {
    root["findings"].push_back(finding_json(finding));
  }
  root["targets"] = targets_json(results.targets);
  return root.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

ordered_json report_object(const Plan& plan, const Report& report, const GoldenReplays& goldens,
                           const std::vector<OpenCase>& open, const FindingTimes& found_after,
                           int exit_code) {
  ordered_json root{{"weir", WEIR_VERSION},      {"exit_code", exit_code},
                    {"seed", report.seed},       {"cases", report.cases},
                    {"seconds", report.seconds}, {"interrupted", report.interrupted},
                    {"errors", report.errors}};
  if (report.seeds > 1) root["seeds"] = report.seeds;
  root["subjects"] = ordered_json::array();
  for (const properties::Subject* subject : plan.subjects)
    root["subjects"].push_back(subject->name);
  root["pairs"] = ordered_json::array();
  for (const PairReport& pair : report.pairs) {
    if (pair.elsewhere) continue;
    ordered_json entry{{"subject", pair.subject->name},
                       {"clause", pair.clause->id},
                       {"status", to_string(state_of(pair))}};
    if (pair.skipped()) {
      entry["reason"] = pair.skip_reason;
    } else if (pair.not_run()) {
      entry["reason"] = pair.not_run_reason;
    }
    // Of some it is found out by running them.
    if (!pair.skipped() || pair.cases > 0) {
      entry["cases"] = pair.cases;
      entry["discarded"] = pair.discarded;
      entry["discards"] = ordered_json::object();
      for (const properties::Tally& tally : pair.tallies) {
        entry["discards"][tally.reason] = tally.count;
      }
      entry["engines"] = ordered_json::object();
      for (const properties::Engine& engine : properties::engines()) {
        const auto& run = pair.engines[static_cast<std::size_t>(engine.id)];
        if (!run.planned) continue;
        ordered_json numbers{{"cases", run.cases}};
        if (engine.id != properties::EngineId::kRandom || run.of > 0) numbers["of"] = run.of;
        entry["engines"][std::string(engine.name)] = std::move(numbers);
      }
      if (pair.engines[static_cast<std::size_t>(properties::EngineId::kSweep)].planned) {
        entry["sweep_complete"] = pair.sweep_complete;
      }
      if (!pair.exhaustive_bound.empty()) entry["exhaustive_bound"] = pair.exhaustive_bound;
      entry["counters"] = ordered_json::object();
      for (std::size_t i = 0; i < properties::kCounterCount; ++i) {
        if (pair.counters.values[i] == 0) continue;
        entry["counters"][std::string(properties::to_string(static_cast<properties::Counter>(i)))] =
            pair.counters.values[i];
      }
      entry["vacuous"] = ordered_json::array();
      for (const properties::Counter counter : pair.vacuous) {
        entry["vacuous"].push_back(properties::to_string(counter));
      }
      if (pair.finding) entry["finding"] = *pair.finding;
      entry["seconds"] = pair.seconds;
    }
    root["pairs"].push_back(std::move(entry));
  }
  root["findings"] = ordered_json::array();
  for (const properties::Finding& finding : report.findings) {
    ordered_json entry = finding_json(finding);
    for (const auto& [path, seconds] : found_after) {
      if (path == finding.path) entry["found_after_seconds"] = seconds;
    }
    root["findings"].push_back(std::move(entry));
  }
  root["golden"] = {{"streams", goldens.of},
                    {"held", goldens.held},
                    {"broken", ordered_json::array()},
                    {"left_out", goldens.notes}};
  for (const GoldenReplays::Broken& broken : goldens.broken) {
    root["golden"]["broken"].push_back(
        {{"path", broken.path}, {"guards", broken.guards}, {"seen", broken.message}});
  }
  root["open"] = ordered_json::array();
  for (const OpenCase& each : open) {
    ordered_json entry{{"path", each.path}, {"status", to_string(each.status)}};
    if (!each.recorded.clause.empty()) entry["recorded"] = to_string(each.recorded);
    if (!each.seen.clause.empty()) entry["signature"] = to_string(each.seen);
    if (!each.reason.empty()) entry["reason"] = each.reason;
    root["open"].push_back(std::move(entry));
  }
  root["shared_causes"] = ordered_json::array();
  for (const SharedCause& cause : shared_causes(report)) {
    ordered_json entry{{"subject", cause.subject}, {"kind", cause.kind}};
    entry["clauses"] = ordered_json::array();
    for (const properties::Finding* finding : cause.findings) {
      entry["clauses"].push_back(finding->signature.clause);
    }
    entry["start_with"] = cause.findings.front()->path;
    root["shared_causes"].push_back(std::move(entry));
  }
  root["hints"] = ordered_json::array();
  for (const properties::Hint& hint : report.hints) {
    root["hints"].push_back({{"subject", hint.subject->name},
                             {"trait", properties::to_string(hint.trait)},
                             {"advice", hint.claim ? "claim" : "drop"},
                             {"cases", hint.cases},
                             {"text", hint_text(hint)}});
  }
  if (plan.collects) root["stats"] = stats_json(plan, report);
  if (report.payload_files > 0) {
    root["payload_files"] = {{"files", report.payload_files}, {"cases", cases_with_files(report)}};
  }
  return root;
}

std::string report_json(const Plan& plan, const Report& report, const GoldenReplays& goldens,
                        const std::vector<OpenCase>& open, const FindingTimes& found_after,
                        int exit_code) {
  return report_object(plan, report, goldens, open, found_after, exit_code)
             .dump(2, ' ', false, ordered_json::error_handler_t::replace) +
         "\n";
}

}  // namespace weir::cli
