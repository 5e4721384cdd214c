// The names that a command line may use, and what they mean.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "properties/case.h"
#include "properties/clause.h"
#include "properties/subject.h"

namespace weir::cli {

/// The groups that have clauses, in the order of the contract. Each is a fuzz target.
std::vector<properties::Group> groups_with_clauses();
/// A heading for people, e.g. "Partial reads".
std::string group_title(properties::Group group);

/// `names` with what each pattern among them (`stream.z*`) matches in its place: what is under
/// test, and mutants where it begins with `mutant.`. What matches nothing goes to `unmatched`.
std::vector<std::string> expand_patterns(const std::vector<std::string>& names,
                                         std::vector<std::string>& unmatched);
/// What to tell who gave such a pattern.
std::string no_subject_matches(const std::string& pattern);

/// The subjects that `names` name, each once; all that are under test when it is empty.
/// On an unknown name `error` says which and what was probably meant.
std::vector<const properties::Subject*> select_subjects(const std::vector<std::string>& names,
                                                        std::string& error);
/// Likewise for clauses, named by their ids and by their groups.
std::vector<const properties::Clause*> select_clauses(const std::vector<std::string>& ids,
                                                      const std::vector<std::string>& groups,
                                                      std::string& error);
/// Likewise for fuzz targets.
std::vector<properties::Group> select_targets(const std::vector<std::string>& names,
                                              std::string& error);

/// Why this build cannot run what `value` names, for behind the name of its file (":1: no subject
/// line", ": unknown clause ..."); empty when it can. `left_out` says that it is a transform which
/// only this build lacks.
std::string name_problem(const properties::Case& value, bool& left_out);

}  // namespace weir::cli
