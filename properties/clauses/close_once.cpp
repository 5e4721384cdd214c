#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

constexpr RuleSet kOwned = rules(Rule::kCloseNotRepeated, Rule::kClosedNotOnce);
// What a failure does to bytes and codes belongs to the clauses about faults.
constexpr RuleSet kElsewhere = ~kOwned;

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  WriteOptions writing;
  writing.program = true;
  writing.sink = {true, true, true};
  Below sink_below;
  auto written = write_through(*transform, workspace.payload, value, writing, workspace,
                               workspace.encoded, sink_below);
  if (written.sink == nullptr ||
      (written.breach.has_value() && has(kElsewhere, written.breach->rule))) {
    return judge(written.breach, kOwned);
  }
  if (auto breach = close_again(written, sink_below, workspace)) {
    return judge(breach, kOwned);
  }
  ReadOptions reading;
  reading.program = true;
  reading.drain = false;
  reading.ending = Ending::kEither;
  reading.source = {true, true, true};
  Below source_below;
  auto read = read_through(*transform, workspace.encoded.bytes(), workspace.payload, value, reading,
                           workspace, source_below);
  if (read.breach.has_value() || read.source == nullptr) return judge(read.breach, kOwned);
  return judge(close_again(read, source_below, workspace), kOwned);
}

}  // namespace

const Clause close_once = {
    "close-once",
    Group::kLifecycle,
    "Close closes the stream below exactly once, also after a failure; closing again changes "
    "nothing and returns the same.",
    "A close that does not cascade leaks a descriptor and loses buffered bytes; one that cascades "
    "twice closes somebody else's.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kWrites, FieldId::kSink, FieldId::kSource, FieldId::kReads),
     verbs(VerbKind::kShort, VerbKind::kBlock, VerbKind::kFault, VerbKind::kDelay, VerbKind::kFlush,
           VerbKind::kEmpty, VerbKind::kLend)},
    counters(Counter::kCloses),
    check,
};

}  // namespace weir::properties::clause
