// What a project writes to have its own transforms tested: one function, and a second one if it
// likes. docs/bring-your-own.md shows how; weir_add_contract (CMake) makes the programs that call
// them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "properties/clause.h"
#include "properties/subject.h"
#include "weir/builtin.h"
#include "weir/version_1.h"

/// The project's: what is to be tested, and what each claims. Called once, before anything runs:
/// the place to add payload recipes and a dictionary (roster.h), too. Each name is a descriptor,
/// "NAME/1", that no other subject has.
std::vector<weir::properties::Subject> weir_subjects();

/// The project's, if it likes: promises beyond the contract. They run on its subjects, under every
/// engine, and outlive the program. Without a definition there are none.
std::vector<const weir::properties::Clause*> weir_clauses();

namespace weir::properties {

/// A subject for version 1 of a transform: `Transform()` is one, `Transform::kName` its name. Its
/// registry has Weir's own transforms, too, for chains.
template <class Transform>
Subject subject_of(std::string summary, Traits claimed) {
  return subject_from_registry(std::string(Transform::kName) + "/1", std::move(summary), claimed,
                               [] {
                                 ExtensionRegistry registry = test_extension_registry();
                                 registry.add(version_1_extension(Transform()));
                                 return registry;
                               });
}

/// Puts what a project brings under test (roster.h). Returns one line that says why that cannot be
/// done; empty when it was.
std::string bring_contract(std::vector<Subject> subjects, std::vector<const Clause*> clauses);

}  // namespace weir::properties
