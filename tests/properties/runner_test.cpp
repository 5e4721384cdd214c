// Guards the runner: every misbehaviour is a finding and the run goes on; results depend on the
// plan alone, not on the number of jobs.
#include "properties/runner.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "properties/case_text.h"
#include "properties/finding.h"
#include "tests/properties/planted.h"

namespace weir::properties {
namespace {

using planted::kHolds;
using planted::kMisbehave;

struct Recorder final : Observer {
  void on_progress(const Progress& progress) override { last = progress; }
  void on_finding(const Finding& finding) override { findings.push_back(finding); }
  Progress last;
  std::vector<Finding> findings;
};

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// All that a report says but times and paths.
std::string summary(const Report& report) {
  std::ostringstream text;
  for (const PairReport& pair : report.pairs) {
    text << pair.clause->id << ' ' << pair.subject->name << ' ' << pair.skip_reason << ' '
         << pair.cases << ' ' << pair.discarded;
    for (const EngineRun& engine : pair.engines) text << ' ' << engine.cases << '/' << engine.of;
    for (const Tally& tally : pair.tallies) text << ' ' << tally.reason << '=' << tally.count;
    for (const std::uint64_t count : pair.counters.values) text << ' ' << count;
    if (pair.not_run()) text << " not run: " << pair.not_run_reason;
    if (pair.finding) text << " finding " << *pair.finding;
    text << '\n';
  }
  for (const Finding& finding : report.findings) {
    text << finding.subject << ' ' << file_text(finding) << finding.shrink_evaluations << ' '
         << finding.reproduces << '\n';
  }
  return text.str();
}

class RunnerTest : public testing::Test {
 protected:
  RunnerTest() {
    plan_.clauses = {&kMisbehave, &kHolds};
    plan_.budget_seconds = 0;
    plan_.cases = 300;
    plan_.exhaustive_cases_max = 500;
    plan_.random = &make_random_case;
    plan_.limits = planted::limits();
    plan_.findings_folder = folder_.path() + "/findings";
  }
  void add(const std::string& name) {
    subjects_.push_back(std::make_unique<Subject>(planted::subject(name)));
    plan_.subjects.push_back(subjects_.back().get());
  }
  const PairReport& pair(const Report& report, std::size_t clause, std::size_t subject) const {
    return report.pairs[clause * plan_.subjects.size() + subject];
  }
  Case reads(std::size_t subject, std::initializer_list<std::int64_t> sizes) const {
    return planted::reads_case(*subjects_[subject], kMisbehave, sizes);
  }
  Report run_plan() { return run(plan_, recorder_, stop_); }

  planted::Folder folder_;
  std::vector<std::unique_ptr<Subject>> subjects_;
  Plan plan_;
  Recorder recorder_;
  std::atomic<bool> stop_ = false;
};

TEST_F(RunnerTest, MakesAFindingOfEveryMisbehaviourAndGoesOn) {
  const std::pair<const char*, const char*> kinds[] = {
      {"planted.aborts/1", "abort"}, {"planted.spins/1", "hang"},
      {"planted.sleeps/1", "hang"},  {"planted.exhausts/1", "out-of-memory"},
      {"planted.exits/1", "exit"},   {"planted.closes/1", "closed-descriptors"},
      {"planted.throws/1", "threw"}, {"planted.two-conditions/1", "planted"},
  };
  for (const auto& [name, kind] : kinds) add(name);
  add("planted.well/1");
  plan_.cases = 3000;
  const Report report = run_plan();
  EXPECT_TRUE(report.errors.empty());
  EXPECT_FALSE(report.interrupted);
  ASSERT_EQ(report.findings.size(), std::size(kinds));
  for (std::size_t i = 0; i < std::size(kinds); ++i) {
    SCOPED_TRACE(kinds[i].first);
    const Finding& finding = report.findings[i];
    EXPECT_EQ(finding.subject, kinds[i].first);
    EXPECT_EQ(finding.signature, (Signature{"planted-misbehave", kinds[i].second}));
    EXPECT_TRUE(finding.reproduces);
    EXPECT_TRUE(finding.shrunk_fully);
    EXPECT_LT(finding.shrink_evaluations, 1000u);
    if (finding.signature.kind != "planted") {
      EXPECT_EQ(finding.value, planted::reads_case(*subjects_[i], kMisbehave, {10}));
    } else {
      EXPECT_EQ(finding.value.op_count(), 2u);
    }
    // The pair stops at its finding; the next clause runs in full.
    EXPECT_EQ(pair(report, 0, i).finding, i);
    EXPECT_EQ(pair(report, 1, i).engines[static_cast<std::size_t>(EngineId::kRandom)].cases, 3000u);
    EXPECT_FALSE(pair(report, 1, i).finding);
    // The file is the case, with a signature that can be compared.
    const std::string text = read_file(finding.path);
    EXPECT_EQ(text, file_text(finding));
    EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 12);
    Case parsed;
    ASSERT_TRUE(parse(text, parsed).ok) << text;
    EXPECT_EQ(parsed, finding.value);
    EXPECT_EQ(recorded_signature(text), finding.signature);
  }
  EXPECT_EQ(recorder_.findings.size(), std::size(kinds));
  EXPECT_FALSE(pair(report, 0, std::size(kinds)).finding);
  EXPECT_FALSE(planted::has_children());
  // Nothing but whole files is left in the folder.
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(plan_.findings_folder)) {
    EXPECT_EQ(entry.path().extension(), ".case");
    ++files;
  }
  EXPECT_EQ(files, std::size(kinds));
}

