// Guards the temporary directory of a process group: who makes it, what it is like, when it goes,
// what the ranks learn when it cannot be made, and that nothing outside it is ever touched.
#include "weir/checkpoint_testing/temp_dir.h"

#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <thread>

#include "captured_log.h"
#include "interpose.h"
#include "thread_group.h"
#include "weir/checkpoint_testing/scoped_logging.h"

namespace weir {
namespace {

namespace fs = std::filesystem;
using test::ThreadRank;

// Syncing the file systems of a busy machine takes seconds; one test does it all the same.
void no_sync() noexcept {}

bool exists(const std::string& path) {
  struct stat status;
  return ::lstat(path.c_str(), &status) == 0;
}
mode_t mode_of(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
  return status.st_mode;
}
void write_file(const std::string& path) { std::ofstream(path) << "kept"; }
std::string text_of_file(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}
bool is_io(const Error& error, int os_error) {
  return error.code == Code::kIo && error.os_error == os_error;
}

// Each test has a folder in which its temporary directories are made, so that it sees what is left.
class TempDirTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* base = std::getenv("TMPDIR");
    std::string pattern = std::string(base != nullptr ? base : "/tmp") + "/weir-temp-test-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    options_.parent = folder_ + "/parent";
    options_.sync = &no_sync;
    ASSERT_EQ(::mkdir(options_.parent.c_str(), 0777), 0);
    victim_ = folder_ + "/victim";
    ASSERT_EQ(::mkdir(victim_.c_str(), 0755), 0);
    write_file(victim_ + "/file");
    testing::internal::CaptureStdout();
  }
  void TearDown() override {
    if (!output_taken_) output();
    EXPECT_EQ(text_of_file(victim_ + "/file"), "kept");
    EXPECT_EQ(mode_of(victim_) & 07777, mode_t{0755});
    fs::remove_all(folder_);
  }
  std::string output() {
    output_taken_ = true;
    const std::string text = testing::internal::GetCapturedStdout();
    // GoogleTest's words on a failure are among it.
    if (HasFailure()) std::fputs(text.c_str(), stdout);
    return text;
  }
  std::size_t left() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(options_.parent)) ++count;
    return count;
  }
  std::string log() const { return log_.text(); }

  std::string folder_;
  std::string victim_;
  TempDirOptions options_;
  bool output_taken_ = false;
  test::CapturedLog log_{kCheckpointLogger};
};

using TempDirAlone = TempDirTest;
using TempDirOfAGroup = TempDirTest;
using TempDirRemoval = TempDirTest;
using WithTempDir = TempDirTest;

TEST_F(TempDirAlone, IsMadeAnnouncedAndRemoved) {
  std::string path;
  {
    const auto directory = TempDir::make(nullptr, options_);
    ASSERT_TRUE(directory.has_value());
    path = (*directory)->path();
    EXPECT_EQ(fs::path(path).parent_path(), options_.parent);
    EXPECT_TRUE(S_ISDIR(mode_of(path)));
    EXPECT_EQ(mode_of(path) & 0777, mode_t{0700});
  }
  EXPECT_FALSE(exists(path));
  EXPECT_EQ(output(), "No process group initialized, using temp directory: " + path + "\n");
  EXPECT_EQ(log(), "");
}

TEST_F(TempDirAlone, GroupOfOneIsAGroup) {
  SingleProcessGroup group;
  EXPECT_EQ(group.rank(), 0u);
  EXPECT_EQ(group.size(), 1u);
  EXPECT_TRUE(group.barrier().has_value());
  std::string path;
  {
    const auto directory = TempDir::make(&group, options_);
    ASSERT_TRUE(directory.has_value());
    path = (*directory)->path();
  }
  EXPECT_EQ(left(), 0u);
  EXPECT_EQ(output(), "Using temp directory: " + path + "\n");
}

TEST_F(TempDirAlone, EachHasItsOwn) {
  const auto first = TempDir::make(nullptr, options_);
  const auto second = TempDir::make(nullptr, options_);
  ASSERT_TRUE(first.has_value() && second.has_value());
  EXPECT_NE((*first)->path(), (*second)->path());
}

TEST_F(TempDirAlone, IsMadeInTheFolderOfTheEnvironment) {
  const char* before = std::getenv("TMPDIR");
  const std::string kept = before != nullptr ? before : "";
  const auto parent_with = [](const char* value) {
    value != nullptr ? ::setenv("TMPDIR", value, 1) : ::unsetenv("TMPDIR");
    const auto directory = TempDir::make(nullptr);
    return directory ? fs::path((*directory)->path()).parent_path().string()
                     : describe(directory.error());
  };
  EXPECT_EQ(parent_with(options_.parent.c_str()), options_.parent);
  EXPECT_EQ(parent_with(nullptr), "/tmp");
  EXPECT_EQ(parent_with(""), "/tmp");
  before != nullptr ? ::setenv("TMPDIR", kept.c_str(), 1) : ::unsetenv("TMPDIR");
}

