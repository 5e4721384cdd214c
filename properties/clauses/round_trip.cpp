#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  Below sink_below;
  const auto written = write_through(*transform, workspace.payload, value, WriteOptions{},
                                     workspace, workspace.encoded, sink_below);
  if (written.breach.has_value()) return judge(written.breach, kAllRules);
  Below source_below;
  const auto read = read_through(*transform, workspace.encoded.bytes(), workspace.payload, value,
                                 ReadOptions{}, workspace, source_below);
  if (read.breach.has_value()) return judge(read.breach, kAllRules);
  const std::size_t encoded = workspace.encoded.bytes().size();
  if (has(subject.traits, Trait::kSizePreserving) && encoded != workspace.payload.size()) {
    return Verdict::violated("size-changed", Verdict::kNoStep,
                             std::to_string(workspace.payload.size()) +
                                 " encoded bytes, as many as written: size_preserving is claimed",
                             std::to_string(encoded) + " encoded bytes");
  }
  return Verdict::held();
}

}  // namespace

const Clause round_trip = {
    "round-trip",
    Group::kRoundTrip,
    "What was written comes back: decoding what was encoded gives the payload, byte for byte, and "
    "then the end. Who claims to keep the size encodes as many bytes as were written.",
    "The floor of everything else: encoders that lose a tail at certain sizes, decoders that stop "
    "a block early.",
    traits(),
    fields(FieldId::kPayload),
    counters(Counter::kBytes),
    check,
    false,
    nullptr,
    nullptr,
    traits(Trait::kSizePreserving),
};

}  // namespace weir::properties::clause
