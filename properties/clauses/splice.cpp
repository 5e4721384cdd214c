#include <algorithm>
#include <vector>

#include "properties/case_place.h"
#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare_encoded(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  const std::uint8_t cut = verb_index(FieldId::kDamage, "cut");
  const Op* first = nullptr;
  const Op* second = nullptr;
  for (const Op& op : value.ops(FieldId::kDamage)) {
    if (op.verb != cut) continue;
    (first == nullptr ? first : second) = &op;
    if (second != nullptr) break;
  }
  if (first == nullptr) return Verdict::discarded("nothing is cut");
  if (second == nullptr) second = first;

  // The other payload differs in every byte and has the same length, so that blocks meet.
  std::vector<std::byte> other = workspace.payload;
  for (std::byte& byte : other) byte ^= std::byte{1};
  ByteBuffer other_encoded;
  Below below;
  if (write_through(*transform, other, value, WriteOptions{}, workspace, other_encoded, below)
          .breach.has_value()) {
    return Verdict::discarded("encoding fails without it too");
  }
  const auto one = workspace.encoded.bytes();
  const auto two = other_encoded.bytes();
  // Places count from the first byte in which the streams differ, up to the last one: elsewhere
  // head and tail make one of the two again.
  const auto shorter = std::min(one.size(), two.size());
  const auto begin = static_cast<std::size_t>(
      std::mismatch(one.begin(), one.begin() + static_cast<std::ptrdiff_t>(shorter), two.begin())
          .first -
      one.begin());
  const auto same_end = static_cast<std::size_t>(
      std::mismatch(one.rbegin(), one.rbegin() + static_cast<std::ptrdiff_t>(shorter - begin),
                    two.rbegin())
          .first -
      one.rbegin());
  if (begin + same_end + 1 >= shorter) return Verdict::discarded("nothing can be spliced");
  const auto place = [&](const Op& op, std::span<const std::byte> bytes) {
    return begin + 1 + internal::place_of(op.args[0], bytes.size() - same_end - begin - 1);
  };
  const auto head = one.first(place(*first, one));
  const auto tail = two.subspan(place(*second, two));
  auto& spliced = workspace.damaged;
  spliced.assign(head.begin(), head.end());
  spliced.insert(spliced.end(), tail.begin(), tail.end());
  const auto is = [&](std::span<const std::byte> bytes) {
    return std::equal(bytes.begin(), bytes.end(), spliced.begin(), spliced.end());
  };
  if (is(one) || is(two)) return Verdict::discarded("nothing is spliced");
  ++workspace.counters[Counter::kDamaged];
  Event event{Actor::kTest, Call::kDamage};
  event.answered = spliced.size();
  workspace.trace.add(event);
  constexpr ScriptOptions kWhole = {false, false, false};
  const Reading reading = read_all(*transform, spliced, value, kWhole, workspace);
  if (reading.breach.has_value()) return judge(reading.breach, 0);
  if (reading.cut_off) return Verdict::discarded("more comes out than is worth reading");
  if (!reading.clean()) {
    ++workspace.counters[Counter::kDetected];
    return Verdict::held();
  }
  if (workspace.decoded == workspace.payload || workspace.decoded == other) return Verdict::held();
  const std::size_t seen = workspace.decoded.size();
  // Two whole streams, one behind the other.
  if (has(subject.traits, Trait::kConcatenable) &&
      read_all(*transform, head, value, kWhole, workspace).clean() &&
      read_all(*transform, tail, value, kWhole, workspace).clean()) {
    return Verdict::discarded("what is spliced is a concatenation");
  }
  return Verdict::violated("splice-unnoticed", reading.step,
                           "an error, or one of the two payloads of " + bytes_text(other.size()),
                           "a clean end after " + std::to_string(seen) + " bytes of both");
}

}  // namespace

const Clause splice = {
    "splice",
    Group::kHostileBytes,
    "The head of one stream and the tail of another are an error, or decode to one of the two "
    "payloads.",
    "Checksums of blocks without their order or a total accept a file that was overwritten half "
    "way.",
    traits(Trait::kDetectsCorruption),
    {fields(FieldId::kPayload, FieldId::kDamage), verbs(VerbKind::kCut), verbs(VerbKind::kCut)},
    counters(Counter::kDamaged),
    check,
};

}  // namespace weir::properties::clause