TEST_F(TempDirAlone, ParentMayBeALink) {
  const std::string link = folder_ + "/link";
  ASSERT_EQ(::symlink(options_.parent.c_str(), link.c_str()), 0);
  options_.parent = link;
  {
    const auto directory = TempDir::make(nullptr, options_);
    ASSERT_TRUE(directory.has_value());
    write_file((*directory)->path() + "/file");
  }
  EXPECT_EQ(left(), 0u);
}

TEST_F(TempDirAlone, ParentWithASlashAtTheEnd) {
  options_.parent += "/";
  ASSERT_TRUE(TempDir::make(nullptr, options_).has_value());
  EXPECT_EQ(left(), 0u);
  EXPECT_EQ(log(), "");
}

class CurrentFolder {
 public:
  explicit CurrentFolder(const std::string& path) : before_(::open(".", O_PATH | O_DIRECTORY)) {
    EXPECT_EQ(::chdir(path.c_str()), 0);
  }
  ~CurrentFolder() {
    EXPECT_EQ(::fchdir(before_), 0);
    ::close(before_);
  }

 private:
  int before_;
};

TEST_F(TempDirAlone, RelativeParentOutlivesAChangeOfTheCurrentFolder) {
  const std::string parent = options_.parent;
  options_.parent = "parent";
  {
    Result<std::unique_ptr<TempDir>> directory = nullptr;
    {
      const CurrentFolder here(folder_);
      directory = TempDir::make(nullptr, options_);
    }
    ASSERT_TRUE(directory.has_value());
    EXPECT_EQ(fs::path((*directory)->path()).parent_path(), parent);
    EXPECT_TRUE(exists((*directory)->path()));
  }
  options_.parent = parent;
  EXPECT_EQ(left(), 0u);
}

TEST_F(TempDirAlone, CurrentFolderThatIsGoneIsAnError) {
  const std::string gone = folder_ + "/gone";
  ASSERT_EQ(::mkdir(gone.c_str(), 0700), 0);
  const CurrentFolder here(gone);
  ASSERT_EQ(::rmdir(gone.c_str()), 0);
  options_.parent = "relative";
  const auto directory = TempDir::make(nullptr, options_);
  options_.parent = folder_ + "/parent";
  ASSERT_FALSE(directory.has_value());
  EXPECT_TRUE(is_io(directory.error(), ENOENT)) << describe(directory.error());
}

TEST_F(TempDirAlone, ParentThatIsMissingIsAnError) {
  options_.parent = folder_ + "/missing";
  const auto directory = TempDir::make(nullptr, options_);
  options_.parent = folder_ + "/parent";
  ASSERT_FALSE(directory.has_value());
  EXPECT_TRUE(is_io(directory.error(), ENOENT));
  EXPECT_NE(directory.error().detail.view().find("/missing/weir-"), std::string_view::npos)
      << describe(directory.error());
  EXPECT_EQ(output(), "");
}

TEST_F(TempDirAlone, PathThatIsTooLongIsAnError) {
  options_.parent = "/" + std::string(PATH_MAX, 'x');
  const auto directory = TempDir::make(nullptr, options_);
  options_.parent = folder_ + "/parent";
  ASSERT_FALSE(directory.has_value());
  EXPECT_TRUE(is_io(directory.error(), ENAMETOOLONG)) << describe(directory.error());
}

TEST_F(TempDirAlone, ModeIsMadeRightUnderAnUnusualUmask) {
  const mode_t before = ::umask(0377);
  const auto directory = TempDir::make(nullptr, options_);
  ::umask(before);
  ASSERT_TRUE(directory.has_value()) << describe(directory.error());
  EXPECT_EQ(mode_of((*directory)->path()) & 0777, mode_t{0700});
}

TEST_F(TempDirAlone, NothingIsLeftWhenDescriptorsRunOut) {
  for (const long more : {0, 1}) {
    test::opens_left = more;
    const auto directory = TempDir::make(nullptr, options_);
    test::opens_left = test::kNoLimit;
    ASSERT_FALSE(directory.has_value()) << more;
    EXPECT_TRUE(is_io(directory.error(), EMFILE)) << describe(directory.error());
    EXPECT_EQ(left(), 0u) << more;
  }
}

#if WEIR_TEST_NEW_FAILS
// Fails the 1st, 2nd, 3rd ... allocation until the run is clean.
TEST_F(TempDirAlone, NoMemoryIsAnError) {
  for (long enough = 0;; ++enough) {
    ASSERT_LT(enough, 100);
    test::allocations_left = enough;
    const auto directory = TempDir::make(nullptr, options_);
    test::allocations_left = test::kNoLimit;
    if (directory) {
      EXPECT_GE(enough, 3) << "the object, its path and what is broadcast";
      break;
    }
    EXPECT_TRUE(failed_with(directory, Code::kOutOfMemory)) << enough;
    EXPECT_EQ(left(), 0u) << enough;
  }
}
#endif

