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
  options.source = {true, true, false};
  Below below;
  const auto read = read_through(*transform, workspace.encoded.bytes(), workspace.payload, value,
                                 options, workspace, below);
  return judge_unless_plain_fails(read.breach, subject, workspace);
}

}  // namespace

const Clause would_block_read = {
    "would-block-read",
    Group::kPartialReads,
    "A source below that would block surfaces as would_block or is absorbed: never as the end, "
    "never with a loss.",
    "Wrappers that turn a none or EAGAIN into 0 end a stream that had only paused.",
    traits(Trait::kNonblocking),
    {fields(FieldId::kPayload, FieldId::kSource, FieldId::kReads),
     verbs(VerbKind::kShort, VerbKind::kBlock, VerbKind::kLend), verbs(VerbKind::kBlock)},
    counters(Counter::kWouldBlocks),
    check,
};

}  // namespace weir::properties::clause
