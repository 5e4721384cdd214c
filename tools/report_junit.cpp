// The report for systems that read JUnit XML.
#include "report_junit.h"

#include <utility>

#include "properties/case_text.h"
#include "text.h"

namespace weir::cli {

using properties::PairReport;
using properties::Plan;
using properties::Report;

namespace {

// `text` as content: line breaks stay as they are.
std::string escape_content(std::string_view text) {
  const std::string lines = xml_text(text);
  std::string content;
  for (std::size_t at = 0; at < lines.size();) {
    if (lines.compare(at, 5, "&#10;") == 0) {
      content += '\n';
      at += 5;
    } else {
      content += lines[at++];
    }
  }
  return content;
}

std::string test_case(const JUnitCase& test) {
  std::string text = fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\"",
                                 xml_text(test.classname), xml_text(test.name), test.seconds);
  std::string_view element;
  switch (test.status) {
    case JUnitCase::Status::kPassed:
      return text + "/>\n";
    case JUnitCase::Status::kSkipped:
      return text + fmt::format(">\n      <skipped message=\"{}\"/>\n    </testcase>\n",
                                xml_text(test.message));
    case JUnitCase::Status::kFailed:
      element = "failure";
      break;
    case JUnitCase::Status::kError:
      element = "error";
      break;
  }
  text += fmt::format(">\n      <{} type=\"{}\" message=\"{}\"", element, xml_text(test.type),
                      xml_text(test.message));
  text += test.content.empty() ? std::string("/>")
                               : fmt::format(">{}</{}>", escape_content(test.content), element);
  return text + "\n    </testcase>\n";
}

JUnitCase pair_case(const Report& report, const PairReport& pair) {
  JUnitCase test;
  test.classname = pair.subject->name;
  test.name = pair.clause->id;
  test.seconds = pair.seconds;
  switch (state_of(pair)) {
    case PairState::kHeld:
      return test;
    case PairState::kSkipped:
      test.status = JUnitCase::Status::kSkipped;
      test.message = pair.skip_reason;
      return test;
    case PairState::kNotRun:
      test.status = JUnitCase::Status::kError;
      test.type = "not-run";
      test.message = pair.not_run() ? pair.not_run_reason : "no case ran";
      return test;
    case PairState::kVacuous:
      test.status = JUnitCase::Status::kError;
      test.type = "vacuous";
      test.message = "what the clause requires was not exercised";
      return test;
    case PairState::kViolated:
      break;
  }
  const properties::Finding& finding = report.findings[*pair.finding];
  describe_failure(finding, finding.path.empty() ? std::string() : repro_command(finding), test);
  return test;
}

struct Sums {
  std::size_t tests = 0, failures = 0, errors = 0, skipped = 0;
  double seconds = 0;
  void add(const JUnitCase& test) {
    ++tests;
    seconds += test.seconds;
    if (test.status == JUnitCase::Status::kFailed) ++failures;
    if (test.status == JUnitCase::Status::kError) ++errors;
    if (test.status == JUnitCase::Status::kSkipped) ++skipped;
  }
  std::string attributes() const {
    return fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3f}\"",
                       tests, failures, errors, skipped, seconds);
  }
};

}  // namespace

void describe_failure(const properties::Finding& finding, const std::string& command,
                      JUnitCase& test) {
  test.status = JUnitCase::Status::kFailed;
  test.type = to_string(finding.signature);
  test.message = finding.seen.empty()
                     ? finding.signature.kind
                     : fmt::format("{}: expected {}, seen {}", finding.signature.kind,
                                   finding.expected, finding.seen);
  test.content = "expected: " + finding.expected + "\nseen: " + finding.seen + "\n\n" +
                 properties::print(finding.value);
  if (!command.empty()) test.content += "\nreproduce: " + command + "\n";
}

std::vector<JUnitSuite> junit_suites(const Plan& plan, const Report& report,
                                     const GoldenReplays& goldens,
                                     const std::vector<OpenCase>& open) {
  std::vector<JUnitSuite> suites;
  for (const properties::Subject* subject : plan.subjects) {
    JUnitSuite suite{subject->name, {}};
    for (const PairReport& pair : report.pairs) {
      if (pair.subject != subject || pair.elsewhere) continue;
      suite.cases.push_back(pair_case(report, pair));
    }
    if (!suite.cases.empty()) suites.push_back(std::move(suite));
  }
  if (goldens.of > 0) {
    // One test: hundreds that hold are no news.
    JUnitCase test;
    test.classname = "golden";
    test.name = "replay";
    for (const GoldenReplays::Broken& broken : goldens.broken) {
      test.status = JUnitCase::Status::kFailed;
      test.type = "broken";
      test.message += broken.path + ": " + broken.message + "\n";
    }
    suites.push_back({"golden streams", {std::move(test)}});
  }
  if (!open.empty()) {
    JUnitSuite& suite = suites.emplace_back();
    suite.name = "open cases";
    for (const OpenCase& each : open) {
      JUnitCase& test = suite.cases.emplace_back();
      test.classname = "open";
      test.name = each.path;
      if (each.status == OpenCase::Status::kViolatedOtherwise) {
        test.status = JUnitCase::Status::kFailed;
        test.type = to_string(each.seen);
        test.message = "recorded as " + to_string(each.recorded);
      } else if (each.status != OpenCase::Status::kHoldsNow) {
        test.status = JUnitCase::Status::kSkipped;
        test.message =
            each.status == OpenCase::Status::kViolated ? "known to be violated" : each.reason;
      }
    }
  }
  return suites;
}

std::string junit_text(const std::vector<JUnitSuite>& suites) {
  Sums all;
  std::string text;
  for (const JUnitSuite& suite : suites) {
    Sums sums;
    std::string cases;
    for (const JUnitCase& test : suite.cases) {
      sums.add(test);
      all.add(test);
      cases += test_case(test);
    }
    text += fmt::format("  <testsuite name=\"{}\" {}>\n{}  </testsuite>\n", xml_text(suite.name),
                        sums.attributes(), cases);
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"weir\" {}>\n{}"
      "</testsuites>\n",
      all.attributes(), text);
}

std::string report_junit(const Plan& plan, const Report& report, const GoldenReplays& goldens,
                         const std::vector<OpenCase>& open) {
  return junit_text(junit_suites(plan, report, goldens, open));
}

}  // namespace weir::cli
