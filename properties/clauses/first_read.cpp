#include <algorithm>
#include <vector>

#include "properties/case_damage.h"
#include "properties/clauses.h"
#include "properties/harness.h"

namespace weir::properties::clause {
namespace {

constexpr std::size_t kOutputBytesMax = std::size_t{1} << 20;

// One way of reading the bytes, and what came out.
struct Way {
  Reading reading;
  std::vector<std::byte> decoded;
};

Way read_in(const StreamTransform& transform, std::span<const std::byte> bytes, bool partial,
            const Case& value, Workspace& workspace) {
  Way way;
  way.reading =
      read_all(transform, bytes, value, {partial, false, false}, workspace, kOutputBytesMax);
  way.decoded = workspace.decoded;
  return way;
}

// What came of one, and the byte at which `other` parts from it.
std::string text_of(const Way& way, const Way& other) {
  const std::size_t size = way.decoded.size();
  std::string text = bytes_text(size);
  const auto parts = std::mismatch(way.decoded.begin(), way.decoded.end(), other.decoded.begin(),
                                   other.decoded.end());
  if (parts.first != way.decoded.end() && parts.second != other.decoded.end()) {
    text += ", " + byte_text(*parts.first) + " at offset " +
            std::to_string(parts.first - way.decoded.begin());
  }
  return text + ", then " +
         (way.reading.error.has_value() ? describe(*way.reading.error) : "a clean end");
}

// Before an error bytes may come out that the other reading did not get to, but no other bytes.
bool same(const Way& a, const Way& b) {
  const std::optional<Error>& error = a.reading.error;
  if (error.has_value() != b.reading.error.has_value()) return false;
  if (!error.has_value()) return a.decoded == b.decoded;
  const std::size_t common = std::min(a.decoded.size(), b.decoded.size());
  return error->code == b.reading.error->code &&
         std::equal(a.decoded.begin(), a.decoded.begin() + static_cast<std::ptrdiff_t>(common),
                    b.decoded.begin());
}

Verdict compare(const StreamTransform& transform, std::span<const std::byte> bytes,
                const Case& value, Workspace& workspace) {
  const Way whole = read_in(transform, bytes, false, value, workspace);
  const Way pieces = read_in(transform, bytes, true, value, workspace);
  if (whole.reading.breach.has_value() || pieces.reading.breach.has_value()) {
    return Verdict::discarded("breaks another clause");
  }
  if (whole.reading.cut_off || pieces.reading.cut_off) {
    return Verdict::discarded("more comes out than is worth reading");
  }
  if (same(whole, pieces)) {
    return whole.reading.asked_max == 1 ? Verdict::discarded(kBytewise) : Verdict::held();
  }
  return Verdict::violated("outcome-depends-on-reads", pieces.reading.step,
                           "as when all is given at once: " + text_of(whole, pieces),
                           text_of(pieces, whole));
}

Verdict check(const Subject& subject, const Case& value, Workspace& workspace) {
  Verdict verdict;
  const auto transform = prepare_encoded(subject, value, workspace, verdict);
  if (transform == nullptr) return verdict;
  apply_damage(value, workspace.encoded.bytes(), workspace.damaged);
  verdict = compare(*transform, workspace.damaged, value, workspace);
  if (verdict.outcome != Outcome::kHeld && verdict.kind != kBytewise) return verdict;
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
    traits(Trait::kPartialBelow),
    {fields(FieldId::kPayload, FieldId::kDamage, FieldId::kSource),
     verbs(VerbKind::kCut, VerbKind::kHarm, VerbKind::kShort), verbs(VerbKind::kShort)},
    counters(Counter::kShortReads),
    check,
    false,
    nullptr,
    nullptr,
    0,
    kBytewise,
};

}  // namespace weir::properties::clause
