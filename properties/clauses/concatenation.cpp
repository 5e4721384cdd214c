#include <algorithm>
#include <vector>

#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

constexpr std::size_t kMembersMax = 3;

// The lengths of the payload's parts: the first sizes that `writes` names, else two halves.
std::vector<std::size_t> parts_of(const Case& value, std::size_t size) {
  const std::uint8_t some = verb_index(FieldId::kWrites, "");
  std::vector<std::size_t> parts;
  std::size_t left = size;
  for (const Op& op : value.ops(FieldId::kWrites)) {
    if (parts.size() + 1 == kMembersMax) break;
    const auto part = op.verb == some ? static_cast<std::size_t>(std::min<std::uint64_t>(
                                            static_cast<std::uint64_t>(op.args[0]), left))
                                      : left;
    parts.push_back(part);
    left -= part;
  }
  if (parts.empty()) {
    parts.push_back(size / 2);
    left -= size / 2;
  }
  parts.push_back(left);
  return parts;
}

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  const std::span<const std::byte> payload(workspace.payload);
  Case seams;
  ByteBuffer member;
  std::size_t begin = 0;
  const std::vector<std::size_t> parts = parts_of(value, payload.size());
  for (const std::size_t part : parts) {
    member.clear();
    Below below;
    const auto written = write_through(*transform, payload.subspan(begin, part), value,
                                       WriteOptions{}, workspace, member, below);
    if (written.breach.has_value()) return Verdict::discarded("encoding fails without it too");
    begin += part;
    workspace.encoded.append(member.bytes());
    ++workspace.counters[Counter::kMembers];
    if (member.size() > 0) {
      seams.add(FieldId::kSource, "give", {static_cast<std::int64_t>(member.size())});
    }
  }
  // Whether `encoded` gives the payload, with short reads as in `script` or without.
  const auto read = [&](std::span<const std::byte> encoded, const Case& script, bool partial) {
    ReadOptions options;
    options.source = {partial, false, false};
    Below below;
    return read_through(*transform, encoded, payload, script, options, workspace, below).breach;
  };
  const auto joined = workspace.encoded.bytes();
  if (const auto breach = read(joined, value, false)) {
    for (std::size_t i = 0, from = 0; i < parts.size(); from += parts[i++]) {
      if (!plain_round_trip_holds(subject, payload.subspan(from, parts[i]), workspace)) {
        return Verdict::discarded("fails without it too");
      }
    }
    return judge(breach, kAllRules);
  }
  for (const Case* script : {static_cast<const Case*>(&seams), &value}) {
    const auto breach = read(joined, *script, true);
    if (!breach.has_value()) continue;
    // The same short reads of one member that holds all.
    member.clear();
    Below below;
    const auto written =
        write_through(*transform, payload, value, WriteOptions{}, workspace, member, below);
    if (written.breach.has_value() || read(member.bytes(), *script, true).has_value()) {
      return Verdict::discarded("fails without it too");
    }
    return judge(breach, kAllRules);
  }
  return Verdict::held();
}

}  // namespace

const Clause concatenation = {
    "concatenation",
    Group::kRoundTrip,
    "Encoded streams one behind the other decode to their payloads one behind the other, wherever "
    "reads of the source below end.",
    "Files are appended to, and archives are joined with cat: a reader that stops at the first "
    "end, or that takes the end of a read for it, loses all that follows.",
    traits(Trait::kConcatenable),
    {fields(FieldId::kPayload, FieldId::kWrites, FieldId::kSource), verbs(VerbKind::kShort)},
    counters(Counter::kMembers, Counter::kBytes),
    check,
};

}  // namespace weir::properties::clause
