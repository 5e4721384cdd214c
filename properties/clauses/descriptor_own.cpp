#include "properties/case_descriptor.h"
#include "properties/clauses.h"
#include "properties/compatible.h"
#include "properties/harness.h"
#include "weir/descriptor.h"

namespace weir::properties::clause {
namespace {

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = make_instance(subject, verdict);
  if (transform == nullptr) return verdict;
  const Descriptor own = transform->descriptor();
  const auto registered = Descriptor::parse(subject.name);
  ++workspace.counters[Counter::kDescriptors];
  if (!registered.has_value()) return Verdict::discarded("the subject's name is no descriptor");
  if (own.name() != registered->name()) {
    return Verdict::violated("names-another", Verdict::kNoStep, std::string(registered->name()),
                             own.escaped());
  }
  const auto made = subject.from_descriptor_list(std::span(&own.str(), 1));
  if (!made.has_value()) {
    return Verdict::violated("descriptor-refused", Verdict::kNoStep,
                             "an instance from " + own.escaped(), describe(made.error()));
  }
  // Whatever minor version it was made from, an instance writes what it says it writes.
  const std::string edited = edited_descriptor(value, own.str());
  const auto parsed = Descriptor::parse(edited);
  if (!parsed.has_value() || !is_compatible(*parsed, own)) return Verdict::held();
  const auto relative = subject.from_descriptor_list(std::span(&edited, 1));
  if (!relative.has_value() || relative->size() != 1) return Verdict::held();
  const Descriptor says = relative->front()->descriptor();
  if (!is_compatible(says, own)) {
    return Verdict::violated("names-another", Verdict::kNoStep, own.escaped(), says.escaped());
  }
  return Verdict::held();
}

}  // namespace

const Clause descriptor_own = {
    "descriptor-own",
    Group::kMalformedVersions,
    "What an instance says of itself names it: the registry that made it accepts the descriptor, "
    "and its name is the one under which it is registered.",
    "A transform that records a name or version that its own reader refuses writes files that "
    "nobody can open.",
    traits(),
    fields(FieldId::kDescriptor),
    counters(Counter::kDescriptors),
    check,
};

}  // namespace weir::properties::clause
