#include <algorithm>

#include "properties/case_damage.h"
#include "properties/clauses.h"
#include "properties/harness.h"
#include "properties/pair_subject.h"

namespace weir::properties::clause {
namespace {

// What both make of a damaged stream of `writer`.
Verdict compare(const Subject& subject, const Subject& writer, const Case& value,
                Workspace& workspace) {
  const Subject* const readers[] = {&subject, subject.peer};
  Verdict verdict;
  const auto writes = make_instance(writer, verdict, workspace.payload.size());
  if (writes == nullptr) return verdict;
  workspace.encoded.clear();
  workspace.traits = writer.traits;
  Below below;
  const auto written = write_through(*writes, workspace.payload, value, WriteOptions{}, workspace,
                                     workspace.encoded, below);
  if (written.breach.has_value() || written.error.has_value()) {
    return Verdict::discarded("breaks another clause");
  }
  apply_damage(value, workspace.encoded.bytes(), workspace.damaged);
  const auto encoded = workspace.encoded.bytes();
  if (std::equal(encoded.begin(), encoded.end(), workspace.damaged.begin(),
                 workspace.damaged.end())) {
    return Verdict::discarded("nothing is damaged");
  }
  ++workspace.counters[Counter::kDamaged];
  Event event{Actor::kTest, Call::kDamage};
  event.answered = workspace.damaged.size();
  workspace.trace.add(event);

  bool accepts[2] = {};
  std::string answers[2];
  std::size_t step = Verdict::kNoStep;
  std::vector<std::byte> first;
  for (std::size_t i = 0; i < 2; ++i) {
    const auto reads = make_instance(*readers[i], verdict);
    if (reads == nullptr) return verdict;
    if (i > 0) first = workspace.decoded;
    workspace.traits = readers[i]->traits;
    const Reading reading =
        read_all(*reads, workspace.damaged, value, {false, false, false}, workspace);
    if (reading.breach.has_value()) return Verdict::discarded("breaks another clause");
    if (reading.cut_off) return Verdict::discarded("more comes out than is worth reading");
    if (reading.error.has_value() && (reading.error->code == Code::kLimitExceeded ||
                                      reading.error->code == Code::kOutOfMemory)) {
      // What a reader grants is its own choice.
      return Verdict::discarded("beyond a reader's limits");
    }
    accepts[i] = reading.clean();
    answers[i] = std::string(implementation_name(*readers[i])) + ": " +
                 (accepts[i] ? "a clean end after " + bytes_text(workspace.decoded.size())
                             : "an error, " + describe(*reading.error));
    step = reading.step;
  }
  if (accepts[0] != accepts[1]) {
    return Verdict::violated("accepted-by-one", step, "both accept the stream, or both refuse it",
                             answers[0] + "; " + answers[1]);
  }
  if (!accepts[0]) ++workspace.counters[Counter::kDetected];
  if (accepts[0] && first != workspace.decoded) {
    return Verdict::violated("other-bytes", step, "both decode it to the same bytes",
                             answers[0] + "; " + answers[1] + ", and they differ");
  }
  return Verdict::held();
}

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  if (prepare(subject, value, workspace, verdict) == nullptr) return verdict;
  for (const Subject* writer : {&subject, subject.peer}) {
    verdict = compare(subject, *writer, value, workspace);
    if (verdict.outcome != Outcome::kHeld) return verdict;
  }
  return verdict;
}

}  // namespace

const Clause interop_accepts = {
    "interop-accepts",
    Group::kHostileBytes,
    "A damaged stream that one implementation of a format accepts, the other accepts as well, and "
    "decodes to the same bytes.",
    "Where two readers of one format disagree, a file passes the check of one program and means "
    "something else to the next.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kDamage), verbs(VerbKind::kCut, VerbKind::kHarm)},
    counters(Counter::kDamaged),
    check,
    false,
    nullptr,
    nullptr,
    traits(),
    {},
    true,
};

}  // namespace weir::properties::clause
