#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

// The breach of a run whose stream below failed in its close, or of closing it twice more.
template <class Run, class Stream>
std::optional<Breach> judge_run(Run& run, const std::unique_ptr<Stream>& stream, const Below& below,
                                Workspace& workspace) {
  if (run.breach.has_value() || stream == nullptr) return run.breach;
  return close_again(run, below, workspace);
}

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  const bool sink_fails = has_fault(value, FieldId::kSink);
  const bool source_fails = has_fault(value, FieldId::kSource);
  if (!sink_fails && !source_fails) return Verdict::discarded("nothing fails");
  bool reached = false;
  if (sink_fails) {
    WriteOptions writing;
    writing.program = true;
    writing.sink = {true, true, true};
    writing.sink.faults_at = FaultTime::kCloseBelow;
    Below below;
    auto written = write_through(*transform, workspace.payload, value, writing, workspace,
                                 workspace.encoded, below);
    const auto breach = judge_run(written, written.sink, below, workspace);
    if (below.fault.has_value()) {
      reached = true;
      verdict = judge(breach, rules(Rule::kFaultChanged, Rule::kFaultSwallowed,
                                    Rule::kClosedNotOnce, Rule::kCloseNotRepeated));
    } else {
      verdict = judge(breach, 0);
    }
    if (verdict.outcome != Outcome::kHeld) return verdict;
  }
  if (source_fails) {
    workspace.encoded.clear();
    Below plain_below;
    const auto plain = write_through(*transform, workspace.payload, value, WriteOptions{},
                                     workspace, workspace.encoded, plain_below);
    if (plain.breach.has_value()) return Verdict::discarded("encoding fails without it too");
    ReadOptions reading;
    reading.source = {true, true, true};
    reading.source.faults_at = FaultTime::kCloseBelow;
    Below below;
    auto read = read_through(*transform, workspace.encoded.bytes(), workspace.payload, value,
                             reading, workspace, below);
    auto breach = judge_run(read, read.source, below, workspace);
    if (below.fault.has_value()) {
      reached = true;
      // Whether a source's close tells of it is its own business; another error is made up.
      const auto repeated =
          !breach.has_value() && read.source != nullptr ? read.source->close() : Result<void>{};
      if (!repeated.has_value() && !same_failure(repeated.error(), *below.fault)) {
        breach = Breach{Rule::kFaultChanged, workspace.trace.total() - 1, describe(*below.fault),
                        describe(repeated.error())};
      }
      verdict =
          judge(breach, rules(Rule::kFaultChanged, Rule::kClosedNotOnce, Rule::kCloseNotRepeated));
    } else {
      verdict = judge(breach, 0);
    }
    if (verdict.outcome != Outcome::kHeld) return verdict;
  }
  return reached ? Verdict::held() : Verdict::discarded("the fault was not reached");
}

}  // namespace

const Clause close_fault = {
    "close-fault",
    Group::kFaults,
    "An error of closing the stream below reaches whoever closes a sink; the stream below is not "
    "closed a second time, and closing again says the same.",
    "Network file systems tell of lost bytes in close and nowhere else, and close frees the "
    "descriptor even when it fails: a second close hits a file of somebody else.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kWrites, FieldId::kSink, FieldId::kSource),
     verbs(VerbKind::kShort, VerbKind::kBlock, VerbKind::kFault, VerbKind::kPassingFault,
           VerbKind::kFlush),
     verbs(VerbKind::kPassingFault)},
    counters(Counter::kFaults),
    check,
};

}  // namespace weir::properties::clause
