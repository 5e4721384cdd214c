#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  constexpr RuleSet kOwned = rules(Rule::kInputModified);
  WriteOptions writing;
  writing.program = true;
  writing.check_input = true;
  writing.sink = {true, true, false};
  Below sink_below;
  const auto written = write_through(*transform, workspace.payload, value, writing, workspace,
                                     workspace.encoded, sink_below);
  if (written.breach.has_value()) return judge(written.breach, kOwned);
  ReadOptions reading;
  reading.source = {true, true, false};
  Below source_below;
  const auto read = read_through(*transform, workspace.encoded.bytes(), workspace.payload, value,
                                 reading, workspace, source_below);
  return judge(read.breach, kOwned);
}

}  // namespace

const Clause input_untouched = {
    "input-untouched",
    Group::kBuffers,
    "A write never changes the caller's bytes, and a read never changes bytes that the source "
    "below lent.",
    "Transforming in place to save a copy corrupts what the caller goes on to use.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kWrites, FieldId::kSink, FieldId::kSource),
     verbs(VerbKind::kShort, VerbKind::kBlock, VerbKind::kFlush, VerbKind::kEmpty,
           VerbKind::kLend)},
    counters(Counter::kWrites, Counter::kReads),
    check,
};

}  // namespace weir::properties::clause
