#include "ci_base.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "child_process.h"
#include "exit_code.h"
#include "foreign.h"
#include "program.h"
#include "terminal.h"
#include "text.h"

namespace weir::cli {

namespace {

namespace fs = std::filesystem;

// A build from nothing, with sanitizers and what they need, on a small machine.
constexpr double kBuildSecondsMax = 3600;
// Five runs of a hang are cut short by the program itself.
constexpr double kReplaySecondsMax = 300;
// Of the run that asks: they mean nothing to another build.
const std::vector<std::pair<std::string, std::string>> kNotInherited = {
    {"WEIR_COMMAND", ""}, {"WEIR_FUZZ_BIN", ""}, {"WEIR_FUZZ_PROBLEM", ""},
    {"WEIR_SUBJECT", ""}, {"GIT_DIR", ""},       {"GIT_WORK_TREE", ""}};

ChildEnd git(const std::string& folder, std::vector<std::string> words) {
  words.insert(words.begin(), "git");
  ChildOptions options;
  options.folder = folder;
  // Warnings and traces are no answers.
  options.errors_apart = true;
  return run_child(words, options);
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string git_problem(const ChildEnd& end) {
  if (end.code == 127) return "git is not installed";
  constexpr std::string_view kFatal = "fatal: ";
  const std::size_t fatal = end.errors.rfind(kFatal);
  const std::string line = first_line(
      fatal == std::string::npos ? end.words() : end.errors.substr(fatal + kFatal.size()));
  return line.empty() || end.interrupted ? end.problem() : "git says: " + printable(line);
}

}  // namespace

WorkTree look_at_work_tree() {
  WorkTree tree;
  const ChildEnd top = git({}, {"rev-parse", "--show-toplevel"});
  if (!top.well()) {
    tree.problem = git_problem(top);
    return tree;
  }
  tree.root = first_line(top.output);
  if (tree.root.empty()) {
    tree.problem = "this is no work tree of git";
    return tree;
  }
  tree.prefix = first_line(git({}, {"rev-parse", "--show-prefix"}).output);
  const ChildEnd head = git({}, {"rev-parse", "--verify", "--quiet", "HEAD^{commit}"});
  if (head.well()) tree.commit = first_line(head.output);
  // What a run writes is new to git, and is no change.
  const ChildEnd status = git({}, {"status", "--porcelain", "--untracked-files=no"});
  tree.dirty = status.well() && !status.output.empty();
  return tree;
}

BaseRevision::BaseRevision(const WorkTree& tree, std::string ref, BaseCommands commands,
                           ForeignOptions foreign)
    : tree_(tree), commands_(std::move(commands)), foreign_(std::move(foreign)) {
  state_.ref = std::move(ref);
  const auto refuse = [&](std::string why) {
    state_.reason = std::move(why);
    state_.wrong = true;
  };
  if (!tree_.problem.empty()) {
    refuse(fmt::format("findings cannot be compared with '{}': {}", printable(state_.ref),
                       tree_.problem));
    return;
  }
  const ChildEnd found =
      git({}, {"rev-parse", "--verify", "--quiet", "--end-of-options", state_.ref + "^{commit}"});
  if (!found.well()) {
    refuse(
        fmt::format("there is no revision '{}' here: a shallow clone has few (git fetch gets "
                    "it), and names of remote branches begin with that of the remote, as "
                    "origin/main",
                    printable(state_.ref)));
    return;
  }
  state_.commit = first_line(found.output);
}

BaseRevision::~BaseRevision() {
  if (keeper_ < 0) return;
  ::close(keeper_end_);
  int status = 0;
  while (::waitpid(keeper_, &status, 0) < 0 && errno == EINTR) {
  }
}

// Starts the process that cleans up once this one is gone, however it went.
void BaseRevision::watch() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    problem_ = fmt::format("cannot make a pipe: {}", std::strerror(errno));
    return;
  }
  keeper_ = ::fork();
  if (keeper_ == 0) {
    // Ctrl-C is for the one that is watched.
    ::setsid();
    ::close(ends[1]);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) std::signal(number, SIG_IGN);
    const int nothing = ::open("/dev/null", O_RDWR);
    for (const int number : {0, 1, 2}) ::dup2(nothing, number);
    pid_t group = 0;
    pid_t last = 0;
    for (;;) {
      const ssize_t size = ::read(ends[0], &group, sizeof group);
      if (size < 0 && errno == EINTR) continue;
      if (size != sizeof group) break;
      last = group;
    }
    // What still builds there would make the folder anew. In order runs nothing is left of it.
    if (last > 0) ::kill(-last, SIGKILL);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) std::signal(number, SIG_DFL);
    static constexpr const char* kScript =
        "git -C \"$1\" worktree remove --force --force \"$2/tree\"; rm -rf \"$2\"; "
        "git -C \"$1\" worktree prune";
    ::execl("/bin/sh", "sh", "-c", kScript, "sh", tree_.root.c_str(), folder_.c_str(),
            static_cast<char*>(nullptr));
    ::_exit(127);
  }
  ::close(ends[0]);
  if (keeper_ < 0) {
    problem_ = fmt::format("cannot start a process: {}", std::strerror(errno));
    ::close(ends[1]);
    return;
  }
  keeper_end_ = ends[1];
}

