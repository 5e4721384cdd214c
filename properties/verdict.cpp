#include "properties/verdict.h"

namespace weir::properties {
namespace {
constexpr std::array<std::string_view, kCounterCount> kCounterNames = {
    "bytes",        "writes",      "reads",    "short_reads",   "short_writes",
    "would_blocks", "faults",      "seeks",    "seek_refusals", "ends",
    "cuts",         "damaged",     "detected", "closes",        "after_close",
    "empty_spans",  "descriptors", "links",    "abandoned",     "flushes",
    "lies",         "allocations", "members",  "file_payloads", "faulty_steps"};
}  // namespace

std::string_view to_string(Counter counter) noexcept {
  return kCounterNames[static_cast<std::size_t>(counter)];
}

}  // namespace weir::properties
