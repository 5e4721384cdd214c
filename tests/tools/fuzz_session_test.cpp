// Guards guided search as a verb runs it: how targets share the time, what is kept of their
// numbers, what becomes of one that breaks, fails or says nothing. The targets here are scripts
// that say what libFuzzer would.
#include "tools/fuzz_session.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "tools/fuzz_process.h"
#include "tools/scratch_folder.h"

namespace weir::cli {
namespace {

namespace fs = std::filesystem;
using properties::Group;

// ---- sharing ----

TEST(FuzzSharing, WhoHasHadNothingComesFirst) {
  const std::vector<FuzzShare> waiting = {{5, 5, 1000}, {0, 0, 0}, {0, 0, 0}};
  EXPECT_EQ(next_target(waiting, 0), 1u);
  EXPECT_EQ(next_target(waiting, 1), 1u);
}

TEST(FuzzSharing, EveryOtherSliceGoesToWhoHasHadTheLeast) {
  const std::vector<FuzzShare> waiting = {{20, 5, 1000}, {15, 5, 0}, {10, 5, 10}};
  EXPECT_EQ(next_target(waiting, 0), 2u);
  EXPECT_EQ(next_target(waiting, 1), 0u);
  EXPECT_EQ(next_target(waiting, 2), 2u);
}

TEST(FuzzSharing, FeaturesCountPerSecond) {
  const std::vector<FuzzShare> waiting = {{10, 10, 50}, {10, 2, 40}};
  EXPECT_EQ(next_target(waiting, 1), 1u);
}

TEST(FuzzSharing, AmongEqualsTheFirst) {
  const std::vector<FuzzShare> waiting = {{10, 5, 7}, {10, 5, 7}};
  EXPECT_EQ(next_target(waiting, 0), 0u);
  EXPECT_EQ(next_target(waiting, 1), 0u);
}

// Slices of 10 s, one at a time: what each of the targets has had of them in the end, if it brings
// so many new features in a slice.
std::vector<double> shared(const std::vector<std::uint64_t>& features, unsigned slices) {
  std::vector<FuzzShare> targets(features.size());
  for (unsigned i = 0; i < slices; ++i) {
    const std::size_t next = next_target(targets, i);
    targets[next] = {targets[next].seconds + 10, 10, features[next]};
  }
  std::vector<double> seconds;
  for (const FuzzShare& each : targets) seconds.push_back(each.seconds);
  return seconds;
}

TEST(FuzzSharing, WhoBringsMostHasMostAndNobodyStarves) {
  const std::vector<double> seconds = shared({0, 500, 0, 3}, 40);
  EXPECT_GE(seconds[1], 180);
  for (const std::size_t other : {0, 2, 3}) {
    EXPECT_GE(seconds[other], 50) << other;
    EXPECT_LE(seconds[other], seconds[1] / 2) << other;
  }
}

// ---- numbers over time ----

TEST(FuzzHistory, KeepsOneSampleASecond) {
  FuzzHistory history;
  for (int i = 0; i < 50; ++i) history.add({i * 0.1, 10u + static_cast<unsigned>(i), 1, 1});
  ASSERT_EQ(history.samples().size(), 5u);
  EXPECT_EQ(history.samples()[1].executions, 20u);
}

TEST(FuzzHistory, IsThinnedEvenlyAndKeepsTheFirst) {
  FuzzHistory history;
  for (std::uint64_t i = 0; i < 5000; ++i) history.add({static_cast<double>(i), i, i, i});
  const auto& samples = history.samples();
  ASSERT_LE(samples.size(), FuzzHistory::kSamplesMax);
  ASSERT_GE(samples.size(), FuzzHistory::kSamplesMax / 2);
  EXPECT_EQ(samples.front().seconds, 0);
  const double step = samples[1].seconds - samples[0].seconds;
  EXPECT_EQ(step, 32);
  for (std::size_t i = 1; i < samples.size(); ++i) {
    EXPECT_EQ(samples[i].seconds - samples[i - 1].seconds, step) << i;
  }
}

TEST(FuzzHistory, EndsWithTheLastNumbers) {
  FuzzHistory history;
  history.add({0, 1, 1, 1});
  history.add_last({0.5, 9, 2, 2});
  ASSERT_EQ(history.samples().size(), 1u);
  EXPECT_EQ(history.samples().back().executions, 9u);
  history.add_last({7, 9, 2, 2});
  EXPECT_EQ(history.samples().size(), 1u) << "nothing new was said";
  history.add_last({8, 10, 2, 2});
  EXPECT_EQ(history.samples().size(), 2u);
}

// ---- what libFuzzer says ----

TEST(FuzzLines, NumbersOfALine) {
  FuzzNumbers numbers;
  read_fuzz_line("#12\tINITED cov: 345 ft: 678 corp: 9/90b exec/s: 0 rss: 40Mb", numbers);
  read_fuzz_line("#4096\tNEW    cov: 346 ft: 700 corp: 10/99b lim: 4096 exec/s: 2048 rss: 41Mb",
                 numbers);
  read_fuzz_line("#5000\tREDUCE cov: 346 ft: 700 corp: 10/98b lim: 4096 exec/s: 2048 rss: 41Mb",
                 numbers);
  EXPECT_EQ(numbers.executions, 5000u);
  EXPECT_EQ(numbers.coverage, 346u);
  EXPECT_EQ(numbers.features, 700u);
  EXPECT_EQ(numbers.features_at_start, 678u);
  EXPECT_EQ(numbers.corpus, 10u);
  EXPECT_EQ(numbers.per_second, 2048u);
  EXPECT_EQ(numbers.new_paths, 1u);
}

// ---- sessions ----

class FuzzSessionTest : public testing::Test {
 protected:
  FuzzSessionTest() {
    settings_.programs = folder_.path() + "/bin";
    settings_.findings = folder_.path() + "/findings";
    settings_.budget = 1;
    fs::create_directories(settings_.programs);
  }

