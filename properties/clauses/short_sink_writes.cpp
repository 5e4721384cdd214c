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
  options.sink = {true, false, false};
  Below below;
  const auto written = write_through(*transform, workspace.payload, value, options, workspace,
                                     workspace.encoded, below);
  const bool same_bytes = !has_verb(value, FieldId::kWrites, "flush");
  verdict = judge_written(*transform, written.breach, same_bytes, subject, value, workspace);
  const bool whole = workspace.counters[Counter::kShortWrites] == 0 && below.asked_max == 1;
  return verdict.outcome == Outcome::kHeld && whole ? Verdict::discarded(kBytewise) : verdict;
}

}  // namespace

const Clause short_sink_writes = {
    "short-sink-writes",
    Group::kPartialWrites,
    "A sink below that takes less than it is offered loses nothing: the rest is offered again, in "
    "order and once.",
    "Ignoring the count that write returned is silent data loss on pipes, sockets and full disks.",
    traits(Trait::kPartialBelow),
    {fields(FieldId::kPayload, FieldId::kWrites, FieldId::kSink),
     verbs(VerbKind::kShort, VerbKind::kFlush, VerbKind::kLend), verbs(VerbKind::kShort)},
    counters(Counter::kShortWrites),
    check,
    false,
    nullptr,
    nullptr,
    0,
    kBytewise,
};

}  // namespace weir::properties::clause
