#include <algorithm>

#include "properties/allocation.h"
#include "properties/case_damage.h"
#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

// Enough of what hostile bytes decode to: memory shows early or not at all.
constexpr std::size_t kReadBytesMax = std::size_t{1} << 20;

struct Hostile {
  std::uint64_t peak = 0;
  bool broken = false;
};

// Reads `bytes`, whatever they are, on an instance of its own. What goes beyond the bound is
// refused: the machine need not have it.
Hostile read_hostile(const Subject& subject, const StreamTransform& transform,
                     std::span<const std::byte> bytes, std::uint64_t bound, const Case& value,
                     Workspace& workspace) {
  ReadOptions options;
  options.program = true;
  options.ending = Ending::kEither;
  options.bytes_max = kReadBytesMax;
  Hostile reading;
  const auto read = [&] {
    Below below;
    const auto run = read_through(transform, bytes, {}, value, options, workspace, below);
    reading.broken = run.breach.has_value();
  };
  if (subject.take_peak_bytes) {
    static_cast<void>(subject.take_peak_bytes());
    read();
    reading.peak = subject.take_peak_bytes();
    return reading;
  }
  AllocationMeter meter;
  meter.set_limit(bound);
  meter.start();
  read();
  meter.stop();
  workspace.counters[Counter::kAllocations] += meter.calls();
  reading.peak = meter.peak_bytes();
  return reading;
}

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  const std::uint64_t bound = *subject.bounds.read_heap_bytes;
  Verdict verdict;
  if (prepare_encoded(subject, value, workspace, verdict) == nullptr) return verdict;
  const auto encoded = workspace.encoded.bytes();
  apply_damage(value, encoded, workspace.damaged);
  if (std::equal(encoded.begin(), encoded.end(), workspace.damaged.begin(),
                 workspace.damaged.end())) {
    return Verdict::discarded("nothing is damaged");
  }
  ++workspace.counters[Counter::kDamaged];
  const auto reader = make_cold_instance(subject, verdict);
  if (reader == nullptr) return verdict;
  const Hostile hostile =
      read_hostile(subject, *reader, workspace.damaged, bound, value, workspace);
  if (hostile.peak <= bound) {
    return hostile.broken ? Verdict::discarded("breaks another clause") : Verdict::held();
  }
  const auto control = make_cold_instance(subject, verdict);
  if (control == nullptr) return verdict;
  if (read_hostile(subject, *control, encoded, bound, value, workspace).peak > bound) {
    return Verdict::discarded("fails without it too");
  }
  return Verdict::violated(
      "hostile-bytes-amplified", Verdict::kNoStep,
      "at most " + std::to_string(bound) + " bytes allocated at once, whatever is read",
      std::to_string(hostile.peak) + " bytes for " + std::to_string(workspace.damaged.size()) +
          " damaged bytes");
}

}  // namespace

const Clause amplification = {
    "amplification",
    Group::kHostileBytes,
    "A damaged stream never makes a reader allocate more than the bound that the subject claims, "
    "however much its headers announce.",
    "A header that announces gigabytes is believed before a byte of them has come: a few bytes "
    "from a stranger take a server's memory.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kDamage, FieldId::kReads),
     verbs(VerbKind::kHarm, VerbKind::kCut), verbs(VerbKind::kHarm)},
    counters(Counter::kDamaged, Counter::kReads),
    check,
    true,
    &Bounds::read_heap_bytes,
};

}  // namespace weir::properties::clause