TEST_F(RunnerTest, GivesTheSameReportForAnyNumberOfJobs) {
  for (const char* name : {"planted.two-conditions/1", "planted.aborts/1", "planted.discards/1",
                           "planted.well/1", "planted.closes/1"}) {
    add(name);
  }
  plan_.clauses.push_back(&planted::kPicky);
  const std::string one = summary(run_plan());
  plan_.jobs = 2;
  const std::string two = summary(run_plan());
  plan_.jobs = 5;
  const std::string five = summary(run_plan());
  EXPECT_EQ(one, two);
  EXPECT_EQ(one, five);
}

TEST_F(RunnerTest, RepeatsForASeedAndDiffersForAnother) {
  add("planted.well/1");
  plan_.engines = {EngineId::kRandom};
  const std::string first = summary(run_plan());
  EXPECT_EQ(first, summary(run_plan()));
  plan_.seed = 2;
  EXPECT_NE(first, summary(run_plan()));
}

TEST_F(RunnerTest, RunsExactlyAsManyCasesAsAskedForAndStatesTheScope) {
  add("planted.well/1");
  plan_.cases = 457;
  const Report report = run_plan();
  for (std::size_t c = 0; c < 2; ++c) {
    const PairReport& p = pair(report, c, 0);
    const EngineRun& exhaustive = p.engines[static_cast<std::size_t>(EngineId::kExhaustive)];
    EXPECT_EQ(p.engines[static_cast<std::size_t>(EngineId::kRandom)].cases, 457u);
    EXPECT_GT(exhaustive.of, 0u);
    EXPECT_LE(exhaustive.of, 500u);
    EXPECT_EQ(exhaustive.cases, exhaustive.of);
    EXPECT_EQ(p.cases, 457 + exhaustive.of);
    EXPECT_FALSE(p.exhaustive_bound.empty());
    EXPECT_FALSE(p.is_vacuous());
  }
  EXPECT_EQ(report.cases, pair(report, 0, 0).cases + pair(report, 1, 0).cases);
}

TEST_F(RunnerTest, ReplaysTheCorpusFirst) {
  add("planted.aborts/1");
  add("planted.well/1");
  plan_.corpus = {
      {"corpus/fine.case", planted::reads_case(*subjects_[0], kMisbehave, {1})},
      {"corpus/bad.case", planted::reads_case(*subjects_[0], kMisbehave, {11})},
      {"corpus/other.case", planted::reads_case(*subjects_[1], planted::kVacuous, {11})},
  };
  const Report report = run_plan();
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].origin, "replay of corpus/bad.case");
  EXPECT_EQ(pair(report, 0, 0).cases, 2u);
  EXPECT_EQ(pair(report, 0, 1).engines[0].of, 0u);
}

// Fails for payloads of a thousand bytes and more.
Verdict dislike_long_payloads(const Subject&, const Case& value, Workspace& workspace) {
  std::vector<std::byte> payload;
  if (!materialise(value, *workspace.files, std::size_t{4} << 20, payload)) {
    return Verdict::discarded("no file");
  }
  return payload.size() < 1000 ? Verdict::held() : Verdict::violated("long", 0, "short", "long");
}
// And for slices of files alone, whatever is in them.
Verdict dislike_slices(const Subject&, const Case& value, Workspace&) {
  for (const Op& op : value.ops(FieldId::kPayload)) {
    if (op.verb == verb_index(FieldId::kPayload, "file")) {
      return Verdict::violated("slice", 0, "no slice", "a slice");
    }
  }
  return Verdict::held();
}

