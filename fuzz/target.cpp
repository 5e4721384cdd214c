// The entry points of every fuzz target; WEIR_FUZZ_GROUP names the group of clauses of this one,
// and is empty for one that is about all of them.
//
// Besides libFuzzer's own flags a target takes
//   --group NAME              another group (also WEIR_GROUP in the environment)
//   --subject NAME            another subject than the built-in ones, e.g. a planted mutant (also
//   WEIR_SUBJECT in the environment)
//   --plugin FILE             the transforms of this plug-in (weir/plugin.h) instead of the
//   built-in ones; again for more (also WEIR_PLUGIN in the environment, for one)
//   --claim TRAIT, --no-claim TRAIT
//                             what those claim besides, or do not claim
//   --clause ID               one clause of its group alone
//   --replay PATH...          runs files and folders, and ends
//   --print-case FILE...      prints raw files as case text, and ends
//   --export FOLDER PATH...   writes cases as bytes into FOLDER, and ends
//   --dictionary              prints what a byte form may begin with, and ends
// and a bare `--`, which means nothing.
#include "fuzz/target.h"

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/replay.h"
#include "properties/plugin_subject.h"
#include "properties/roster.h"

namespace weir::fuzz {
namespace {

// What was asked for.
struct Wanted {
  std::string group = WEIR_FUZZ_GROUP;
  std::string subject;
  std::string clause;
  std::vector<std::string> plugins;
  std::vector<std::string> claims;
  std::vector<std::string> no_claims;
};
Wanted& wanted() {
  static Wanted all;
  return all;
}

// Takes `text` where it is the option `name`, with its value behind a '=' or in the next word.
std::optional<std::string> value_of(std::string_view name, int& i, int argc, char** argv) {
  const std::string_view text = argv[i];
  if (text == name && i + 1 < argc) return argv[++i];
  if (text.size() > name.size() && text.substr(0, name.size()) == name && text[name.size()] == '=')
    return std::string(text.substr(name.size() + 1));
  return std::nullopt;
}

bool take_option(int& i, int argc, char** argv) {
  const std::pair<std::string_view, std::string*> single[] = {{"--group", &wanted().group},
                                                              {"--subject", &wanted().subject},
                                                              {"--clause", &wanted().clause}};
  for (const auto& [name, target] : single) {
    if (auto value = value_of(name, i, argc, argv)) {
      *target = std::move(*value);
      return true;
    }
  }
  const std::pair<std::string_view, std::vector<std::string>*> lists[] = {
      {"--plugin", &wanted().plugins},
      {"--claim", &wanted().claims},
      {"--no-claim", &wanted().no_claims}};
  for (const auto& [name, target] : lists) {
    if (auto value = value_of(name, i, argc, argv)) {
      target->push_back(std::move(*value));
      return true;
    }
  }
  return false;
}

[[noreturn]] void refuse(const std::string& error) {
  std::fprintf(stderr, "weir: %s\n", error.c_str());
  std::exit(kExitNothingRan);
}

properties::Traits traits_of(const std::vector<std::string>& names) {
  properties::Traits all = 0;
  for (const std::string& name : names) {
    const std::optional<properties::Trait> trait = properties::find_trait(name);
    if (!trait) refuse("unknown trait '" + name + "'; `weir list --traits` shows what there is");
    all |= properties::traits(*trait);
  }
  return all;
}

// Puts the transforms of plug-ins under test. They are loaded before the search begins: the engine
// asks then where their counters of coverage are.
void bring_plugins() {
  if (wanted().plugins.empty()) {
    if (const char* path = std::getenv("WEIR_PLUGIN")) wanted().plugins.emplace_back(path);
  }
  const properties::Traits claimed = traits_of(wanted().claims);
  const properties::Traits dropped = traits_of(wanted().no_claims);
  for (const std::string& path : wanted().plugins) {
    std::string error;
    std::vector<properties::Subject> subjects = properties::plugin_subjects(path, error);
    if (error.empty()) error = properties::load_plugin(path);
    if (!error.empty()) refuse(error);
    for (properties::Subject& subject : subjects) {
      if (properties::find_subject(subject.name) != nullptr) {
        refuse("there are two subjects of the name '" + subject.name + "': rename one");
      }
      subject.traits = static_cast<properties::Traits>((subject.traits | claimed) & ~dropped);
    }
    properties::add_subjects(std::move(subjects));
  }
}

// What was not said is taken from the environment.
void look_up(std::string& text, const char* variable) {
  if (!text.empty()) return;
  if (const char* value = std::getenv(variable)) text = value;
}

std::unique_ptr<FuzzTarget> make_target() {
  look_up(wanted().group, "WEIR_GROUP");
  look_up(wanted().subject, "WEIR_SUBJECT");
  bring_subjects();
  bring_plugins();
  std::string error;
  // In chains with the built-in transforms there is far more of their code than of a plug-in's: it
  // would fill the corpus, and take most of the time.
  const bool chains = wanted().plugins.empty() || !wanted().clause.empty();
  std::unique_ptr<FuzzTarget> target =
      FuzzTarget::make(wanted().group, wanted().subject, error, wanted().clause,
                       chains ? std::string_view() : "chain");
  if (target == nullptr) refuse(error);
  return target;
}

}  // namespace

const FuzzTarget& this_target() {
  static const std::unique_ptr<FuzzTarget> target = make_target();
  return *target;
}

}  // namespace weir::fuzz

using weir::fuzz::this_target;
using weir::properties::Case;
using weir::properties::PayloadFiles;
using weir::properties::Verdict;
using weir::properties::Workspace;

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  std::vector<std::string> rest;
  std::string mode;
  int kept = 1;
  for (int i = 1; i < *argc; ++i) {
    char* const word = (*argv)[i];
    const std::string_view text = word;
    if (!mode.empty()) {
      rest.emplace_back(text);
    } else if (text == "--" || weir::fuzz::take_option(i, *argc, *argv)) {
      continue;
    } else if (text == "--replay" || text == "--print-case" || text == "--export" ||
               text == "--dictionary") {
      mode = text;
    } else {
      (*argv)[kept++] = word;
    }
  }
  *argc = kept;
  (*argv)[kept] = nullptr;
  const weir::fuzz::FuzzTarget& target = this_target();
  if (mode == "--replay") std::exit(weir::fuzz::replay(target, rest));
  if (mode == "--print-case") std::exit(weir::fuzz::print_cases(target, rest));
  if (mode == "--dictionary") std::exit(weir::fuzz::print_dictionary(target));
  if (mode == "--export") {
    if (rest.size() < 2) {
      std::fputs("weir: --export FOLDER PATH...\n", stderr);
      std::exit(weir::fuzz::kExitUnreadable);
    }
    const std::string folder = rest.front();
    rest.erase(rest.begin());
    std::exit(weir::fuzz::export_cases(target, folder, rest));
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Memory is kept from case to case; what is in it is not: run_check clears the workspace.
  struct Kept {
    Case value;
    PayloadFiles no_files;
    Workspace workspace;
  };
  static Kept kept;
  kept.workspace.files = &kept.no_files;
  const weir::fuzz::FuzzTarget& target = this_target();
  target.decode(std::as_bytes(std::span(data, size)), kept.value);
  const Verdict verdict = target.run(kept.value, kept.workspace);
  if (verdict.outcome == weir::properties::Outcome::kViolated) {
    // The engine ignores return values: only an abort is a finding.
    std::fputs(weir::fuzz::violation_text(kept.value, verdict).c_str(), stderr);
    std::fflush(stderr);
    std::abort();
  }
  return 0;
}
