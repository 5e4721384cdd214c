#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare_encoded(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  ReadOptions options;
  options.program = true;
  options.reads_after_end = 4;
  options.source = {true, true, false};
  Below below;
  const auto read = read_through(*transform, workspace.encoded.bytes(), workspace.payload, value,
                                 options, workspace, below);
  return judge(read.breach, rules(Rule::kEndNotSticky));
}

}  // namespace

const Clause eof_sticky = {
    "eof-sticky",
    Group::kPartialReads,
    "Once a reader has said that it is at the end, it says so for ever.",
    "A reader that starts over or fails after its end breaks every loop that reads once more to be "
    "sure.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kSource, FieldId::kReads),
     verbs(VerbKind::kShort, VerbKind::kBlock, VerbKind::kLend)},
    counters(Counter::kEnds),
    check,
};

}  // namespace weir::properties::clause
