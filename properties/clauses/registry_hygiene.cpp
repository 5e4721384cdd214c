#include <algorithm>

#include "properties/case_descriptor.h"
#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

using Transforms = std::vector<std::unique_ptr<StreamTransform>>;

constexpr std::string_view kMarker = "weir.marker";
constexpr std::string_view kUnknown = "weir.unregistered";

// What a registration puts in the place of another: known by its descriptor alone.
class Marker final : public StreamTransform {
 public:
  Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override {
    return output;
  }
  Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override {
    return input;
  }
  Descriptor descriptor() const override { return *Descriptor::parse(std::string(kMarker) + "/1"); }
};

Extension marker_extension(std::string_view name) {
  return {std::string(name), [](std::string_view) -> Result<std::unique_ptr<StreamTransform>> {
            return std::make_unique<Marker>();
          }};
}

// What came of a list, as a line: equal lines are equal results.
std::string outcome_of(const Result<Transforms>& made) {
  if (!made.has_value()) return describe(made.error());
  std::string line = std::to_string(made->size()) + " transforms";
  for (const auto& transform : *made) {
    line += ' ';
    line += transform == nullptr ? "null" : transform->descriptor().escaped();
  }
  return line;
}

Verdict differs(std::string_view kind, std::string expected, std::string seen) {
  return Verdict::violated(kind, Verdict::kNoStep, std::move(expected), std::move(seen));
}

std::string joined(const std::vector<std::string>& names) {
  std::string line;
  for (const std::string& name : names) line += (line.empty() ? "" : " ") + name;
  return line;
}

// Registering in a copy: it replaces one name or adds one, and the original does not notice.
Verdict check_copy(const ExtensionRegistry& registry, const std::string& own,
                   const std::vector<std::string>& list) {
  const std::vector<std::string> names = registry.names();
  const auto before = registry.from_descriptor_list(list);
  if (!before.has_value()) return Verdict::held();
  const bool whole = before->size() == list.size() &&
                     std::none_of(before->begin(), before->end(),
                                  [](const auto& made) { return made == nullptr; });
  if (!whole) {
    return differs("list-incomplete", std::to_string(list.size()) + " transforms",
                   outcome_of(before));
  }
  const std::string_view own_name = std::string_view(own).substr(0, own.find('/'));

  ExtensionRegistry replaced = registry;
  replaced.add(marker_extension(own_name));
  if (replaced.names() != names) {
    return differs("replacing-changes-names", joined(names), joined(replaced.names()));
  }
  const auto seen = replaced.from_descriptor_list(list);
  std::string expected = std::to_string(list.size()) + " transforms";
  for (std::size_t i = 0; i < list.size(); ++i) {
    const bool is_own = std::string_view(list[i]).substr(0, list[i].find('/')) == own_name;
    expected += ' ';
    expected += is_own ? Marker().descriptor().escaped() : (*before)[i]->descriptor().escaped();
  }
  if (outcome_of(seen) != expected) {
    return differs("replacing-changes-others", expected, outcome_of(seen));
  }

  ExtensionRegistry extended = registry;
  extended.add(marker_extension(kMarker));
  std::vector<std::string> more = names;
  more.emplace_back(kMarker);
  if (extended.names() != more) {
    return differs("adding-changes-names", joined(more), joined(extended.names()));
  }
  if (outcome_of(extended.from_descriptor_list(list)) != outcome_of(before)) {
    return differs("adding-changes-others", outcome_of(before),
                   outcome_of(extended.from_descriptor_list(list)));
  }
  if (registry.names() != names ||
      outcome_of(registry.from_descriptor_list(list)) != outcome_of(before)) {
    return differs("copy-not-independent", outcome_of(before),
                   outcome_of(registry.from_descriptor_list(list)));
  }
  return Verdict::held();
}

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = make_instance(subject, verdict);
  if (transform == nullptr) return verdict;
  const std::string own = transform->descriptor().str();
  const std::string edited = edited_descriptor(value, own);
  const auto& verbs = schema()[static_cast<std::size_t>(FieldId::kChain)].verbs;
  std::vector<std::string> list;
  for (const Op& op : value.ops(FieldId::kChain)) {
    const std::string_view name = verbs[op.verb].name;
    list.emplace_back(name == "subject" ? own : name == "damaged" ? edited : std::string(name));
  }
  if (list.empty()) list.push_back(own);
  workspace.counters[Counter::kDescriptors] += list.size();

  // One registry for all that follows, and one that has seen nothing to compare it with. A subject
  // without a registry of its own has at least its lists.
  std::optional<ExtensionRegistry> registry;
  if (subject.make_registry) registry = subject.make_registry();
  const auto look_up = [&](const std::vector<std::string>& descriptors) {
    return registry.has_value() ? registry->from_descriptor_list(descriptors)
                                : subject.from_descriptor_list(descriptors);
  };
  const std::vector<std::string> alone = {own};
  const auto fresh =
      outcome_of(subject.make_registry ? subject.make_registry().from_descriptor_list(alone)
                                       : subject.from_descriptor_list(alone));
  const auto first = outcome_of(look_up(list));
  const auto second = outcome_of(look_up(list));
  if (second != first) return differs("list-differs-next-time", first, second);
  const auto after = outcome_of(look_up(alone));
  if (after != fresh) return differs("registry-changed-by-use", fresh, after);

  const auto unknown = look_up({std::string(kUnknown) + "/1"});
  if (unknown.has_value() || unknown.error().code != Code::kUnknownExtension ||
      unknown.error().detail.view().find(kUnknown) == std::string_view::npos) {
    return differs("unknown-not-named", "unknown_extension that names " + std::string(kUnknown),
                   outcome_of(unknown));
  }
  if (!registry.has_value()) return Verdict::held();
  verdict = check_copy(*registry, own, list);
  if (verdict.outcome != Outcome::kHeld) return verdict;
  return check_copy(*registry, own, alone);
}

}  // namespace

const Clause registry_hygiene = {
    "registry-hygiene",
    Group::kMalformedVersions,
    "Making transforms does not change a registry; registering a name again replaces that one and "
    "nothing else; a copy is independent; an unknown name is an error that names it.",
    "An extension that keeps what it handed out, or remembers what it refused, makes a stream's "
    "reader depend on what the process read before.",
    traits(),
    fields(FieldId::kChain, FieldId::kDescriptor),
    counters(Counter::kDescriptors),
    check,
};

}  // namespace weir::properties::clause
