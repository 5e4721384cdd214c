#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  constexpr std::uint64_t kLongWhile = 200;
  constexpr RuleSet kOwned = rules(Rule::kSpins, Rule::kWouldBlockNoCause);
  WriteOptions writing;
  writing.program = true;
  writing.sink = {true, true, false, kLongWhile};
  Below sink_below;
  const auto written = write_through(*transform, workspace.payload, value, writing, workspace,
                                     workspace.encoded, sink_below);
  if (written.breach.has_value()) return judge(written.breach, kOwned);
  ReadOptions reading;
  reading.program = true;
  reading.reads_after_end = 2;
  reading.source = {true, true, false, kLongWhile};
  Below source_below;
  const auto read = read_through(*transform, workspace.encoded.bytes(), workspace.payload, value,
                                 reading, workspace, source_below);
  return judge(read.breach, kOwned);
}

}  // namespace

const Clause progress = {
    "progress",
    Group::kPartialReads,
    "No call spins: while the streams below have nothing to give and no room, a call returns "
    "instead of asking again and again, and it says would_block only when a stream below did.",
    "A busy loop on would_block, or a loop that waits for bytes after the end, hangs a program at "
    "full speed.",
    traits(Trait::kNonblocking),
    {fields(FieldId::kPayload, FieldId::kWrites, FieldId::kSink, FieldId::kSource, FieldId::kReads),
     verbs(VerbKind::kShort, VerbKind::kBlock, VerbKind::kFlush, VerbKind::kEmpty,
           VerbKind::kLend)},
    counters(Counter::kWouldBlocks),
    check,
};

}  // namespace weir::properties::clause
