#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

constexpr RuleSet kOwned =
    rules(Rule::kErrorNotRepeated, Rule::kCloseNotRepeated, Rule::kClosedNotOnce);

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  const bool sink_fails = has_fault(value, FieldId::kSink);
  const bool source_fails = has_fault(value, FieldId::kSource);
  if (!sink_fails && !source_fails) return Verdict::discarded("nothing fails");
  bool reached = false;
  if (sink_fails) {
    WriteOptions writing;
    writing.program = true;
    writing.go_on = true;
    writing.sink = {true, true, true};
    Below below;
    auto written = write_through(*transform, workspace.payload, value, writing, workspace,
                                 workspace.encoded, below);
    reached = below.fault.has_value();
    auto breach = written.breach;
    if (!breach.has_value() && written.sink != nullptr) {
      breach = close_again(written, below, workspace);
    }
    // What becomes of an error before the writer has heard of it belongs to other clauses.
    const bool told = written.model.failure().has_value() && written.model.closed();
    verdict = judge(breach, !reached ? 0
                            : told   ? kOwned | rules(Rule::kFaultChanged, Rule::kFaultSwallowed)
                                     : kOwned);
    if (verdict.outcome != Outcome::kHeld) return verdict;
  }
  if (source_fails) {
    workspace.encoded.clear();
    Below plain_below;
    const auto plain = write_through(*transform, workspace.payload, value, WriteOptions{},
                                     workspace, workspace.encoded, plain_below);
    if (plain.breach.has_value()) return Verdict::discarded("encoding fails without it too");
    ReadOptions reading;
    reading.program = true;
    reading.reads_after_end = 3;
    reading.source = {true, true, true};
    Below below;
    auto read = read_through(*transform, workspace.encoded.bytes(), workspace.payload, value,
                             reading, workspace, below);
    auto breach = read.breach;
    if (!breach.has_value() && read.source != nullptr) breach = close_again(read, below, workspace);
    reached = reached || below.fault.has_value();
    verdict = judge(breach, below.fault.has_value() ? kOwned : 0);
    if (verdict.outcome != Outcome::kHeld) return verdict;
  }
  return reached ? Verdict::held() : Verdict::discarded("the fault was not reached");
}

}  // namespace

const Clause after_fault = {
    "after-fault",
    Group::kFaults,
    "A stream that told of an error of the stream below repeats it at every further read, write "
    "and flush, also when that error passes; close still closes the stream below, once.",
    "A write that works again after one that failed leaves a hole in the file, a read that goes on "
    "skips bytes, and a close that gives up early leaks a descriptor.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kWrites, FieldId::kSink, FieldId::kSource, FieldId::kReads),
     verbs(VerbKind::kShort, VerbKind::kBlock, VerbKind::kFault, VerbKind::kPassingFault,
           VerbKind::kDelay, VerbKind::kFlush, VerbKind::kLend),
     verbs(VerbKind::kPassingFault)},
    counters(Counter::kFaults),
    check,
};

}  // namespace weir::properties::clause
