#include "properties/stats.h"

#include <algorithm>

namespace weir::properties {
namespace {

constexpr std::array<std::string_view, kSizeClassCount> kSizeClassNames = {
    "0 B",       "1 B to 8 B", "9 B to 64 B",   "65 B to 1 KiB",
    "to 64 KiB", "to 128 KiB", "beyond 128 KiB"};

constexpr std::array<std::string_view, kVerbKindCount> kKindNames = {
    "plain", "short", "block", "fault", "passing fault", "lie", "delay",
    "flush", "empty", "lend",  "seek",  "close",         "cut", "harm"};

template <class Array>
void add_all(Array& to, const Array& from) noexcept {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
}

}  // namespace

std::string_view size_class_name(std::size_t index) noexcept { return kSizeClassNames[index]; }

std::string_view to_string(VerbKind kind) noexcept {
  return kKindNames[static_cast<std::size_t>(kind)];
}

void Stats::add(const Case& value, bool uses_payload, std::uint64_t payload_bytes) noexcept {
  ++cases;
  if (uses_payload) {
    ++with_payload;
    const auto at =
        std::lower_bound(kSizeClassBytesMax.begin(), kSizeClassBytesMax.end(), payload_bytes);
    ++payload_sizes[static_cast<std::size_t>(at - kSizeClassBytesMax.begin())];
    for (std::size_t i = 0; i < kBoundaryBytes.size(); ++i) {
      if (payload_bytes > kBoundaryBytes[i]) ++crossed[i];
    }
  }
  KindSet kinds = 0;
  for (std::size_t f = 0; f < kFieldCount; ++f) {
    const auto id = static_cast<FieldId>(f);
    const auto& ops = value.ops(id);
    if (ops.empty()) continue;
    ++cases_with[f];
    operations[f] += ops.size();
    for (const Op& op : ops) kinds |= verbs(verb_of(id, op).kind);
  }
  for (std::size_t k = 0; k < kVerbKindCount; ++k) {
    if (has(kinds, static_cast<VerbKind>(k))) ++cases_with_kind[k];
  }
}

Stats& Stats::operator+=(const Stats& other) noexcept {
  cases += other.cases;
  with_payload += other.with_payload;
  add_all(payload_sizes, other.payload_sizes);
  add_all(crossed, other.crossed);
  add_all(cases_with, other.cases_with);
  add_all(operations, other.operations);
  add_all(cases_with_kind, other.cases_with_kind);
  return *this;
}

}  // namespace weir::properties
