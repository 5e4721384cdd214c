#include "properties/case_descriptor.h"
#include "properties/clauses.h"
#include "properties/harness.h"
#include "weir/descriptor.h"

namespace weir::properties::clause {
namespace {

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = make_instance(subject, verdict);
  if (transform == nullptr) return verdict;
  const std::string own = transform->descriptor().str();
  const std::string edited = edited_descriptor(value, own);
  ++workspace.counters[Counter::kDescriptors];
  const auto parsed = Descriptor::parse(edited);
  if (parsed.has_value()) {
    std::string rebuilt(parsed->name());
    if (parsed->has_version()) {
      rebuilt += '/';
      rebuilt += parsed->version();
    }
    if (parsed->str() != edited || rebuilt != edited) {
      return Verdict::violated("descriptor-changed", Verdict::kNoStep, parsed->escaped(), rebuilt);
    }
  }
  const auto remade = subject.from_descriptor_list(std::span(&own, 1));
  if (!remade.has_value() || remade->size() != 1) {
    return Verdict::discarded("breaks another clause");
  }
  const std::string again = remade->front()->descriptor().str();
  if (again != own || transform->descriptor().str() != own) {
    return Verdict::violated("descriptor-changed", Verdict::kNoStep, own, again);
  }
  return Verdict::held();
}

}  // namespace

const Clause descriptor_round_trip = {
    "descriptor-round-trip",
    Group::kMalformedVersions,
    "A descriptor survives parsing and printing byte for byte, and an instance made from it "
    "describes itself the same each time.",
    "A descriptor that changes on the way through a program cannot be compared, recorded or looked "
    "up.",
    traits(),
    fields(FieldId::kDescriptor),
    counters(Counter::kDescriptors),
    check,
};

}  // namespace weir::properties::clause
