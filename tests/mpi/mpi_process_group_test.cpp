// Guards the process group over MPI, and the temporary directory on it. Three processes run every
// test together (mpirun -n 3), so each test makes the same calls on every rank: EXPECT, never
// ASSERT, which would leave the others waiting.
#include "weir/checkpoint_testing/mpi_process_group.h"

#include <gtest/gtest.h>
#include <mpi.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "weir/checkpoint_testing/temp_dir.h"

// MPI calls that fail when a test asks for it, in the way that the standard has for tools: the
// program's own functions call those with a P in front.
namespace {
enum class Failing { kNone, kDup, kBroadcast, kBarrier };
Failing failing = Failing::kNone;
int calls_until_failure = 0;
bool fails_now(Failing kind) { return failing == kind && calls_until_failure-- == 0; }
}  // namespace
extern "C" {
int MPI_Comm_dup(MPI_Comm communicator, MPI_Comm* made) {
  return fails_now(Failing::kDup) ? MPI_ERR_COMM : PMPI_Comm_dup(communicator, made);
}
int MPI_Bcast(void* bytes, int count, MPI_Datatype type, int root, MPI_Comm communicator) {
  return fails_now(Failing::kBroadcast) ? MPI_ERR_OTHER
                                        : PMPI_Bcast(bytes, count, type, root, communicator);
}
int MPI_Barrier(MPI_Comm communicator) {
  return fails_now(Failing::kBarrier) ? MPI_ERR_OTHER : PMPI_Barrier(communicator);
}
}

namespace weir {
namespace {

constexpr std::size_t kRanks = 3;
// What of_world said before MPI was there.
std::optional<bool> null_before_init;

void no_sync() noexcept {}
TempDirOptions without_sync() {
  TempDirOptions options;
  options.sync = &no_sync;
  return options;
}

bool exists(const std::string& path) {
  struct stat status;
  return ::lstat(path.c_str(), &status) == 0;
}

class MpiProcessGroupTest : public testing::Test {
 protected:
  void SetUp() override {
    failing = Failing::kNone;
    calls_until_failure = 0;
    auto made = MpiProcessGroup::of_world();
    if (!made || *made == nullptr) {
      // The others would wait for this rank.
      ADD_FAILURE() << "no group";
      MPI_Abort(MPI_COMM_WORLD, 1);
    }
    group_ = std::move(*made);
  }
  void TearDown() override { failing = Failing::kNone; }
  std::string rank_text() const { return std::to_string(group_->rank()); }
  // Whether it is true on all ranks.
  bool on_all(bool own) const {
    bool all = true;
    for (std::size_t root = 0; root < kRanks; ++root) {
      all = *group_->broadcast(root, own ? "1" : "0") == "1" && all;
    }
    return all;
  }

