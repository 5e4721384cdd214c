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
  options.guard = true;
  options.reads_after_end = 1;
  options.source = {true, true, false};
  Below below;
  const auto read = read_through(*transform, workspace.encoded.bytes(), workspace.payload, value,
                                 options, workspace, below);
  return judge(read.breach, rules(Rule::kTouchedOutside));
}

}  // namespace

const Clause output_bounds = {
    "output-bounds",
    Group::kBuffers,
    "A read changes the bytes that it returns and no others: neither the rest of the span nor "
    "anything around it.",
    "Scratch use of the caller's buffer, or a copy rounded up to a word, tramples on data that was "
    "there.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kSource, FieldId::kReads),
     verbs(VerbKind::kShort, VerbKind::kBlock, VerbKind::kLend)},
    counters(Counter::kReads),
    check,
};

}  // namespace weir::properties::clause
