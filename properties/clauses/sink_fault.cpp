#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  if (!has_verb(value, FieldId::kSink, "fail")) return Verdict::discarded("nothing fails");
  WriteOptions options;
  options.program = true;
  options.sink = {true, true, true};
  Below below;
  const auto written = write_through(*transform, workspace.payload, value, options, workspace,
                                     workspace.encoded, below);
  if (!below.fault.has_value()) return Verdict::discarded("the fault was not reached");
  return judge(written.breach,
               rules(Rule::kFaultChanged, Rule::kFaultSwallowed, Rule::kUnexpectedError));
}

}  // namespace

const Clause sink_fault = {
    "sink-fault",
    Group::kFaults,
    "A failure of the sink below reaches the writer as that failure, at the latest at close; close "
    "never reports success over lost bytes.",
    "A full disk noticed only by a destructor, or swallowed by a flush, leaves half a file that "
    "everybody believes to be whole.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kWrites, FieldId::kSink),
     verbs(VerbKind::kShort, VerbKind::kBlock, VerbKind::kFault, VerbKind::kDelay, VerbKind::kFlush,
           VerbKind::kEmpty, VerbKind::kLend),
     verbs(VerbKind::kFault)},
    counters(Counter::kFaults),
    check,
};

}  // namespace weir::properties::clause
