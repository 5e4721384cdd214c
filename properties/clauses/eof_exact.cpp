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
  options.exactly = true;
  options.source = {true, true, false};
  Below below;
  const auto read = read_through(*transform, workspace.encoded.bytes(), workspace.payload, value,
                                 options, workspace, below);
  return judge(read.breach, rules(Rule::kEndsEarly, Rule::kGoesOn, Rule::kUnexpectedError));
}

}  // namespace

const Clause eof_exact = {
    "eof-exact",
    Group::kPartialReads,
    "The end is reported exactly where the payload ends: not before its last byte, not as an "
    "error, not with bytes behind it.",
    "A clean end one block early is silent truncation; an end that comes as an error makes good "
    "data unreadable.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kSource, FieldId::kReads),
     verbs(VerbKind::kShort, VerbKind::kBlock, VerbKind::kLend)},
    counters(Counter::kEnds),
    check,
};

}  // namespace weir::properties::clause
