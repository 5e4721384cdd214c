#include "properties/mutants/blocks.h"

#include "weir/builtin.h"
#include "weir/check.h"

namespace weir::properties::mutant {
namespace {

class FaultyTransform final : public StreamTransform {
 public:
  FaultyTransform(Recipe recipe, std::unique_ptr<StreamTransform> base, Descriptor descriptor)
      : recipe_(std::move(recipe)), base_(std::move(base)), descriptor_(std::move(descriptor)) {}

  Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override {
    if (recipe_.below_sink) output = recipe_.below_sink(std::move(output));
    auto sink = base_->transform_to(std::move(output));
    if (sink.has_value() && recipe_.above_sink) *sink = recipe_.above_sink(std::move(*sink));
    return sink;
  }
  Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override {
    if (recipe_.below_source) input = recipe_.below_source(std::move(input));
    auto source = base_->transform_from(std::move(input));
    if (source.has_value() && recipe_.above_source) {
      *source = recipe_.above_source(std::move(*source));
    }
    return source;
  }
  Descriptor descriptor() const override { return descriptor_; }

 private:
  Recipe recipe_;
  std::unique_ptr<StreamTransform> base_;
  Descriptor descriptor_;
};

Result<std::unique_ptr<StreamTransform>> make_transform(const Recipe& recipe,
                                                        const std::string& key,
                                                        std::string_view version) {
  const bool accepted = recipe.accepts ? recipe.accepts(version) : is_version_1(version);
  if (!accepted) {
    Error error(Code::kUnsupportedVersion, "version ");
    error.detail.append(version);
    return fail(error);
  }
  std::unique_ptr<StreamTransform> base;
  if (recipe.make_base) {
    base = recipe.make_base();
  } else {
    auto made = test_extension_registry().from_descriptor(recipe.base);
    if (!made.has_value()) return fail(made.error());
    base = std::move(*made);
  }
  auto descriptor = Descriptor::parse(recipe.describes ? recipe.describes(version) : key + "/1");
  if (!descriptor.has_value()) return fail(descriptor.error());
  return std::make_unique<FaultyTransform>(recipe, std::move(base), std::move(*descriptor));
}

}  // namespace

Subject make_subject(std::string_view name, std::string_view bug, const Recipe& recipe) {
  const std::string key = "mutant." + std::string(name);
  ExtensionRegistry registry = test_extension_registry();
  registry.add({key, [recipe, key](std::string_view version) {
                  return make_transform(recipe, key, version);
                }});
  const Subject* base = find_subject(recipe.base);
  WEIR_CHECK(base != nullptr, "a mutant's base is a built-in transform");
  return subject_from_registry(key + "/1", std::string(bug), base->traits, std::move(registry));
}

}  // namespace weir::properties::mutant
