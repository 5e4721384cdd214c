// Guards what `weir ci` takes over from its guided search, which is another process: findings
// whole, and nothing of what is not as it should be. The search here is a script.
#include "tools/ci_guided.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "properties/case_text.h"
#include "tools/report_json.h"
#include "tools/scratch_folder.h"

namespace weir::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;
using properties::Finding;

Finding any_finding() {
  Finding finding;
  finding.subject = "stream.rot13/1";
  finding.signature = {"round-trip", "payload-differs"};
  finding.origin = "fuzz target round_trip";
  EXPECT_TRUE(properties::parse("weir-case 1\nsubject stream.rot13/1\nclause round-trip\n"
                                "payload literal \"abc\"\n",
                                finding.value)
                  .ok);
  finding.step = 3;
  finding.expected = "61";
  finding.seen = "62";
  finding.report = "of a child";
  finding.path = "findings/a.case";
  finding.shrink_evaluations = 17;
  finding.shrunk_fully = true;
  finding.reproduces = true;
  return finding;
}

TEST(ReportJson, FindingsAreReadAsTheyWereWritten) {
  Finding bare = any_finding();
  bare.step = properties::Verdict::kNoStep;
  bare.report.clear();
  bare.unverified = true;
  for (const Finding& finding : {any_finding(), bare}) {
    const Finding read = read_finding(finding_json(finding));
    EXPECT_EQ(finding_json(read), finding_json(finding));
    EXPECT_EQ(read.value, finding.value);
    EXPECT_EQ(read.step, finding.step);
    EXPECT_EQ(read.report, finding.report);
  }
}

class CiGuidedTest : public testing::Test {
 protected:
  CiGuidedTest() {
    settings_.scratch = folder_.path();
    settings_.build.program = folder_.path() + "/search";
    settings_.foreign = &foreign_;
    settings_.budget = 1;
  }

  // What comes of a search that writes `result` as its report.
  CiRun search(const std::string& result) {
    std::ofstream(settings_.scratch + "/result") << result;
    std::ofstream(settings_.build.program) << "#!/bin/sh\n"
                                              "while [ \"$1\" != --json ]; do shift; done\n"
                                              "cp \"${0%/*}/result\" \"$2\"\n";
    fs::permissions(settings_.build.program, fs::perms::owner_all);
    CiRun run;
    search_guided(settings_, run);
    return run;
  }
  static std::string text_of(const ordered_json& finding) {
    return ordered_json{{"findings", ordered_json::array({finding})}}.dump();
  }

  const ScratchFolder folder_{"weir-ci-guided"};
  ForeignOptions foreign_;
  GuidedSettings settings_;
};

TEST_F(CiGuidedTest, FindingsAreTakenOver) {
  const CiRun run = search(text_of(finding_json(any_finding())));
  EXPECT_TRUE(run.errors.empty()) << run.errors.front();
  ASSERT_EQ(run.guided_findings.size(), 1u);
  EXPECT_EQ(finding_json(run.guided_findings[0]), finding_json(any_finding()));
}

TEST_F(CiGuidedTest, WhatIsNoReportIsAnError) {
  ordered_json no_case = finding_json(any_finding());
  no_case["case"] = "weir-case 1\npayload nonsense\n";
  ordered_json no_kind = finding_json(any_finding());
  no_kind.erase("kind");
  const struct {
    std::string result;
    std::string error;
  } cases[] = {
      {"{", "what it says is no JSON"},
      {text_of(no_case), "the case of a finding cannot be read: line 2"},
      {text_of(no_kind), "key 'kind' not found"},
      {R"({"targets": [{"name": 7}]})", "type must be string"},
      {R"({"errors": [7]})", "type must be string"},
  };
  for (const auto& each : cases) {
    const CiRun run = search(each.result);
    ASSERT_EQ(run.errors.size(), 1u) << each.result;
    EXPECT_NE(run.errors[0].find(each.error), std::string::npos) << run.errors[0];
    ASSERT_EQ(run.guided.size(), 1u);
    EXPECT_FALSE(run.guided[0].left_out.empty());
    EXPECT_TRUE(run.guided_findings.empty());
  }
}

}  // namespace
}  // namespace weir::cli
