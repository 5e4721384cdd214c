#include <algorithm>
#include <array>

#include "properties/case_damage.h"
#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

// What the case's damage makes of this stands behind the stream: padding is the commonest garbage.
constexpr std::array<std::byte, 1> kPadding = {std::byte{0}};

constexpr ScriptOptions kPieces = {true, false, false};

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare_encoded(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  auto& garbage = workspace.damaged;
  if (!value.ops(FieldId::kDamage).empty()) apply_damage(value, kPadding, garbage);
  if (garbage.empty()) return Verdict::discarded("nothing stands behind");

  // Bytes that mean something by themselves are another stream.
  const Reading alone = read_all(*transform, garbage, value, kPieces, workspace);
  if (!alone.error.has_value() || !workspace.decoded.empty()) {
    return Verdict::discarded("what stands behind is a stream");
  }
  const auto encoded = workspace.encoded.bytes();
  const auto& payload = workspace.payload;
  const Reading whole = read_all(*transform, encoded, value, kPieces, workspace);
  if (whole.breach.has_value() || whole.error.has_value() || workspace.decoded != payload) {
    return Verdict::discarded("fails without it too");
  }

  workspace.encoded.append(garbage);
  ++workspace.counters[Counter::kDamaged];
  Event event{Actor::kTest, Call::kDamage};
  event.answered = workspace.encoded.size();
  workspace.trace.add(event);
  const Reading reading =
      read_all(*transform, workspace.encoded.bytes(), value, kPieces, workspace);
  if (reading.breach.has_value()) return judge(reading.breach, 0);
  const auto& seen = workspace.decoded;
  const std::string whole_payload = "the payload of " + bytes_text(payload.size());
  // Who learns at close that it was given something else did not know it before.
  if (has(subject.traits, Trait::kVerifiesAtClose) && reading.error.has_value()) {
    ++workspace.counters[Counter::kDetected];
    return Verdict::held();
  }
  const bool prefix =
      seen.size() <= payload.size() && std::equal(seen.begin(), seen.end(), payload.begin());
  if (!prefix) {
    return Verdict::violated("garbage-taken-for-payload", reading.step,
                             whole_payload + " and nothing else", bytes_text(seen.size()));
  }
  const bool multi_member = has(subject.traits, Trait::kMultiMember);
  if (reading.error.has_value()) {
    ++workspace.counters[Counter::kDetected];
    // A reader of one member may look at the end of the source first, for a footer.
    if (!multi_member || seen.size() == payload.size()) return Verdict::held();
    return Verdict::violated("payload-not-whole", reading.step, whole_payload + ", then an error",
                             "an error after " + bytes_text(seen.size()));
  }
  if (seen.size() < payload.size()) {
    return Verdict::violated("payload-not-whole", reading.step, whole_payload,
                             "a clean end after " + bytes_text(seen.size()));
  }
  // Padding: formats are filled up to blocks and sectors with zeros.
  const bool zeros = std::all_of(garbage.begin(), garbage.end(),
                                 [](std::byte byte) { return byte == std::byte{0}; });
  if (multi_member && zeros) return Verdict::held();
  if (multi_member) {
    return Verdict::violated("garbage-swallowed", reading.step,
                             "an error: what stands behind the stream, " +
                                 bytes_text(garbage.size()) + ", is no further one",
                             "a clean end");
  }
  return Verdict::held();
}

}  // namespace

const Clause trailing_garbage = {
    "trailing-garbage",
    Group::kHostileBytes,
    "Bytes behind a complete stream are never payload: a reader that goes on to further streams "
    "gives an error (zeros, which fill up blocks, it may pass over), any other one that or a clean "
    "end.",
    "Half a second file behind the first, copied through as if it had been encoded or passed over "
    "without a word, is data invented or lost.",
    traits(Trait::kDetectsTruncation),
    {fields(FieldId::kPayload, FieldId::kDamage, FieldId::kSource),
     verbs(VerbKind::kHarm, VerbKind::kShort), verbs(VerbKind::kHarm)},
    counters(Counter::kDamaged),
    check,
    false,
    nullptr,
    nullptr,
    traits(Trait::kVerifiesAtClose),
};

}  // namespace weir::properties::clause
