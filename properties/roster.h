// What a program tests: the transforms that Weir ships, or what a project brings instead.
#pragma once

#include <span>
#include <vector>

#include "properties/subject.h"

namespace weir::properties {

struct Clause;

/// Puts subjects in the place of the built-in ones, which can still be named. Those that were added
/// before stay. A name that is taken already is a mistake of the caller: checked. Call it before
/// anything runs, from one thread.
void add_subjects(std::vector<Subject> subjects);

/// Puts clauses behind those of the contract; they outlive the program. Each joins the fuzz target
/// of its group. An id that is taken already is a mistake of the caller: checked. Call it before
/// anything runs, from one thread.
void add_clauses(std::span<const Clause* const> added);

/// What is meant where no subject is named: those that were added, or else the built-in ones.
std::span<const Subject* const> subjects_under_test();

/// An added or built-in subject, a mutant's or a chain's, by its full name ("stream.rot13/1",
/// "mutant.NAME/1", "chain.crc32c+zstd/1"); null when there is none.
const Subject* find_subject(std::string_view name);

}  // namespace weir::properties
