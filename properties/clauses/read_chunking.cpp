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
  options.empty_reads = false;
  Below below;
  const auto read = read_through(*transform, workspace.encoded.bytes(), workspace.payload, value,
                                 options, workspace, below);
  return judge_unless_plain_fails(read.breach, subject, workspace);
}

}  // namespace

const Clause read_chunking = {
    "read-chunking",
    Group::kRoundTrip,
    "How much the reader asks for at a time does not matter to what it gets.",
    "Decoders that drop what did not fit into a small read, or lose their place between two calls.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kReads), verbs(VerbKind::kLend)},
    counters(Counter::kReads, Counter::kBytes),
    check,
};

}  // namespace weir::properties::clause
