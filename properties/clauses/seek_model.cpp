#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare_encoded(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  ReadOptions options;
  options.program = true;
  options.seeks = true;
  options.source = {true, true, false};
  Below below;
  const auto read = read_through(*transform, workspace.encoded.bytes(), workspace.payload, value,
                                 options, workspace, below);
  if (workspace.counters[Counter::kSeeks] == 0) return Verdict::discarded("nothing is sought");
  constexpr RuleSet kOwned =
      rules(Rule::kWrongBytes, Rule::kEndsEarly, Rule::kGoesOn, Rule::kUnexpectedError,
            Rule::kEndNotSticky, Rule::kTellWrong, Rule::kSeekRefused, Rule::kSeekWrongPosition);
  if (read.breach.has_value() && has(kOwned, read.breach->rule)) {
    return judge_unless_plain_fails(read.breach, subject, workspace);
  }
  return judge(read.breach, kOwned);
}

}  // namespace

const Clause seek_model = {
    "seek-model",
    Group::kSeek,
    "Any program of reads, seeks and tells behaves as on the payload in memory.",
    "Seeks that are off by a header, that forget buffered bytes, or that lose the state at a block "
    "edge.",
    traits(Trait::kSeekable),
    {fields(FieldId::kPayload, FieldId::kSource, FieldId::kReads),
     verbs(VerbKind::kShort, VerbKind::kBlock, VerbKind::kSeek, VerbKind::kLend),
     verbs(VerbKind::kSeek)},
    counters(Counter::kSeeks),
    check,
};

}  // namespace weir::properties::clause
