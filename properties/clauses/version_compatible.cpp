#include "properties/case_descriptor.h"
#include "properties/clauses.h"
#include "properties/compatible.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare_encoded(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  const Descriptor own = transform->descriptor();
  const std::string edited = edited_descriptor(value, own.str());
  const auto parsed = Descriptor::parse(edited);
  if (!parsed.has_value() || !is_compatible(*parsed, own)) {
    return Verdict::discarded("not a compatible version");
  }
  ++workspace.counters[Counter::kDescriptors];
  const auto made = subject.from_descriptor_list(std::span(&edited, 1));
  if (!made.has_value()) {
    return Verdict::violated("version-refused", Verdict::kNoStep,
                             "an instance from " + parsed->escaped(), describe(made.error()));
  }
  if (made->size() != 1) return Verdict::discarded("breaks another clause");
  Below below;
  const auto read = read_through(*made->front(), workspace.encoded.bytes(), workspace.payload,
                                 value, ReadOptions{}, workspace, below);
  return judge_unless_plain_fails(read.breach, subject, workspace);
}

}  // namespace

const Clause version_compatible = {
    "version-compatible",
    Group::kMalformedVersions,
    "A descriptor of the same major version is accepted, whatever the minor one says, and its "
    "instance decodes what this one wrote.",
    "Comparing whole version strings locks everybody out of files that a newer minor release "
    "wrote.",
    traits(),
    fields(FieldId::kPayload, FieldId::kDescriptor),
    counters(Counter::kDescriptors),
    check,
};

}  // namespace weir::properties::clause
