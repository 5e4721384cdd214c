#include "properties/mutant.h"

#include <array>
#include <map>
#include <string>

#include "properties/chain_subject.h"
#include "properties/mutants.h"

namespace weir::properties {
namespace {
constexpr std::string_view kPrefix = "mutant.";
constexpr std::string_view kSuffix = "/1";
}  // namespace

namespace internal {
thread_local constinit std::uint64_t faulty_steps = 0;
}  // namespace internal

std::span<const Mutant* const> mutants() {
  static constexpr std::array kAllMutants = {
#define WEIR_MUTANT(name) &mutant::name,
#include "properties/mutants.def"
#undef WEIR_MUTANT
  };
  return kAllMutants;
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

const Subject* find_subject(std::string_view name) {
  for (const Subject& subject : builtin_subjects()) {
    if (subject.name == name) return &subject;
  }
  if (name.size() > kPrefix.size() + kSuffix.size() && name.substr(0, kPrefix.size()) == kPrefix &&
      name.substr(name.size() - kSuffix.size()) == kSuffix) {
    const auto* mutant =
        find_mutant(name.substr(kPrefix.size(), name.size() - kPrefix.size() - kSuffix.size()));
    if (mutant != nullptr) return &subject_of(*mutant);
  }
  return find_chain(name);
}

}  // namespace weir::properties
