// The entry points of every fuzz target; WEIR_FUZZ_GROUP names the group of clauses of this one.
//
// Besides libFuzzer's own flags a target takes
//   --subject NAME            another subject than the built-in ones, e.g. a planted mutant (also
//   WEIR_SUBJECT in the environment)
//   --clause ID               one clause of its group alone
//   --replay PATH...          runs files and folders, and ends
//   --print-case FILE...      prints raw files as case text, and ends
//   --export FOLDER PATH...   writes cases as bytes into FOLDER, and ends
// and a bare `--`, which means nothing.
#include "fuzz/target.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/replay.h"

namespace weir::fuzz {
namespace {

std::string& subject_wanted() {
  static std::string name;
  return name;
}

std::string& clause_wanted() {
  static std::string id;
  return id;
}

std::unique_ptr<FuzzTarget> make_target() {
  if (subject_wanted().empty()) {
    if (const char* name = std::getenv("WEIR_SUBJECT")) subject_wanted() = name;
  }
  std::string error;
  std::unique_ptr<FuzzTarget> target =
      FuzzTarget::make(WEIR_FUZZ_GROUP, subject_wanted(), error, clause_wanted());
  if (target == nullptr) {
    std::fprintf(stderr, "weir: %s\n", error.c_str());
    std::exit(kExitNothingRan);
  }
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
    constexpr std::string_view kSubject = "--subject=";
    constexpr std::string_view kClause = "--clause=";
    if (!mode.empty()) {
      rest.emplace_back(text);
    } else if (text == "--") {
      continue;
    } else if (text == "--subject" && i + 1 < *argc) {
      weir::fuzz::subject_wanted() = (*argv)[++i];
    } else if (text.substr(0, kSubject.size()) == kSubject) {
      weir::fuzz::subject_wanted() = text.substr(kSubject.size());
    } else if (text == "--clause" && i + 1 < *argc) {
      weir::fuzz::clause_wanted() = (*argv)[++i];
    } else if (text.substr(0, kClause.size()) == kClause) {
      weir::fuzz::clause_wanted() = text.substr(kClause.size());
    } else if (text == "--replay" || text == "--print-case" || text == "--export") {
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