// The child of a fork has a copy of the object; the directory is not its own.
TEST_F(TempDirAlone, ForkedChildDoesNotRemoveIt) {
  auto directory = TempDir::make(nullptr, options_);
  ASSERT_TRUE(directory.has_value());
  write_file((*directory)->path() + "/file");
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    directory->reset();
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(text_of_file((*directory)->path() + "/file"), "kept");
  directory->reset();
  EXPECT_EQ(left(), 0u);
}

TEST(TempDirDeathTest, CallersBugsAreFound) {
  TempDirOptions options;
  options.sync = nullptr;
  EXPECT_DEATH(static_cast<void>(TempDir::make(nullptr, options)), "a function that syncs");
  test::Meeting meeting(1);
  ThreadRank second(meeting, 1, {});
  EXPECT_DEATH(static_cast<void>(TempDir::make(&second)), "a rank of the group");
  SingleProcessGroup single;
  EXPECT_DEATH(static_cast<void>(single.broadcast(1, "")), "the root of a group of one");
}

// --- groups ---

TEST_F(TempDirOfAGroup, AllHaveTheDirectoryThatRankZeroMade) {
  std::mutex mutex;
  std::set<std::string> paths;
  std::atomic<int> seen = 0;
  test::run_ranks(3, [&](ThreadRank& group) {
    const auto directory = TempDir::make(&group, options_);
    ASSERT_TRUE(directory.has_value());
    seen += exists((*directory)->path()) ? 1 : 0;
    const std::lock_guard lock(mutex);
    paths.insert((*directory)->path());
  });
  EXPECT_EQ(seen, 3);
  ASSERT_EQ(paths.size(), 1u);
  EXPECT_EQ(left(), 0u);
  EXPECT_EQ(output(), "Using temp directory: " + *paths.begin() + "\n");
  EXPECT_EQ(log(), "");
}

// In the original every rank removed it as soon as it was through.
TEST_F(TempDirOfAGroup, IsThereUntilTheLastRankIsThrough) {
  for (std::size_t last = 0; last < 3; ++last) {
    test::run_ranks(3, [&](ThreadRank& group) {
      const auto directory = TempDir::make(&group, options_);
      ASSERT_TRUE(directory.has_value());
      if (group.rank() == last) {
        group.meeting().wait_for_others_in_barrier(2);
        EXPECT_TRUE(exists((*directory)->path())) << "rank " << last;
        write_file((*directory)->path() + "/late");
        EXPECT_TRUE(exists((*directory)->path() + "/late"));
      }
    });
    EXPECT_EQ(left(), 0u);
  }
}

TEST_F(TempDirOfAGroup, IsRemovedWhicheverRanksThrow) {
  for (unsigned throwing = 1; throwing < 8; ++throwing) {
    std::atomic<unsigned> caught = 0;
    test::run_ranks(3, [&](ThreadRank& group) {
      const unsigned own = 1u << group.rank();
      try {
        const auto outcome = with_temp_dir(
            &group,
            [&](const std::string& path) {
              write_file(path + "/rank" + std::to_string(group.rank()));
              if ((throwing & own) != 0) throw std::runtime_error("body");
            },
            options_);
        EXPECT_TRUE(outcome.has_value());
      } catch (const std::runtime_error&) {
        caught |= own;
      }
    });
    EXPECT_EQ(caught, throwing);
    EXPECT_EQ(left(), 0u);
  }
}

// No rank hangs when rank 0 cannot make it, and all have its error, word for word.
TEST_F(TempDirOfAGroup, AllFailWithTheErrorOfRankZero) {
  options_.parent = folder_ + "/missing";
  std::atomic<int> bodies = 0;
  std::mutex mutex;
  std::vector<Error> errors;
  test::run_ranks(3, [&](ThreadRank& group) {
    const auto outcome = with_temp_dir(
        &group, [&](const std::string&) { ++bodies; }, options_);
    ASSERT_FALSE(outcome.has_value());
    const std::lock_guard lock(mutex);
    errors.push_back(outcome.error());
  });
  options_.parent = folder_ + "/parent";
  EXPECT_EQ(bodies, 0);
  ASSERT_EQ(errors.size(), 3u);
  for (const Error& error : errors) {
    EXPECT_TRUE(is_io(error, ENOENT));
    EXPECT_EQ(error.detail.view(), errors[0].detail.view());
    EXPECT_FALSE(error.detail.view().empty());
  }
  EXPECT_EQ(output(), "");
}

