// The report for systems that read JUnit XML.
#include "properties/case_text.h"
#include "report.h"
#include "text.h"

namespace weir::cli {

using properties::PairReport;
using properties::Plan;
using properties::Report;

namespace {

// XML 1.0 has no way at all to write most control characters.
std::string escape(std::string_view text) {
  std::string result;
  for (const char c : printable_lines(text)) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\n':
        result += "&#10;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string test_case(const Report& report, const PairReport& pair) {
  std::string text = fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\"",
                                 escape(pair.subject->name), escape(pair.clause->id), pair.seconds);
  switch (state_of(pair)) {
    case PairState::kHeld:
      return text + "/>\n";
    case PairState::kSkipped:
      return text + fmt::format(">\n      <skipped message=\"{}\"/>\n    </testcase>\n",
                                escape(pair.skip_reason));
    case PairState::kNotRun:
      return text +
             fmt::format(">\n      <error type=\"not-run\" message=\"{}\"/>\n    </testcase>\n",
                         escape(pair.not_run() ? pair.not_run_reason : "no case ran"));
    case PairState::kVacuous:
      return text +
             ">\n      <error type=\"vacuous\" message=\"what the clause requires was not "
             "exercised\"/>\n    </testcase>\n";
    case PairState::kViolated:
      break;
  }
  const properties::Finding& finding = report.findings[*pair.finding];
  std::string body = "expected: " + finding.expected + "\nseen: " + finding.seen + "\n\n" +
                     properties::print(finding.value);
  if (!finding.path.empty()) body += "\nreproduce: " + repro_command(finding) + "\n";
  std::string lines;
  for (const char c : escape(body)) lines += c;
  // Line breaks are content here, not part of an attribute.
  std::string content;
  for (std::size_t at = 0; at < lines.size();) {
    if (lines.compare(at, 5, "&#10;") == 0) {
      content += '\n';
      at += 5;
    } else {
      content += lines[at++];
    }
  }
  return text + fmt::format(
                    ">\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n"
                    "    </testcase>\n",
                    escape(to_string(finding.signature)),
                    escape(finding.seen.empty()
                               ? finding.signature.kind
                               : fmt::format("{}: expected {}, seen {}", finding.signature.kind,
                                             finding.expected, finding.seen)),
                    content);
}

struct Sums {
  std::size_t tests = 0, failures = 0, errors = 0, skipped = 0;
  double seconds = 0;
  void add(const PairReport& pair) {
    ++tests;
    seconds += pair.seconds;
    const PairState state = state_of(pair);
    if (state == PairState::kViolated) ++failures;
    if (state == PairState::kVacuous || state == PairState::kNotRun) ++errors;
    if (state == PairState::kSkipped) ++skipped;
  }
  std::string attributes() const {
    return fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3f}\"",
                       tests, failures, errors, skipped, seconds);
  }
};

}  // namespace

std::string report_junit(const Plan& plan, const Report& report, const GoldenReplays& goldens,
                         const std::vector<OpenCase>& open) {
  Sums all;
  std::string suites;
  for (const properties::Subject* subject : plan.subjects) {
    Sums sums;
    std::string cases;
    for (const PairReport& pair : report.pairs) {
      if (pair.subject != subject || pair.elsewhere) continue;
      sums.add(pair);
      all.add(pair);
      cases += test_case(report, pair);
    }
    if (sums.tests == 0) continue;
    suites += fmt::format("  <testsuite name=\"{}\" {}>\n{}  </testsuite>\n", escape(subject->name),
                          sums.attributes(), cases);
  }
  if (goldens.of > 0) {
    // One test: hundreds that hold are no news.
    Sums sums;
    sums.tests = 1;
    sums.failures = goldens.broken.empty() ? 0 : 1;
    all.tests += sums.tests;
    all.failures += sums.failures;
    std::string failure;
    for (const GoldenReplays::Broken& broken : goldens.broken) {
      failure += broken.path + ": " + broken.message + "\n";
    }
    suites += fmt::format(
        "  <testsuite name=\"golden streams\" {}>\n    <testcase classname=\"golden\" "
        "name=\"replay\"{}  </testsuite>\n",
        sums.attributes(),
        failure.empty() ? "/>\n"
                        : fmt::format(">\n      <failure type=\"broken\" message=\"{}\"/>\n"
                                      "    </testcase>\n",
                                      escape(failure)));
  }
  if (!open.empty()) {
    Sums sums;
    std::string cases;
    for (const OpenCase& each : open) {
      ++sums.tests;
      ++all.tests;
      std::string inner;
      if (each.status == OpenCase::Status::kViolatedOtherwise) {
        ++sums.failures;
        ++all.failures;
        inner = fmt::format("<failure type=\"{}\" message=\"recorded as {}\"/>",
                            escape(to_string(each.seen)), escape(to_string(each.recorded)));
      } else if (each.status != OpenCase::Status::kHoldsNow) {
        ++sums.skipped;
        ++all.skipped;
        inner = fmt::format("<skipped message=\"{}\"/>", each.status == OpenCase::Status::kViolated
                                                             ? "known to be violated"
                                                             : escape(each.reason));
      }
      cases += fmt::format("    <testcase classname=\"open\" name=\"{}\"{}", escape(each.path),
                           inner.empty() ? "/>\n" : ">" + inner + "</testcase>\n");
    }
    suites += fmt::format("  <testsuite name=\"open cases\" {}>\n{}  </testsuite>\n",
                          sums.attributes(), cases);
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"weir\" {}>\n{}"
      "</testsuites>\n",
      all.attributes(), suites);
}

}  // namespace weir::cli
