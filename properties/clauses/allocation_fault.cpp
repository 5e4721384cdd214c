#include <algorithm>

#include "properties/allocation.h"
#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

constexpr std::string_view kAllocatesNothing = "the subject allocates nothing";

// One stream, from making it to destroying it, while allocations fail.
struct Attempt {
  std::optional<Breach> breach{};
  bool reported = false;  // the failure reached the caller, as an error or as std::bad_alloc
  bool threw = false;     // as the latter
  bool closed_well = false;
  std::uint64_t taken = 0;  // by writes that said so
  std::uint64_t calls = 0;
  std::uint64_t failures = 0;
};

// The allocator does the same for every stream: so that short lists reach the reader's allocations
// as well as the writer's.
template <class Run>
Attempt starve(const Case& value, Workspace& workspace, const Below& below, Run run) {
  Attempt attempt;
  AllocationMeter meter(value);
  meter.start();
  run(attempt);
  meter.stop();
  attempt.calls = meter.calls();
  attempt.failures = meter.failures();
  workspace.counters[Counter::kFaults] += meter.failures();
  if (!attempt.breach.has_value() && below.used && !below.destroyed) {
    attempt.breach =
        Breach{Rule::kLeftOpen, Verdict::kNoStep,
               "the stream below is released with the stream above it", "it was not destroyed"};
  }
  return attempt;
}

// After a close that has returned the stream below is closed, once, or was given up with whatever
// could not be made around it. A close that threw may have come to nothing.
void judge_closing(bool returned, const Below& below, Attempt& attempt) {
  const bool given_up = below.closes == 0 && below.destroyed;
  if (attempt.breach.has_value() || !returned || below.closes == 1 || given_up) return;
  attempt.breach = Breach{Rule::kClosedNotOnce, Verdict::kNoStep, "the stream below closed once",
                          "closed " + std::to_string(below.closes) + " times"};
}

// After an exception close may succeed, if what earlier calls took is there.
std::optional<Breach> judge_closed_well(const StreamTransform& transform, const Attempt& written,
                                        const ByteBuffer& encoded, Workspace& workspace) {
  const Reading reading =
      read_all(transform, encoded.bytes(), Case{}, {false, false, false}, workspace);
  const auto& payload = workspace.payload;
  const auto& decoded = workspace.decoded;
  if (reading.clean() && decoded.size() >= written.taken && decoded.size() <= payload.size() &&
      std::equal(decoded.begin(), decoded.end(), payload.begin())) {
    return std::nullopt;
  }
  return Breach{Rule::kFaultSwallowed, Verdict::kNoStep,
                "the " + std::to_string(written.taken) +
                    " bytes taken before the call that threw, as close reports success",
                reading.clean() ? bytes_text(decoded.size()) : "no whole stream"};
}

Attempt write_starved(const StreamTransform& transform, const Case& value, Workspace& workspace,
                      ByteBuffer& encoded) {
  WriteOptions options;
  options.program = true;
  Below below;
  return starve(value, workspace, below, [&](Attempt& attempt) {
    auto run =
        write_through(transform, workspace.payload, value, options, workspace, encoded, below);
    attempt.breach = run.breach;
    attempt.reported = run.error.has_value() || below.threw;
    attempt.threw = below.threw;
    attempt.closed_well = run.closed_well;
    attempt.taken = run.model.taken();
    if (run.sink != nullptr) judge_closing(!below.threw || run.closed_well, below, attempt);
    const Metered subject;
    run.sink.reset();
  });
}

Attempt read_starved(const StreamTransform& transform, const Case& value, Workspace& workspace) {
  ReadOptions options;
  options.program = true;
  Below below;
  return starve(value, workspace, below, [&](Attempt& attempt) {
    auto run = read_through(transform, workspace.encoded.bytes(), workspace.payload, value, options,
                            workspace, below);
    attempt.breach = run.breach;
    attempt.reported = run.error.has_value() || below.threw;
    attempt.threw = below.threw;
    if (run.source != nullptr) judge_closing(!below.threw, below, attempt);
    const Metered subject;
    run.source.reset();
  });
}

// The control: the same where all allocations succeed.
Verdict judge_unless_fed_fails(const Attempt& attempt, bool writing, const Subject& subject,
                               const Case& value, const Workspace& workspace) {
  Case fed = value;
  fed.ops(FieldId::kMemory).clear();
  Workspace control;
  control.traits = workspace.traits;
  control.payload = workspace.payload;
  control.encoded.append(workspace.encoded.bytes());
  Verdict verdict;
  const auto transform = make_cold_instance(subject, verdict);
  if (transform == nullptr) return verdict;
  ByteBuffer encoded;
  const Attempt calm = writing ? write_starved(*transform, fed, control, encoded)
                               : read_starved(*transform, fed, control);
  if (calm.breach.has_value()) return Verdict::discarded("fails without it too");
  return judge(attempt.breach, kAllRules);
}

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  if (!has_verb(value, FieldId::kMemory, "fail") &&
      !has_verb(value, FieldId::kMemory, "fail-once")) {
    return Verdict::discarded("nothing fails");
  }
  if (prepare_encoded(subject, value, workspace, verdict) == nullptr) return verdict;

  const auto writer = make_cold_instance(subject, verdict);
  if (writer == nullptr) return verdict;
  ByteBuffer encoded;
  const Attempt written = write_starved(*writer, value, workspace, encoded);
  workspace.counters[Counter::kAllocations] = written.calls;
  if (written.breach.has_value()) {
    return judge_unless_fed_fails(written, true, subject, value, workspace);
  }
  if (written.failures > 0 && !written.reported) {
    const Case plain;
    Below below;
    const auto read = read_through(*writer, encoded.bytes(), workspace.payload, plain,
                                   ReadOptions{}, workspace, below);
    if (read.breach.has_value()) {
      return judge_unless_fed_fails({read.breach}, true, subject, value, workspace);
    }
  }

  if (written.threw && written.closed_well) {
    if (auto breach = judge_closed_well(*writer, written, encoded, workspace)) {
      return judge_unless_fed_fails({std::move(breach)}, true, subject, value, workspace);
    }
  }

  const auto reader = make_cold_instance(subject, verdict);
  if (reader == nullptr) return verdict;
  const Attempt read = read_starved(*reader, value, workspace);
  // So many calls can a list tell apart.
  workspace.counters[Counter::kAllocations] = std::max(written.calls, read.calls);
  if (read.breach.has_value()) {
    return judge_unless_fed_fails(read, false, subject, value, workspace);
  }
  if (written.calls + read.calls == 0) return Verdict::discarded(kAllocatesNothing);
  if (written.failures + read.failures == 0) return Verdict::discarded("no allocation failed");
  return Verdict::held();
}

}  // namespace

const Clause allocation_fault = {
    "allocation-fault",
    Group::kFaults,
    "A failed allocation is absorbed, or the call that needed it gives out_of_memory or throws "
    "std::bad_alloc and nothing else; what was read before is right, nothing ends or closes well "
    "over lost bytes, and the stream can be closed, which releases the stream below, and "
    "destroyed; "
    "after an exception too.",
    "The null pointer that nobody looks at ends the program, and the one that is taken for an end "
    "of input ends the data.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kWrites, FieldId::kReads, FieldId::kMemory),
     verbs(VerbKind::kFault, VerbKind::kPassingFault, VerbKind::kDelay, VerbKind::kFlush),
     verbs(VerbKind::kFault)},
    counters(Counter::kAllocations, Counter::kFaults),
    check,
    true,
    nullptr,
    nullptr,
    0,
    kAllocatesNothing,
};

}  // namespace weir::properties::clause
