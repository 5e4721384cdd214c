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
  Below sink_below;
  const auto written = write_through(*transform, workspace.payload, value, options, workspace,
                                     workspace.encoded, sink_below);
  // The bytes may depend on where flushes fall.
  const bool same_bytes = !has_verb(value, FieldId::kWrites, "flush");
  Verdict writing =
      judge_written(*transform, written.breach, same_bytes, subject, value, workspace);
  if (writing.outcome != Outcome::kHeld) return writing;
  ReadOptions reading;
  reading.program = true;
  Below source_below;
  const auto read = read_through(*transform, workspace.encoded.bytes(), workspace.payload, value,
                                 reading, workspace, source_below);
  return judge_unless_plain_fails(read.breach, subject, workspace);
}

}  // namespace

const Clause zero_length = {
    "zero-length",
    Group::kBuffers,
    "An empty span reads or writes nothing: the call gives 0, says nothing about the end, and the "
    "stream goes on as if it had not been made.",
    "A zero-length read answered like an end, or a zero-length write that emits a frame, breaks "
    "generic copy loops.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kWrites, FieldId::kReads),
     verbs(VerbKind::kEmpty, VerbKind::kFlush, VerbKind::kLend)},
    counters(Counter::kEmptySpans),
    check,
};

}  // namespace weir::properties::clause
