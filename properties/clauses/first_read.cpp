#include <algorithm>
#include <vector>

#include "properties/case_damage.h"
#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

constexpr std::size_t kOutputBytesMax = std::size_t{1} << 20;

// What comes of reading some bytes to the end.
struct Reading {
  std::optional<Breach> breach;
  std::optional<Error> error;  // of a read, or else of close
  std::vector<std::byte> decoded;
  std::size_t step = 0;
  bool cut_off = false;
};

Reading read_all(const StreamTransform& transform, std::span<const std::byte> bytes, bool partial,
                 const Case& value, Workspace& workspace) {
  ReadOptions options;
  options.ending = Ending::kEither;
  options.collect = true;
  options.close = false;
  options.bytes_max = kOutputBytesMax;
  options.source = {partial, false, false};
  Below below;
  workspace.decoded.clear();
  auto read = read_through(transform, bytes, {}, value, options, workspace, below);
  Reading result;
  result.breach = std::move(read.breach);
  result.error = read.error;
  result.cut_off = read.cut_off;
  result.step = workspace.trace.total() > 0 ? workspace.trace.total() - 1 : 0;
  if (read.source != nullptr && !result.breach.has_value()) {
    const auto closed = close_source(read, below, workspace);
    if (!result.error.has_value()) result.error = closed;
  }
  result.decoded = workspace.decoded;
  return result;
}

std::string text_of(const Reading& result) {
  return std::to_string(result.decoded.size()) + " bytes, then " +
         (result.error.has_value() ? describe(*result.error) : "a clean end");
}

// Before an error bytes may come out that the other reading did not get to, but no other bytes.
bool same(const Reading& a, const Reading& b) {
  if (a.error.has_value() != b.error.has_value()) return false;
  if (!a.error.has_value()) return a.decoded == b.decoded;
  const std::size_t common = std::min(a.decoded.size(), b.decoded.size());
  return a.error->code == b.error->code &&
         std::equal(a.decoded.begin(), a.decoded.begin() + static_cast<std::ptrdiff_t>(common),
                    b.decoded.begin());
}

Verdict compare(const StreamTransform& transform, std::span<const std::byte> bytes,
                const Case& value, Workspace& workspace) {
  const Reading whole = read_all(transform, bytes, false, value, workspace);
  const Reading pieces = read_all(transform, bytes, true, value, workspace);
  if (whole.breach.has_value() || pieces.breach.has_value()) {
    return Verdict::discarded("breaks another clause");
  }
  if (whole.cut_off || pieces.cut_off) {
    return Verdict::discarded("more comes out than is worth reading");
  }
  if (same(whole, pieces)) return Verdict::held();
  return Verdict::violated("outcome-depends-on-reads", pieces.step,
                           "as when all is given at once: " + text_of(whole), text_of(pieces));
}

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare_encoded(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  apply_damage(value, workspace.encoded.bytes(), workspace.damaged);
  verdict = compare(*transform, workspace.damaged, value, workspace);
  if (verdict.outcome != Outcome::kHeld) return verdict;
  // The payload itself in place of an encoded stream: foreign bytes.
  return compare(*transform, workspace.payload, value, workspace);
}

}  // namespace

const Clause first_read = {
    "first-read",
    Group::kPartialReads,
    "What comes of reading any bytes, encoded, damaged or foreign, does not depend on how many of "
    "them the first reads of the source below return.",
    "Format detection that looks at what the first read happened to give takes a stream from a "
    "pipe for another format than the same stream from a file.",
    traits(),
    {fields(FieldId::kPayload, FieldId::kDamage, FieldId::kSource),
     verbs(VerbKind::kCut, VerbKind::kHarm, VerbKind::kShort), verbs(VerbKind::kShort)},
    counters(Counter::kShortReads),
    check,
};

}  // namespace weir::properties::clause
