// Transforms in Python as subjects: docs/python.md says in which shapes they come, and what an
// exception means.
#pragma once

#include <span>
#include <string>

#include "properties/clause.h"
#include "properties/subject.h"

namespace weir::properties {

/// What to take from Python.
struct PythonName {
  bool is_file = false;  ///< `place` is a file, not a module
  std::string place;     ///< "package.module" or "folder/file.py"
  std::string object;    ///< in it, e.g. "Class" or "Outer.Inner"; empty: the module itself
};

/// "PLACE:OBJECT" or "PLACE" taken apart.
PythonName parse_python_name(bool is_file, std::string_view text);

/// Makes a subject of it. A process of its own does that first (try_apart.h), since it runs the
/// transform's own code. Then starts the interpreter, with the first call, and imports in this
/// process, so that workers, which are forks, need not. Returns one line that says why that cannot
/// be done; empty when it was. From one thread, always the same.
std::string make_python_subject(const PythonName& name, Subject& subject);

/// What Python's own stream classes rely on besides the contract; skips other subjects.
std::span<const Clause* const> python_clauses();

}  // namespace weir::properties