TEST_F(RunnerTest, EmbedsASliceThatOnlyFitsOnceItIsShrunk) {
  const std::string path = folder_.path() + "/payload";
  std::ofstream(path, std::ios::binary) << std::string(kOpBytesMax * 2, 'x');
  PayloadFiles files;
  ASSERT_TRUE(files.add(path).has_value());
  const auto hash = static_cast<std::int64_t>(files.files()[0].hash);
  const Clause dislikes[] = {
      {"planted-long", Group::kSeek, "", "", 0, fields(FieldId::kPayload), 0,
       &dislike_long_payloads},
      {"planted-slice", Group::kSeek, "", "", 0, fields(FieldId::kPayload), 0, &dislike_slices}};
  add("planted.well/1");
  plan_.clauses = {&dislikes[0]};
  plan_.engines = {EngineId::kReplay};
  plan_.files = &files;
  Case value;
  value.subject = subjects_[0]->name;
  value.clause = dislikes[0].id;
  value.add(FieldId::kPayload, "file", {hash, 0, static_cast<std::int64_t>(kOpBytesMax + 1)});
  // Enough slices for the case as a whole to be too long as well.
  for (int i = 0; i < 7; ++i) {
    value.add(FieldId::kPayload, "file", {hash, 0, static_cast<std::int64_t>(kOpBytesMax)});
  }
  plan_.corpus = {{"corpus/slice.case", value}};
  const Report report = run_plan();
  EXPECT_TRUE(report.errors.empty()) << report.errors[0];
  ASSERT_EQ(report.findings.size(), 1u);
  const Finding& finding = report.findings[0];
  EXPECT_TRUE(finding.reproduces);
  EXPECT_FALSE(finding.unverified);
  Case parsed;
  ASSERT_TRUE(parse(read_file(finding.path), parsed).ok);
  EXPECT_EQ(parsed, finding.value);
  std::vector<std::byte> payload;
  ASSERT_TRUE(materialise(parsed, PayloadFiles(), kCaseBytesMax, payload).has_value());
  EXPECT_EQ(payload.size(), 1000u);

  // A case that needs the file for another reason than its bytes keeps it, and says so.
  plan_.clauses = {&dislikes[1]};
  plan_.corpus[0].value.clause = dislikes[1].id;
  const Report needy = run_plan();
  ASSERT_EQ(needy.findings.size(), 1u);
  EXPECT_TRUE(needy.findings[0].reproduces);
  ASSERT_EQ(needy.errors.size(), 1u);
  EXPECT_NE(needy.errors[0].find("still needs its payload file"), std::string::npos);
}

TEST_F(RunnerTest, SweepsEveryFaultPointForAnyNumberOfJobs) {
  plan_.subjects = {&builtin_subjects()[0], &builtin_subjects()[1]};
  plan_.clauses = {find_clause("source-fault"), find_clause("round-trip"),
                   find_clause("short-sink-writes")};
  plan_.engines = {EngineId::kSweep};
  const Report report = run_plan();
  EXPECT_TRUE(report.findings.empty());
  for (const std::size_t clause : {std::size_t{0}, std::size_t{2}}) {
    const PairReport& p = pair(report, clause, 0);
    const EngineRun& sweep = p.engines[static_cast<std::size_t>(EngineId::kSweep)];
    EXPECT_GE(sweep.of, 20u);
    EXPECT_EQ(sweep.cases, sweep.of);
    EXPECT_EQ(p.cases, sweep.of);
    EXPECT_TRUE(p.sweep_complete);
  }
  EXPECT_EQ(pair(report, 1, 0).skip_reason, "nothing to sweep");
  plan_.jobs = 3;
  EXPECT_EQ(summary(run_plan()), summary(report));
}

