#include <list>

#include "properties/mutants.h"
#include "properties/mutants/blocks.h"

namespace weir::properties::mutant {
namespace {

constexpr std::string_view kName = "remembers-every-stream";
constexpr std::string_view kBug =
    "An instance keeps a note of every stream that it made, and those that are gone stay on its "
    "list.";

Subject subject() {
  Recipe recipe;
  recipe.per_instance = [](Recipe& instance) {
    instance.above_source = [made = std::make_shared<std::list<const Source*>>()](
                                std::unique_ptr<Source> inner) -> std::unique_ptr<Source> {
      made->push_back(inner.get());
      if (made->size() > 1) note_fault();
      return std::make_unique<ForwardingSource>(std::move(inner));
    };
  };
  return make_subject(kName, kBug, recipe);
}

}  // namespace

const Mutant remembers_every_stream = {
    kName, kBug, "no-leaks", "", "payload   literal \"a\"\n", "no-leaks", subject,
};

}  // namespace weir::properties::mutant
