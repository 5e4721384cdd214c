// `weir bisect`: the commit that broke a case, by `git bisect` in a work tree of its own.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "child_process.h"
#include "commands.h"
#include "corpus_files.h"
#include "exit_code.h"
#include "properties/case_text.h"
#include "scratch_folder.h"
#include "terminal.h"
#include "text.h"

namespace weir::cli {

namespace fs = std::filesystem;

namespace {

// What `git bisect run` is told of a commit.
constexpr int kGood = 0;
constexpr int kBad = 1;
constexpr int kSkip = 125;
constexpr int kNoGit = 127;

constexpr std::string_view kDefaultProgram = "tools/weir";
constexpr std::string_view kDefaultBuild = "tools/weir list";

// Builds, runs the case, says what came of it. Where the case cannot be run, or not to a verdict,
// the commit says nothing. What a build changed in tracked files would be in the way of the next
// one.
constexpr std::string_view kScript = R"(#!/bin/sh
# Run by `git bisect run`, in the work tree. Git's language is not the builds'.
if [ -n "$WEIR_BISECT_LOCALE" ]; then export LC_ALL="$WEIR_BISECT_LOCALE"; else unset LC_ALL; fi
commit=$(git log -1 --format='%h %s')
end() {
  git reset -q --hard
  echo "weir-bisect: $2: $commit"
  exit "$1"
}
echo "weir-bisect: building: $commit"
# What an earlier commit left is not this one's.
case $WEIR_BISECT_PROGRAM in
  ./*) git ls-files --error-unmatch -- "$WEIR_BISECT_PROGRAM" >/dev/null 2>&1 || rm -f "$WEIR_BISECT_PROGRAM" ;;
esac
(eval "$WEIR_BISECT_BUILD") </dev/null >"$WEIR_BISECT_LOG" 2>&1 || end 125 'does not build'
[ -x "$WEIR_BISECT_PROGRAM" ] || end 125 'no program'
"$WEIR_BISECT_PROGRAM" repro "$WEIR_BISECT_CASE" </dev/null >>"$WEIR_BISECT_LOG" 2>&1
case $? in
  0) end 0 held ;;
  1) end 1 violated ;;
  *) end 125 'cannot run it' ;;
esac
)";

std::string last_lines(const std::string& text, std::size_t count) {
  std::string trimmed = text;
  while (!trimmed.empty() && (trimmed.back() == '\n' || trimmed.back() == ' ')) trimmed.pop_back();
  std::size_t at = trimmed.size();
  while (count > 0 && at != std::string::npos && at > 0) {
    at = trimmed.rfind('\n', at - 1);
    --count;
  }
  return at == std::string::npos || at == 0 ? trimmed : trimmed.substr(at + 1);
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

class Bisection {
 public:
  Bisection(const BisectOptions& options, std::string text)
      : options_(options), text_(std::move(text)), scratch_("weir-bisect") {}
  // In every way out: git forgets the work tree, and with it where the bisection stood.
  ~Bisection() {
    if (!has_tree_) return;
    finishing_ = true;
    git(repository_, {"worktree", "remove", "--force", "--force", tree_});
    std::error_code ignored;
    fs::remove_all(tree_, ignored);
    git(repository_, {"worktree", "prune"});
  }
  Bisection(const Bisection&) = delete;
  Bisection& operator=(const Bisection&) = delete;

  int run() {
    int code = prepare();
    if (code != kExitHeld) return code;
    code = check_ends();
    if (code != kExitHeld) return code;
    return search();
  }

 private:
  ChildEnd git(const std::string& folder, const std::vector<std::string>& words,
               const std::function<void(std::string_view)>& on_line = {}) const {
    // Hooks are for a person's work.
    std::vector<std::string> all = {"git", "-c", "core.hooksPath=/dev/null"};
    all.insert(all.end(), words.begin(), words.end());
    // Warnings and traces are no answers.
    return child(folder, all, on_line, true);
  }

  ChildEnd child(const std::string& folder, const std::vector<std::string>& words,
                 const std::function<void(std::string_view)>& on_line,
                 bool errors_apart = false) const {
    ChildOptions options;
    options.folder = folder;
    options.errors_apart = errors_apart;
    // Where this program is run from a hook, the folder says which repository is meant.
    options.environment = {{"GIT_DIR", ""},
                           {"GIT_WORK_TREE", ""},
                           {"GIT_INDEX_FILE", ""},
                           {"GIT_PREFIX", ""},
                           {"LC_ALL", "C"},
                           {"WEIR_BISECT_LOCALE", locale_},
                           {"WEIR_BISECT_BUILD", build_},
                           {"WEIR_BISECT_LOG", log_},
                           {"WEIR_BISECT_PROGRAM", program_},
                           {"WEIR_BISECT_CASE", case_}};
    options.on_line = on_line;
    options.ends_on_signal = !finishing_;
    return run_child(words, options);
  }

  // The commit that `name` means; empty, with a message, when there is none.
  std::string commit_of(const std::string& name, std::string_view role) const {
    const ChildEnd end = git(
        repository_, {"rev-parse", "--verify", "--quiet", "--end-of-options", name + "^{commit}"});
    const std::string commit = trimmed(end.output);
    if (end.code == 0 && !commit.empty()) return commit;
    if (!signal_came()) {
      complain(fmt::format("{} '{}' is no commit of the repository {}", role, printable(name),
                           printable(repository_)));
    }
    return {};
  }

  int prepare() {
    if (scratch_.path().empty()) {
      return refuse(kExitCouldNotRun, "no folder could be made for the work tree");
    }
    ChildEnd end = git({}, {"rev-parse", "--show-toplevel"});
    if (signal_came()) return kExitInterrupted;
    if (end.code == kNoGit)
      return refuse(kExitCouldNotRun, "git is not installed: bisect needs it");
    repository_ = trimmed(end.output);
    if (end.code != 0) {
      return refuse(kExitUsage, "this folder is in no git repository (" +
                                    printable(last_lines(end.words(), 1)) + ")");
    }
    good_ = commit_of(options_.good, "GOOD");
    if (!good_.empty()) bad_ = commit_of(options_.bad, "BAD");
    if (signal_came()) return kExitInterrupted;
    if (good_.empty() || bad_.empty()) return kExitUsage;
    if (good_ == bad_) {
      return refuse(kExitUsage, "GOOD and BAD are the same commit: there is nothing between them");
    }
    if (git(repository_, {"merge-base", "--is-ancestor", bad_, good_}).code == 0) {
      return refuse(kExitUsage,
                    "BAD comes before GOOD: are they the wrong way round? It is "
                    "GOOD first, where the case held, then BAD");
    }
    if (signal_came()) return kExitInterrupted;

    tree_ = scratch_.path() + "/tree";
    log_ = scratch_.path() + "/log";
    case_ = scratch_.path() + "/" + file_name_of(fs::path(options_.file).filename().string());
    script_ = scratch_.path() + "/script";
    for (const auto& [path, content] :
         {std::pair<std::string, std::string_view>{case_, text_}, {script_, kScript}}) {
      const FileOutcome written = write_file(path, content);
      if (!written.ok()) return refuse(kExitCouldNotRun, written.error);
    }
    has_tree_ = true;
    end = git(repository_, {"worktree", "add", "--detach", tree_, bad_});
    if (signal_came()) return kExitInterrupted;
    if (end.code != 0) {
      return refuse(kExitCouldNotRun,
                    "git cannot make a work tree: " + printable(last_lines(end.words(), 1)));
    }
    const std::string word =
        options_.program.empty() ? std::string(kDefaultProgram) : options_.program;
    // Where the script runs is the work tree.
    program_ = fs::path(word).is_absolute() ? word : "./" + word;
    build_ = options_.build.empty() ? std::string(kDefaultBuild) : options_.build;
    std::error_code ignored;
    if (options_.build.empty() &&
        !fs::exists(tree_ + "/" + std::string(kDefaultProgram), ignored)) {
      return refuse(kExitUsage, fmt::format("this repository has no {}: say how it is built with "
                                            "--build COMMAND, and where its program is then with "
                                            "--program PATH",
                                            kDefaultProgram));
    }
    return kExitHeld;
  }

  std::string short_name(const std::string& commit) const {
    return printable(trimmed(git(repository_, {"log", "-1", "--format=%h %s", commit}).output));
  }

  // What the script says of the commit that is checked out.
  int try_commit() {
    return child(tree_, {"sh", script_}, [this](std::string_view line) { hear(line); }).code;
  }

  // The log of a build that failed is all that there is to go by.
  std::string log_end() const {
    std::string log;
    if (!read_file(log_, std::size_t{64} << 20, log).ok()) return {};
    const std::string end = last_lines(log, 5);
    return end.empty() ? std::string() : "; its last words: " + printable_words(end);
  }
  static std::string printable_words(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return printable(text);
  }

  int check_ends() {
    struct End {
      std::string_view role;
      const std::string& commit;
      int wanted;
    };
    for (const End& end : {End{"BAD", bad_, kBad}, End{"GOOD", good_, kGood}}) {
      const ChildEnd checked = git(tree_, {"checkout", "-q", "--force", "--detach", end.commit});
      if (signal_came()) return kExitInterrupted;
      if (checked.code != 0) {
        return refuse(kExitCouldNotRun, "git cannot check out " + end.commit + ": " +
                                            printable(last_lines(checked.words(), 1)));
      }
      const int code = try_commit();
      if (signal_came()) return kExitInterrupted;
      if (code == end.wanted) continue;
      const std::string name = short_name(end.commit);
      if (code == kSkip) {
        return refuse(kExitCouldNotRun,
                      fmt::format("{} ({}) says nothing: {}{}", end.role, name, said_, log_end()));
      }
      if (code == kBad) {
        return refuse(kExitUsage, fmt::format("GOOD ({}) violates the case already: name an "
                                              "earlier commit",
                                              name));
      }
      if (code == kGood) {
        return refuse(
            kExitUsage,
            fmt::format("BAD ({}) does not violate the case: there is nothing to find", name));
      }
      return refuse(kExitCouldNotRun,
                    fmt::format("{} ({}) could not be tried: code {}", end.role, name, code));
    }
    return kExitHeld;
  }

  // Lines of the script, one for each step.
  void hear(std::string_view line) {
    constexpr std::string_view kMark = "weir-bisect: ";
    if (line.substr(0, kMark.size()) != kMark) return;
    const std::string text(line.substr(kMark.size()));
    if (text.rfind("building", 0) != 0) {
      said_ = text.substr(0, text.find(':'));
      ++tried_;
      if (said_ != "held" && said_ != "violated") ++skipped_;
    }
    std::fprintf(stderr, "weir: %s\n", printable(text).c_str());
  }

  int say_first_bad(const std::string& commit) const {
    const ChildEnd about = git(
        repository_, {"log", "-1", "--format=%H%n  %s%n  %an, %ad", "--date=iso-strict", commit});
    print("first bad: {}\n", printable_lines(about.well() ? trimmed(about.output) : commit));
    print("{} tried, {} of them skipped; the work tree is gone, yours was not touched\n",
          plural(tried_, "commit"), skipped_);
    return kExitHeld;
  }

  int search() {
    ChildEnd end = git(tree_, {"bisect", "start", bad_, good_});
    if (!signal_came() && end.code == 0) {
      end = git(tree_, {"bisect", "run", "sh", script_},
                [this](std::string_view line) { hear(line); });
    }
    if (signal_came()) return kExitInterrupted;
    // Subjects of commits are among its lines: what it says itself is a line of its own.
    constexpr std::string_view kDone = " is the first bad commit";
    bool skipped_only = false;
    std::vector<std::string> left;
    for (std::size_t from = 0; from < end.output.size();) {
      const std::size_t to = std::min(end.output.find('\n', from), end.output.size());
      const std::string line = end.output.substr(from, to - from);
      from = to + 1;
      skipped_only = skipped_only || line.rfind("There are only 'skip'ped commits left", 0) == 0;
      const std::string commit = line.substr(0, good_.size());
      if (commit.size() != good_.size() ||
          commit.find_first_not_of("0123456789abcdef") != std::string::npos) {
        continue;
      }
      if (line.size() == commit.size()) left.push_back(commit);
      if (end.code == 0 && line.substr(commit.size()) == kDone) return say_first_bad(commit);
    }
    if (skipped_only) {
      print(
          "not found: the commits that are left can be neither built nor run; the first bad one "
          "is one of\n");
      for (const std::string& commit : left) print("  {}\n", short_name(commit));
      return kExitCouldNotRun;
    }
    return refuse(kExitCouldNotRun, fmt::format("git bisect ended with code {}: {}", end.code,
                                                printable_words(last_lines(end.words(), 3))));
  }

  const BisectOptions& options_;
  std::string text_;
  ScratchFolder scratch_;
  std::string repository_;
  std::string good_;
  std::string bad_;
  std::string tree_;
  std::string log_;
  std::string case_;
  std::string script_;
  std::string program_;
  std::string build_;
  std::string said_;
  // What the user's programs are built and run in.
  std::string locale_ = std::getenv("LC_ALL") != nullptr ? std::getenv("LC_ALL") : "";
  std::size_t tried_ = 0;
  std::size_t skipped_ = 0;
  bool has_tree_ = false;
  bool finishing_ = false;
};

}  // namespace

int run_bisect(const BisectOptions& options) {
  std::string text;
  const FileOutcome read = read_file(options.file, properties::kCaseBytesMax, text);
  if (interrupted()) return kExitInterrupted;
  if (!read.ok()) return refuse(kExitUsage, read.error);
  properties::Case value;
  const properties::ParseOutcome parsed = properties::parse(text, value);
  if (!parsed.ok) {
    return refuse(kExitUsage, fmt::format("{}:{}: {}; bytes of a fuzz target become text with "
                                          "`corpus import`",
                                          printable(options.file), parsed.error.line,
                                          printable(parsed.error.message)));
  }
  // A signal ends what runs and lets this clean up; no second one cuts that short.
  const SignalsHeld held;
  Bisection bisection(options, std::move(text));
  const int code = bisection.run();
  if (code == kExitInterrupted) complain("interrupted");
  return code;
}

}  // namespace weir::cli
