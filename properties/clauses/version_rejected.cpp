#include "properties/case_descriptor.h"
#include "properties/clauses.h"
#include "properties/compatible.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = make_instance(subject, verdict);
  if (transform == nullptr) return verdict;
  const Descriptor own = transform->descriptor();
  const std::string edited = edited_descriptor(value, own.str());
  const auto parsed = Descriptor::parse(edited);
  if (!parsed.has_value() || parsed->name() != own.name() || is_compatible(*parsed, own)) {
    return Verdict::discarded("not another version");
  }
  ++workspace.counters[Counter::kDescriptors];
  const auto made = subject.from_descriptor_list(std::span(&edited, 1));
  if (made.has_value()) {
    return Verdict::violated("version-accepted", Verdict::kNoStep,
                             "unsupported_version for " + parsed->escaped(), "an instance");
  }
  if (made.error().code != Code::kUnsupportedVersion) {
    return Verdict::violated("refusal-wrong-code", Verdict::kNoStep,
                             "unsupported_version for " + parsed->escaped(),
                             describe(made.error()));
  }
  // Long versions may be cut in the message; short ones must be in it.
  Detail version;
  version.append(parsed->version());
  if (parsed->version().size() <= 8 &&
      made.error().detail.view().find(version.view()) == std::string_view::npos) {
    return Verdict::violated("version-not-named", Verdict::kNoStep,
                             "an error that names version " + std::string(version.view()),
                             describe(made.error()));
  }
  return Verdict::held();
}

}  // namespace

const Clause version_rejected = {
    "version-rejected",
    Group::kMalformedVersions,
    "A descriptor of another major version, or of none, is refused as unsupported_version, and the "
    "error names the version.",
    "Prefix and number comparisons take 10 for 1 and 01 for 1, and then decode a format that they "
    "do not know.",
    traits(),
    fields(FieldId::kDescriptor),
    counters(Counter::kDescriptors),
    check,
};

}  // namespace weir::properties::clause
