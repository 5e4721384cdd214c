#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  if (!has_fault(value, FieldId::kSink)) return Verdict::discarded("nothing fails");
  if (!has_verb(value, FieldId::kWrites, "flush")) return Verdict::discarded("nothing is flushed");
  WriteOptions options;
  options.program = true;
  options.go_on = true;
  options.sink = {true, true, true};
  options.sink.faults_at = FaultTime::kFlush;
  Below below;
  const auto written = write_through(*transform, workspace.payload, value, options, workspace,
                                     workspace.encoded, below);
  if (!below.fault.has_value()) return Verdict::discarded("the fault was not reached");
  return judge(written.breach,
               rules(Rule::kFaultChanged, Rule::kFaultSwallowed, Rule::kErrorNotRepeated));
}

}  // namespace

const Clause flush_fault = {
    "flush-fault",
    Group::kFaults,
    "A failure of the sink below during a flush is that flush's error, or at the latest that of "
    "close, and the stream has failed from then on.",
    "A database that believes in a flush that failed forgets its log: on several systems the next "
    "flush succeeds and the bytes are gone.",
    traits(Trait::kFlushable),
    {fields(FieldId::kPayload, FieldId::kWrites, FieldId::kSink),
     verbs(VerbKind::kShort, VerbKind::kBlock, VerbKind::kFault, VerbKind::kPassingFault,
           VerbKind::kFlush, VerbKind::kLend),
     verbs(VerbKind::kFlush, VerbKind::kPassingFault)},
    counters(Counter::kFaults),
    check,
};

}  // namespace weir::properties::clause