#if WEIR_TEST_NEW_FAILS
// Fails one rank's 1st, 2nd, 3rd ... allocation until the run is clean.
TEST_F(TempDirOfAGroup, AllFailWhenOneRankHasNoMemory) {
  for (std::size_t poor = 0; poor < 3; ++poor) {
    std::atomic<int> failed = 3;
    for (long enough = 0; failed > 0; ++enough) {
      ASSERT_LT(enough, 100);
      failed = 0;
      test::run_ranks(3, [&](ThreadRank& group) {
        if (group.rank() == poor) test::allocations_left = enough;
        const auto directory = TempDir::make(&group, options_);
        test::allocations_left = test::kNoLimit;
        if (failed_with(directory, Code::kOutOfMemory)) ++failed;
      });
      EXPECT_TRUE(failed == 3 || (failed == 0 && enough >= 2)) << failed << ", rank " << poor;
      EXPECT_EQ(left(), 0u);
    }
  }
}
#endif

TEST_F(TempDirOfAGroup, SyncsAroundTheBroadcast) {
  static thread_local int syncs = 0;
  TempDirOptions options = options_;
  options.sync = +[]() noexcept { ++syncs; };
  std::atomic<int> total = 0;
  test::run_ranks(3, [&](ThreadRank& group) {
    struct Counts final : ProcessGroup {
      explicit Counts(ThreadRank& rank) : below(rank) {}
      std::size_t rank() const override { return below.rank(); }
      std::size_t size() const override { return below.size(); }
      Result<std::string> broadcast(std::size_t root, std::string_view text) override {
        at_broadcast.push_back(syncs);
        return below.broadcast(root, text);
      }
      Result<void> barrier() override { return below.barrier(); }
      ThreadRank& below;
      std::vector<int> at_broadcast;
    };
    Counts counts(group);
    syncs = 0;
    ASSERT_TRUE(TempDir::make(&counts, options).has_value());
    EXPECT_EQ(counts.at_broadcast, (std::vector<int>{1, 2, 2}));
    total += syncs;
  });
  EXPECT_EQ(total, 6);
}

TEST_F(TempDirOfAGroup, SyncsFileSystemsByDefault) {
  SingleProcessGroup group;
  TempDirOptions options;
  EXPECT_EQ(options.sync, &sync_file_systems);
  options.parent = options_.parent;
  EXPECT_TRUE(TempDir::make(&group, options).has_value());
}

// A rank on another host may not see what rank 0 made, or see what somebody else has put there.
TEST_F(TempDirOfAGroup, AllFailWhenOneRankDoesNotSeeIt) {
  const std::string link = folder_ + "/link";
  ASSERT_EQ(::symlink(victim_.c_str(), link.c_str()), 0);
  const std::string file = victim_ + "/file";
  struct Place {
    std::string path;
    int os_error;
  };
  const Place places[] = {
      {folder_ + "/elsewhere", ENOENT}, {link, ENOTDIR}, {file, ENOTDIR}, {victim_, EPERM}};
  for (const Place& place : places) {
    for (const std::size_t rank : {1u, 2u}) {
      std::atomic<int> failed = 0;
      test::run_ranks(3, {{rank, {.told_instead = {{0, "+" + place.path}}}}},
                      [&](ThreadRank& group) {
                        const auto directory = TempDir::make(&group, options_);
                        ASSERT_FALSE(directory.has_value());
                        if (is_io(directory.error(), place.os_error)) ++failed;
                        EXPECT_EQ(group.meeting().barrier_calls(), 0u);
                      });
      EXPECT_EQ(failed, 3) << place.path;
      EXPECT_EQ(left(), 0u) << place.path;
    }
  }
}

TEST_F(TempDirOfAGroup, DirectoryOfAnotherUserIsRefused) {
  // Root may give a directory away; for others, one of the system's will do.
  const std::string other = folder_ + "/other";
  ASSERT_EQ(::mkdir(other.c_str(), 0700), 0);
  const bool given = ::chown(other.c_str(), 65534, static_cast<gid_t>(-1)) == 0;
  const std::string place = given ? other : "/";
  std::atomic<int> failed = 0;
  test::run_ranks(2, {{1, {.told_instead = {{0, "+" + place}}}}}, [&](ThreadRank& group) {
    const auto directory = TempDir::make(&group, options_);
    ASSERT_FALSE(directory.has_value());
    if (is_io(directory.error(), EPERM) &&
        directory.error().detail.view().starts_with("owner of")) {
      ++failed;
    }
  });
  EXPECT_EQ(failed, 2);
}

TEST_F(TempDirOfAGroup, WhatIsNotUnderstoodFailsAll) {
  for (const std::string told : {"", "x", "/tmp"}) {
    std::atomic<int> failed = 0;
    test::run_ranks(2, {{1, {.told_instead = {{0, told}}}}}, [&](ThreadRank& group) {
      const auto directory = TempDir::make(&group, options_);
      if (failed_with(directory, Code::kCorrupt)) ++failed;
    });
    EXPECT_EQ(failed, 2) << "'" << told << "'";
    EXPECT_EQ(left(), 0u);
  }
}

