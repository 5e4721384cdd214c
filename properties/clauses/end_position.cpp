#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare_encoded(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  const auto encoded = workspace.encoded.bytes();
  const std::size_t size = encoded.size();
  // What stands behind is none of the reader's business: bytes of any kind, and another stream. One
  // that goes on into further streams has the end of all of them to stop at.
  auto& bytes = workspace.damaged;
  bytes.assign(encoded.begin(), encoded.end());
  if (!has(subject.traits, Trait::kMultiMember)) {
    bytes.insert(bytes.end(), workspace.payload.begin(), workspace.payload.end());
    bytes.insert(bytes.end(), encoded.begin(), encoded.end());
    ++workspace.counters[Counter::kMembers];
  }
  ++workspace.counters[Counter::kMembers];
  ReadOptions options;
  options.program = true;
  options.close = false;
  options.source = {true, true, false};
  Below below;
  const auto read =
      read_through(*transform, bytes, workspace.payload, value, options, workspace, below);
  if (read.breach.has_value()) {
    Below alone;
    const auto control = read_through(*transform, encoded, workspace.payload, value, options,
                                      workspace.control(), alone);
    if (control.breach.has_value()) return Verdict::discarded("fails without it too");
    return judge(read.breach, kAllRules);
  }
  if (below.position == size) return Verdict::held();
  return Verdict::violated("end-position-wrong",
                           workspace.trace.total() > 0 ? workspace.trace.total() - 1 : 0,
                           "the source below at byte " + std::to_string(size),
                           "at byte " + std::to_string(below.position));
}

}  // namespace

const Clause end_position = {
    "end-position",
    Group::kHostileBytes,
    "At the end of a stream the source below stands right behind its last byte, whatever follows "
    "there.",
    "A stream within a container: what the reader fetched beyond the end and did not give back is "
    "missing from the next entry.",
    traits(Trait::kReportsEndPosition),
    {fields(FieldId::kPayload, FieldId::kSource, FieldId::kReads),
     verbs(VerbKind::kShort, VerbKind::kBlock, VerbKind::kLend)},
    counters(Counter::kMembers, Counter::kEnds),
    check,
};

}  // namespace weir::properties::clause
