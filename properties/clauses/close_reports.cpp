#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  if (!has_fault(value, FieldId::kSink)) return Verdict::discarded("nothing fails");
  WriteOptions options;
  options.program = true;
  options.sink = {true, true, true};
  options.sink.faults_at = FaultTime::kClose;
  Below below;
  const auto written = write_through(*transform, workspace.payload, value, options, workspace,
                                     workspace.encoded, below);
  if (!below.fault.has_value()) return Verdict::discarded("the fault was not reached");
  return judge(written.breach, rules(Rule::kFaultChanged, Rule::kFaultSwallowed));
}

}  // namespace

const Clause close_reports = {
    "close-reports",
    Group::kFaults,
    "An error that surfaces only while close writes the last bytes held back reaches whoever "
    "called close.",
    "Everything was written without an error, the disk is full when the last buffer goes out, and "
    "close says success: the file has no end and nobody knows.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kWrites, FieldId::kSink),
     verbs(VerbKind::kShort, VerbKind::kBlock, VerbKind::kFault, VerbKind::kPassingFault,
           VerbKind::kDelay, VerbKind::kFlush),
     verbs(VerbKind::kPassingFault)},
    counters(Counter::kFaults),
    check,
};

}  // namespace weir::properties::clause