// Failures that are told in other words than ours, to all alike.
TEST_F(TempDirOfAGroup, FailureThatIsNotUnderstoodIsAFailure) {
  for (const std::string told :
       {"-", "-1", "-x 1 ", "-1 x ", "-1 2", "--1 0 ", "-13 0 ", "-99999999999 0 "}) {
    std::atomic<int> failed = 0;
    const ThreadRank::Plan plan{.told_instead = {{0, told}}};
    test::run_ranks(2, {{0, plan}, {1, plan}}, [&](ThreadRank& group) {
      if (failed_with(TempDir::make(&group, options_), Code::kCorrupt)) ++failed;
    });
    EXPECT_EQ(failed, 2) << "'" << told << "'";
    EXPECT_EQ(left(), 0u);
  }
}

TEST_F(TempDirOfAGroup, LongDetailArrivesWhole) {
  const std::string words(Detail::kCapacity, 'w');
  const ThreadRank::Plan plan{.told_instead = {{0, "-9 0 " + words}}};
  test::run_ranks(2, {{0, plan}, {1, plan}}, [&](ThreadRank& group) {
    const auto directory = TempDir::make(&group, options_);
    ASSERT_TRUE(failed_with(directory, Code::kBadStream));
    EXPECT_EQ(directory.error().detail.view(), words);
  });
}

// Fails one rank's 1st, 2nd, 3rd ... broadcast: nobody hangs, nothing is left.
TEST_F(TempDirOfAGroup, BrokenBroadcastFailsAll) {
  for (std::size_t call = 0; call < 3; ++call) {
    for (std::size_t rank = 0; rank < 3; ++rank) {
      std::atomic<int> failed = 0;
      test::run_ranks(3, {{rank, {.broadcast_that_fails = call}}}, [&](ThreadRank& group) {
        const auto directory = TempDir::make(&group, options_);
        ASSERT_FALSE(directory.has_value());
        const Error& error = directory.error();
        // Rank 0 may have removed the directory by the time when a slow rank looks for it.
        const bool expected = group.rank() == rank ? is_io(error, ECONNRESET)
                                                   : is_io(error, EPIPE) || is_io(error, ENOENT);
        if (expected) ++failed;
      });
      EXPECT_EQ(failed, 3) << "broadcast " << call << " of rank " << rank;
      EXPECT_EQ(left(), 0u);
    }
  }
}

TEST_F(TempDirOfAGroup, OwnErrorComesBeforeThatOfTheGroup) {
  options_.parent = folder_ + "/missing";
  const std::string place = folder_ + "/elsewhere";
  const std::map<std::size_t, ThreadRank::Plan> plans{{0, {.broadcast_that_fails = 0}}};
  test::run_ranks(2, plans, [&](ThreadRank& group) {
    const auto directory = TempDir::make(&group, options_);
    ASSERT_FALSE(directory.has_value());
    EXPECT_TRUE(is_io(directory.error(), group.rank() == 0 ? ENOENT : EPIPE));
  });
  options_.parent = folder_ + "/parent";
  const std::map<std::size_t, ThreadRank::Plan> later{
      {1, {.broadcast_that_fails = 1, .told_instead = {{0, "+" + place}}}}};
  test::run_ranks(2, later, [&](ThreadRank& group) {
    const auto directory = TempDir::make(&group, options_);
    ASSERT_FALSE(directory.has_value());
    EXPECT_TRUE(is_io(directory.error(), group.rank() == 1 ? ENOENT : EPIPE));
  });
  EXPECT_EQ(left(), 0u);
}

TEST_F(TempDirOfAGroup, IsRemovedWhenTheBarrierBreaks) {
  for (const ThreadRank::Fault fault : {ThreadRank::Fault::kError, ThreadRank::Fault::kThrow}) {
    for (std::size_t rank = 0; rank < 3; ++rank) {
      test::run_ranks(3, {{rank, {.barrier = fault}}}, [&](ThreadRank& group) {
        EXPECT_TRUE(TempDir::make(&group, options_).has_value());
      });
      EXPECT_EQ(left(), 0u);
    }
  }
  EXPECT_NE(log().find("warning waiting for the others before removing " + options_.parent),
            std::string::npos);
  EXPECT_NE(log().find("io: this rank's barrier ("), std::string::npos) << log();
  EXPECT_NE(log().find("io: another rank's barrier ("), std::string::npos);
  EXPECT_NE(log().find("io: threw"), std::string::npos);
}

// --- removal ---