TEST_F(RunnerTest, FindsShrinksAndFilesAFaultThatOnlyTheSweepFinds) {
  // Wrong at the second call below only, and never when that one does well.
  static constexpr auto kCheck = [](const Subject&, const Case& value, Workspace& workspace) {
    const auto& script = value.ops(FieldId::kSource);
    workspace.source_chances = 5;
    const bool second = script.size() == 2 && script[0].args[0] == 1;
    const bool fails = !script.empty() && script[0].args[0] < 5;
    if (fails) ++workspace.counters[Counter::kFaults];
    if (second) return Verdict::violated("planted", 0, "a", "b");
    return fails ? Verdict::held() : Verdict::discarded("not reached");
  };
  const Clause clause = {"planted-second",
                         Group::kFaults,
                         "",
                         "",
                         0,
                         {fields(FieldId::kSource), verbs(VerbKind::kFault, VerbKind::kDelay),
                          verbs(VerbKind::kFault)},
                         0,
                         kCheck};
  add("planted.well/1");
  plan_.clauses = {&clause};
  plan_.engines = {EngineId::kSweep};
  const Report report = run_plan();
  ASSERT_EQ(report.findings.size(), 1u);
  const Finding& finding = report.findings[0];
  EXPECT_EQ(finding.origin.rfind("sweep, case ", 0), 0u) << finding.origin;
  EXPECT_TRUE(finding.reproduces);
  EXPECT_TRUE(std::filesystem::exists(finding.path));
  EXPECT_FALSE(pair(report, 0, 0).sweep_complete);
}

TEST_F(RunnerTest, PointsOutTraitsThatHoldAndClaimsThatAreNotUsed) {
  Subject modest = builtin_subjects()[1];
  modest.traits = static_cast<Traits>(modest.traits & ~traits(Trait::kDeterministic));
  Subject plain = builtin_subjects()[0];
  plan_.subjects = {&modest, &plain};
  plan_.clauses = {find_clause("deterministic")};
  plan_.engines = {EngineId::kRandom};
  const Report report = run_plan();
  ASSERT_EQ(report.hints.size(), 1u);
  EXPECT_EQ(report.hints[0].subject, &modest);
  EXPECT_EQ(report.hints[0].trait, Trait::kDeterministic);
  EXPECT_TRUE(report.hints[0].claim);
  EXPECT_GT(report.hints[0].cases, 200u);
  // The pair itself stays skipped, and the hint is no verdict.
  EXPECT_TRUE(pair(report, 0, 0).skipped());
  EXPECT_TRUE(report.findings.empty());
  plan_.hints = false;
  EXPECT_TRUE(run_plan().hints.empty());
}

TEST_F(RunnerTest, NeverTakesRefusedSeeksForSeeking) {
  plan_.clauses.clear();
  for (const Clause* clause : clauses()) {
    if (clause->needs == traits(Trait::kSeekable) || has(clause->heeds, Trait::kSeekable)) {
      plan_.clauses.push_back(clause);
    }
  }
  ASSERT_FALSE(plan_.clauses.empty());
  for (const Subject& subject : builtin_subjects()) {
    if (!has(subject.traits, Trait::kSeekable)) plan_.subjects.push_back(&subject);
  }
  ASSERT_FALSE(plan_.subjects.empty()) << "a subject that refuses seeks is needed here";
  plan_.engines = {EngineId::kRandom};
  EXPECT_TRUE(run_plan().hints.empty());
}

TEST_F(RunnerTest, EstimatesTheExhaustiveScopeWithoutItsFindings) {
  add("planted.aborts/1");
  add("planted.well/1");
  const Estimate estimate = estimate_exhaustive(plan_, stop_);
  EXPECT_EQ(estimate.pairs, 4u);
  EXPECT_GT(estimate.seconds, 0);
  plan_.engines = {EngineId::kExhaustive};
  const Report report = run_plan();
  std::uint64_t of = 0;
  for (const PairReport& p : report.pairs) {
    of += p.engines[static_cast<std::size_t>(EngineId::kExhaustive)].of;
  }
  EXPECT_EQ(estimate.cases, of);
  EXPECT_FALSE(planted::has_children());
}

TEST_F(RunnerTest, CollectsStatsOfEveryCaseWhenAsked) {
  add("planted.well/1");
  const Report without = run_plan();
  EXPECT_EQ(pair(without, 0, 0).stats.cases, 0u);
  plan_.collects = true;
  const Report report = run_plan();
  for (const PairReport& p : report.pairs) {
    EXPECT_EQ(p.stats.cases, p.cases);
    EXPECT_EQ(p.stats.with_payload, 0u);
    EXPECT_GT(p.stats.operations[static_cast<std::size_t>(FieldId::kReads)], p.cases / 2);
    EXPECT_GT(p.stats.cases_with_kind[static_cast<std::size_t>(VerbKind::kSeek)], 0u);
  }
}

