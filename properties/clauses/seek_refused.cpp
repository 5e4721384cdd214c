#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare_encoded(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  // Whatever the program does, one bad seek stands at its end.
  Case program = value;
  program.add(FieldId::kReads, "seek set", {-1});
  program.add(FieldId::kReads, "tell");
  ReadOptions options;
  options.program = true;
  options.seeks = true;
  Below below;
  const auto read = read_through(*transform, workspace.encoded.bytes(), workspace.payload, program,
                                 options, workspace, below);
  const RuleSet owned = rules(Rule::kSeekAccepted, Rule::kRefusalWrongCode) |
                        (workspace.counters[Counter::kSeekRefusals] > 0
                             ? rules(Rule::kTellWrong, Rule::kWrongBytes, Rule::kEndsEarly,
                                     Rule::kGoesOn, Rule::kUnexpectedError, Rule::kEndNotSticky)
                             : RuleSet{0});
  if (read.breach.has_value() && has(owned, read.breach->rule)) {
    return judge_unless_plain_fails(read.breach, subject, workspace);
  }
  return judge(read.breach, owned);
}

}  // namespace

const Clause seek_refused = {
    "seek-refused",
    Group::kSeek,
    "A seek that cannot be done is refused with the fitting error and leaves the position: "
    "invalid_argument before the start, not_seekable where there is no random access.",
    "A failed seek that moves anyway makes the next read return the wrong bytes.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kReads), verbs(VerbKind::kSeek, VerbKind::kLend),
     verbs(VerbKind::kSeek)},
    counters(Counter::kSeekRefusals),
    check,
};

}  // namespace weir::properties::clause