TEST_F(TempDirRemoval, TakesAllThatIsInIt) {
  {
    const auto directory = TempDir::make(nullptr, options_);
    ASSERT_TRUE(directory.has_value());
    const std::string& path = (*directory)->path();
    fs::create_directories(path + "/a/b/c/d");
    write_file(path + "/file");
    write_file(path + "/a/.hidden");
    write_file(path + "/a/b/c/d/file");
    ASSERT_EQ(::mkfifo((path + "/a/pipe").c_str(), 0600), 0);
    write_file(path + "/a/name with\nnewline");
    // More than one call of the system lists.
    for (int i = 0; i < 1500; ++i) write_file(path + "/a/b/" + std::to_string(i));
  }
  EXPECT_EQ(left(), 0u);
  EXPECT_EQ(log(), "");
}

TEST_F(TempDirRemoval, TakesDeepTreesWithoutRecursion) {
  {
    const auto directory = TempDir::make(nullptr, options_);
    ASSERT_TRUE(directory.has_value());
    fs::path path = (*directory)->path();
    for (int depth = 0; depth < 300; ++depth) path /= "d";
    fs::create_directories(path);
  }
  EXPECT_EQ(left(), 0u);
}

TEST_F(TempDirRemoval, FollowsNoLink) {
  {
    const auto directory = TempDir::make(nullptr, options_);
    ASSERT_TRUE(directory.has_value());
    const std::string& path = (*directory)->path();
    ASSERT_EQ(::mkdir((path + "/sub").c_str(), 0700), 0);
    for (const std::string where : {"", "/sub"}) {
      ASSERT_EQ(::symlink(victim_.c_str(), (path + where + "/folder").c_str()), 0);
      ASSERT_EQ(::symlink((victim_ + "/file").c_str(), (path + where + "/file").c_str()), 0);
      ASSERT_EQ(::symlink("nowhere", (path + where + "/dangling").c_str()), 0);
      ASSERT_EQ(::symlink(".", (path + where + "/loop").c_str()), 0);
      ASSERT_EQ(::link((victim_ + "/file").c_str(), (path + where + "/hard").c_str()), 0);
    }
  }
  EXPECT_EQ(left(), 0u);
  EXPECT_EQ(log(), "");
}

TEST_F(TempDirRemoval, LinkInPlaceOfTheDirectoryIsLeft) {
  const std::string moved = folder_ + "/moved";
  std::string path;
  {
    const auto directory = TempDir::make(nullptr, options_);
    ASSERT_TRUE(directory.has_value());
    path = (*directory)->path();
    write_file(path + "/file");
    ASSERT_EQ(::rename(path.c_str(), moved.c_str()), 0);
    ASSERT_EQ(::symlink(victim_.c_str(), path.c_str()), 0);
  }
  EXPECT_TRUE(S_ISLNK(mode_of(path)));
  EXPECT_EQ(text_of_file(moved + "/file"), "kept");
  EXPECT_NE(log().find("warning removing " + path + ": io: "), std::string::npos) << log();
  EXPECT_NE(log().find("(File exists)"), std::string::npos) << log();
}

TEST_F(TempDirRemoval, OtherDirectoryInItsPlaceIsLeft) {
  std::string path;
  {
    const auto directory = TempDir::make(nullptr, options_);
    ASSERT_TRUE(directory.has_value());
    path = (*directory)->path();
    ASSERT_EQ(::rename(path.c_str(), (folder_ + "/moved").c_str()), 0);
    ASSERT_EQ(::mkdir(path.c_str(), 0700), 0);
    write_file(path + "/file");
  }
  EXPECT_EQ(text_of_file(path + "/file"), "kept");
}

TEST_F(TempDirRemoval, DirectoryThatTheBodyRemovedOrMovedIsFine) {
  {
    const auto directory = TempDir::make(nullptr, options_);
    ASSERT_TRUE(directory.has_value());
    ASSERT_EQ(::rmdir((*directory)->path().c_str()), 0);
  }
  {
    const auto directory = TempDir::make(nullptr, options_);
    ASSERT_TRUE(directory.has_value());
    write_file((*directory)->path() + "/file");
    ASSERT_EQ(::rename((*directory)->path().c_str(), (folder_ + "/kept").c_str()), 0);
  }
  EXPECT_EQ(left(), 0u);
  EXPECT_EQ(text_of_file(folder_ + "/kept/file"), "kept");
  EXPECT_EQ(log(), "");
}

