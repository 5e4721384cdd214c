#include "open_cases.h"

#include <fmt/core.h>

#include <algorithm>

#include "case_run.h"
#include "text.h"

namespace weir::cli {

namespace {

OpenCase replay(const CorpusFile& file, Evaluator& evaluator) {
  OpenCase open;
  open.path = file.path;
  open.recorded = file.recorded;
  CaseRun run = run_case(file.value, evaluator, 1);
  // One that fails now and then is not mended.
  if (run.status == CaseRun::Status::kHeld) run = run_case(file.value, evaluator, kHoldingRuns - 1);
  if (run.status == CaseRun::Status::kHeld) {
    open.status = OpenCase::Status::kHoldsNow;
  } else if (run.status == CaseRun::Status::kViolated) {
    open.seen = {file.value.clause, run.violation.kind};
    // How a process is lost differs between builds: only what a clause says can be compared.
    const bool same =
        open.recorded.clause.empty() || open.seen == open.recorded || run.violation.died;
    open.status = same ? OpenCase::Status::kViolated : OpenCase::Status::kViolatedOtherwise;
  } else {
    open.reason = run.reason;
  }
  return open;
}

}  // namespace

std::string_view to_string(OpenCase::Status status) noexcept {
  switch (status) {
    case OpenCase::Status::kViolated:
      return "violated";
    case OpenCase::Status::kViolatedOtherwise:
      return "violated-otherwise";
    case OpenCase::Status::kHoldsNow:
      return "holds-now";
    case OpenCase::Status::kCouldNotRun:
      return "could-not-run";
  }
  return "";
}

std::vector<OpenCase> replay_open(const std::vector<CorpusFile>& files,
                                  const std::vector<const properties::Subject*>& subjects,
                                  const std::vector<const properties::Clause*>& clauses,
                                  const properties::PayloadFiles& payloads) {
  std::vector<OpenCase> replayed;
  if (files.empty()) return replayed;
  Evaluator evaluator(clauses, subjects, payloads);
  for (const CorpusFile& file : files) {
    if (interrupted()) break;
    if (is_about(file.value, subjects, clauses)) replayed.push_back(replay(file, evaluator));
  }
  return replayed;
}

std::size_t count_otherwise(const std::vector<OpenCase>& cases) {
  return static_cast<std::size_t>(std::count_if(
      cases.begin(), cases.end(),
      [](const OpenCase& open) { return open.status == OpenCase::Status::kViolatedOtherwise; }));
}

std::string open_lines(const Terminal& terminal, const std::vector<OpenCase>& cases) {
  const std::string label = "  " + terminal.styled(Style::kDim, pad("open", 10)) + "  ";
  std::string others;
  std::vector<std::string> known;
  for (const OpenCase& open : cases) {
    const std::string path = printable(open.path);
    switch (open.status) {
      case OpenCase::Status::kViolated:
        known.push_back(path);
        break;
      case OpenCase::Status::kViolatedOtherwise:
        others += fmt::format("{}{} {} in another way than recorded: {}, not {}\n", label, path,
                              terminal.styled(Style::kBad, "is violated"),
                              printable(to_string(open.seen)), printable(to_string(open.recorded)));
        break;
      case OpenCase::Status::kHoldsNow:
        others += fmt::format("{}{} {}: {} corpus promote {}\n", label, path,
                              terminal.styled(Style::kGood, "holds now"), program_command(),
                              shell_word(open.path));
        break;
      case OpenCase::Status::kCouldNotRun:
        others += fmt::format("{}{} was not run: {}\n", label, path, printable(open.reason));
        break;
    }
  }
  if (known.empty()) return others;
  return fmt::format("{}{} known to be violated: {}\n", label, plural(known.size(), "case"),
                     join(known, ", ")) +
         others;
}

std::string known_line(const std::vector<CorpusFile>& files, const std::string& subject,
                       const properties::Signature& signature) {
  for (const CorpusFile& file : files) {
    if (file.value.subject == subject && file.recorded == signature) {
      return fmt::format("{} on {} is known: {}", to_string(signature), printable(subject),
                         printable(file.path));
    }
  }
  return {};
}

}  // namespace weir::cli