// Makes the work tree. Returns whether it is there.
bool BaseRevision::make() {
  if (made_) return problem_.empty();
  made_ = true;
  const char* const temporary = std::getenv("TMPDIR");
  std::string pattern =
      (temporary != nullptr && *temporary != '\0' ? std::string(temporary) : std::string("/tmp")) +
      "/weir-base-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) {
    problem_ =
        fmt::format("cannot make a folder like '{}': {}", printable(pattern), std::strerror(errno));
    return false;
  }
  // Its own name for it, by which git lists it.
  std::error_code ignored;
  folder_ = fs::canonical(pattern, ignored).string();
  watch();
  if (!problem_.empty()) {
    fs::remove_all(folder_, ignored);
    return false;
  }
  const std::string tree = folder_ + "/tree";
  // Hooks are written for a person's work tree.
  const ChildEnd added = git(tree_.root, {"-c", "core.hooksPath=/dev/null", "worktree", "add",
                                          "--detach", "--quiet", tree, state_.commit});
  if (!added.well()) {
    problem_ = "its work tree cannot be made: " + git_problem(added);
    return false;
  }
  where_ = tree + "/" + tree_.prefix;
  if (!fs::is_directory(where_, ignored)) {
    problem_ = fmt::format("it has no folder '{}'", printable(tree_.prefix));
    return false;
  }
  if (!commands_.program.empty()) return true;
  const std::string wrapper = tree + "/tools/weir";
  if (!is_contract_program() && ::access(wrapper.c_str(), X_OK) == 0) {
    own_ = true;
    return true;
  }
  problem_ = "nothing says how it is built: give --base-build COMMAND and --base-program PROGRAM";
  return false;
}

// Builds what replays a case. Returns whether it is there.
bool BaseRevision::build(bool sanitized, std::string& reason) {
  if (!make()) {
    state_.status = BaseState::Status::kCouldNotBuild;
    state_.reason = reason = problem_;
    return false;
  }
  // A command of the user's makes one program for all.
  Build& build = builds_[own_ && sanitized ? 1 : 0];
  if (!build.tried) {
    build.tried = true;
    const std::string command = own_ ? fmt::format("'{}/tree/tools/weir' {}--version", folder_,
                                                   sanitized ? "--fuzz-build " : "")
                                     : commands_.build;
    if (!command.empty()) {
      std::fprintf(stderr, "weir: building %s, to compare with it ...\n",
                   printable(state_.ref).c_str());
      ChildOptions options;
      options.folder = where_;
      options.environment = kNotInherited;
      options.seconds_max = kBuildSecondsMax;
      // Known to the keeper until it has ended; a number that is nobody's any more does no harm
      // then, because the next one takes its place or there is none.
      options.on_start = [&](pid_t group) {
        [[maybe_unused]] const ssize_t told = ::write(keeper_end_, &group, sizeof group);
      };
      const ChildEnd end = run_child({"/bin/sh", "-c", command}, options);
      const pid_t none = 0;
      [[maybe_unused]] const ssize_t told = ::write(keeper_end_, &none, sizeof none);
      if (!end.well()) {
        build.problem = end.interrupted
                            ? "interrupted while it was built"
                            : fmt::format("it does not build (`{}`): {}",
                                          printable(own_ ? "tools/weir" : command), end.problem());
      }
    }
  }
  reason = build.problem;
  if (!build.problem.empty()) {
    // One that builds in one of two ways has replayed something.
    if (state_.status == BaseState::Status::kNone) {
      state_.status = BaseState::Status::kCouldNotBuild;
      state_.reason = build.problem;
    }
    return false;
  }
  state_.status = BaseState::Status::kReplayed;
  state_.reason.clear();
  return true;
}