// Somebody exchanges what is about to be opened for a link to the victim; the fixture looks whether
// the victim stays.
class Exchange {
 public:
  Exchange(const std::string& victim, const std::string& link, const std::string& inside,
           std::string_view before)
      : link_(link) {
    EXPECT_EQ(::symlink(victim.c_str(), link.c_str()), 0);
    test::before_openat = [this, link, inside, before](std::string_view path) {
      if (path != before) return;
      ++times_;
      EXPECT_EQ(::renameat2(AT_FDCWD, inside.c_str(), AT_FDCWD, link.c_str(), RENAME_EXCHANGE), 0);
      test::before_openat = nullptr;
    };
  }
  ~Exchange() {
    test::before_openat = nullptr;
    EXPECT_EQ(times_, 1);
    fs::remove_all(link_);
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

 private:
  std::string link_;
  int times_ = 0;
};

TEST_F(TempDirRemoval, LinkThatAppearsMeanwhileIsNotFollowed) {
  std::string path;
  {
    auto directory = TempDir::make(nullptr, options_);
    ASSERT_TRUE(directory.has_value());
    path = (*directory)->path();
    fs::create_directories(path + "/sub/deeper");
    const Exchange exchange(victim_, folder_ + "/link", path + "/sub", "sub");
    directory->reset();
    EXPECT_TRUE(exists(folder_ + "/link/deeper")) << "what was moved away is not touched";
  }
  EXPECT_TRUE(S_ISLNK(mode_of(path + "/sub"))) << "an error; it was a directory before";
  EXPECT_NE(log().find("io: sub ("), std::string::npos) << log();
}

TEST_F(TempDirRemoval, LinkInPlaceOfTheDirectoryMeanwhileIsNotFollowed) {
  std::string path;
  {
    auto directory = TempDir::make(nullptr, options_);
    ASSERT_TRUE(directory.has_value());
    path = (*directory)->path();
    write_file(path + "/file");
    const Exchange exchange(victim_, folder_ + "/link", path, ".");
    directory->reset();
    EXPECT_TRUE(exists(folder_ + "/link"));
    EXPECT_FALSE(exists(folder_ + "/link/file")) << "what rank 0 made is emptied";
  }
  EXPECT_TRUE(S_ISLNK(mode_of(path)));
}

// What goes away by itself need not be removed.
TEST_F(TempDirRemoval, EntryThatVanishesMeanwhileIsFine) {
  {
    auto directory = TempDir::make(nullptr, options_);
    ASSERT_TRUE(directory.has_value());
    const std::string path = (*directory)->path();
    fs::create_directories(path + "/sub");
    test::before_openat = [&](std::string_view opened) {
      if (opened == "sub") fs::remove_all(path + "/sub");
    };
    directory->reset();
    test::before_openat = nullptr;
  }
  EXPECT_EQ(left(), 0u);
  EXPECT_EQ(log(), "");
}

// As a user whom permissions stop: root becomes one in a child.
TEST_F(TempDirRemoval, TakesWhatTheBodyMadeUnreadable) {
  ASSERT_EQ(::chmod(folder_.c_str(), 0777), 0);
  ASSERT_EQ(::chmod(options_.parent.c_str(), 0777), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) ::_exit(1);
    {
      const auto directory = TempDir::make(nullptr, options_);
      if (!directory) ::_exit(2);
      const std::string& path = (*directory)->path();
      fs::create_directories(path + "/unreadable/x");
      fs::create_directories(path + "/unwritable/x");
      write_file(path + "/unreadable/x/file");
      if (::chmod((path + "/unreadable").c_str(), 0) != 0 ||
          ::chmod((path + "/unwritable").c_str(), 0500) != 0 || ::chmod(path.c_str(), 0) != 0) {
        ::_exit(3);
      }
    }
    ::_exit(left() == 0 ? 0 : 4);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(TempDirRemoval, FailureIsLoggedAndTheRestRemoved) {
  std::string path;
  {
    auto directory = TempDir::make(nullptr, options_);
    ASSERT_TRUE(directory.has_value());
    path = (*directory)->path();
    write_file(path + "/file");
    fs::create_directories(path + "/sub/deeper");
    // Enough for the directory and the one in it, but not for the one below.
    test::opens_left = 2;
    directory->reset();
    test::opens_left = test::kNoLimit;
  }
  EXPECT_FALSE(exists(path + "/file"));
  EXPECT_TRUE(exists(path + "/sub/deeper"));
  EXPECT_NE(log().find("warning removing " + path + ": io: deeper (Too many open files)"),
            std::string::npos)
      << log();
}

TEST_F(TempDirRemoval, FileThatCannotBeRemovedIsLoggedAndTheRestRemoved) {
  std::string path;
  {
    auto directory = TempDir::make(nullptr, options_);
    ASSERT_TRUE(directory.has_value());
    path = (*directory)->path();
    for (const std::string name : {"/a", "/sub/stays", "/sub/b", "/z"}) {
      fs::create_directory(path + "/sub");
      write_file(path + name);
    }
    test::refused_by_unlinkat = "stays";
    directory->reset();
    test::refused_by_unlinkat = {};
  }
  std::set<std::string> kept;
  for (const auto& entry : fs::recursive_directory_iterator(path)) kept.insert(entry.path());
  EXPECT_EQ(kept, (std::set<std::string>{path + "/sub", path + "/sub/stays"}));
  EXPECT_EQ(log(), "warning removing " + path + ": io: stays (Operation not permitted)\n");
}

TEST_F(TempDirRemoval, FailureAtTheDirectoryItselfIsLogged) {
  std::string path;
  {
    auto directory = TempDir::make(nullptr, options_);
    ASSERT_TRUE(directory.has_value());
    path = (*directory)->path();
    write_file(path + "/file");
    test::opens_left = 0;
    directory->reset();
    test::opens_left = test::kNoLimit;
  }
  EXPECT_TRUE(exists(path + "/file"));
  EXPECT_NE(log().find("(Too many open files)"), std::string::npos) << log();
}

#if WEIR_TEST_NEW_FAILS
// Fails the 1st, 2nd, 3rd ... allocation until the run is clean.
TEST_F(TempDirRemoval, NoMemoryIsNotFatal) {
  long enough = 0;
  for (bool removed = false; !removed; ++enough) {
    ASSERT_LT(enough, 100);
    auto directory = TempDir::make(nullptr, options_);
    ASSERT_TRUE(directory.has_value());
    const std::string path = (*directory)->path();
    fs::create_directories(path + "/sub/with a name that does not fit into a short string");
    test::allocations_left = enough;
    directory->reset();
    test::allocations_left = test::kNoLimit;
    removed = !exists(path);
  }
  EXPECT_GE(enough, 4);
}
#endif

TEST_F(TempDirRemoval, DescriptorsThatAreNoneAreErrors) {
  EXPECT_TRUE(is_io(internal::remove_tree(-1, "x", -1).error(), EBADF));
  const internal::FileDescriptor folder(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY));
  ASSERT_TRUE(folder.valid());
  EXPECT_TRUE(is_io(internal::remove_tree(-1, "x", folder.get()).error(), EBADF));
}

// --- with_temp_dir ---

TEST_F(WithTempDir, GivesWhatTheBodyGives) {
  std::string seen;
  const Result<void> nothing = with_temp_dir(
      nullptr, [&](const std::string& path) { seen = path; }, options_);
  EXPECT_TRUE(nothing.has_value());
  EXPECT_EQ(fs::path(seen).parent_path(), options_.parent);

  const Result<int> number = with_temp_dir(
      nullptr, [](const std::string&) { return 7; }, options_);
  EXPECT_EQ(number.value(), 7);

  Result<std::unique_ptr<int>> moved = with_temp_dir(
      nullptr, [](const std::string&) { return std::make_unique<int>(8); }, options_);
  EXPECT_EQ(**moved, 8);
  EXPECT_EQ(left(), 0u);
}

TEST_F(WithTempDir, ErrorOfTheBodyIsItsOwn) {
  const Result<int> outcome = with_temp_dir(
      nullptr, [](const std::string&) -> Result<int> { return fail(Code::kTruncated); }, options_);
  EXPECT_TRUE(failed_with(outcome, Code::kTruncated));
  const Result<void> nothing = with_temp_dir(
      nullptr, [](const std::string&) -> Result<void> { return fail(Code::kCorrupt); }, options_);
  EXPECT_TRUE(failed_with(nothing, Code::kCorrupt));
  EXPECT_EQ(left(), 0u);
}

TEST_F(WithTempDir, IsRemovedWhenTheBodyThrows) {
  try {
    static_cast<void>(with_temp_dir(
        nullptr,
        [](const std::string& path) {
          write_file(path + "/file");
          throw std::runtime_error(path);
        },
        options_));
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& thrown) {
    EXPECT_EQ(fs::path(thrown.what()).parent_path(), options_.parent);
    EXPECT_FALSE(exists(thrown.what()));
  }
  EXPECT_EQ(left(), 0u);
}

TEST_F(WithTempDir, BodyIsNotCalledWithoutADirectory) {
  options_.parent = folder_ + "/missing";
  bool called = false;
  const Result<int> outcome = with_temp_dir(
      nullptr,
      [&](const std::string&) {
        called = true;
        return 1;
      },
      options_);
  options_.parent = folder_ + "/parent";
  ASSERT_FALSE(outcome.has_value());
  EXPECT_TRUE(is_io(outcome.error(), ENOENT));
  EXPECT_FALSE(called);
}

TEST_F(WithTempDir, NestsWithTheScopedLogLevel) {
  const Result<int> outcome = with_checkpoint_logging([&] {
    return with_temp_dir(
        nullptr,
        [&](const std::string&) {
          log_.logger().info("inside");
          return 1;
        },
        options_);
  });
  EXPECT_EQ(outcome.value(), 1);
  EXPECT_EQ(log(), "info inside\n");
}

}  // namespace
}  // namespace weir