TEST_F(RunnerTest, SaysWhatWasSkippedDiscardedAndVacuous) {
  add("planted.discards/1");
  plan_.clauses = {&kMisbehave, &planted::kVacuous, &planted::kPicky};
  const Report report = run_plan();
  EXPECT_GT(pair(report, 0, 0).discarded, 0u);
  ASSERT_EQ(pair(report, 0, 0).tallies.size(), 1u);
  EXPECT_EQ(pair(report, 0, 0).tallies[0].reason, "reads too much");
  EXPECT_EQ(pair(report, 0, 0).tallies[0].count, pair(report, 0, 0).discarded);
  EXPECT_FALSE(pair(report, 0, 0).is_vacuous());
  EXPECT_EQ(pair(report, 1, 0).vacuous, std::vector<Counter>{Counter::kSeeks});
  EXPECT_TRUE(pair(report, 2, 0).skipped());
  EXPECT_EQ(pair(report, 2, 0).cases, 0u);
  EXPECT_TRUE(report.vacuous());
}

TEST_F(RunnerTest, NeverVouchesForAFlakyFinding) {
  add("planted.flaky/1");
  const Report report = run_plan();
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_FALSE(report.findings[0].reproduces);
  EXPECT_TRUE(std::filesystem::exists(report.findings[0].path));
}

TEST_F(RunnerTest, ReportsAFindingThatCannotBeWritten) {
  add("planted.two-conditions/1");
  plan_.cases = 3000;
  plan_.findings_folder = "/dev/null/findings";
  const Report report = run_plan();
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_TRUE(report.findings[0].path.empty());
  EXPECT_TRUE(report.findings[0].reproduces);
  ASSERT_EQ(report.errors.size(), 1u);
  EXPECT_NE(report.errors[0].find("/dev/null/findings"), std::string::npos);
}

TEST_F(RunnerTest, EndsItsChildrenWhenInterrupted) {
  struct Interrupter final : Observer {
    explicit Interrupter(std::atomic<bool>& s) : stop(s) {}
    void on_progress(const Progress&) override { stop = true; }
    std::atomic<bool>& stop;
  };
  add("planted.sleeps/1");
  plan_.limits.blocked_seconds = 3600;
  plan_.jobs = 2;
  Interrupter interrupter(stop_);
  const Report report = run(plan_, interrupter, stop_);
  EXPECT_TRUE(report.interrupted);
  EXPECT_FALSE(planted::has_children());
  EXPECT_FALSE(report.vacuous());
}

TEST_F(RunnerTest, CutsTheSameSequenceByItsBudget) {
  add("planted.well/1");
  plan_.cases.reset();
  plan_.budget_seconds = 0.3;
  const Report report = run_plan();
  for (const PairReport& p : report.pairs) {
    // The minimum is run whatever the budget.
    EXPECT_GE(p.engines[static_cast<std::size_t>(EngineId::kRandom)].cases, 200u);
    EXPECT_FALSE(p.skipped());
    EXPECT_FALSE(p.not_run());
  }
}

TEST_F(RunnerTest, NeverTakesAPairThatWasNotRunForOneThatHeldOrDoesNotApply) {
  add("planted.well/1");
  plan_.clauses = {&kHolds, &kMisbehave, &planted::kPicky};
  plan_.engines = {EngineId::kExhaustive};
  plan_.budget_seconds = 1e-9;
  const Report report = run_plan();
  EXPECT_EQ(pair(report, 0, 0).not_run_reason, "the budget ran out before its turn");
  EXPECT_EQ(pair(report, 1, 0).not_run_reason, "the budget ran out before its turn");
  EXPECT_FALSE(pair(report, 0, 0).skipped());
  EXPECT_TRUE(pair(report, 2, 0).skipped());
  EXPECT_FALSE(pair(report, 2, 0).not_run());
  EXPECT_TRUE(report.nothing_ran());

  plan_.engines = {EngineId::kReplay};
  plan_.budget_seconds = 0;
  const Report replay = run_plan();
  EXPECT_TRUE(pair(replay, 0, 0).skipped());
  EXPECT_FALSE(pair(replay, 0, 0).not_run());
}