// The same for the base: a path below the work tree would name what is under test.
std::string BaseRevision::in_base(const std::string& text) const {
  const auto is_of_path = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::strchr("._-/~+", c) != nullptr;
  };
  std::vector<std::string> roots = {tree_.root};
  // As the user calls it, where links lead to it.
  const char* const called = std::getenv("PWD");
  std::error_code ignored;
  if (called != nullptr && *called == '/' && fs::equivalent(called, ".", ignored)) {
    const std::string folder = std::string(called) + "/";
    const std::size_t size = folder.size() - std::min(folder.size(), tree_.prefix.size() + 1);
    if (folder.compare(size, std::string::npos, "/" + tree_.prefix) == 0) {
      roots.push_back(folder.substr(0, size));
    }
  }
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const auto root = std::find_if(roots.begin(), roots.end(), [&](const std::string& each) {
      const std::size_t end = at + each.size();
      return each.size() > 1 && text.compare(at, each.size(), each) == 0 &&
             (at == 0 || !is_of_path(text[at - 1])) &&
             (end == text.size() || text[end] == '/' || !is_of_path(text[end]));
    });
    result += root == roots.end() ? text.substr(at, 1) : folder_ + "/tree";
    at += root == roots.end() ? 1 : root->size();
  }
  return result;
}

ForeignOptions BaseRevision::foreign_in_base() const {
  ForeignOptions foreign = foreign_;
  for (std::string* text : {&foreign.encode_command, &foreign.decode_command}) {
    *text = in_base(*text);
  }
  for (std::vector<std::string>* texts : {&foreign.plugins, &foreign.python_files}) {
    for (std::string& text : *texts) text = in_base(text);
  }
  return foreign;
}

void BaseRevision::replay(const std::string& path, bool sanitized, Age& age, std::string& reason) {
  age = Age::kUnknown;
  if (!build(sanitized, reason)) return;
  std::error_code ignored;
  const std::string program =
      own_ ? fmt::format("'{}/tree/tools/weir' {}", folder_, sanitized ? "--fuzz-build " : "")
           : commands_.program + " ";
  ChildOptions options;
  options.folder = where_;
  options.environment = kNotInherited;
  options.seconds_max = kReplaySecondsMax;
  const std::string command =
      fmt::format("{}repro {}{}", program, shell_word(fs::absolute(path, ignored).string()),
                  foreign_words(foreign_in_base()));
  const ChildEnd end = run_child({"/bin/sh", "-c", command}, options);
  const std::string name =
      fmt::format("{} ({})", printable(state_.ref), state_.commit.substr(0, 12));
  if (end.interrupted || end.timed_out) {
    reason = "it cannot be replayed there: " + end.problem();
  } else if (end.code == kExitViolated) {
    age = Age::kOlder;
    reason = fmt::format("violated on {}, too", name);
  } else if (end.code == kExitHeld && sanitized && !own_) {
    reason = fmt::format("holds on {}, whose program may lack the sanitizers that show it", name);
  } else if (end.code == kExitHeld) {
    age = Age::kNew;
    reason = fmt::format("holds on {}", name);
  } else {
    reason = fmt::format("{} cannot replay it: {}", name, end.problem());
  }
}

}  // namespace weir::cli
