#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  constexpr RuleSet kOwned =
      rules(Rule::kCountExceedsAsked, Rule::kWriteTookNothing, Rule::kTellWrong);
  WriteOptions writing;
  writing.program = true;
  writing.tells = true;
  writing.sink = {true, true, false};
  Below sink_below;
  const auto written = write_through(*transform, workspace.payload, value, writing, workspace,
                                     workspace.encoded, sink_below);
  if (written.breach.has_value()) return judge(written.breach, kOwned);
  ReadOptions reading;
  reading.program = true;
  reading.source = {true, true, false};
  Below source_below;
  const auto read = read_through(*transform, workspace.encoded.bytes(), workspace.payload, value,
                                 reading, workspace, source_below);
  return judge(read.breach, kOwned);
}

}  // namespace

const Clause count_bounds = {
    "count-bounds",
    Group::kBuffers,
    "Counts are honest: no call reports more than was asked for or offered, a write of n > 0 bytes "
    "never takes 0, and tell adds up.",
    "A count that is too large makes the caller skip data or read beyond its buffer; a count of 0 "
    "makes it loop.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kWrites, FieldId::kSink, FieldId::kSource, FieldId::kReads),
     verbs(VerbKind::kShort, VerbKind::kBlock, VerbKind::kFlush, VerbKind::kEmpty,
           VerbKind::kLend)},
    counters(Counter::kReads, Counter::kWrites),
    check,
};

}  // namespace weir::properties::clause
