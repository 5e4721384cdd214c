#include "names.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>

#include "foreign.h"
#include "program.h"
#include "properties/chain_subject.h"
#include "properties/mutant.h"
#include "properties/roster.h"
#include "text.h"
#include "weir/builtin.h"

namespace weir::cli {

using properties::Clause;
using properties::Group;
using properties::Subject;

std::vector<Group> groups_with_clauses() {
  std::vector<Group> groups;
  for (std::size_t i = 0; i < properties::kGroupCount; ++i) {
    const auto group = static_cast<Group>(i);
    const auto all = properties::clauses();
    if (std::any_of(all.begin(), all.end(), [&](const Clause* c) { return c->group == group; })) {
      groups.push_back(group);
    }
  }
  return groups;
}

std::string group_title(Group group) {
  std::string title(properties::to_string(group));
  std::replace(title.begin(), title.end(), '_', ' ');
  if (!title.empty() && title[0] >= 'a' && title[0] <= 'z') {
    title[0] = static_cast<char>(title[0] - 'a' + 'A');
  }
  return title;
}

std::vector<std::string> expand_patterns(const std::vector<std::string>& names,
                                         std::vector<std::string>& unmatched) {
  std::vector<std::string> expanded;
  for (const std::string& name : names) {
    if (name.find_first_of("*?[") == std::string::npos) {
      expanded.push_back(name);
      continue;
    }
    const std::size_t before = expanded.size();
    const auto add = [&](const std::string& each) {
      if (::fnmatch(name.c_str(), each.c_str(), 0) == 0) expanded.push_back(each);
    };
    for (const Subject* subject : properties::subjects_under_test()) add(subject->name);
    if (name.rfind("mutant.", 0) == 0) {
      for (const properties::Mutant* mutant : properties::mutants()) {
        add("mutant." + std::string(mutant->name) + "/1");
      }
    }
    if (expanded.size() == before) unmatched.push_back(name);
  }
  return expanded;
}

std::string no_subject_matches(const std::string& pattern) {
  return fmt::format("no subject matches '{}'; `{} list` shows what there is", printable(pattern),
                     program_name());
}

std::vector<const Subject*> select_subjects(const std::vector<std::string>& names,
                                            std::string& error) {
  std::vector<const Subject*> subjects;
  if (names.empty()) {
    const auto all = properties::subjects_under_test();
    return {all.begin(), all.end()};
  }
  for (const std::string& name : names) {
    const Subject* subject = properties::find_subject(name);
    if (subject == nullptr) {
      for (const std::string& member : properties::chain_members(name)) {
        select_subjects({member}, error);
        if (error.empty()) continue;
        error = "in '" + printable(name) + "': " + error;
        return {};
      }
      for (const MissingTransform& missing : missing_transforms()) {
        if (missing.descriptor == name) {
          error = "'" + name + "' is not in this build: " + std::string(missing.reason);
          return {};
        }
      }
      std::vector<std::string> known;
      for (const Subject* each : properties::subjects_under_test()) known.push_back(each->name);
      for (const properties::Mutant* mutant : properties::mutants()) {
        known.push_back("mutant." + std::string(mutant->name) + "/1");
      }
      const std::string_view options = options_that_bring(name);
      error = options.empty() ? unknown_name("subject", name, known, "weir list")
                              : fmt::format("'{}' is not here: give {} again, as when it was found",
                                            printable(name), options);
      return {};
    }
    if (std::find(subjects.begin(), subjects.end(), subject) == subjects.end()) {
      subjects.push_back(subject);
    }
  }
  return subjects;
}

namespace {

// The groups that `names` name, each once. On an unknown one `error` says so.
std::vector<Group> select_groups(std::string_view kind, const std::vector<std::string>& names,
                                 std::string& error) {
  const std::vector<Group> all = groups_with_clauses();
  std::vector<Group> selected;
  for (const std::string& name : names) {
    const auto found = std::find_if(
        all.begin(), all.end(), [&](Group group) { return properties::to_string(group) == name; });
    if (found == all.end()) {
      std::vector<std::string> known;
      for (const Group group : all) known.emplace_back(properties::to_string(group));
      error = unknown_name(kind, name, known, "weir list");
      return {};
    }
    if (std::find(selected.begin(), selected.end(), *found) == selected.end()) {
      selected.push_back(*found);
    }
  }
  return selected;
}

}  // namespace

std::vector<const Clause*> select_clauses(const std::vector<std::string>& ids,
                                          const std::vector<std::string>& groups,
                                          std::string& error) {
  const auto all = properties::clauses();
  if (ids.empty() && groups.empty()) return {all.begin(), all.end()};
  std::vector<const Clause*> selected;
  for (const Group group : select_groups("group", groups, error)) {
    std::copy_if(all.begin(), all.end(), std::back_inserter(selected),
                 [&](const Clause* clause) { return clause->group == group; });
  }
  if (!error.empty()) return {};
  for (const std::string& id : ids) {
    const Clause* clause = properties::find_clause(id);
    if (clause == nullptr) {
      std::vector<std::string> known;
      for (const Clause* each : all) known.emplace_back(each->id);
      error = unknown_name("clause", id, known, "weir list");
      return {};
    }
    if (std::find(selected.begin(), selected.end(), clause) == selected.end()) {
      selected.push_back(clause);
    }
  }
  return selected;
}

std::vector<Group> select_targets(const std::vector<std::string>& names, std::string& error) {
  return names.empty() ? groups_with_clauses() : select_groups("fuzz target", names, error);
}

std::string name_problem(const properties::Case& value, bool& left_out) {
  left_out = false;
  if (value.subject.empty()) return ":1: no subject line";
  if (value.clause.empty()) return ":1: no clause line";
  std::string error;
  select_clauses({value.clause}, {}, error);
  if (!error.empty()) return ": " + error;
  select_subjects({value.subject}, error);
  if (error.empty()) return {};
  std::vector<std::string> needed = properties::chain_members(value.subject);
  needed.push_back(value.subject);
  for (const MissingTransform& missing : missing_transforms()) {
    left_out =
        left_out || std::find(needed.begin(), needed.end(), missing.descriptor) != needed.end();
  }
  return ": " + error;
}

}  // namespace weir::cli
