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
  options.empty_reads = false;
  options.source = {true, false, false};
  const auto encoded = workspace.encoded.bytes();
  Below below;
  const auto read =
      read_through(*transform, encoded, workspace.payload, value, options, workspace, below);
  if (workspace.counters[Counter::kSeeks] == 0) return Verdict::discarded("nothing is sought");
  if (!read.breach.has_value()) return Verdict::held();
  constexpr RuleSet kOwned =
      rules(Rule::kWrongBytes, Rule::kEndsEarly, Rule::kGoesOn, Rule::kUnexpectedError,
            Rule::kEndNotSticky, Rule::kTellWrong, Rule::kSeekRefused, Rule::kSeekWrongPosition);
  if (!has(kOwned, read.breach->rule)) return Verdict::discarded("breaks another clause");
  // The same program over a source that gives all it is asked for; the same short reads without a
  // seek.
  ReadOptions whole = options;
  whole.source.partial = false;
  ReadOptions straight = options;
  straight.seeks = false;
  for (const ReadOptions& control : {whole, straight}) {
    Workspace aside;
    aside.traits = workspace.traits;
    Below again;
    if (read_through(*transform, encoded, workspace.payload, value, control, aside, again)
            .breach.has_value()) {
      return Verdict::discarded("fails without it too");
    }
  }
  return judge(read.breach, kOwned);
}

}  // namespace

const Clause seek_over_partial = {
    "seek-over-partial",
    Group::kSeek,
    "Short reads of the source below do not spoil what a seek does: back into what was read ahead, "
    "past it, or to the end.",
    "A reader that computes where its buffer begins from the size it asked for, not from what it "
    "was given, seeks wrong exactly where reads are short.",
    traits(Trait::kSeekable, Trait::kPartialBelow),
    {fields(FieldId::kPayload, FieldId::kSource, FieldId::kReads),
     verbs(VerbKind::kShort, VerbKind::kSeek, VerbKind::kLend),
     verbs(VerbKind::kShort, VerbKind::kSeek)},
    counters(Counter::kSeeks, Counter::kShortReads),
    check,
};

}  // namespace weir::properties::clause
