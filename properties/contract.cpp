#include "properties/contract.h"

#include <algorithm>
#include <utility>

#include "properties/roster.h"
#include "weir/descriptor.h"

namespace weir::properties {
namespace {

// What is wrong with a subject, for behind its name; empty when nothing is.
std::string problem_of(const Subject& subject) {
  if (!Descriptor::parse(subject.name)) {
    return "its name is no descriptor, such as \"example.rot13/1\"";
  }
  if (find_subject(subject.name) != nullptr) return "a subject of that name is there already";
  if (subject.make == nullptr || subject.from_descriptor_list == nullptr) {
    return "it needs `make` and `from_descriptor_list`; subject_from_registry sets both";
  }
  return {};
}

}  // namespace

std::string bring_contract(std::vector<Subject> subjects, std::vector<const Clause*> clauses) {
  if (subjects.empty()) return "weir_subjects() returned nothing: there is nothing to test";
  for (auto subject = subjects.begin(); subject != subjects.end(); ++subject) {
    const bool again = std::any_of(subjects.begin(), subject, [&](const Subject& before) {
      return before.name == subject->name;
    });
    const std::string problem = again ? "weir_subjects() returned it twice" : problem_of(*subject);
    if (!problem.empty()) return "subject '" + subject->name + "': " + problem;
  }
  for (auto clause = clauses.begin(); clause != clauses.end(); ++clause) {
    if (*clause == nullptr || (*clause)->id.empty() || (*clause)->check == nullptr) {
      return "weir_clauses() returned a clause without an id or a check";
    }
    const std::string_view id = (*clause)->id;
    const bool again = std::any_of(clauses.begin(), clause,
                                   [&](const Clause* before) { return before->id == id; });
    if (again || find_clause(id) != nullptr) {
      return "clause '" + std::string(id) + "': " +
             (again ? "weir_clauses() returned it twice" : "a clause of that id is there already");
    }
  }
  add_clauses(clauses);
  add_subjects(std::move(subjects));
  return {};
}

}  // namespace weir::properties
