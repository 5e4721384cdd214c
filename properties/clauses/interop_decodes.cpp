#include "properties/clauses.h"
#include "properties/harness.h"
#include "properties/pair_subject.h"

namespace weir::properties::clause {
namespace {

// What is wrong with what one of the two makes of the encoded stream. The run itself ends here,
// together with what it stands on.
std::optional<Breach> read_back(const StreamTransform& transform,
                                std::span<const std::byte> encoded, const Case& value,
                                Workspace& workspace) {
  Below below;
  return read_through(transform, encoded, workspace.payload, value, ReadOptions{}, workspace, below)
      .breach;
}

// What `writer` writes, `reader` reads.
Verdict one_way(const Subject& writer, const Subject& reader, const Case& value,
                Workspace& workspace) {
  Verdict verdict;
  const auto writes = make_instance(writer, verdict, workspace.payload.size());
  const auto reads = writes == nullptr ? nullptr : make_instance(reader, verdict);
  if (reads == nullptr) return verdict;
  WriteOptions options;
  options.program = true;
  options.flushes = false;
  Below below;
  workspace.encoded.clear();
  workspace.traits = writer.traits;
  const auto written = write_through(*writes, workspace.payload, value, options, workspace,
                                     workspace.encoded, below);
  if (written.breach.has_value() || written.error.has_value()) {
    return Verdict::discarded("breaks another clause");
  }
  workspace.traits = reader.traits;
  const std::optional<Breach> breach =
      read_back(*reads, workspace.encoded.bytes(), value, workspace);
  if (!breach.has_value()) return Verdict::held();
  // Who does not even understand itself is accused by other clauses.
  const auto own = make_instance(writer, verdict);
  if (own == nullptr) return verdict;
  Workspace& control = workspace.control();
  control.traits = writer.traits;
  control.payload = workspace.payload;
  if (read_back(*own, workspace.encoded.bytes(), value, control).has_value()) {
    return Verdict::discarded("fails without the other, too");
  }
  return Verdict::violated("not-understood", breach->step,
                           std::string(implementation_name(reader)) + " reads what " +
                               std::string(implementation_name(writer)) +
                               " writes: " + breach->expected,
                           breach->seen);
}

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  if (prepare(subject, value, workspace, verdict) == nullptr) return verdict;
  Verdict there = one_way(subject, *subject.peer, value, workspace);
  if (there.outcome != Outcome::kHeld) return there;
  return one_way(*subject.peer, subject, value, workspace);
}

}  // namespace

const Clause interop_decodes = {
    "interop-decodes",
    Group::kRoundTrip,
    "What one implementation of a format writes, the other reads: the same payload, and then the "
    "end.",
    "A mistake that writer and reader share shows in no round trip: a checksum in the wrong byte "
    "order, a size counted from 1.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kWrites), verbs(VerbKind::kEmpty)},
    counters(Counter::kBytes),
    check,
    false,
    nullptr,
    nullptr,
    traits(),
    {},
    true,
};

}  // namespace weir::properties::clause
