// FuzzTarget: the clauses of one group over the subjects that they apply to, with cases as bytes.
// The entry points (target.cpp) and everybody who has to read a fuzzer's raw file use it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "properties/case.h"
#include "properties/case_bytes.h"
#include "properties/clause.h"
#include "properties/random_bits.h"
#include "properties/verdict.h"

namespace weir::fuzz {

/// The group whose target is called `name` ("partial_reads"); nothing when there is none.
std::optional<properties::Group> find_group(std::string_view name) noexcept;

/// One fuzz target.
class FuzzTarget {
 public:
  /// Payloads of fuzz cases are at most this long: eight blocks of zstd.
  static constexpr std::int64_t kPayloadBytesMax = std::int64_t{1} << 20;
  /// One case in kLargeEvery may be that long and one in kMiddleEvery kMiddleBytesMax: what a case
  /// costs grows with its payload, and most bugs want few bytes. The sizes
  /// were chosen for the rate of executions (docs/performance.md). Which case may is decided by a
  /// hash over its operations, so that the same case always may.
  static constexpr std::int64_t kSmallBytesMax = std::int64_t{1} << 9;
  static constexpr std::int64_t kMiddleBytesMax = std::int64_t{1} << 16;
  static constexpr std::uint64_t kMiddleEvery = 64;
  static constexpr std::uint64_t kLargeEvery = 1024;

  /// The target of `group`, or of all groups if it is empty, over the subjects under test or, if
  /// `subject` is not empty, over that one alone. Null, with the reason in `error`, when there is
  /// no such group or subject or no clause of the group applies. With `clause`, which is one of the
  /// group, it is about that one alone; `left_out` is one that it is not about.
  static std::unique_ptr<FuzzTarget> make(std::string_view group, std::string_view subject,
                                          std::string& error, std::string_view clause = {},
                                          std::string_view left_out = {});

  /// Makes `result` the case that `input` means. Total. Where the bytes name a subject that their
  /// clause does not apply to, the case is about one that it does apply to, and payloads are cut to
  /// what this case may have. Bytes that are the text form of a case of this target mean that case.
  void decode(std::span<const std::byte> input, properties::Case& result) const;
  /// Replaces `output` by the byte form. Precondition: `contains(value)`.
  void encode(const properties::Case& value, std::vector<std::byte>& output) const;
  /// Replaces `output` by bytes that mean all of `value` that its clause uses: the byte form, or
  /// the text where decoding that would cut the payload. For seeds. Precondition:
  /// `contains(value)`.
  void encode_seed(properties::Case value, std::vector<std::byte>& output) const;
  /// What a byte form may begin with, in the syntax that dictionaries of libFuzzer and AFL++ share:
  /// an engine that knows bytes alone gets from one clause and subject to another by it.
  std::string dictionary() const;
  /// Whether the case's clause and subject are among those of this target.
  bool contains(const properties::Case& value) const noexcept;

  /// Runs the case. Precondition: `contains(value)`.
  properties::Verdict run(const properties::Case& value, properties::Workspace& workspace) const;

  /// Changes `value` in place: mostly within its fields, now and then to another clause or subject.
  void mutate(properties::RandomBits& bits, properties::Case& value) const;
  /// Changes bytes in place; returns their new number, at most `size_max`.
  using ChangeBytes = std::size_t (*)(std::uint8_t* data, std::size_t size, std::size_t size_max);
  /// Has `change` change one byte string of `value`, in half of the cases the payload as a whole,
  /// whatever recipe it was. Returns whether there was one.
  bool mutate_bytes(properties::RandomBits& bits, ChangeBytes change,
                    properties::Case& value) const;
  /// Mixes `a` and `b` into `result`, which has the names of `a`.
  void cross_over(properties::RandomBits& bits, const properties::Case& a,
                  const properties::Case& b, properties::Case& result) const;

 private:
  struct Entry {
    const properties::Clause* clause;
    std::vector<const properties::Subject*> subjects;  // not empty
  };

  FuzzTarget() = default;
  const Entry* find(std::string_view clause) const noexcept;
  void make_valid(properties::Case& value) const;
  properties::Names names() const noexcept { return {clause_names_, subject_names_}; }

  std::vector<Entry> entries_;
  std::vector<properties::Names::Clause> clause_names_;
  std::vector<std::string_view> subject_names_;
};

/// What a person needs of a violation, ending with the line "weir: violated CLAUSE KIND".
std::string violation_text(const properties::Case& value, const properties::Verdict& verdict);

}  // namespace weir::fuzz
