#include "properties/mutant.h"

#include <array>
#include <map>
#include <string>

#include "properties/mutants.h"

namespace weir::properties {
namespace internal {
thread_local constinit std::uint64_t faulty_steps = 0;
}  // namespace internal

std::span<const Mutant* const> mutants() {
#if WEIR_WITHOUT_MUTANTS
  return {};
#else
  static constexpr std::array kAllMutants = {
#define WEIR_MUTANT(name) &mutant::name,
#include "properties/mutants.def"
#undef WEIR_MUTANT
  };
  return kAllMutants;
#endif
}

const Mutant* find_mutant(std::string_view name) noexcept {
  for (const Mutant* mutant : mutants()) {
    if (mutant->name == name) return mutant;
  }
  return nullptr;
}

const Subject& subject_of(const Mutant& mutant) {
  static const std::map<std::string_view, Subject> subjects = [] {
    std::map<std::string_view, Subject> made;
    for (const Mutant* each : mutants()) made.emplace(each->name, each->subject());
    return made;
  }();
  return subjects.at(mutant.name);
}

}  // namespace weir::properties
