#include "properties/harness.h"
#include "properties/python/python_error.h"
#include "properties/python/python_subject.h"
#include "properties/python/python_transform.h"

namespace weir::properties {
namespace {

constexpr std::string_view kNotPython = "not a stream in Python";

Verdict judge_raised(const py::str& method, const std::string& raised) {
  return Verdict::violated("raises-when-asked", Verdict::kNoStep,
                           std::string(method) + "() says True or False before close",
                           std::string(method) + "() raises " + raised);
}

// Whether it seeks is for the stream to say; that it does not say it would pass for a no.
Verdict judge_seekable(const PythonStream& stream) {
  std::string raised;
  if (!stream.has(python().seekable) || stream.says(python().seekable, &raised) || raised.empty()) {
    return Verdict::held();
  }
  return judge_raised(python().seekable, raised);
}

Verdict judge_says(const PythonStream& stream, const py::str& method, std::string_view kind,
                   const char* who) {
  // A stream that does not say anything says nothing wrong.
  std::string raised;
  if (!stream.has(method) || stream.says(method, &raised)) return Verdict::held();
  if (!raised.empty()) return judge_raised(method, raised);
  return Verdict::violated(kind, Verdict::kNoStep, std::string(method) + "() is true before close",
                           std::string(method) + "() is false: " + who + " refuses such a stream");
}

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  WriteOptions writing;
  writing.close = false;
  Below sink_below;
  const auto written = write_through(*transform, workspace.payload, value, writing, workspace,
                                     workspace.encoded, sink_below);
  if (written.breach.has_value()) return Verdict::discarded("breaks another clause");
  const auto* const sink = dynamic_cast<const PythonSink*>(written.sink.get());
  if (sink == nullptr) return Verdict::discarded(kNotPython);
  verdict = judge_says(sink->stream(), python().writable, "says-not-writable", "io.BufferedWriter");
  if (verdict.outcome == Outcome::kHeld) verdict = judge_seekable(sink->stream());
  if (verdict.outcome == Outcome::kViolated) return verdict;
  static_cast<void>(written.sink->close());
  ReadOptions reading;
  reading.close = false;
  Below source_below;
  const auto read = read_through(*transform, workspace.encoded.bytes(), workspace.payload, value,
                                 reading, workspace, source_below);
  if (read.breach.has_value()) return Verdict::discarded("breaks another clause");
  const auto* const source = dynamic_cast<const PythonSource*>(read.source.get());
  if (source == nullptr) return Verdict::discarded(kNotPython);
  verdict =
      judge_says(source->stream(), python().readable, "says-not-readable", "io.BufferedReader");
  return verdict.outcome == Outcome::kHeld ? judge_seekable(source->stream()) : verdict;
}

const Clause honest_mode = {
    "honest-mode",
    Group::kLifecycle,
    "A stream in Python says what it is for: writable() is true of one to write to, readable() of "
    "one to read from, and seekable() says yes or no.",
    "io.BufferedWriter and io.BufferedReader ask, and refuse a stream that says no; a misspelt "
    "method leaves the answer of the base class.",
    traits(),
    fields(FieldId::kPayload),
    counters(Counter::kWrites),
    check,
    false,
    nullptr,
    nullptr,
    0,
    kNotPython,
};

}  // namespace

std::span<const Clause* const> python_clauses() {
  static constexpr const Clause* kAll[] = {&honest_mode};
  return kAll;
}

}  // namespace weir::properties
