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
  options.sink = {true, true, false};
  Below below;
  const auto written = write_through(*transform, workspace.payload, value, options, workspace,
                                     workspace.encoded, below);
  const bool same_bytes = !has_verb(value, FieldId::kWrites, "flush");
  return judge_written(*transform, written.breach, same_bytes, subject, value, workspace);
}

}  // namespace

const Clause would_block_write = {
    "would-block-write",
    Group::kPartialWrites,
    "A sink below that would block surfaces as would_block or is absorbed: nothing is lost, "
    "nothing is written twice, and flush and close resume.",
    "Encoders that forget how far they were when the sink paused repeat or drop a piece when they "
    "are called again.",
    traits(Trait::kNonblocking),
    {fields(FieldId::kPayload, FieldId::kWrites, FieldId::kSink),
     verbs(VerbKind::kShort, VerbKind::kBlock, VerbKind::kFlush, VerbKind::kLend),
     verbs(VerbKind::kBlock)},
    counters(Counter::kWouldBlocks),
    check,
};

}  // namespace weir::properties::clause
