#include "properties/clauses.h"
#include "properties/harness.h"
#include "properties/lengthen.h"

namespace weir::properties::clause {
namespace {

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  const std::uint64_t bound = *subject.bounds.read_ahead_bytes;
  Verdict verdict;
  const auto transform = prepare(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  // The source must have more than may be taken.
  lengthen(workspace.payload, static_cast<std::size_t>(bound) + 1);
  Below sink_below;
  const auto written = write_through(*transform, workspace.payload, value, WriteOptions{},
                                     workspace, workspace.encoded, sink_below);
  if (written.breach.has_value()) return Verdict::discarded("encoding fails without it too");
  if (workspace.encoded.size() <= bound) return Verdict::discarded("the encoded stream is short");

  Case first_byte = value;
  first_byte.ops(FieldId::kReads).clear();
  first_byte.add(FieldId::kReads, "read", {1});
  ReadOptions options;
  options.program = true;
  options.drain = false;
  options.close = false;
  options.source = {true, true, false};
  Below below;
  const auto read = read_through(*transform, workspace.encoded.bytes(), workspace.payload,
                                 first_byte, options, workspace, below);
  if (below.bytes > bound) {
    const std::size_t events = workspace.trace.total();
    return Verdict::violated(
        "read-ahead-exceeded", events == 0 ? Verdict::kNoStep : events - 1,
        "at most " + std::to_string(bound) + " bytes taken from below for the first byte",
        bytes_text(below.bytes));
  }
  if (read.breach.has_value() || read.model.position() == 0) {
    return Verdict::discarded("breaks another clause");
  }
  return Verdict::held();
}

}  // namespace

const Clause read_ahead_bound = {
    "read-ahead-bound",
    Group::kPartialReads,
    "To give the first byte of a stream, a reader takes no more from the source below than the "
    "bound that the subject claims.",
    "A reader that fetches the whole source before it gives anything makes a pipe wait for ever, "
    "and a look at a header cost a download.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kSource),
     verbs(VerbKind::kShort, VerbKind::kBlock, VerbKind::kLend)},
    counters(Counter::kReads),
    check,
    false,
    &Bounds::read_ahead_bytes,
};

}  // namespace weir::properties::clause
