#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare_encoded(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  const auto& ops = value.ops(FieldId::kReads);
  const std::int64_t beyond = 1 + (ops.empty() ? 0 : (ops.front().args[0] & 0xffff));
  Case program = value;
  program.add(FieldId::kReads, "seek end", {beyond});
  program.add(FieldId::kReads, "tell");
  program.add(FieldId::kReads, "read", {16});
  program.add(FieldId::kReads, "tell");
  program.add(FieldId::kReads, "seek set", {0});
  ReadOptions options;
  options.program = true;
  options.seeks = true;
  Below below;
  const auto read = read_through(*transform, workspace.encoded.bytes(), workspace.payload, program,
                                 options, workspace, below);
  constexpr RuleSet kOwned =
      rules(Rule::kWrongBytes, Rule::kEndsEarly, Rule::kGoesOn, Rule::kUnexpectedError,
            Rule::kEndNotSticky, Rule::kTellWrong, Rule::kSeekRefused, Rule::kSeekWrongPosition);
  if (read.breach.has_value() && has(kOwned, read.breach->rule)) {
    return judge_unless_plain_fails(read.breach, subject, workspace);
  }
  return judge(read.breach, kOwned);
}

}  // namespace

const Clause seek_past_end = {
    "seek-past-end",
    Group::kSeek,
    "A seek past the end is allowed: tell says where one is, reads give 0 there, and a seek back "
    "finds the payload again.",
    "Clamping to the end without a word, or never coming back from beyond it.",
    traits(Trait::kSeekable),
    {fields(FieldId::kPayload, FieldId::kReads), verbs(VerbKind::kSeek, VerbKind::kLend),
     verbs(VerbKind::kSeek)},
    counters(Counter::kSeeks, Counter::kEnds),
    check,
};

}  // namespace weir::properties::clause
