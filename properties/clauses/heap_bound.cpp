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
  run();
  meter.stop();
  workspace.counters[Counter::kAllocations] += meter.calls();
  return meter.peak_bytes();
}

Verdict too_much(std::uint64_t bound, std::uint64_t peak, const char* doing) {
  return Verdict::violated(
      "heap-bound-exceeded", Verdict::kNoStep,
      "at most " + std::to_string(bound) + " bytes allocated at once while " + doing,
      bytes_text(peak));
}

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  const Bounds& bounds = subject.bounds;
  const std::uint64_t write_bound =
      bounds.write_heap_bytes.value_or(AllocationMeter::kWithoutLimit);
  const std::uint64_t read_bound = bounds.read_heap_bytes.value_or(AllocationMeter::kWithoutLimit);
  Verdict verdict;
  if (prepare(subject, value, workspace, verdict) == nullptr) return verdict;
  const auto writer = make_cold_instance(subject, verdict);
  if (writer == nullptr) return verdict;
  WriteOptions writing;
  writing.program = true;
  bool broken = false;
  std::uint64_t peak = peak_of(write_bound, workspace, [&] {
    Below below;
    const auto run = write_through(*writer, workspace.payload, value, writing, workspace,
                                   workspace.encoded, below);
    broken = run.breach.has_value();
  });
  if (peak > write_bound) return too_much(write_bound, peak, "writing");
  if (broken) return Verdict::discarded("breaks another clause");

  const auto reader = make_cold_instance(subject, verdict);
  if (reader == nullptr) return verdict;
  ReadOptions reading;
  reading.program = true;
  peak = peak_of(read_bound, workspace, [&] {
    Below below;
    const auto run = read_through(*reader, workspace.encoded.bytes(), workspace.payload, value,
                                  reading, workspace, below);
    broken = run.breach.has_value();
  });
  if (peak > read_bound) return too_much(read_bound, peak, "reading");
  if (broken) return Verdict::discarded("breaks another clause");
  return Verdict::held();
}

}  // namespace

const Clause heap_bound = {
    "heap-bound",
    Group::kBuffers,
    "While a stream is written, and while one is read, no more memory is allocated at any time "
    "than the bound that the subject claims for it, however long the stream is.",
    "A buffer that is kept for every block, or one that grows with the file, works on test data "
    "and ends the process on the first checkpoint of full size.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kWrites, FieldId::kReads),
     verbs(VerbKind::kFlush, VerbKind::kLend)},
    counters(Counter::kWrites, Counter::kReads, Counter::kBytes),
    check,
    true,
    &Bounds::write_heap_bytes,
    &Bounds::read_heap_bytes,
};

}  // namespace weir::properties::clause