TEST_F(RunnerTest, CountsTheCasesThatEndedBeforeAnInterrupt) {
  struct Interrupter final : Observer {
    explicit Interrupter(std::atomic<bool>& s) : stop(s) {}
    void on_progress(const Progress& progress) override {
      seen = progress.cases;
      if (seen > 0) stop = true;
    }
    std::atomic<bool>& stop;
    std::uint64_t seen = 0;
  };
  add("planted.well/1");
  plan_.clauses = {&kHolds, &kMisbehave};
  plan_.engines = {EngineId::kRandom};
  plan_.cases = 1000000000;
  plan_.random_cases_min = 1000000000;
  Interrupter interrupter(stop_);
  const Report report = run(plan_, interrupter, stop_);
  EXPECT_TRUE(report.interrupted);
  EXPECT_GE(report.cases, interrupter.seen);
  EXPECT_GE(pair(report, 0, 0).counters[Counter::kReads], 1u);
  EXPECT_EQ(pair(report, 0, 0).cases, report.cases);
  EXPECT_EQ(pair(report, 1, 0).not_run_reason, "the run was interrupted before its turn");
}

TEST_F(RunnerTest, GivesASubjectUpThatHangsEverywhere) {
  add("planted.spins/1");
  add("planted.well/1");
  std::vector<Clause> clauses(6, kMisbehave);
  const char* const ids[] = {"planted-a", "planted-b", "planted-c",
                             "planted-d", "planted-e", "planted-f"};
  plan_.clauses.clear();
  for (std::size_t c = 0; c < clauses.size(); ++c) {
    clauses[c].id = ids[c];
    plan_.clauses.push_back(&clauses[c]);
  }
  plan_.limits.cpu_seconds = 0.2;
  plan_.exhaustive_cases_max = 50;
  plan_.budget_seconds = 60;
  const Report report = run_plan();
  EXPECT_EQ(report.findings.size(), 3u);
  std::size_t given_up = 0;
  for (std::size_t c = 0; c < clauses.size(); ++c) {
    const PairReport& hangs = pair(report, c, 0);
    EXPECT_TRUE(hangs.finding.has_value() != hangs.not_run());
    if (hangs.not_run()) {
      ++given_up;
      EXPECT_EQ(hangs.not_run_reason.rfind("given up: ", 0), 0u) << hangs.not_run_reason;
    }
    EXPECT_EQ(pair(report, c, 1).engines[static_cast<std::size_t>(EngineId::kRandom)].cases, 300u);
  }
  EXPECT_EQ(given_up, 3u);
  EXPECT_TRUE(report.findings[0].reproduces);
  EXPECT_FALSE(report.findings[0].unverified);
}

TEST_F(RunnerTest, LeavesAFiledCaseThatIsNoLargerAndStillFails) {
  add("planted.aborts/1");
  add("planted.two-conditions/1");
  plan_.clauses = {&kMisbehave};
  plan_.cases = 3000;
  const Report first = run_plan();
  ASSERT_EQ(first.findings.size(), 2u);
  std::vector<std::string> noted;
  for (const Finding& finding : first.findings) {
    noted.push_back("# somebody's note\n" + read_file(finding.path));
    ASSERT_TRUE(write_file(plan_.findings_folder, file_name(finding), noted.back()).has_value());
  }
  plan_.seed = 2;
  const Report second = run_plan();
  ASSERT_EQ(second.findings.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(read_file(second.findings[i].path), noted[i]);
    EXPECT_EQ(second.findings[i].path, first.findings[i].path);
    EXPECT_TRUE(second.findings[i].reproduces);
  }

  // One that is larger makes room, and so does a smaller one that fails no more.
  Finding large = first.findings[0];
  large.value = reads(0, {500, 11, 12});
  ASSERT_TRUE(write_file(plan_.findings_folder, file_name(large), file_text(large)).has_value());
  Finding fixed = first.findings[1];
  fixed.value = reads(1, {1});
  ASSERT_TRUE(write_file(plan_.findings_folder, file_name(fixed), file_text(fixed)).has_value());
  const Report third = run_plan();
  ASSERT_EQ(third.findings.size(), 2u);
  for (const Finding& finding : third.findings) {
    EXPECT_EQ(read_file(finding.path), file_text(finding));
  }
  EXPECT_EQ(third.findings[0].value, first.findings[0].value);
  EXPECT_EQ(third.findings[1].value.op_count(), 2u);
}

