#include <new>

#include "properties/allocation.h"
#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

// The most that `run` had allocated at once; what goes beyond `bound` is refused.
template <class Run>
std::uint64_t peak_of(std::uint64_t bound, Workspace& workspace, Run run) {
  AllocationMeter meter;
  meter.set_limit(bound);
  meter.start();
  try {
    run();
  } catch (const std::bad_alloc&) {
    if (meter.failures() == 0) throw;
  }
  meter.stop();
  workspace.counters[Counter::kAllocations] += meter.calls();
  return meter.peak_bytes();
}

Verdict too_much(std::uint64_t bound, std::uint64_t peak, const char* doing) {
  return Verdict::violated(
      "heap-bound-exceeded", Verdict::kNoStep,
      "at most " + std::to_string(bound) + " bytes allocated at once while " + doing,
      std::to_string(peak) + " bytes");
}

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  const std::uint64_t bound = *subject.bounds.heap_bytes;
  Verdict verdict;
  if (prepare(subject, value, workspace, verdict) == nullptr) return verdict;
  const auto writer = make_cold_instance(subject, verdict);
  if (writer == nullptr) return verdict;
  WriteOptions writing;
  writing.program = true;
  bool broken = false;
  std::uint64_t peak = peak_of(bound, workspace, [&] {
    Below below;
    const auto run = write_through(*writer, workspace.payload, value, writing, workspace,
                                   workspace.encoded, below);
    broken = run.breach.has_value();
  });
  if (peak > bound) return too_much(bound, peak, "writing");
  if (broken) return Verdict::discarded("breaks another clause");

  const auto reader = make_cold_instance(subject, verdict);
  if (reader == nullptr) return verdict;
  ReadOptions reading;
  reading.program = true;
  peak = peak_of(bound, workspace, [&] {
    Below below;
    const auto run = read_through(*reader, workspace.encoded.bytes(), workspace.payload, value,
                                  reading, workspace, below);
    broken = run.breach.has_value();
  });
  if (peak > bound) return too_much(bound, peak, "reading");
  if (broken) return Verdict::discarded("breaks another clause");
  return Verdict::held();
}

}  // namespace

const Clause heap_bound = {
    "heap-bound",
    Group::kBuffers,
    "While a stream is written or read, no more memory is allocated at any time than the bound "
    "that the subject claims, however long the stream is.",
    "A buffer that is kept for every block, or one that grows with the file, works on test data "
    "and "
    "ends the process on the first checkpoint of full size.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kWrites, FieldId::kReads),
     verbs(VerbKind::kFlush, VerbKind::kLend)},
    counters(Counter::kAllocations),
    check,
    true,
    &Bounds::heap_bytes,
};

}  // namespace weir::properties::clause
