// Guards what a zip file may cost: it says small and means large at will.
#include "tools/zip_archive.h"

#include <gtest/gtest.h>
#include <unistd.h>

#if WEIR_HAVE_ZIP

namespace weir::cli {
namespace {

class ZipArchiveTest : public testing::Test {
 protected:
  ZipArchiveTest() {
    EXPECT_EQ(write_zip(path_, {{"a", "12"}, {"b", "3456"}, {"c", "78"}}, ""), "");
  }
  ~ZipArchiveTest() override { ::unlink(path_.c_str()); }

  // The names of what is read; those of entries with a problem end with it.
  std::string read(const ZipLimits& limits, std::size_t wanted = 100) {
    std::string names;
    error_ = read_zip(path_, limits, [&](ZipEntry& entry) {
      EXPECT_EQ(entry.content.empty(), !entry.problem.empty());
      names += entry.name + (entry.problem.empty() ? " " : ": " + entry.problem + " ");
      return --wanted > 0;
    });
    return names;
  }

  std::string path_ = testing::TempDir() + "weir-zip-" + std::to_string(::getpid()) + ".zip";
  std::string error_;
};

TEST_F(ZipArchiveTest, WithinItsLimitsAllIsRead) {
  EXPECT_EQ(read({3, 4, 8}), "a b c ");
  EXPECT_EQ(error_, "");
}

TEST_F(ZipArchiveTest, OfTooManyEntriesNoneIsRead) {
  EXPECT_EQ(read({2, 4, 8}), "");
  EXPECT_NE(error_.find("has 3 entries, more than 2"), std::string::npos) << error_;
}

TEST_F(ZipArchiveTest, AnEntryThatIsTooLongIsNamedAndTheOthersAreRead) {
  EXPECT_EQ(read({3, 3, 8}), "a b: longer than 3 B, so not a case c ");
  EXPECT_EQ(error_, "");
}

TEST_F(ZipArchiveTest, BeyondTheBytesOfAllItEnds) {
  EXPECT_EQ(read({3, 4, 7}), "a b ");
  EXPECT_NE(error_.find("unpacks to more than 7 B: the rest is not read"), std::string::npos)
      << error_;
}

TEST_F(ZipArchiveTest, WhoHasEnoughIsGivenNoMore) {
  EXPECT_EQ(read({}, 2), "a b ");
  EXPECT_EQ(error_, "");
}

}  // namespace
}  // namespace weir::cli

#endif
