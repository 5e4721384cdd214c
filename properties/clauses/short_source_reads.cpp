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
  options.empty_reads = false;
  options.source = {true, false, false};
  Below below;
  const auto read = read_through(*transform, workspace.encoded.bytes(), workspace.payload, value,
                                 options, workspace, below);
  if (!read.breach.has_value() && below.asked_max == 1) return Verdict::discarded(kBytewise);
  return judge_unless_plain_fails(read.breach, subject, workspace);
}

}  // namespace

const Clause short_source_reads = {
    "short-source-reads",
    Group::kPartialReads,
    "A source below that gives less than it is asked for changes nothing for the reader.",
    "The commonest bug of all: one read is taken for all there is, and the rest is lost or read "
    "twice.",
    traits(Trait::kPartialBelow),
    {fields(FieldId::kPayload, FieldId::kSource, FieldId::kReads),
     verbs(VerbKind::kShort, VerbKind::kLend), verbs(VerbKind::kShort)},
    counters(Counter::kShortReads),
    check,
    false,
    nullptr,
    nullptr,
    0,
    kBytewise,
};

}  // namespace weir::properties::clause
