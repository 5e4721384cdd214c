#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  WriteOptions options;
  options.program = true;
  options.empty_writes = false;
  Below below;
  const auto written = write_through(*transform, workspace.payload, value, options, workspace,
                                     workspace.encoded, below);
  const bool same_bytes = !has_verb(value, FieldId::kWrites, "flush");
  return judge_written(*transform, written.breach, same_bytes, subject, value, workspace);
}

}  // namespace

const Clause write_chunking = {
    "write-chunking",
    Group::kRoundTrip,
    "How the payload is cut into writes, and where flushes fall, does not matter to what is read "
    "back; a deterministic transform gives the same encoded bytes however the payload is cut "
    "(flushes apart).",
    "Encoders that keep state per call instead of per stream break at the seam between two writes.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kWrites), verbs(VerbKind::kFlush, VerbKind::kLend)},
    counters(Counter::kWrites),
    check,
};

}  // namespace weir::properties::clause
