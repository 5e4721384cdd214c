// `weir repro`: one case again, step by step.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "case_input.h"
#include "commands.h"
#include "evaluator.h"
#include "exit_code.h"
#include "files.h"
#include "foreign.h"
#include "names.h"
#include "program.h"
#include "properties/case_text.h"
#include "properties/emit_test.h"
#include "terminal.h"
#include "text.h"
#include "trace_run.h"

namespace weir::cli {

namespace {

using nlohmann::ordered_json;
using properties::Answer;
using properties::Event;
using properties::Verdict;
using properties::Violation;

// What became of one file.
enum class Status {
  kHeld,
  kFixed,
  kViolated,
  kViolatedSame,
  kViolatedDifferent,
  kFlaky,
  kDiscarded,
  kNotRun,
  kStale,
  kUnreadable,
};

std::string_view name_of(Status status) {
  switch (status) {
    case Status::kHeld:
      return "held";
    case Status::kFixed:
      return "fixed";
    case Status::kViolated:
      return "violated";
    case Status::kViolatedSame:
      return "violated-same";
    case Status::kViolatedDifferent:
      return "violated-different";
    case Status::kFlaky:
      return "flaky";
    case Status::kDiscarded:
      return "discarded";
    case Status::kNotRun:
      return "not-run";
    case Status::kStale:
      return "stale";
    case Status::kUnreadable:
      return "unreadable";
  }
  return "";
}

ExitCode exit_code_of(Status status) {
  switch (status) {
    case Status::kHeld:
    case Status::kFixed:
      return kExitHeld;
    case Status::kViolated:
    case Status::kViolatedSame:
    case Status::kViolatedDifferent:
    case Status::kFlaky:
      return kExitViolated;
    case Status::kDiscarded:
    case Status::kNotRun:
      return kExitCouldNotRun;
    case Status::kStale:
    case Status::kUnreadable:
      return kExitUsage;
  }
  return kExitCouldNotRun;
}

struct Repro {
  CaseInput input;
  Status status = Status::kNotRun;
  std::string message;  // for a person, without the status word
  std::optional<Violation> violation;
  unsigned runs = 0;
  unsigned violated = 0;
  std::vector<Event> trace;
};

// Runs the case until it is clear what it does.
void run(const ReproOptions& options, const properties::PayloadFiles& files, Repro& repro) {
  const CaseInput& input = repro.input;
  const std::string skip = properties::skip_reason(*input.clause, *input.subject);
  if (!skip.empty()) {
    repro.message = "the clause does not apply: " + skip;
    if (!brought_by(*input.subject).empty() && skip.starts_with("does not claim ")) {
      repro.message += "; where --claim was given when it was found, give it again";
    }
    return;
  }
  Evaluator evaluator({input.clause}, {input.subject}, files);
  unsigned discarded = 0;
  unsigned same_kind = 0;
  std::string reason;
  unsigned wanted = options.repeat;
  while (repro.runs < wanted && !interrupted()) {
    const Answer answer = evaluator.evaluate(input.value);
    if (answer.cancelled) break;
    if (!answer.could_not_run.empty()) {
      repro.message = answer.could_not_run;
      return;
    }
    ++repro.runs;
    if (answer.violation) {
      ++repro.violated;
      if (!repro.violation) repro.violation = answer.violation;
      if (answer.violation->kind == repro.violation->kind) ++same_kind;
      // A hang takes its whole time limit at every run.
      if (answer.violation->kind == "hang") wanted = std::min(wanted, 2u);
    } else if (answer.discarded > 0) {
      ++discarded;
      if (!answer.tallies.empty()) reason = answer.tallies.front().reason;
    }
  }
  if (repro.runs == 0) {
    repro.message = "interrupted";
    return;
  }
  const unsigned sleep = repro.violation && repro.violation->kind == "hang" ? 1 : 5;
  if (!interrupted()) {
    repro.trace = record_trace(*input.clause, *input.subject, input.value, files, sleep);
  }
  const bool recorded = !input.recorded.clause.empty();
  const std::string times = repro.runs == 1 ? "once" : fmt::format("{} times", repro.runs);
  if (repro.violated == 0 && discarded > 0) {
    repro.status = Status::kDiscarded;
    repro.message = fmt::format("the clause has nothing to say of this case: {}", reason);
  } else if (repro.violated == 0) {
    repro.status = recorded ? Status::kFixed : Status::kHeld;
    repro.message =
        recorded ? fmt::format("held {}; it was recorded as {}", times, to_string(input.recorded))
                 : fmt::format("ran {}", times);
  } else if (repro.violated < repro.runs || same_kind < repro.violated) {
    repro.status = Status::kFlaky;
    repro.message = fmt::format("violated {} of {} times, {} of them as {}: {}", repro.violated,
                                repro.runs, same_kind, input.clause->id, repro.violation->kind);
  } else {
    const properties::Signature signature{std::string(input.clause->id), repro.violation->kind};
    repro.message = to_string(signature);
    if (!recorded) {
      repro.status = Status::kViolated;
    } else if (signature == input.recorded) {
      repro.status = Status::kViolatedSame;
      repro.message += ", the same as recorded";
    } else {
      repro.status = Status::kViolatedDifferent;
      repro.message += ", different from what is recorded: " + to_string(input.recorded);
    }
    if (repro.runs > 1) repro.message += fmt::format(" ({} of {} runs)", repro.runs, repro.runs);
  }
}

// The steps to show: all when they are few, else the first and those before `last`.
void print_trace(const Terminal& terminal, const Repro& repro) {
  const std::vector<Event>& trace = repro.trace;
  if (trace.empty()) return;
  const std::optional<Violation>& violation = repro.violation;
  const bool marked =
      violation && violation->step != Verdict::kNoStep && violation->step < trace.size();
  const std::size_t end = marked ? violation->step + 1 : trace.size();
  constexpr std::size_t kFirst = 10;
  constexpr std::size_t kLast = 30;
  const std::size_t gap_begin = end > kFirst + kLast + 1 ? kFirst : end;
  const std::size_t gap_end = gap_begin == end ? end : end - kLast;
  const std::size_t number_width = std::max<std::size_t>(4, std::to_string(end).size());
  const std::string margin(number_width + 4, ' ');
  print("\n{}{}\n", terminal.styled(Style::kDim, pad_left("step", number_width + 2)),
        terminal.styled(Style::kDim, "  who         call"));
  for (std::size_t i = 0; i < end; ++i) {
    if (i == gap_begin) {
      print(
          "{}{}\n", margin,
          terminal.styled(Style::kDim, fmt::format("... {} more steps ...", gap_end - gap_begin)));
      i = gap_end;
    }
    const std::string number = pad_left(std::to_string(i + 1), number_width);
    const std::string line = describe(trace[i]);
    if (marked && i == violation->step) {
      print("{}\n", terminal.styled(Style::kBad, "> " + number + "  " + line));
    } else {
      print("  {}  {}\n", number, line);
    }
  }
  if (violation && violation->died && !marked && violation->kind != "closed-descriptors") {
    print("{}\n",
          terminal.styled(Style::kBad, "> " + pad_left(std::to_string(end + 1), number_width) +
                                           "  the call that followed did not return"));
  }
  if (marked && trace.size() > end) {
    print("{}{}\n", margin,
          terminal.styled(Style::kDim, fmt::format("{} later steps are left out",
                                                   with_commas(trace.size() - end))));
  }
}

void print_repro(const Terminal& terminal, const Repro& repro) {
  const std::size_t width = std::min<std::size_t>(terminal.width(), 100);
  print("{}\n", terminal.styled(Style::kTitle, printable(repro.input.path)));
  if (repro.input.clause != nullptr) {
    print("\n");
    std::string_view text_left;
    const std::string text = properties::print(repro.input.value);
    for (text_left = text; !text_left.empty();) {
      const std::size_t end = std::min(text_left.find('\n'), text_left.size());
      // One line of a case can hold a quarter of a mebibyte.
      print("    {}\n", clip(text_left.substr(0, end), 400));
      text_left.remove_prefix(std::min(end + 1, text_left.size()));
    }
    print("\n  {}\n",
          wrap_hanging(fmt::format("{}: {}", repro.input.clause->id, repro.input.clause->statement),
                       width, 2));
    for (const std::string& note : repro.input.notes) {
      print("  {}\n", terminal.styled(Style::kDim, "note: " + note));
    }
    print_trace(terminal, repro);
    if (repro.violation) {
      if (!repro.violation->expected.empty()) {
        print("\n  {}  {}\n", terminal.styled(Style::kGood, "expected"),
              wrap_hanging(printable(repro.violation->expected), width, 12));
      }
      if (!repro.violation->seen.empty()) {
        print("  {}  {}\n", terminal.styled(Style::kBad, pad("seen", 8)),
              wrap_hanging(printable(repro.violation->seen), width, 12));
      }
      std::string_view report = repro.violation->report;
      if (!report.empty()) {
        print("\n  {}\n", terminal.styled(Style::kDim, "what it wrote before it was lost"));
        for (int line = 0; line < 24 && !report.empty(); ++line) {
          const std::size_t end = std::min(report.find('\n'), report.size());
          print("    {}\n", clip(printable(report.substr(0, end)), width - 4));
          report.remove_prefix(std::min(end + 1, report.size()));
        }
      }
    }
    print("\n");
  }
  const ExitCode code = exit_code_of(repro.status);
  const Style style = code == kExitHeld       ? Style::kGood
                      : code == kExitViolated ? Style::kBad
                                              : Style::kWarn;
  const std::string word =
      repro.status == Status::kViolatedSame || repro.status == Status::kViolatedDifferent
          ? "violated"
          : std::string(name_of(repro.status));
  print("{}: {}\n", terminal.styled(style, word), repro.message);
}

ordered_json to_json(const Repro& repro) {
  ordered_json file{{"path", repro.input.path},
                    {"status", name_of(repro.status)},
                    {"exit_code", static_cast<int>(exit_code_of(repro.status))},
                    {"message", repro.message}};
  if (repro.input.clause == nullptr) return file;
  file["subject"] = repro.input.value.subject;
  file["clause"] = repro.input.value.clause;
  file["case"] = properties::print(repro.input.value);
  file["raw"] = repro.input.raw;
  file["runs"] = repro.runs;
  file["violated_runs"] = repro.violated;
  if (!repro.input.recorded.clause.empty()) file["recorded"] = to_string(repro.input.recorded);
  if (repro.violation) {
    file["signature"] = fmt::format("{}: {}", repro.input.clause->id, repro.violation->kind);
    file["expected"] = repro.violation->expected;
    file["seen"] = repro.violation->seen;
    if (repro.violation->step != Verdict::kNoStep) file["step"] = repro.violation->step + 1;
    if (!repro.violation->report.empty()) file["report"] = repro.violation->report;
  }
  file["trace"] = ordered_json::array();
  for (const Event& event : repro.trace) file["trace"].push_back(describe(event));
  return file;
}

// The case in another form, for those who do not have Weir at hand.
int run_other_form(const ReproOptions& options, const properties::PayloadFiles& files) {
  CaseInput input;
  const auto problem =
      read_case(options.files.front(), options.target, options.subject, files, input);
  if (problem && interrupted()) return kExitInterrupted;
  if (problem) return refuse(kExitUsage, problem->message);
  const auto refuse_case = [&](ExitCode code, std::string_view why) {
    complain(fmt::format("{}: {}", printable(input.path), why));
    return code;
  };
  const Result<void> embedded = properties::embed_files(input.value, files);
  if (!embedded) return refuse_case(kExitUsage, describe(embedded.error()));
  const std::string skip = properties::skip_reason(*input.clause, *input.subject);
  if (!skip.empty()) return refuse_case(kExitCouldNotRun, "the clause does not apply: " + skip);
  if (const std::string option = brought_by(*input.subject); options.emit_test && !option.empty()) {
    return refuse_case(
        kExitCouldNotRun,
        fmt::format("a test in C++ cannot reach '{}', which {} brought: see --recipe",
                    printable(input.subject->name), printable(option)));
  }
  Evaluator evaluator({input.clause}, {input.subject}, files);
  const Answer answer = evaluator.evaluate(input.value);
  if (answer.cancelled) return refuse_case(kExitInterrupted, "interrupted");
  if (!answer.could_not_run.empty()) return refuse_case(kExitCouldNotRun, answer.could_not_run);
  if (!answer.violation) {
    return refuse_case(answer.discarded > 0 ? kExitCouldNotRun : kExitHeld,
                       answer.discarded > 0 ? "the clause has nothing to say of this case"
                                            : "it holds: there is no failure to tell of");
  }
  const Violation& violation = *answer.violation;
  std::string text;
  if (options.emit_test) {
    text =
        emit_test(input.value, {std::string(input.clause->id), violation.kind}, project_contract());
  } else {
    properties::RunRecord record = record_run(*input.clause, *input.subject, input.value, files,
                                              violation.kind == "hang" ? 1 : 5);
    record.step = violation.step;
    record.expected = violation.expected;
    record.seen = violation.seen.empty() ? violation.kind : violation.seen;
    record.died = violation.died && violation.kind != "closed-descriptors";
    text = printable_lines(recipe(input.value, *input.clause, record));
  }
  if (options.output.empty() || options.output == "-") {
    write_out(text);
    return kExitViolated;
  }
  const FileOutcome written = write_file(options.output, text);
  if (!written.ok()) {
    return refuse(kExitCouldNotRun, written.error);
  }
  print("written to {}\n", printable(options.output));
  return kExitViolated;
}

}  // namespace

int run_repro(const ReproOptions& options) {
  std::string error;
  const bool other_form = options.emit_test || options.recipe;
  if (other_form && options.files.size() != 1) {
    error = "--emit-test and --recipe take one file";
  } else if (other_form && !options.json.empty()) {
    error = "--json does not go with --emit-test or --recipe";
  } else if (!other_form && !options.output.empty()) {
    error = "--output goes with --emit-test or --recipe";
  }
  if (error.empty() && !options.target.empty()) select_targets({options.target}, error);
  if (error.empty() && !options.subject.empty()) select_subjects({options.subject}, error);
  if (error.empty() && !options.json.empty() && options.json != "-") {
    const FileOutcome writable = check_writable(options.json);
    if (!writable.ok()) return refuse(kExitCouldNotRun, writable.error);
  }
  properties::PayloadFiles files;
  if (error.empty()) error = add_payloads(options.payloads, files);
  if (!error.empty()) return refuse(kExitUsage, error);
  if (other_form) return run_other_form(options, files);
  const Terminal terminal(1);
  const bool text = options.json != "-";
  ordered_json root{{"files", ordered_json::array()}};
  std::vector<Status> statuses;
  for (const std::string& path : options.files) {
    if (interrupted()) break;
    Repro repro;
    const auto problem = read_case(path, options.target, options.subject, files, repro.input);
    if (problem && interrupted()) break;
    if (problem) {
      repro.input = {};
      repro.input.path = path;
      repro.status = problem->stale ? Status::kStale : Status::kUnreadable;
      repro.message = problem->message;
    }
    if (text && !statuses.empty()) print("\n");
    if (!problem) {
      if (text && repro.input.raw) {
        // Before it is run: a hang takes its time.
        print("{}\n", terminal.styled(Style::kDim, raw_note(repro.input, options.target)));
        std::fflush(stdout);
      }
      run(options, files, repro);
      if (interrupted() && repro.runs == 0) break;
    }
    if (problem) {
      complain(problem->message);
    } else if (text) {
      print_repro(terminal, repro);
    }
    root["files"].push_back(to_json(repro));
    statuses.push_back(repro.status);
  }
  int code = kExitHeld;
  // What is broken outweighs what could not be looked at.
  for (const ExitCode candidate : {kExitCouldNotRun, kExitUsage, kExitViolated}) {
    if (std::any_of(statuses.begin(), statuses.end(),
                    [&](Status status) { return exit_code_of(status) == candidate; })) {
      code = candidate;
    }
  }
  if (interrupted()) code = kExitInterrupted;
  root["exit_code"] = code;
  if (text && statuses.size() > 1) {
    std::vector<std::string> counts;
    for (int i = 0; i <= static_cast<int>(Status::kUnreadable); ++i) {
      const auto status = static_cast<Status>(i);
      const auto count = std::count(statuses.begin(), statuses.end(), status);
      if (count > 0) counts.push_back(fmt::format("{} {}", count, name_of(status)));
    }
    print("\n{} files: {}\n", statuses.size(), join(counts, ", "));
  }
  const std::string json = root.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
  code = deliver(options.json, json, code);
  if (interrupted() && !statuses.empty()) complain("interrupted");
  return code;
}

}  // namespace weir::cli
