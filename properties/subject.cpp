#include "properties/subject.h"

#include <array>
#include <utility>

#include "weir/builtin.h"
#include "weir/check.h"

namespace weir::properties {
namespace {

constexpr std::array<std::string_view, kTraitCount> kTraitNames = {
    "size_preserving",    "deterministic", "seekable",    "detects_truncation",
    "detects_corruption", "flushable",     "concatenable"};

// What the shipped transforms promise. Source: the table of transforms in the README.
constexpr std::pair<std::string_view, Traits> kBuiltinTraits[] = {
    {"stream.identity/1", traits(Trait::kSizePreserving, Trait::kDeterministic, Trait::kSeekable,
                                 Trait::kFlushable, Trait::kConcatenable)},
    {"stream.rot13/1", traits(Trait::kSizePreserving, Trait::kDeterministic, Trait::kSeekable,
                              Trait::kFlushable, Trait::kConcatenable)},
    {"stream.zstd/1", traits(Trait::kDeterministic, Trait::kDetectsTruncation,
                             Trait::kDetectsCorruption, Trait::kFlushable, Trait::kConcatenable)},
};

Traits builtin_traits(std::string_view descriptor) {
  for (const auto& [name, set] : kBuiltinTraits) {
    if (name == descriptor) return set;
  }
  WEIR_CHECK(false, "a shipped transform without traits: add it to kBuiltinTraits");
  return 0;
}

}  // namespace

std::string_view to_string(Trait trait) noexcept {
  return kTraitNames[static_cast<std::size_t>(trait)];
}

Subject subject_from_registry(std::string name, std::string summary, Traits claimed,
                              ExtensionRegistry registry) {
  Subject subject;
  subject.name = std::move(name);
  subject.summary = std::move(summary);
  subject.traits = claimed;
  subject.make = [registry, descriptor = subject.name] {
    return registry.from_descriptor(descriptor);
  };
  subject.from_descriptor_list = [registry](std::span<const std::string> descriptors) {
    return registry.from_descriptor_list(descriptors);
  };
  return subject;
}

const std::vector<Subject>& builtin_subjects() {
  static const std::vector<Subject> subjects = [] {
    std::vector<Subject> made;
    for (const BuiltinTransform& transform : builtin_transforms()) {
      made.push_back(
          subject_from_registry(std::string(transform.descriptor), std::string(transform.summary),
                                builtin_traits(transform.descriptor), test_extension_registry()));
    }
    return made;
  }();
  return subjects;
}

}  // namespace weir::properties
