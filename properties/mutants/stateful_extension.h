// Mutants whose extension remembers what it should not.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {

/// Makes a transform of `version` from what a correct extension makes; what it remembers is its
/// own.
using MakeVersion = std::function<Result<std::unique_ptr<StreamTransform>>(
    std::string_view version,
    const std::function<Result<std::unique_ptr<StreamTransform>>()>& make)>;

/// The subject "mutant.NAME/1": the identity, made by an extension for which `make_extension` is
/// called once for each registry. Whatever is not about registries uses a new one each time, so
/// that a case does not depend on those before it.
inline Subject stateful_subject(std::string_view name, std::string_view bug,
                                const std::function<MakeVersion()>& make_extension) {
  Subject made = make_subject(name, bug, Recipe{});
  const auto make_registry = [correct = made.make_registry, make_extension,
                              key = "mutant." + std::string(name)] {
    ExtensionRegistry registry = correct();
    registry.add({key, [inner = registry, key, make = make_extension()](std::string_view version) {
                    return make(version, [&] {
                      return inner.from_descriptor(key + "/" + std::string(version));
                    });
                  }});
    return registry;
  };
  made.make = [make_registry, descriptor = made.name] {
    return make_registry().from_descriptor(descriptor);
  };
  made.make_cold = made.make;
  made.from_descriptor_list = [make_registry](std::span<const std::string> descriptors) {
    return make_registry().from_descriptor_list(descriptors);
  };
  made.make_registry = make_registry;
  return made;
}

}  // namespace weir::properties::mutant