  std::unique_ptr<MpiProcessGroup> group_;
};

using MpiTempDirTest = MpiProcessGroupTest;

TEST_F(MpiProcessGroupTest, IsNullBeforeMpiIsInitialised) {
  EXPECT_EQ(null_before_init, std::optional(true));
}

TEST_F(MpiProcessGroupTest, HasThreeRanks) {
  EXPECT_EQ(group_->size(), kRanks);
  for (std::size_t rank = 0; rank < kRanks; ++rank) {
    EXPECT_EQ(*group_->broadcast(rank, rank_text()), std::to_string(rank));
  }
}

TEST_F(MpiProcessGroupTest, BroadcastsAnyBytesFromAnyRank) {
  std::string all_bytes;
  for (int byte = 0; byte < 256; ++byte) all_bytes.push_back(static_cast<char>(byte));
  const std::string texts[] = {"", "a", all_bytes, std::string(3000000, 'x')};
  for (std::size_t root = 0; root < kRanks; ++root) {
    for (const std::string& text : texts) {
      const auto given = group_->broadcast(root, group_->rank() == root ? text : "not looked at");
      EXPECT_TRUE(given.has_value() && *given == text) << text.size() << " bytes from " << root;
    }
  }
}

TEST_F(MpiProcessGroupTest, GroupsDoNotMixUpTheirMessages) {
  const auto other = MpiProcessGroup::of_world();
  // Ranks 1 and 2 get theirs in the other order than they were sent.
  std::string first;
  std::string second;
  if (group_->rank() == 0) {
    first = *group_->broadcast(0, "first");
    second = *(*other)->broadcast(0, "second");
  } else {
    second = *(*other)->broadcast(0, "");
    first = *group_->broadcast(0, "");
  }
  EXPECT_EQ(first, "first");
  EXPECT_EQ(second, "second");
  EXPECT_TRUE(group_->barrier().has_value());
}

TEST_F(MpiProcessGroupTest, RefusalsOfMpiAreErrors) {
  failing = Failing::kDup;
  const auto group = MpiProcessGroup::of_world();
  EXPECT_TRUE(failed_with(group, Code::kIo));
  EXPECT_TRUE(group.error().detail.view().starts_with("MPI_Comm_dup: MPI_ERR_COMM"))
      << describe(group.error());
  for (const int call : {0, 1}) {
    failing = Failing::kBroadcast;
    calls_until_failure = call;
    const auto given = group_->broadcast(0, "abc");
    EXPECT_TRUE(failed_with(given, Code::kIo));
    EXPECT_TRUE(given.error().detail.view().starts_with("MPI_Bcast: MPI_ERR_OTHER"));
  }
  failing = Failing::kBarrier;
  calls_until_failure = 0;
  const auto met = group_->barrier();
  EXPECT_TRUE(failed_with(met, Code::kIo));
  EXPECT_TRUE(met.error().detail.view().starts_with("MPI_Barrier: MPI_ERR_OTHER"));
}

TEST_F(MpiTempDirTest, IsSharedAndRemoved) {
  std::string seen;
  // With the default options, which sync the file systems.
  const auto files = with_temp_dir(group_.get(), [&](const std::string& path) {
    seen = path;
    std::ofstream(path + "/" + rank_text()) << rank_text();
    EXPECT_TRUE(group_->barrier().has_value());
    std::size_t count = 0;
    for (std::size_t rank = 0; rank < kRanks; ++rank) {
      count += exists(path + "/" + std::to_string(rank)) ? 1 : 0;
    }
    return count;
  });
  EXPECT_TRUE(files.has_value() && *files == kRanks);
  EXPECT_EQ(*group_->broadcast(0, seen), seen) << "the path of rank 0";
  EXPECT_TRUE(group_->barrier().has_value());
  EXPECT_FALSE(exists(seen));
}

TEST_F(MpiTempDirTest, IsRemovedWhicheverRanksThrow) {
  for (unsigned throwing = 1; throwing < 8; ++throwing) {
    const bool own = (throwing >> group_->rank() & 1) != 0;
    std::string seen;
    bool caught = false;
    try {
      const auto outcome = with_temp_dir(
          group_.get(),
          [&](const std::string& path) {
            seen = path;
            if (own) throw std::runtime_error("body");
          },
          without_sync());
      EXPECT_TRUE(outcome.has_value());
    } catch (const std::runtime_error&) {
      caught = true;
    }
    EXPECT_EQ(caught, own);
    EXPECT_TRUE(group_->barrier().has_value());
    EXPECT_FALSE(exists(seen)) << throwing;
  }
}

TEST_F(MpiTempDirTest, AllFailWithTheErrorOfRankZero) {
  TempDirOptions options = without_sync();
  // Of rank 0 alone is it asked.
  options.parent = group_->rank() == 0 ? "/missing/parent" : "";
  bool called = false;
  const auto outcome = with_temp_dir(
      group_.get(), [&](const std::string&) { called = true; }, options);
  EXPECT_FALSE(called);
  EXPECT_TRUE(failed_with(outcome, Code::kIo));
  EXPECT_EQ(outcome.error().os_error, ENOENT);
  EXPECT_TRUE(on_all(true)) << "nobody hangs";
}

TEST_F(MpiTempDirTest, IsRemovedWhenTheBarrierFails) {
  std::string seen;
  {
    const auto directory = TempDir::make(group_.get(), without_sync());
    EXPECT_TRUE(directory.has_value());
    seen = (*directory)->path();
    failing = Failing::kBarrier;
    calls_until_failure = 0;
  }
  EXPECT_TRUE(group_->barrier().has_value());
  EXPECT_FALSE(exists(seen));
}

// A forked child has copies of the group and of the directory; it must neither speak to the others
// nor remove anything.
TEST_F(MpiTempDirTest, ForkedChildLeavesBothAlone) {
  auto directory = TempDir::make(group_.get(), without_sync());
  EXPECT_TRUE(directory.has_value());
  const pid_t child = ::fork();
  if (child == 0) {
    directory->reset();
    group_.reset();
    ::_exit(0);
  }
  int status = 1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(on_all(exists((*directory)->path())));
  const std::string path = (*directory)->path();
  directory->reset();
  EXPECT_TRUE(group_->barrier().has_value());
  EXPECT_FALSE(exists(path));
}

}  // namespace
}  // namespace weir

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const auto before = weir::MpiProcessGroup::of_world();
  weir::null_before_init = before.has_value() && *before == nullptr;
  MPI_Init(&argc, &argv);
  auto kept = weir::MpiProcessGroup::of_world();
  const int failed = RUN_ALL_TESTS();
  MPI_Finalize();
  // A group that outlives MPI must not call it any more.
  kept = nullptr;
  const auto after = weir::MpiProcessGroup::of_world();
  return failed != 0 || !after.has_value() || *after != nullptr ? 1 : 0;
}
