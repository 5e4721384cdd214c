// Case <-> bytes: the working format of the fuzzers. Total: every byte string is a case.
// docs/case-format.md has the grammar.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "properties/case.h"
#include "properties/case_coverage.h"

namespace weir::properties {

WEIR_NO_COVERAGE_BEGIN
/// The 16 bits by which a byte form names `name`: made as FNV-1a is, but over words of eight bytes,
/// then folded. The last word is the last eight bytes; a name of fewer bytes is one word, filled
/// with zeros. Words, not bytes, because this runs for every subject at every decoding.
constexpr std::uint16_t name_hash(std::string_view name) noexcept {
  constexpr std::size_t kWord = 8;
  std::uint64_t hash = 0xcbf29ce484222325u ^ name.size();
  for (std::size_t at = 0; at < name.size(); at += kWord) {
    if (name.size() >= kWord && name.size() - at < kWord) at = name.size() - kWord;
    std::uint64_t word = 0;
    if (!std::is_constant_evaluated() && std::endian::native == std::endian::little &&
        name.size() >= kWord) {
      std::memcpy(&word, name.data() + at, kWord);
    } else {
      for (std::size_t i = 0; i < kWord && at + i < name.size(); ++i) {
        word |= static_cast<std::uint64_t>(static_cast<unsigned char>(name[at + i])) << (8 * i);
      }
    }
    hash = (hash ^ word) * 0x100000001b3u;
    hash ^= hash >> 32;
  }
  return static_cast<std::uint16_t>(hash ^ (hash >> 16) ^ (hash >> 48));
}
WEIR_NO_COVERAGE_END

/// What a byte string may name. Names are stored as 16-bit hashes of themselves, never as an index:
/// a hash that no entry has means the entry with the nearest one.
struct Names {
  struct Clause {
    std::string_view id;
    FieldSet uses;
    std::uint16_t hash = name_hash(id);  ///< made here, once: decoding has no time for it
  };
  std::span<const Clause> clauses;             ///< not empty, distinct hashes
  std::span<const std::string_view> subjects;  ///< not empty, distinct hashes
};

/// Makes `result` the case that `input` means. Never fails; what would make the case longer than
/// kCaseBytesMax is ignored. Allocates nothing once `result` has grown.
void decode(std::span<const std::byte> input, const Names& names, Case& result);

/// Replaces `output` by the canonical byte form: `decode(encode(c)) == c`.
/// Preconditions: the case's names are in `names`; fields that its clause does not use are empty.
void encode(const Case& value, const Names& names, std::vector<std::byte>& output);

/// The length of the byte form of `value` without the ends of its lists. A case is valid while this
/// is at most kCaseBytesMax.
std::size_t encoded_size(const Case& value);

}  // namespace weir::properties
