#include "properties/case_descriptor.h"
#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = make_instance(subject, verdict);
  if (transform == nullptr) return verdict;
  const std::string own = transform->descriptor().str();
  const std::string edited = edited_descriptor(value, own);
  const auto& verbs = schema()[static_cast<std::size_t>(FieldId::kChain)].verbs;
  std::vector<std::string> list;
  const std::string* damaged = nullptr;
  for (const Op& op : value.ops(FieldId::kChain)) {
    const std::string_view name = verbs[op.verb].name;
    if (name == "damaged") damaged = &edited;
    list.emplace_back(name == "subject" ? own : name == "damaged" ? edited : std::string(name));
  }
  ++workspace.counters[Counter::kDescriptors];
  std::optional<Error> expected;
  if (damaged != nullptr) {
    const auto alone = subject.from_descriptor_list(std::span(&edited, 1));
    if (!alone.has_value()) expected = alone.error();
  }
  const auto made = subject.from_descriptor_list(list);
  if (expected.has_value()) {
    if (made.has_value()) {
      return Verdict::violated("list-accepted", Verdict::kNoStep,
                               describe(*expected) + ", for the whole list",
                               std::to_string(made->size()) + " transforms");
    }
    if (made.error().code != expected->code) {
      return Verdict::violated("refusal-wrong-code", Verdict::kNoStep, describe(*expected),
                               describe(made.error()));
    }
    return Verdict::held();
  }
  if (!made.has_value()) {
    return Verdict::violated("list-refused", Verdict::kNoStep,
                             std::to_string(list.size()) + " transforms", describe(made.error()));
  }
  if (made->size() != list.size()) {
    return Verdict::violated("list-size-wrong", Verdict::kNoStep,
                             std::to_string(list.size()) + " transforms",
                             std::to_string(made->size()));
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string_view wanted = std::string_view(list[i]).substr(0, list[i].find('/'));
    const Descriptor seen = (*made)[i]->descriptor();
    if (seen.name() != wanted) {
      return Verdict::violated("list-order-wrong", Verdict::kNoStep,
                               std::string(wanted) + " at place " + std::to_string(i),
                               seen.escaped());
    }
  }
  return Verdict::held();
}

}  // namespace

const Clause list_atomic = {
    "list-atomic",
    Group::kMalformedVersions,
    "A list of descriptors becomes that many transforms in that order, or, if one of them is bad, "
    "nothing but that one's error.",
    "Skipping a descriptor that is not understood decodes a chain with a link missing: garbage "
    "without an error.",
    traits(),
    fields(FieldId::kChain, FieldId::kDescriptor),
    counters(Counter::kDescriptors),
    check,
};

}  // namespace weir::properties::clause
