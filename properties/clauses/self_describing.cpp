#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare_encoded(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  const std::string descriptor = transform->descriptor().str();
  ++workspace.counters[Counter::kDescriptors];
  const auto described = subject.from_descriptor_list(std::span(&descriptor, 1));
  if (!described.has_value()) {
    return Verdict::violated(
        "descriptor-refused", Verdict::kNoStep,
        "an instance from its own descriptor " + transform->descriptor().escaped(),
        describe(described.error()));
  }
  if (described->size() != 1) {
    return Verdict::violated("list-size-wrong", Verdict::kNoStep, "1 transform from 1 descriptor",
                             std::to_string(described->size()));
  }
  Below below;
  const auto read = read_through(*described->front(), workspace.encoded.bytes(), workspace.payload,
                                 value, ReadOptions{}, workspace, below);
  return judge_unless_plain_fails(read.breach, subject, workspace);
}

}  // namespace

const Clause self_describing = {
    "self-describing",
    Group::kRoundTrip,
    "An instance made from the descriptor alone decodes what the described instance wrote.",
    "Options that change the format but are missing from the descriptor make data unreadable for "
    "everybody else.",
    traits(),
    fields(FieldId::kPayload),
    counters(Counter::kBytes, Counter::kDescriptors),
    check,
};

}  // namespace weir::properties::clause
