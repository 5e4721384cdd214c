// Stats: what the cases of a run were made of. Fixed arrays, so that a worker can keep them in
// shared memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "properties/case.h"

namespace weir::properties {

/// Classes of payload sizes: 0, up to 8, 64, 1024, 64 Ki, 128 Ki, and larger.
inline constexpr std::size_t kSizeClassCount = 7;
/// The largest size in bytes of each class but the last.
inline constexpr std::array<std::uint64_t, kSizeClassCount - 1> kSizeClassBytesMax = {
    0, 8, 64, 1024, std::uint64_t{64} << 10, std::uint64_t{128} << 10};
/// As in reports, e.g. "9 B to 64 B".
std::string_view size_class_name(std::size_t index) noexcept;

/// Payload sizes at which transforms change over to another buffer or block. Source: a page; the
/// library's stream buffers; the largest block of a zstd frame (RFC 8878, 3.1.1.2.4).
inline constexpr std::array<std::uint64_t, 3> kBoundaryBytes = {4096, std::uint64_t{64} << 10,
                                                                std::uint64_t{128} << 10};

/// As in reports, e.g. "short".
std::string_view to_string(VerbKind kind) noexcept;

/// What cases were made of.
struct Stats {
  std::uint64_t cases = 0;
  std::uint64_t with_payload = 0;  ///< cases of clauses that use the payload field
  std::array<std::uint64_t, kSizeClassCount> payload_sizes{};   ///< of those, by size class
  std::array<std::uint64_t, kBoundaryBytes.size()> crossed{};   ///< payload beyond a boundary
  std::array<std::uint64_t, kFieldCount> cases_with{};          ///< an operation in this field
  std::array<std::uint64_t, kFieldCount> operations{};          ///< in this field
  std::array<std::uint64_t, kVerbKindCount> cases_with_kind{};  ///< an operation of this kind

  /// Counts one case, whose payload has so many bytes.
  void add(const Case& value, bool uses_payload, std::uint64_t payload_bytes) noexcept;
  Stats& operator+=(const Stats& other) noexcept;
};

}  // namespace weir::properties
