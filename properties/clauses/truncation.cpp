#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare_encoded(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  const std::uint8_t cut = verb_index(FieldId::kDamage, "cut");
  const Op* first = nullptr;
  for (const Op& op : value.ops(FieldId::kDamage)) {
    if (op.verb == cut && first == nullptr) first = &op;
  }
  const auto encoded = workspace.encoded.bytes();
  if (first == nullptr || encoded.empty()) return Verdict::discarded("nothing is cut");
  const auto size = static_cast<std::int64_t>(encoded.size());
  const auto kept = static_cast<std::size_t>((first->args[0] % size + size) % size);
  ++workspace.counters[Counter::kCuts];
  Event event{Actor::kTest, Call::kDamage};
  event.answered = kept;
  workspace.trace.add(event);
  ReadOptions options;
  options.program = true;
  options.ending = Ending::kError;
  options.source = {true, true, false};
  Below below;
  auto read = read_through(*transform, encoded.first(kept), workspace.payload, value, options,
                           workspace, below);
  if (read.breach.has_value() && read.breach->rule == Rule::kEndsEarly) {
    if (has(subject.traits, Trait::kVerifiesAtClose) && close_source(read, below, workspace)) {
      return Verdict::held();
    }
    return Verdict::violated("cut-taken-for-complete", read.breach->step,
                             "an error: " + std::to_string(kept) + " of " +
                                 std::to_string(encoded.size()) + " encoded bytes are there",
                             read.breach->seen);
  }
  return judge(read.breach, rules(Rule::kWrongBytes, Rule::kGoesOn));
}

}  // namespace

const Clause truncation = {
    "truncation",
    Group::kHostileBytes,
    "Every cut of an encoded stream is an error, after a correct prefix of the payload.",
    "A reader that takes a cut stream for a complete one loses data without a word.",
    traits(Trait::kDetectsTruncation),
    {fields(FieldId::kPayload, FieldId::kDamage, FieldId::kSource, FieldId::kReads),
     verbs(VerbKind::kCut, VerbKind::kShort, VerbKind::kBlock, VerbKind::kLend),
     verbs(VerbKind::kCut)},
    counters(Counter::kCuts),
    check,
    false,
    nullptr,
    nullptr,
    traits(Trait::kVerifiesAtClose),
};

}  // namespace weir::properties::clause