TEST_F(RunnerTest, SaysThatNoProcessCouldBeStarted) {
  add("planted.well/1");
  plan_.engines = {EngineId::kRandom};
  plan_.jobs = 2;
  constexpr int kFine = 42;
  constexpr int kUnlimited = 43;
  // In a process of its own, whose right to start others is taken away.
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const rlimit none{0, 0};
    constexpr uid_t kNobody = 65534;
    if (::geteuid() == 0 && ::setresuid(kNobody, kNobody, kNobody) != 0) ::_exit(kUnlimited);
    if (::setrlimit(RLIMIT_NPROC, &none) != 0) ::_exit(kUnlimited);
    const pid_t grandchild = ::fork();
    if (grandchild == 0) ::_exit(0);
    if (grandchild > 0) ::_exit(kUnlimited);
    const Report report = run_plan();
    const bool said = report.errors.size() == 1 &&
                      report.errors[0].rfind("cannot start a process: ", 0) == 0 &&
                      report.nothing_ran() && !report.interrupted && report.findings.empty() &&
                      report.pairs[0].not_run_reason == "no process could be started";
    ::_exit(said ? kFine : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kUnlimited) GTEST_SKIP() << "processes cannot be limited here";
  EXPECT_EQ(WEXITSTATUS(status), kFine);
}

TEST(Finding, NamesItsFileSafely) {
  Finding finding;
  finding.subject = "stream.x@a/b/1\n";
  finding.signature = {"round-trip", "sanitizer heap overflow in f < g"};
  EXPECT_EQ(file_name(finding), "stream.x-a-b-1--round-trip--sanitizer-heap-overflow-in-f-g.case");
}

TEST(Finding, KeepsItsFileWithinTwelveLines) {
  Finding finding;
  finding.value.subject = "stream.x/1";
  finding.value.clause = "chain";
  finding.signature = {"chain", "differs"};
  finding.origin = "random, seed 1,\ncase 17";
  finding.expected = "a\nb";
  finding.seen = std::string(5000, 'x');
  finding.value.add(FieldId::kPayload, "literal", {}, "a\n");
  finding.value.add(FieldId::kWrites, "flush");
  finding.value.add(FieldId::kSink, "block");
  finding.value.add(FieldId::kDamage, "cut", {1});
  finding.value.add(FieldId::kSource, "block");
  finding.value.add(FieldId::kReads, "tell");
  finding.value.add(FieldId::kChain, "subject");
  finding.value.add(FieldId::kDescriptor, "drop-version");
  const std::string text = file_text(finding);
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 12) << text;
  Case parsed;
  ASSERT_TRUE(parse(text, parsed).ok) << text;
  EXPECT_EQ(parsed, finding.value);
  EXPECT_EQ(recorded_signature(text), finding.signature);
  EXPECT_TRUE(recorded_signature("# nothing\nweir-case 1\n").clause.empty());
}

TEST(WriteFile, LeavesNothingHalfWrittenBehind) {
  planted::Folder folder;
  const Result<std::string> path = write_file(folder.path() + "/a/b", "x.case", "text\n");
  ASSERT_TRUE(path.has_value());
  EXPECT_EQ(read_file(*path), "text\n");
  // A folder stands where the file should.
  std::filesystem::create_directories(folder.path() + "/c/y.case/z");
  const Result<std::string> refused = write_file(folder.path() + "/c", "y.case", "text\n");
  EXPECT_TRUE(failed_with(refused, Code::kIo));
  std::size_t entries = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator(folder.path() + "/c")) {
    ++entries;
  }
  EXPECT_EQ(entries, 1u);
}

TEST(WriteFile, ReplacesALinkAndLeavesItsTargetAlone) {
  planted::Folder folder;
  const std::string target = folder.path() + "/target";
  std::ofstream(target) << "precious";
  std::filesystem::create_symlink(target, folder.path() + "/x.case");
  const Result<std::string> path = write_file(folder.path(), "x.case", "text\n");
  ASSERT_TRUE(path.has_value());
  EXPECT_EQ(read_file(target), "precious");
  EXPECT_EQ(read_file(*path), "text\n");
  EXPECT_FALSE(std::filesystem::is_symlink(*path));
}

}  // namespace
}  // namespace weir::properties
