#include "properties/case_descriptor.h"
#include "properties/clauses.h"
#include "properties/compatible.h"
#include "properties/harness.h"
#include "weir/builtin.h"

namespace weir::properties::clause {
namespace {

// The subject's own name and those of the built-in transforms, which stand beside it in its
// registry.
bool is_registered(std::string_view name, const Descriptor& own) {
  if (name == own.name()) return true;
  for (const BuiltinTransform& builtin : builtin_transforms()) {
    if (name == builtin.descriptor.substr(0, builtin.descriptor.find('/'))) return true;
  }
  return false;
}

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = make_instance(subject, verdict);
  if (transform == nullptr) return verdict;
  const Descriptor own = transform->descriptor();
  const std::string edited = edited_descriptor(value, own.str());
  const auto parsed = Descriptor::parse(edited);
  ++workspace.counters[Counter::kDescriptors];
  const auto made = subject.from_descriptor_list(std::span(&edited, 1));
  if (!parsed.has_value()) {
    if (failed_with(made, Code::kMalformedDescriptor)) return Verdict::held();
    return Verdict::violated("malformed-accepted", Verdict::kNoStep, "malformed_descriptor",
                             made.has_value() ? "an instance" : describe(made.error()));
  }
  if (is_registered(parsed->name(), own)) return Verdict::discarded("the name is registered");
  if (made.has_value()) {
    return Verdict::violated("name-accepted", Verdict::kNoStep,
                             "unknown_extension for " + parsed->escaped(), "an instance");
  }
  if (made.error().code != Code::kUnknownExtension) {
    return Verdict::violated("refusal-wrong-code", Verdict::kNoStep,
                             "unknown_extension for " + parsed->escaped(), describe(made.error()));
  }
  if (parsed->name().size() <= 24 &&
      made.error().detail.view().find(parsed->name()) == std::string_view::npos) {
    return Verdict::violated("name-not-named", Verdict::kNoStep,
                             "an error that names " + parsed->escaped(), describe(made.error()));
  }
  return Verdict::held();
}

}  // namespace

const Clause name_rejected = {
    "name-rejected",
    Group::kMalformedVersions,
    "A descriptor whose name is not registered is refused as unknown_extension, and the error "
    "names it; what is no descriptor is refused as malformed.",
    "Case folding, trimming or ignoring the domain makes one transform answer for another one's "
    "data.",
    traits(),
    fields(FieldId::kDescriptor),
    counters(Counter::kDescriptors),
    check,
};

}  // namespace weir::properties::clause
