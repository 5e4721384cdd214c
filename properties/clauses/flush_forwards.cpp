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
  options.flush_some = true;
  options.sink = {true, true, false};
  Below below;
  const auto written = write_through(*transform, workspace.payload, value, options, workspace,
                                     workspace.encoded, below);
  if (written.breach.has_value()) return judge(written.breach, 0);
  std::uint64_t taken_before = 0;
  for (const FlushMark& flush : written.flushes) {
    // A flush with nothing new to flush may end where it began.
    if (flush.taken == taken_before) continue;
    taken_before = flush.taken;
    // A writer that flushes behind each write has nothing left to flush.
    if (flush.bytes_flushed == flush.bytes) continue;
    if (flush.flushes == 0) {
      return Verdict::violated("flush-not-forwarded", flush.step, "the sink below flushed",
                               "no flush of the sink below");
    }
    return Verdict::violated(
        "flushed-too-early", flush.step,
        "the sink below flushed behind its byte " + std::to_string(flush.bytes),
        "flushed behind byte " + std::to_string(flush.bytes_flushed));
  }
  return taken_before > 0 ? Verdict::held() : Verdict::discarded("nothing was flushed");
}

}  // namespace

const Clause flush_forwards = {
    "flush-forwards",
    Group::kLifecycle,
    "A flush reaches the sink below as a flush, behind all the bytes that it passed on.",
    "A flush that empties only its own buffer leaves the bytes in the next one: the peer waits for "
    "a request that was sent, and both wait for ever.",
    traits(Trait::kFlushable),
    {fields(FieldId::kPayload, FieldId::kWrites, FieldId::kSink),
     verbs(VerbKind::kShort, VerbKind::kBlock, VerbKind::kFlush, VerbKind::kLend),
     verbs(VerbKind::kFlush)},
    counters(Counter::kFlushes),
    check,
};

}  // namespace weir::properties::clause
