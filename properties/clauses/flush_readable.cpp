#include <algorithm>

#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

// Where the case cuts: that many bytes behind the flush, counted round up to the whole stream.
std::size_t cut_behind(const Case& value, std::size_t flushed, std::size_t size) {
  const std::uint8_t cut = verb_index(FieldId::kDamage, "cut");
  for (const Op& op : value.ops(FieldId::kDamage)) {
    if (op.verb != cut) continue;
    const auto places = static_cast<std::int64_t>(size - flushed + 1);
    return flushed + static_cast<std::size_t>((op.args[0] % places + places) % places);
  }
  return flushed;
}

// Whether the reader of `encoded` gets the first `size` bytes of the payload.
bool yields(const StreamTransform& transform, std::span<const std::byte> encoded, std::size_t size,
            const Case& value, Workspace& workspace, std::size_t& common, std::size_t& step) {
  ReadOptions options;
  options.collect = true;
  options.ending = Ending::kEither;
  options.close = false;
  workspace.decoded.clear();
  Below below;
  const auto read =
      read_through(transform, encoded, workspace.payload, value, options, workspace, below);
  step = read.breach.has_value() ? read.breach->step : workspace.trace.total() - 1;
  const auto differs = std::mismatch(workspace.payload.begin(),
                                     workspace.payload.begin() + static_cast<std::ptrdiff_t>(size),
                                     workspace.decoded.begin(), workspace.decoded.end());
  common = static_cast<std::size_t>(differs.first - workspace.payload.begin());
  return common == size;
}

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  WriteOptions options;
  options.program = true;
  options.flush_some = true;
  options.sink = {true, true, false};
  Below below;
  const auto written = write_through(*transform, workspace.payload, value, options, workspace,
                                     workspace.encoded, below);
  if (written.breach.has_value()) return judge(written.breach, 0);
  if (written.flushes.empty() || written.flushes.back().taken == 0) {
    return Verdict::discarded("nothing was flushed");
  }
  const FlushMark& flush = written.flushes.back();
  const auto encoded = workspace.encoded.bytes();
  const auto flushed = static_cast<std::size_t>(flush.taken);
  const std::size_t kept = cut_behind(value, static_cast<std::size_t>(flush.bytes), encoded.size());
  ++workspace.counters[Counter::kCuts];
  Event event{Actor::kTest, Call::kDamage};
  event.answered = kept;
  workspace.trace.add(event);
  std::size_t common = 0;
  std::size_t step = 0;
  if (yields(*transform, encoded.first(kept), flushed, value, workspace, common, step)) {
    workspace.counters[Counter::kBytes] += flushed;
    return Verdict::held();
  }
  verdict = Verdict::violated(
      "flushed-bytes-missing", step,
      "the " + std::to_string(flushed) + " bytes written before the flush, from the first " +
          std::to_string(kept) + " of " + std::to_string(encoded.size()) + " encoded bytes",
      "the first " + std::to_string(common) + " of them");
  // A stream that does not decode when it is whole says nothing about flushing.
  const bool whole = yields(*transform, encoded, flushed, value, workspace, common, step);
  return whole ? verdict : Verdict::discarded("fails without it too");
}

}  // namespace

const Clause flush_readable = {
    "flush-readable",
    Group::kLifecycle,
    "After a flush, the encoded stream cut at any later byte still yields all that was written "
    "before that flush.",
    "A log that was flushed and still ends one block short is of no use after the crash that it "
    "was kept for.",
    traits(Trait::kFlushable),
    {fields(FieldId::kPayload, FieldId::kWrites, FieldId::kSink, FieldId::kDamage),
     verbs(VerbKind::kShort, VerbKind::kBlock, VerbKind::kFlush, VerbKind::kLend, VerbKind::kCut),
     verbs(VerbKind::kFlush)},
    counters(Counter::kFlushes, Counter::kCuts, Counter::kBytes),
    check,
};

}  // namespace weir::properties::clause
