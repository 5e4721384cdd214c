#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare_encoded(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  if (!has_verb(value, FieldId::kSource, "fail")) return Verdict::discarded("nothing fails");
  ReadOptions options;
  options.program = true;
  options.source = {true, true, true};
  Below below;
  const auto read = read_through(*transform, workspace.encoded.bytes(), workspace.payload, value,
                                 options, workspace, below);
  if (!below.fault.has_value()) return Verdict::discarded("the fault was not reached");
  if (may_end_well(read, below, workspace.encoded.size(), subject)) return Verdict::held();
  return judge(read.breach, kContentRules | rules(Rule::kFaultChanged, Rule::kFaultSwallowed));
}

}  // namespace

const Clause source_fault = {
    "source-fault",
    Group::kFaults,
    "A failure of the source below reaches the reader as that failure, after a correct prefix; "
    "never as an end, unless the format's own end mark was given before it.",
    "An I/O error taken for the end of a file turns a broken disk into a silently short result.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kSource, FieldId::kReads),
     verbs(VerbKind::kShort, VerbKind::kBlock, VerbKind::kFault, VerbKind::kDelay, VerbKind::kLend),
     verbs(VerbKind::kFault)},
    counters(Counter::kFaults),
    check,
};

}  // namespace weir::properties::clause
