#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

constexpr RuleSet kOwned =
    rules(Rule::kCountExceedsAsked, Rule::kTouchedOutside, Rule::kWrongBytes, Rule::kGoesOn,
          Rule::kEndsEarly, Rule::kFaultSwallowed, Rule::kTellWrong, Rule::kErrorNotRepeated);

WriteOptions writing(bool lies) {
  WriteOptions options;
  options.program = true;
  options.tells = true;
  options.go_on = true;
  options.sink = {true, true, false};
  options.sink.lies = lies;
  return options;
}

ReadOptions reading(bool lies) {
  ReadOptions options;
  options.program = true;
  options.guard_span = true;
  options.reads_after_end = 2;
  options.source = {true, true, false};
  options.source.lies = lies;
  return options;
}

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  const bool sink_lies = has_verb(value, FieldId::kSink, "claim");
  const bool source_lies = has_verb(value, FieldId::kSource, "claim");
  if (!sink_lies && !source_lies) return Verdict::discarded("nothing lies");
  bool reached = false;
  if (sink_lies) {
    Below below;
    const auto written = write_through(*transform, workspace.payload, value, writing(true),
                                       workspace, workspace.encoded, below);
    reached = below.lied;
    verdict = judge(written.breach, below.lied ? kOwned : 0);
    if (verdict.outcome == Outcome::kDiscarded) return verdict;
    if (verdict.outcome == Outcome::kViolated) {
      Workspace control;
      control.traits = workspace.traits;
      control.close_waits = workspace.close_waits;
      Below control_below;
      const auto honest = write_through(*transform, workspace.payload, value, writing(false),
                                        control, control.encoded, control_below);
      return honest.breach.has_value() ? Verdict::discarded("fails without it too") : verdict;
    }
  }
  if (source_lies) {
    workspace.encoded.clear();
    Below plain_below;
    const auto plain = write_through(*transform, workspace.payload, value, WriteOptions{},
                                     workspace, workspace.encoded, plain_below);
    if (plain.breach.has_value()) return Verdict::discarded("encoding fails without it too");
    Below below;
    const auto read = read_through(*transform, workspace.encoded.bytes(), workspace.payload, value,
                                   reading(true), workspace, below);
    reached = reached || below.lied;
    if (may_end_well(read, below, workspace.encoded.size(), subject)) return Verdict::held();
    verdict = judge(read.breach, below.lied ? kOwned : 0);
    if (verdict.outcome == Outcome::kDiscarded) return verdict;
    if (verdict.outcome == Outcome::kViolated) {
      Workspace control;
      control.traits = workspace.traits;
      control.close_waits = workspace.close_waits;
      Below control_below;
      const auto honest = read_through(*transform, workspace.encoded.bytes(), workspace.payload,
                                       value, reading(false), control, control_below);
      return honest.breach.has_value() ? Verdict::discarded("fails without it too") : verdict;
    }
  }
  return reached ? Verdict::held() : Verdict::discarded("the lie was not reached");
}

}  // namespace

const Clause distrust = {
    "distrust",
    Group::kFaults,
    "A stream below that says it gave more than it was asked for, or took more than it was "
    "offered, leads to an error: to no access outside buffers, no wrong count, no invented data, "
    "and no clean end.",
    "A count that is believed moves a pointer: what lay in the buffer from before is handed out as "
    "data, or what lies behind it.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kWrites, FieldId::kSink, FieldId::kSource, FieldId::kReads),
     verbs(VerbKind::kShort, VerbKind::kBlock, VerbKind::kLie, VerbKind::kFlush, VerbKind::kLend),
     verbs(VerbKind::kLie)},
    counters(Counter::kLies),
    check,
};

}  // namespace weir::properties::clause
