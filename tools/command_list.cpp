// `weir list`: what there is; and docs/contract.md, which is made from the same tables.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "commands.h"
#include "exit_code.h"
#include "names.h"
#include "program.h"
#include "properties/clause.h"
#include "properties/engine.h"
#include "properties/mutant.h"
#include "properties/roster.h"
#include "properties/subject.h"
#include "terminal.h"
#include "text.h"
#include "weir/builtin.h"

namespace weir::cli {

namespace {

using nlohmann::ordered_json;
using properties::Clause;
using properties::Counter;
using properties::Group;
using properties::Mutant;
using properties::Subject;
using properties::Trait;

std::vector<std::string> trait_names(properties::Traits set) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < properties::kTraitCount; ++i) {
    const auto trait = static_cast<Trait>(i);
    if (properties::has(set, trait)) names.emplace_back(properties::to_string(trait));
  }
  return names;
}

std::vector<std::string> field_names(properties::FieldSet set) {
  std::vector<std::string> names;
  for (const properties::Field& field : properties::schema()) {
    if (set & properties::field_bit(field.id)) names.emplace_back(field.name);
  }
  return names;
}

std::vector<std::string> counter_names(properties::CounterSet set) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < properties::kCounterCount; ++i) {
    if ((set >> i) & 1u) names.emplace_back(properties::to_string(static_cast<Counter>(i)));
  }
  return names;
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> result;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(' ', at)) != std::string_view::npos) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    result.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return result;
}

std::vector<std::string> clauses_that_need(Trait trait) {
  std::vector<std::string> ids;
  for (const Clause* clause : properties::clauses()) {
    if (properties::has(clause->needs, trait)) ids.emplace_back(clause->id);
  }
  return ids;
}

std::vector<std::string> subjects_that_claim(Trait trait) {
  std::vector<std::string> names;
  for (const Subject* subject : properties::subjects_under_test()) {
    if (properties::has(subject->traits, trait)) names.push_back(subject->name);
  }
  return names;
}

// The groups that have a clause for it.
std::vector<std::string> groups_that_apply(const Subject& subject) {
  std::vector<std::string> names;
  for (const Group group : groups_with_clauses()) {
    const auto all = properties::clauses();
    const bool any = std::any_of(all.begin(), all.end(), [&](const Clause* clause) {
      return clause->group == group && properties::skip_reason(*clause, subject).empty();
    });
    if (any) names.emplace_back(properties::to_string(group));
  }
  return names;
}

std::string subject_name(const Mutant& mutant) { return fmt::format("mutant.{}/1", mutant.name); }

void print_json() {
  ordered_json root;
  root["subjects"] = ordered_json::array();
  for (const Subject* subject : properties::subjects_under_test()) {
    root["subjects"].push_back({{"name", subject->name},
                                {"summary", subject->summary},
                                {"traits", trait_names(subject->traits)},
                                {"groups", groups_that_apply(*subject)}});
  }
  root["clauses"] = ordered_json::array();
  for (const Clause* clause : properties::clauses()) {
    root["clauses"].push_back({{"id", clause->id},
                               {"group", properties::to_string(clause->group)},
                               {"statement", clause->statement},
                               {"why", clause->why},
                               {"needs", trait_names(clause->needs)},
                               {"fields", field_names(clause->uses)},
                               {"required_counters", counter_names(clause->required)}});
  }
  root["targets"] = ordered_json::array();
  for (const Group group : groups_with_clauses()) {
    ordered_json target{{"name", properties::to_string(group)}, {"clauses", ordered_json::array()}};
    for (const Clause* clause : properties::clauses()) {
      if (clause->group == group) target["clauses"].push_back(clause->id);
    }
    root["targets"].push_back(std::move(target));
  }
  root["traits"] = ordered_json::array();
  for (std::size_t i = 0; i < properties::kTraitCount; ++i) {
    const auto trait = static_cast<Trait>(i);
    root["traits"].push_back({{"name", properties::to_string(trait)},
                              {"about", properties::about(trait)},
                              {"needed_by", clauses_that_need(trait)},
                              {"claimed_by", subjects_that_claim(trait)}});
  }
  root["profiles"] = ordered_json::array();
  for (const properties::Profile& profile : properties::profiles()) {
    root["profiles"].push_back({{"name", profile.name},
                                {"about", profile.about},
                                {"traits", trait_names(profile.traits)}});
  }
  root["engines"] = ordered_json::array();
  for (const properties::Engine& engine : properties::engines()) {
    root["engines"].push_back({{"name", engine.name}, {"about", engine.about}});
  }
  root["mutants"] = ordered_json::array();
  for (const Mutant* mutant : properties::mutants()) {
    root["mutants"].push_back({{"name", mutant->name},
                               {"subject", subject_name(*mutant)},
                               {"bug", mutant->bug},
                               {"primary", mutant->primary},
                               {"allowed", words(mutant->allowed)}});
  }
  root["missing"] = ordered_json::array();
  for (const MissingTransform& missing : missing_transforms()) {
    root["missing"].push_back({{"descriptor", missing.descriptor}, {"reason", missing.reason}});
  }
  print("{}\n", root.dump(2, ' ', false, ordered_json::error_handler_t::replace));
}

