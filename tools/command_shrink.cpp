// `weir shrink`: from a failing case to the smallest that fails in the same way.
#include <nlohmann/json.hpp>

#include "case_input.h"
#include "commands.h"
#include "evaluator.h"
#include "exit_code.h"
#include "files.h"
#include "foreign.h"
#include "names.h"
#include "properties/case_text.h"
#include "properties/explain.h"
#include "properties/finding.h"
#include "properties/payload.h"
#include "terminal.h"
#include "text.h"

namespace weir::cli {

namespace {

using nlohmann::ordered_json;
using properties::Changed;
using properties::Explanation;
using properties::Part;

// Few enough to wait for; a hang costs its time limit at every run.
constexpr std::uint64_t kExplainEvaluationsMax = 400;
constexpr std::uint64_t kExplainHangsMax = 8;

Explanation explain(const properties::Finding& finding, Evaluator& evaluator, Progress& progress) {
  const auto show = [&] {
    if (progress.due()) progress.draw({"explaining " + to_string(finding.signature)});
  };
  const auto run = [&](const properties::Case& changed) {
    const properties::Answer answer = evaluator.evaluate(changed, show);
    if (answer.violation) {
      return answer.violation->kind == finding.signature.kind ? Changed::kFails : Changed::kDiffers;
    }
    const bool unknown = answer.cancelled || !answer.could_not_run.empty() || answer.discarded > 0;
    return unknown ? Changed::kUnknown : Changed::kHolds;
  };
  return properties::explain(
      finding.value, run,
      finding.signature.kind == "hang" ? kExplainHangsMax : kExplainEvaluationsMax,
      [] { return interrupted().load(); });
}

ordered_json to_json(const properties::Finding& finding, const Explanation& explanation) {
  ordered_json root{{"subject", finding.subject},
                    {"signature", to_string(finding.signature)},
                    {"case", properties::print(finding.value)},
                    {"evaluations", explanation.evaluations},
                    {"complete", explanation.complete},
                    {"parts", ordered_json::array()}};
  constexpr std::string_view kKinds[] = {"operation", "argument", "bytes"};
  for (const Part& part : explanation.parts) {
    ordered_json json{{"kind", kKinds[static_cast<std::size_t>(part.kind)]},
                      {"field", properties::schema()[static_cast<std::size_t>(part.field)].name},
                      {"operation", part.op + 1},
                      {"text", part.text},
                      {"matters", part.need == properties::Need::kUntested
                                      ? ordered_json(nullptr)
                                      : ordered_json(part.need != properties::Need::kAny)},
                      {"need", to_string(part.need)},
                      {"note", part.note},
                      {"tried", part.tried},
                      {"failing", part.failing}};
    if (part.kind == Part::Kind::kBytes) json["bytes"] = {part.bytes_begin, part.bytes_end};
    root["parts"].push_back(std::move(json));
  }
  return root;
}

}  // namespace

int run_shrink(const ShrinkOptions& options) {
  std::string error;
  if (!options.target.empty()) select_targets({options.target}, error);
  if (error.empty() && !options.subject.empty()) select_subjects({options.subject}, error);
  properties::PayloadFiles files;
  if (error.empty()) error = add_payloads(options.payloads, files);
  if (!error.empty()) return refuse(kExitUsage, error);
  CaseInput input;
  const auto problem = read_case(options.file, options.target, options.subject, files, input);
  if (problem && interrupted()) return kExitInterrupted;
  if (problem) return refuse(kExitUsage, problem->message);
  if (input.raw) std::fprintf(stderr, "%s\n", raw_note(input, options.target).c_str());
  const bool to_file = !options.output.empty() && options.output != "-";
  if (to_file) {
    const FileOutcome writable = check_writable(options.output);
    if (!writable.ok()) return refuse(kExitCouldNotRun, writable.error);
  }
  if (!options.json.empty() && options.json != "-") {
    const FileOutcome writable = check_writable(options.json);
    if (!writable.ok()) return refuse(kExitCouldNotRun, writable.error);
  }
  if (options.json == "-" && !to_file) {
    return refuse(kExitUsage, "--json - needs --output: both would go to standard output");
  }
  const std::string skip = properties::skip_reason(*input.clause, *input.subject);
  if (!skip.empty()) {
    return refuse(kExitCouldNotRun,
                  fmt::format("{}: the clause does not apply: {}", printable(input.path), skip));
  }
  // The result stands alone: without the real files that the case was made from.
  const Result<void> embedded = properties::embed_files(input.value, files);
  if (!embedded && embedded.error().code != Code::kLimitExceeded) {
    return refuse(kExitUsage,
                  fmt::format("{}: {}", printable(input.path), describe(embedded.error())));
  }

  Evaluator evaluator({input.clause}, {input.subject}, files);
  const properties::Answer answer = evaluator.evaluate(input.value);
  if (answer.cancelled) return refuse(kExitInterrupted, "interrupted");
  if (!answer.could_not_run.empty()) return refuse(kExitCouldNotRun, answer.could_not_run);
  if (!answer.violation) {
    if (answer.discarded > 0) {
      return refuse(kExitCouldNotRun, fmt::format("{}: {} has nothing to say of this case",
                                                  printable(input.path), input.clause->id));
    }
    return refuse(kExitHeld,
                  fmt::format("{} holds: there is nothing to shrink", printable(input.path)));
  }
  properties::Finding finding;
  finding.subject = input.value.subject;
  finding.signature = {std::string(input.clause->id), answer.violation->kind};
  finding.origin = "shrinking " + printable(input.path);
  finding.value = input.value;
  describe_violation(*answer.violation, finding);

  const std::string before = describe_size(input.value);
  Progress progress;
  FileOutcome written;
  std::uint64_t improvements = 0;
  const auto show = [&] {
    if (!progress.due()) return;
    progress.draw({fmt::format("shrinking  {}: {} -> {}", to_string(finding.signature), before,
                               describe_size(finding.value))});
  };
  const properties::ShrinkOutcome outcome = evaluator.shrink(
      finding,
      [&](const properties::Finding& better) {
        ++improvements;
        if (to_file && written.ok()) written = write_file(options.output, file_text(better));
      },
      show);
  std::string result = file_text(finding);
  if (options.explain && !interrupted()) {
    const Explanation explanation = explain(finding, evaluator, progress);
    const std::string plain = properties::print(finding.value);
    // The comments of a file of findings come first, the case itself last.
    result.replace(result.size() - plain.size(), plain.size(),
                   properties::annotate(finding.value, explanation));
    if (to_file && written.ok()) written = write_file(options.output, result);
    if (!options.json.empty() && written.ok()) {
      const std::string json = to_json(finding, explanation)
                                   .dump(2, ' ', false, ordered_json::error_handler_t::replace) +
                               "\n";
      if (options.json == "-") {
        write_out(json);
      } else {
        written = write_file(options.json, json);
      }
    }
    if (to_file && options.json != "-") {
      write_out(properties::annotate(finding.value, explanation) + "\n");
    }
  }
  progress.clear();
  if (!to_file) write_out(result);
  const std::string_view end = outcome.end == properties::ShrinkEnd::kMinimal
                                   ? "nothing simpler fails in the same way"
                                   : properties::to_string(outcome.end);
  const std::string summary =
      fmt::format("{}\nshrunk in {} evaluations from {} to {}: {}\n", to_string(finding.signature),
                  with_commas(outcome.evaluations), before, describe_size(finding.value), end);
  // Standard output is the case's when there is no file for it.
  if (to_file && options.json == "-") {
    finish_output();
    std::fputs(summary.c_str(), stderr);
  } else if (to_file) {
    write_out(summary);
    print("written to {}\nreproduce: {} repro {}{}\n", printable(options.output), program_command(),
          shell_word(options.output), foreign_words());
  } else {
    finish_output();
    std::fputs(summary.c_str(), stderr);
  }
  if (!written.ok()) return refuse(kExitCouldNotRun, written.error);
  if (interrupted())
    return refuse(kExitInterrupted, "interrupted; the smallest case so far is kept");
  if (!outcome.reproduces) {
    complain("flaky: the smallest case did not fail again when it was run once more");
  }
  return kExitViolated;
}

}  // namespace weir::cli
