#include <algorithm>

#include "properties/clauses.h"
#include "properties/harness.h"
#include "properties/lengthen.h"

namespace weir::properties::clause {
namespace {

// Headers, footers, the end: every stream may have a few calls for them.
constexpr std::uint64_t kCallsFree = 64;
// So much makes tens of bytes a call show; longer payloads show more.
constexpr std::size_t kLengthBytes = 4096;

Verdict judge_calls(const Below& below, std::uint64_t bytes_per_call, const char* what) {
  const std::uint64_t allowed = kCallsFree + below.bytes / bytes_per_call;
  if (below.calls <= allowed) return Verdict::held();
  return Verdict::violated("too-many-calls", Verdict::kNoStep,
                           "at most " + std::to_string(allowed) + " calls below to " + what + ' ' +
                               bytes_text(below.bytes),
                           std::to_string(below.calls) + " calls");
}

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  const std::uint64_t bytes_per_call = std::max<std::uint64_t>(*subject.bounds.bytes_per_call, 1);
  Verdict verdict;
  const auto transform = prepare(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  lengthen(workspace.payload, kLengthBytes);
  Below sink_below;
  const auto written = write_through(*transform, workspace.payload, value, WriteOptions{},
                                     workspace, workspace.encoded, sink_below);
  if (written.breach.has_value()) return Verdict::discarded("breaks another clause");
  verdict = judge_calls(sink_below, bytes_per_call, "write");
  if (verdict.outcome != Outcome::kHeld) return verdict;
  Below source_below;
  const auto read = read_through(*transform, workspace.encoded.bytes(), workspace.payload, value,
                                 ReadOptions{}, workspace, source_below);
  if (read.breach.has_value()) return Verdict::discarded("breaks another clause");
  return judge_calls(source_below, bytes_per_call, "read");
}

}  // namespace

const Clause call_economy = {
    "call-economy",
    Group::kRoundTrip,
    "Long writes and reads move, on average, at least as many bytes in each call below as the "
    "subject claims, a few calls apart.",
    "A stream that asks for one byte at a time is right and useless: a system call for each byte.",
    traits(),
    {fields(FieldId::kPayload), verbs()},
    counters(Counter::kBytes),
    check,
    false,
    &Bounds::bytes_per_call,
};

}  // namespace weir::properties::clause