// One entry: a name, and words beside it or, when the name is long, below it.
void print_entry(std::string_view name, std::string_view text, std::size_t name_width,
                 std::size_t width) {
  const std::size_t indent = 2 + name_width + 2;
  const std::string body = wrap_hanging(text, width, indent);
  if (columns(name) > name_width) {
    print("  {}\n{}{}\n", name, std::string(indent, ' '), body);
  } else {
    print("  {}  {}\n", pad(name, name_width), body);
  }
}

void print_lists(const Terminal& terminal) {
  const std::size_t width = std::min<std::size_t>(terminal.width(), 100);
  print("{}\n", terminal.styled(Style::kTitle, "Subjects"));
  for (const Subject* subject : properties::subjects_under_test()) {
    print_entry(subject->name, subject->summary, 22, width);
    const std::vector<std::string> traits = trait_names(subject->traits);
    print(
        "{}{}\n", std::string(26, ' '),
        terminal.styled(Style::kDim,
                        wrap_hanging("claims " + (traits.empty() ? "nothing" : join(traits, ", ")),
                                     width, 26)));
  }
  for (const MissingTransform& missing : missing_transforms()) {
    print_entry(missing.descriptor, fmt::format("not in this build: {}", missing.reason), 22,
                width);
  }
  print("\n{}\n", terminal.styled(Style::kTitle, "Clauses"));
  for (const Group group : groups_with_clauses()) {
    print("  {}\n", terminal.styled(Style::kDim, group_title(group)));
    for (const Clause* clause : properties::clauses()) {
      if (clause->group == group) print_entry(clause->id, clause->statement, 22, width);
    }
  }
  print("\n{}  one for each group of clauses\n", terminal.styled(Style::kTitle, "Fuzz targets"));
  std::vector<std::string> targets;
  for (const Group group : groups_with_clauses())
    targets.emplace_back(properties::to_string(group));
  print("  {}\n", wrap_hanging(join(targets, " "), width, 2));
  print("\n{}\n", terminal.styled(Style::kTitle, "Engines"));
  for (const properties::Engine& engine : properties::engines()) {
    print_entry(engine.name, engine.about, 22, width);
  }
  print("\n{} faulty transforms prove that the clauses can fail: {} list --mutants\n",
        properties::mutants().size(), program_name());
}

void print_traits(const Terminal& terminal) {
  const std::size_t width = std::min<std::size_t>(terminal.width(), 100);
  print("{}  what a transform can claim; a claim is tested\n",
        terminal.styled(Style::kTitle, "Traits"));
  const auto line = [&](std::string_view label, const std::vector<std::string>& names) {
    const std::string text =
        fmt::format("{} {}", label, names.empty() ? std::string("nobody") : join(names, ", "));
    print("{}{}\n", std::string(26, ' '),
          terminal.styled(Style::kDim, wrap_hanging(text, width, 26)));
  };
  for (std::size_t i = 0; i < properties::kTraitCount; ++i) {
    const auto trait = static_cast<Trait>(i);
    print_entry(properties::to_string(trait), properties::about(trait), 22, width);
    const std::vector<std::string> clauses = clauses_that_need(trait);
    if (!clauses.empty()) line("needed by", clauses);
    line("claimed by", subjects_that_claim(trait));
  }
}

