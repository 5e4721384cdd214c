#include <vector>

#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare_encoded(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  const std::span<const std::byte> payload(workspace.payload);
  std::vector<std::byte> twice(payload.begin(), payload.end());
  twice.insert(twice.end(), payload.begin(), payload.end());
  const auto member = workspace.encoded.bytes();
  auto& members = workspace.damaged;
  members.assign(member.begin(), member.end());
  members.insert(members.end(), member.begin(), member.end());
  workspace.counters[Counter::kMembers] += 2;
  // Where the first one ends, so does a read of the source below, and the next one would block.
  Case seam;
  if (!member.empty()) {
    seam.add(FieldId::kSource, "give", {static_cast<std::int64_t>(member.size())});
  }
  seam.add(FieldId::kSource, "block");

  ReadOptions options;
  options.program = true;
  options.source = {true, true, false};
  const auto read = [&](std::span<const std::byte> encoded, std::span<const std::byte> content,
                        const Case& script, Workspace& space) {
    Below below;
    return read_through(*transform, encoded, content, script, options, space, below).breach;
  };
  for (const Case* script : {&value, static_cast<const Case*>(&seam)}) {
    const auto breach = read(members, twice, *script, workspace);
    if (!breach.has_value()) continue;
    // The same of one member that holds all.
    Workspace& control = workspace.control();
    Below below;
    const auto written =
        write_through(*transform, twice, value, WriteOptions{}, control, control.encoded, below);
    if (written.breach.has_value() ||
        read(control.encoded.bytes(), twice, *script, control).has_value() ||
        !plain_round_trip_holds(subject, payload, workspace)) {
      return Verdict::discarded("fails without it too");
    }
    return judge(breach, kContentRules | rules(Rule::kWouldBlockNoCause));
  }
  return Verdict::held();
}

}  // namespace

const Clause multi_member = {
    "multi-member",
    Group::kRoundTrip,
    "A reader goes on into a second encoded stream behind the first, wherever reads of the source "
    "below end or would block, and gives its payload too.",
    "Logs are appended to, stream by stream: a reader that claims to read them all, and stops "
    "behind the first or where the second has not come yet, loses the rest.",
    traits(Trait::kMultiMember),
    {fields(FieldId::kPayload, FieldId::kSource, FieldId::kReads),
     verbs(VerbKind::kShort, VerbKind::kBlock, VerbKind::kLend)},
    counters(Counter::kMembers, Counter::kReads, Counter::kBytes),
    check,
};

}  // namespace weir::properties::clause
