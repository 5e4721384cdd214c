// What the tests of the case share: a few clauses and subjects to name, and cases drawn from seeds.
#pragma once

#include <array>
#include <string_view>

#include "properties/case_bytes.h"
#include "properties/case_generate.h"

namespace weir::properties::test {

inline constexpr FieldSet kAllFields = static_cast<FieldSet>((1u << kFieldCount) - 1);

inline constexpr std::array kClauses = {
    Names::Clause{"round-trip", fields(FieldId::kPayload, FieldId::kWrites)},
    Names::Clause{"read-chunking", fields(FieldId::kPayload, FieldId::kSource, FieldId::kReads)},
    Names::Clause{"source-fault",
                  fields(FieldId::kPayload, FieldId::kWrites, FieldId::kSource, FieldId::kReads)},
    Names::Clause{"corruption", fields(FieldId::kPayload, FieldId::kDamage, FieldId::kReads)},
    Names::Clause{"list-atomic", fields(FieldId::kChain, FieldId::kDescriptor)},
    Names::Clause{"everything", kAllFields},
};
inline constexpr std::array<std::string_view, 3> kSubjects = {"stream.identity/1", "stream.rot13/1",
                                                              "stream.zstd/1"};
inline constexpr Names kTestNames = {kClauses, kSubjects};

/// The largest work under sanitizers stays a fraction of that of a plain build.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr int kWorkDivisor = 10;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(undefined_behavior_sanitizer)
inline constexpr int kWorkDivisor = 10;
#else
inline constexpr int kWorkDivisor = 1;
#endif
#else
inline constexpr int kWorkDivisor = 1;
#endif

/// A drawn case with names, of any size.
inline Case drawn_case(std::uint64_t seed, FieldSet uses = kAllFields) {
  RandomBits bits(seed);
  Case value;
  const auto size = static_cast<int>(bits.below(101));
  generate(bits, uses, {.size = size}, value);
  value.subject = kSubjects[bits.below(kSubjects.size())];
  value.clause = "everything";
  return value;
}

}  // namespace weir::properties::test