void print_profiles(const Terminal& terminal) {
  const std::size_t width = std::min<std::size_t>(terminal.width(), 100);
  print("{}  usual conventions of streams, each a set of traits\n",
        terminal.styled(Style::kTitle, "Profiles"));
  for (const properties::Profile& profile : properties::profiles()) {
    print_entry(profile.name, profile.about, 22, width);
    const std::vector<std::string> traits = trait_names(profile.traits);
    print("{}{}\n", std::string(26, ' '),
          terminal.styled(Style::kDim,
                          traits.empty() ? std::string("no traits") : join(traits, ", ")));
  }
}

void print_mutants(const Terminal& terminal) {
  const std::size_t width = std::min<std::size_t>(terminal.width(), 100);
  print("{}  faulty on purpose, each caught by the clause named behind it\n",
        terminal.styled(Style::kTitle, "Mutants"));
  for (const Mutant* mutant : properties::mutants()) {
    print("  {}  {}\n", terminal.styled(Style::kTitle, subject_name(*mutant)),
          terminal.styled(Style::kDim, mutant->primary));
    print("      {}\n", wrap_hanging(mutant->bug, width, 6));
  }
}

// `items` as inline code, with commas.
std::string coded(const std::vector<std::string>& items, std::string_view none) {
  std::string result;
  for (const std::string& item : items) {
    if (!result.empty()) result += ", ";
    result += "`" + item + "`";
  }
  return result.empty() ? std::string(none) : result;
}

void print_contract() {
  print(
      "# The contract of a byte-stream transform\n"
      "\n"
      "<!-- Made by `weir list --contract-md > docs/contract.md`; a test compares the two. -->\n"
      "\n"
      "Each clause below is one promise, and one program that tries to break it. A clause runs on "
      "every subject\n"
      "that claims the traits it needs; a claim is a promise that gets tested. A run in which a "
      "counter that the\n"
      "clause requires stays at zero is *vacuous*: it proved nothing, and fails. The mutants are "
      "transforms that\n"
      "are faulty on purpose: each proves that its clause can fail.\n"
      "\n"
      "    tools/weir check stream.zstd/1 --clause round-trip    # one clause on one subject\n"
      "    tools/weir check mutant.NAME/1                        # what a failure looks like\n"
      "\n"
      "The words *payload*, *writes*, *sink*, *damage*, *source* and *reads* name the fields of a "
      "case:\n"
      "see [case-format.md](case-format.md).\n");
  for (const Group group : groups_with_clauses()) {
    print("\n## {}\n", group_title(group));
    print("\nFuzz target `{}`.\n", properties::to_string(group));
    for (const Clause* clause : properties::clauses()) {
      if (clause->group != group) continue;
      std::vector<std::string> proofs;
      std::vector<std::string> also;
      for (const Mutant* mutant : properties::mutants()) {
        if (mutant->primary == clause->id) {
          proofs.emplace_back(mutant->name);
        } else {
          for (const std::string& word : words(mutant->fires)) {
            if (word == clause->id) also.emplace_back(mutant->name);
          }
        }
      }
      print("\n### {}\n\n{}\n\n", clause->id, clause->statement);
      print("*Why it matters.* {}\n\n", clause->why);
      print("| | |\n| --- | --- |\n");
      print("| runs on | {} |\n",
            clause->commands     ? "commands"
            : clause->needs == 0 ? "every subject"
                                 : "subjects that claim " + coded(trait_names(clause->needs), ""));
      print("| a case has | {} |\n", coded(field_names(clause->uses), "no fields"));
      print("| a run must count | {} |\n", coded(counter_names(clause->required), "nothing"));
      print("| proven by | {} |\n", coded(proofs, "no mutant of its own"));
      if (!also.empty()) print("| also fires on | {} |\n", coded(also, ""));
    }
  }
}

}  // namespace

int run_list(const ListOptions& options) {
  if (int{options.json} + int{options.mutants} + int{options.contract} + int{options.traits} +
          int{options.profiles} >
      1) {
    return refuse(
        kExitUsage,
        "--json, --mutants, --traits, --profiles and --contract-md are forms of the whole output: "
        "name one of them");
  }
  const Terminal terminal(1);
  if (options.contract) {
    print_contract();
  } else if (options.json) {
    print_json();
  } else if (options.mutants) {
    print_mutants(terminal);
  } else if (options.traits) {
    print_traits(terminal);
  } else if (options.profiles) {
    print_profiles(terminal);
  } else {
    print_lists(terminal);
  }
  return kExitHeld;
}

}  // namespace weir::cli
