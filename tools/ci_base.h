// The work tree under test, and the revision with which its findings are compared.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "ci_run.h"
#include "foreign.h"

namespace weir::cli {

/// What git says of the working folder.
struct WorkTree {
  std::string problem;  ///< why there is none; empty: there is
  std::string root;     ///< of the work tree
  std::string prefix;   ///< the working folder below it, with a slash at its end; empty: the root
  std::string commit;   ///< empty: there is none yet
  bool dirty = false;   ///< files that git knows were changed
};
WorkTree look_at_work_tree();

/// How programs of the base revision are had. Both are command lines for /bin/sh, and run in the
/// folder of the base that corresponds to the working folder.
struct BaseCommands {
  std::string build;
  std::string program;
};

/// The base revision in a work tree of its own, in a temporary folder. Both are removed when this
/// one is destroyed, and also when this program is killed.
class BaseRevision {
 public:
  /// Finds `ref` and makes nothing yet. `state()` says what is wrong.
  /// `foreign` is what the run brought, which the base brings as well.
  BaseRevision(const WorkTree& tree, std::string ref, BaseCommands commands,
               ForeignOptions foreign);
  ~BaseRevision();
  BaseRevision(const BaseRevision&) = delete;
  BaseRevision& operator=(const BaseRevision&) = delete;

  const BaseState& state() const noexcept { return state_; }

  /// Whether a case of `path` is violated there, too; builds what is needed first. `sanitized`: it
  /// takes a build with sanitizers to tell. Preconditions: state() has a commit.
  void replay(const std::string& path, bool sanitized, Age& age, std::string& reason);

 private:
  bool make();
  bool build(bool sanitized, std::string& reason);
  void watch();
  std::string in_base(const std::string& text) const;
  ForeignOptions foreign_in_base() const;

  WorkTree tree_;
  BaseCommands commands_;
  ForeignOptions foreign_;
  bool own_ = false;  // what this project brings: its wrapper builds and runs
  BaseState state_;
  std::string folder_;  // temporary; empty: not made
  std::string where_;   // where commands run
  std::string problem_;
  bool made_ = false;
  struct Build {
    bool tried = false;
    std::string problem;
  };
  Build builds_[2];
  pid_t keeper_ = -1;  // removes the folder once `keeper_end_` is closed
  int keeper_end_ = -1;
};

}  // namespace weir::cli
