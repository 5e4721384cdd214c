#include "properties/mutants/blocks.h"

#include "properties/roster.h"
#include "weir/builtin.h"
#include "weir/check.h"

namespace weir::properties::mutant {
namespace {

class FaultyTransform final : public StreamTransform {
 public:
  FaultyTransform(Recipe recipe, std::shared_ptr<const StreamTransform> base, Descriptor descriptor)
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
  std::shared_ptr<const StreamTransform> base_;
  Descriptor descriptor_;
};

std::shared_ptr<const StreamTransform> make_base(const Recipe& recipe) {
  if (recipe.make_base) return recipe.make_base();
  auto made = test_extension_registry().from_descriptor(recipe.base);
  WEIR_CHECK(made.has_value(), "a mutant's base is a built-in transform");
  return std::move(*made);
}

}  // namespace

Subject make_subject(std::string_view name, std::string_view bug, const Recipe& recipe) {
  const std::string key = "mutant." + std::string(name);
  const auto make_registry = [recipe, key] {
    ExtensionRegistry registry = test_extension_registry();
    // One base serves all instances, as it would in the real thing: its contexts are reused.
    registry.add({key,
                  [recipe, key, base = make_base(recipe)](
                      std::string_view version) -> Result<std::unique_ptr<StreamTransform>> {
                    if (!(recipe.accepts ? recipe.accepts(version) : is_version_1(version))) {
                      Error error(Code::kUnsupportedVersion, "version ");
                      error.detail.append(version);
                      return fail(error);
                    }
                    auto described = Descriptor::parse(recipe.describes ? recipe.describes(version)
                                                                        : key + "/1");
                    if (!described.has_value()) return fail(described.error());
                    Recipe instance = recipe;
                    if (recipe.per_instance) recipe.per_instance(instance);
                    return std::make_unique<FaultyTransform>(std::move(instance), base,
                                                             std::move(*described));
                  }});
    return registry;
  };
  const Subject* base = find_subject(recipe.base);
  WEIR_CHECK(base != nullptr, "a mutant's base is a built-in transform");
  Subject subject = subject_from_registry(key + "/1", std::string(bug),
                                          recipe.traits.value_or(base->traits), make_registry);
  subject.bounds = recipe.bounds;
  return subject;
}

}  // namespace weir::properties::mutant
