#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  ReadOptions options;
  options.program = true;
  options.guard = true;
  options.ending = Ending::kEither;
  options.reads_after_end = 3;
  options.source = {true, true, false};
  Below below;
  const auto read =
      read_through(*transform, workspace.payload, {}, value, options, workspace, below);
  return judge(read.breach,
               rules(Rule::kCountExceedsAsked, Rule::kEndNotSticky, Rule::kErrorNotRepeated,
                     Rule::kWouldBlockNoCause, Rule::kTouchedOutside, Rule::kSpins));
}

}  // namespace

const Clause garbage = {
    "garbage",
    Group::kHostileBytes,
    "Arbitrary bytes in place of an encoded stream: the reader keeps its contract, whatever it "
    "makes of them: counts, bounds, a lasting end or a lasting error.",
    "Decoders are fed with foreign files every day; a length field that is believed reads outside "
    "its buffer.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kSource, FieldId::kReads),
     verbs(VerbKind::kShort, VerbKind::kBlock, VerbKind::kLend)},
    counters(Counter::kReads),
    check,
};

}  // namespace weir::properties::clause
