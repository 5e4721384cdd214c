#include <algorithm>

#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

bool equal(const ByteBuffer& a, const ByteBuffer& b) {
  return std::equal(a.bytes().begin(), a.bytes().end(), b.bytes().begin(), b.bytes().end());
}

Verdict differs(const ByteBuffer& first, const ByteBuffer& second, const char* whose) {
  const auto a = first.bytes();
  const auto b = second.bytes();
  const auto size = std::min(a.size(), b.size());
  const auto at =
      std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(size), b.begin()).first -
      a.begin();
  return Verdict::violated(
      "encoded-bytes-differ", Verdict::kNoStep,
      "the same " + std::to_string(a.size()) + " encoded bytes again, by " + whose,
      std::to_string(b.size()) + " bytes, others from byte " + std::to_string(at) + " on");
}

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto first = prepare(subject, value, workspace, verdict);
  if (first == nullptr) return verdict;
  const auto second = make_instance(subject, verdict, workspace.payload.size());
  if (second == nullptr) return verdict;
  WriteOptions cut;
  cut.program = true;
  cut.flushes = false;
  cut.empty_writes = false;
  bool failed = false;
  const auto write = [&](const StreamTransform& transform, const WriteOptions& options,
                         ByteBuffer& output) {
    Below below;
    failed = failed ||
             write_through(transform, workspace.payload, value, options, workspace, output, below)
                 .breach.has_value();
  };
  ByteBuffer again;
  ByteBuffer cut_first;
  ByteBuffer cut_second;
  write(*first, WriteOptions{}, workspace.encoded);
  write(*first, WriteOptions{}, again);
  write(*first, cut, cut_first);
  write(*second, cut, cut_second);
  if (failed) return Verdict::discarded("encoding fails without it too");
  if (!equal(workspace.encoded, again)) {
    return differs(workspace.encoded, again, "the same instance");
  }
  if (!equal(cut_first, cut_second)) return differs(cut_first, cut_second, "another instance");
  // What depends on the cut alone does so in one stream too.
  if (!equal(workspace.encoded, cut_first)) return Verdict::discarded("breaks another clause");
  return Verdict::held();
}

}  // namespace

const Clause deterministic = {
    "deterministic",
    Group::kRoundTrip,
    "The same payload written again, by the same instance or another one, in one piece or cut, "
    "gives the same encoded bytes (flushes apart).",
    "A counter, a time or an address in a header, or the rest of an earlier stream in a buffer, "
    "breaks caches, deduplication and signatures over the encoded bytes.",
    traits(Trait::kDeterministic),
    {fields(FieldId::kPayload, FieldId::kWrites), verbs()},
    counters(Counter::kWrites),
    check,
};

}  // namespace weir::properties::clause
