#include "weir/registry.h"

#include <algorithm>
#include <utility>

#include "weir/check.h"
#include "weir/descriptor.h"

namespace weir::inline v0_1 {

void ExtensionRegistry::add(Extension extension) {
  const Result<Descriptor> name = Descriptor::parse(extension.name);
  WEIR_CHECK(name.has_value() && !name->has_version(),
             "an extension's name is a descriptor without version");
  WEIR_CHECK(extension.from_version != nullptr, "an extension must be able to make its transform");
  const auto same_name = [&](const Extension& other) { return other.name == extension.name; };
  const auto place = std::find_if(extensions_.begin(), extensions_.end(), same_name);
  if (place == extensions_.end()) {
    extensions_.push_back(std::move(extension));
  } else {
    *place = std::move(extension);
  }
}

std::vector<std::string> ExtensionRegistry::names() const {
  std::vector<std::string> names;
  names.reserve(extensions_.size());
  for (const Extension& extension : extensions_) names.push_back(extension.name);
  return names;
}

Result<std::unique_ptr<StreamTransform>> ExtensionRegistry::from_descriptor(
    std::string_view descriptor) const {
  const Result<Descriptor> parsed = Descriptor::parse(descriptor);
  if (!parsed) return fail(parsed.error());
  for (const Extension& extension : extensions_) {
    if (extension.name == parsed->name()) return extension.from_version(parsed->version());
  }
  return fail(Code::kUnknownExtension, parsed->name());
}

Result<std::vector<std::unique_ptr<StreamTransform>>> ExtensionRegistry::from_descriptor_list(
    std::span<const std::string> descriptors) const {
  std::vector<std::unique_ptr<StreamTransform>> transforms;
  transforms.reserve(descriptors.size());
  for (const std::string& descriptor : descriptors) {
    Result<std::unique_ptr<StreamTransform>> transform = from_descriptor(descriptor);
    if (!transform) return fail(transform.error());
    transforms.push_back(std::move(*transform));
  }
  return transforms;
}

}  // namespace weir::inline v0_1