  // A target that does what `script` says: $artifacts is where its broken inputs go.
  void add_target(Group group, const std::string& script) {
    const std::string path = settings_.programs + "/fuzz_" + std::string(to_string(group));
    std::ofstream(path) << "#!/bin/sh\n"
                           "for word in \"$@\"; do\n"
                           "  case $word in -artifact_prefix=*) artifacts=${word#*=} ;; esac\n"
                           "done\n"
                        << script;
    fs::permissions(path, fs::perms::owner_all);
    settings_.targets.push_back(group);
  }

  // How often that target was started.
  std::size_t starts(Group group) const {
    std::ifstream file(settings_.programs + "/starts_" + std::string(to_string(group)));
    std::size_t lines = 0;
    for (std::string line; std::getline(file, line);) ++lines;
    return lines;
  }

  static std::string says(const std::string& line) { return "echo '" + line + "' >&2\n"; }

  const ScratchFolder folder_{"weir-fuzz-session"};
  FuzzSettings settings_;
};

constexpr const char* kCountStart = "echo start >> \"${0%/*}/starts_${0##*/fuzz_}\"\n";
// libFuzzer's own seeds begin with a tab behind the number.
const std::string kInited = "#2 INITED cov: 10 ft: 20 corp: 1/1b exec/s: 0 rss: 9Mb";

TEST_F(FuzzSessionTest, NumbersOfAllSlicesAddUp) {
  settings_.budget = 2;
  add_target(Group::kSeek, kCountStart + says(kInited) +
                               says("stat::number_of_executed_units: 100") + "sleep 0.3\n");
  add_target(Group::kFaults, kCountStart + says(kInited) +
                                 says("stat::number_of_executed_units: 7") + "sleep 0.3\n");
  FuzzSession session(settings_);
  ASSERT_FALSE(session.prepare());
  session.run();
  const FuzzResults& results = session.results();
  ASSERT_EQ(results.targets.size(), 2u);
  EXPECT_GE(starts(Group::kSeek), 1u);
  EXPECT_GE(starts(Group::kFaults), 1u);
  EXPECT_EQ(results.targets[0].executions, 100 * starts(Group::kSeek));
  EXPECT_EQ(results.targets[1].executions, 7 * starts(Group::kFaults));
  for (const FuzzTargetReport& target : results.targets) {
    EXPECT_FALSE(target.failed()) << target.failure;
    EXPECT_EQ(target.coverage, 10u);
    EXPECT_EQ(target.features, 20u);
    ASSERT_FALSE(target.history.samples().empty());
    EXPECT_EQ(target.history.samples().back().executions, target.executions);
  }
  EXPECT_TRUE(results.findings.empty());
}

TEST_F(FuzzSessionTest, ATargetThatIsLateIsEndedAndIsNoFailure) {
  settings_.budget = 2;
  settings_.grace = 0.5;
  add_target(Group::kSeek, says(kInited) + says("#9 NEW cov: 11 ft: 21 corp: 2/2b") + "sleep 60\n");
  add_target(Group::kFaults, "sleep 60\n");
  FuzzSession session(settings_);
  ASSERT_FALSE(session.prepare());
  session.run();
  const FuzzResults& results = session.results();
  EXPECT_EQ(results.targets[0].failure, "");
  EXPECT_EQ(results.targets[0].coverage, 11u);
  EXPECT_EQ(results.targets[1].failure, "it had not begun to search when its time was over");
  ASSERT_FALSE(results.notes.empty());
  EXPECT_EQ(results.notes.front(),
            "seek did not end in time and was ended; what it had found stands");
}

TEST_F(FuzzSessionTest, WhatTheProgramSaysOfItsBytesIsFiled) {
  settings_.subject = "mutant.ignores-count/1";
  settings_.budget = 60;  // it ends long before
  add_target(Group::kPartialWrites,
             "case \" $* \" in *' --print-case '*)\n"
             "  echo 'something else'\n"
             "  printf 'weir-case 1\\nsubject mutant.ignores-count/1\\n'\n"
             "  printf 'clause short-sink-writes\\npayload literal \"aaaa\"\\nsink take 1\\n'\n"
             "  exit 0\n"
             "esac\n" +
                 says(kInited) +
                 "printf x > \"${artifacts}crash-1\"\n"
                 "echo \"Test unit written to ${artifacts}crash-1\" >&2\n" +
                 says("stat::number_of_executed_units: 3") + "exit 77\n");
  FuzzSession session(settings_);
  ASSERT_FALSE(session.prepare());
  session.run();
  const FuzzResults& results = session.results();
  ASSERT_EQ(results.findings.size(), 1u);
  EXPECT_EQ(results.findings[0].signature.clause, "short-sink-writes");
  EXPECT_EQ(results.findings[0].origin, "fuzz target partial_writes");
  EXPECT_TRUE(results.findings[0].reproduces);
  EXPECT_TRUE(fs::exists(results.findings[0].path));
  EXPECT_EQ(results.targets[0].findings, 1u);
  EXPECT_EQ(results.targets[0].stopped, "the same finding again and again");
  EXPECT_TRUE(results.errors.empty());
}

// What holds in this program may break in that of the target, which has sanitizers.
class HeldHere : public FuzzSessionTest {
 protected:
  // The target breaks; run again on its input, it does what `again` says.
  FuzzResults run_with(const std::string& again) {
    add_target(Group::kRoundTrip,
               "case \" $* \" in\n"
               "*' --print-case '*)\n"
               "  printf 'weir-case 1\\nsubject stream.rot13/1\\nclause round-trip\\n'\n"
               "  exit 0 ;;\n"
               "*/crash-1' '*) " +
                   again +
                   " ;;\n"
                   "esac\n" +
                   says(kInited) +
                   "printf x > \"${artifacts}crash-1\"\n"
                   "echo '==1==ERROR: AddressSanitizer: heap-buffer-overflow on address' >&2\n"
                   "echo \"Test unit written to ${artifacts}crash-1\" >&2\n" +
                   says("stat::number_of_executed_units: 3") + "exit 77\n");
    FuzzSession session(settings_);
    EXPECT_FALSE(session.prepare());
    session.run();
    return session.results();
  }
};

TEST_F(HeldHere, AndBreaksThere) {
  const FuzzResults results = run_with("exit 77");
  ASSERT_EQ(results.findings.size(), 1u);
  EXPECT_TRUE(results.findings[0].reproduces);
  EXPECT_EQ(results.findings[0].signature.kind.rfind("sanitizer", 0), 0u)
      << results.findings[0].signature.kind;
}

TEST_F(HeldHere, AndThere) {
  const FuzzResults results = run_with("exit 0");
  ASSERT_EQ(results.findings.size(), 1u);
  EXPECT_FALSE(results.findings[0].reproduces);
}

TEST_F(FuzzSessionTest, WhatCannotBeReadIsAFailureAndStays) {
  add_target(Group::kSeek, "case \" $* \" in *' --print-case '*) exit 1 ;; esac\n" + says(kInited) +
                               "printf x > \"${artifacts}crash-1\"\n"
                               "echo \"Test unit written to ${artifacts}crash-1\" >&2\n"
                               "exit 77\n");
  FuzzSession session(settings_);
  ASSERT_FALSE(session.prepare());
  session.run();
  const FuzzTargetReport& target = session.results().targets[0];
  EXPECT_TRUE(target.failed());
  EXPECT_NE(target.failure.find("what broke it cannot be read"), std::string::npos)
      << target.failure;
  EXPECT_NE(target.failure.find("crash-1"), std::string::npos) << target.failure;
}

TEST_F(FuzzSessionTest, ATargetThatEndsWithoutSearchingHasFailed) {
  settings_.budget = 2;
  add_target(Group::kSeek, kCountStart + says("weir: no such thing") + "exit 3\n");
  add_target(Group::kFaults, kCountStart + std::string("exit 0\n"));
  FuzzSession session(settings_);
  ASSERT_FALSE(session.prepare());
  session.run();
  const auto& targets = session.results().targets;
  EXPECT_EQ(targets[0].failure, "ended with code 3: weir: no such thing");
  EXPECT_TRUE(targets[1].failed());
  EXPECT_EQ(starts(Group::kSeek), 1u);
  EXPECT_EQ(starts(Group::kFaults), 1u) << "nor is it started again and again";
}

TEST_F(FuzzSessionTest, WhatATargetIsTold) {
  add_target(Group::kSeek, "printf '%s\\n' \"$@\" > \"${0%/*}/told\"\n" + says(kInited));
  const auto told = [&] {
    FuzzSession session(settings_);
    EXPECT_FALSE(session.prepare());
    session.run();
    std::ifstream file(settings_.programs + "/told");
    std::set<std::string> words;
    for (std::string word; std::getline(file, word);) words.insert(word);
    return words;
  };
  settings_.seed = 41;
  std::set<std::string> words = told();
  EXPECT_TRUE(words.count("-seed=41")) << "of its first slice";
  EXPECT_TRUE(words.count("-max_total_time=1"));
  EXPECT_FALSE(words.count("-use_value_profile=1"));
  settings_.foreign.plugins = {"./mine.so"};
  words = told();
  EXPECT_TRUE(words.count("-use_value_profile=1"));
  EXPECT_TRUE(words.count("--plugin=./mine.so"));
}

TEST_F(FuzzSessionTest, ATargetThatIsNotBuiltStandsInTheWay) {
  settings_.targets = {Group::kSeek};
  FuzzSession session(settings_);
  const auto problem = session.prepare();
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->code, kExitCouldNotRun);
  EXPECT_NE(problem->message.find("seek is not built"), std::string::npos) << problem->message;
}

TEST_F(FuzzSessionTest, EachTargetHasASecond) {
  for (const Group group : {Group::kSeek, Group::kFaults}) add_target(group, says(kInited));
  settings_.budget = 0.1;
  FuzzSession session(settings_);
  ASSERT_FALSE(session.prepare());
  EXPECT_EQ(session.results().budget, 2);
  ASSERT_EQ(session.results().notes.size(), 1u);
}

}  // namespace
}  // namespace weir::cli
