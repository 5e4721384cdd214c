#include <algorithm>
#include <limits>

#include "properties/clauses.h"
#include "properties/harness.h"
#include "properties/lengthen.h"

namespace weir::properties::clause {
namespace {

// A sink may look again and find room; after so many refusals in a row it is full.
constexpr int kRefusalsMax = 4;

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  const std::uint64_t bound = *subject.bounds.write_behind_bytes;
  Verdict verdict;
  const auto transform = prepare(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  // There must be more to write than may be taken.
  lengthen(workspace.payload, static_cast<std::size_t>(bound) + 1);

  Case full = value;
  full.ops(FieldId::kSink).clear();
  full.add(FieldId::kSink, "block");
  ScriptOptions script{true, true, false};
  script.block_repeats = std::numeric_limits<std::uint64_t>::max();
  Below below;
  auto made = transform->transform_to(
      std::make_unique<ScriptedSink>(workspace.encoded, full, script, workspace, below));
  if (!made.has_value()) return Verdict::discarded("breaks another clause");
  Sink& sink = **made;
  const std::uint8_t size_verb = verb_index(FieldId::kWrites, "");
  const auto& cuts = value.ops(FieldId::kWrites);
  std::size_t next_cut = 0;
  std::uint64_t taken = 0;
  for (int refusals = 0; refusals < kRefusalsMax && taken < workspace.payload.size();) {
    auto part = std::span<const std::byte>(workspace.payload).subspan(taken);
    if (next_cut < cuts.size()) {
      const Op& op = cuts[next_cut++];
      if (op.verb == size_verb) {
        part = part.first(
            std::min(part.size(), static_cast<std::size_t>(std::max<std::int64_t>(op.args[0], 1))));
      }
    }
    const auto result = sink.write(part);
    ++workspace.counters[Counter::kWrites];
    const std::size_t step =
        workspace.trace.add(event_of(Actor::kWriter, Call::kWrite, part.size(), result));
    if (result.has_value() && (*result == 0 || *result > part.size())) {
      return Verdict::discarded("breaks another clause");
    }
    if (!result.has_value()) {
      if (result.error().code != Code::kWouldBlock) {
        return Verdict::discarded("breaks another clause");
      }
      ++refusals;
      continue;
    }
    refusals = 0;
    taken += *result;
    if (taken > bound) {
      return Verdict::violated(
          "write-behind-exceeded", step,
          "at most " + std::to_string(bound) + " bytes taken while the sink below takes none",
          bytes_text(taken));
    }
  }
  return Verdict::held();
}

}  // namespace

const Clause write_behind_bound = {
    "write-behind-bound",
    Group::kPartialWrites,
    "While the sink below takes nothing, a writer takes no more than the bound that the subject "
    "claims; then it says would_block.",
    "A writer that takes all that it is given hides a receiver that has stopped, until memory is "
    "full or everything since then is lost.",
    traits(Trait::kNonblocking),
    {fields(FieldId::kPayload, FieldId::kWrites), verbs()},
    counters(Counter::kWouldBlocks, Counter::kWrites),
    check,
    false,
    &Bounds::write_behind_bytes,
};

}  // namespace weir::properties::clause
