#include <algorithm>
#include <span>

#include "properties/case_damage.h"
#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

// Damage that happens by accident: one operation, few foreign bytes. Somebody who may write as much
// as they like writes a valid stream of their own, checksum and all; no format without a key can
// notice that.
constexpr std::size_t kForeignBytesMax = 4;
constexpr std::size_t kFlipsMax = 3;

bool is_accident(const Case& value) {
  const auto& ops = value.ops(FieldId::kDamage);
  const std::uint8_t flip = verb_index(FieldId::kDamage, "flip");
  const auto flips = static_cast<std::size_t>(
      std::count_if(ops.begin(), ops.end(), [&](const Op& op) { return op.verb == flip; }));
  if (flips == ops.size()) return flips <= kFlipsMax;
  return ops.size() == 1 && ops.front().bytes_size <= kForeignBytesMax;
}

// What stands before or behind a whole concatenable stream is more stream.
bool is_concatenation(std::span<const std::byte> damaged, std::span<const std::byte> encoded) {
  return damaged.size() > encoded.size() &&
         (std::equal(encoded.begin(), encoded.end(), damaged.begin()) ||
          std::equal(encoded.rbegin(), encoded.rend(), damaged.rbegin()));
}

// Where a seek leads is the business of other clauses.
constexpr RuleSet kSeekRules =
    rules(Rule::kSeekWrongPosition, Rule::kSeekRefused, Rule::kSeekAccepted);

// Reads all of the damaged stream. Behind a seek: a byte of the middle first, which may have a
// reader believe an index.
struct DamagedReading {
  std::optional<Breach> breach;
  bool detected = false;
  bool cut_off = false;
  bool identical = false;
};
DamagedReading read_damaged(const Subject& subject, const StreamTransform& transform,
                            const Case& value, bool behind_a_seek, Workspace& workspace) {
  const auto& payload = workspace.payload;
  Case middle_first;
  ReadOptions options;
  options.ending = Ending::kEither;
  options.collect = true;
  options.close = false;
  if (behind_a_seek) {
    middle_first.add(FieldId::kReads, "seek set", {static_cast<std::int64_t>(payload.size() / 2)});
    middle_first.add(FieldId::kReads, "read", {1});
    middle_first.add(FieldId::kReads, "seek set", {0});
    options.program = true;
    options.seeks = true;
  }
  Below below;
  workspace.decoded.clear();
  auto read = read_through(transform, workspace.damaged, payload,
                           behind_a_seek ? middle_first : value, options, workspace, below);
  if (has(subject.traits, Trait::kVerifiesAtClose) && read.ended && !read.breach.has_value()) {
    read.error = close_source(read, below, workspace);
  }
  if (read.error.has_value()) ++workspace.counters[Counter::kDetected];
  // The byte of the middle comes first, and is held to be the right one, too.
  std::span<const std::byte> decoded(workspace.decoded);
  bool identical = true;
  if (behind_a_seek && !payload.empty()) {
    identical = !decoded.empty() && decoded.front() == payload[payload.size() / 2];
    if (identical) decoded = decoded.subspan(1);
  }
  identical =
      identical && std::equal(decoded.begin(), decoded.end(), payload.begin(), payload.end());
  return {std::move(read.breach), read.error.has_value(), read.cut_off, identical};
}

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare_encoded(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
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
  const bool promised =
      has(subject.traits, Trait::kDetectsCorruption) && is_accident(value) &&
      !(has(subject.traits, Trait::kConcatenable) && is_concatenation(workspace.damaged, encoded));
  for (const bool behind_a_seek : {false, true}) {
    if (behind_a_seek && !has(subject.traits, Trait::kSeekable)) break;
    const DamagedReading reading =
        read_damaged(subject, *transform, value, behind_a_seek, workspace);
    if (reading.breach.has_value()) {
      return judge(reading.breach, behind_a_seek ? kAllRules & ~kSeekRules : kAllRules);
    }
    if (reading.cut_off) return Verdict::discarded("more comes out than is worth reading");
    if (!promised || reading.detected || reading.identical) continue;
    return Verdict::violated(
        "damage-unnoticed", workspace.trace.total() > 0 ? workspace.trace.total() - 1 : 0,
        "an error, or the identical payload of " + bytes_text(workspace.payload.size()),
        "a clean end after " + std::to_string(workspace.decoded.size()) +
            " bytes that are not the payload" + (behind_a_seek ? ", behind a seek" : ""));
  }
  return Verdict::held();
}

}  // namespace

const Clause corruption = {
    "corruption",
    Group::kHostileBytes,
    "A damaged stream never takes the reader down; where the transform promises to notice, it "
    "gives an error or decodes to the identical payload, behind a seek, too.",
    "A checksum that is computed but not compared is worse than none.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kDamage), verbs(VerbKind::kCut, VerbKind::kHarm)},
    counters(Counter::kDamaged),
    check,
    false,
    nullptr,
    nullptr,
    traits(Trait::kDetectsCorruption, Trait::kVerifiesAtClose, Trait::kSeekable),
};

}  // namespace weir::properties::clause
