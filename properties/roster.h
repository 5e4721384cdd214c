// What a program tests, and what with: what Weir ships, and what a project brings. All of it is
// added before anything runs, from one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "properties/subject.h"

namespace weir::properties {

struct Clause;

/// Puts subjects in the place of the built-in ones, which can still be named. Those that were added
/// before stay. A name that is taken already is a mistake of the caller: checked.
void add_subjects(std::vector<Subject> subjects);

/// Puts clauses behind those of the contract; they outlive the program. Each joins the fuzz target
/// of its group. An id that is taken already is a mistake of the caller: checked.
void add_clauses(std::span<const Clause* const> added);

/// A rule that makes payloads of one kind, such as valid JSON. In a case it stands as an operation
/// of the payload: `payload   NAME SIZE seed N`.
struct PayloadRecipe {
  std::string name;  ///< lower-case letters, digits and '-', a letter first; none of Weir's own
  /// Appends a payload of about `size` bytes to `output`. What is more than `size` is cut off, what
  /// was there before stays. The same bytes for the same arguments, on every machine, for ever:
  /// cases under version control mean them.
  void (*append)(std::size_t size, std::uint64_t seed, std::vector<std::byte>& output);
  std::uint8_t weight = 3;  ///< how often it is drawn; Weir's own: random 3, literal 8
};

/// Every engine makes payloads of these, too. A name that is taken, or is no name, is a mistake of
/// the caller: checked; so is a call after the first case was made. Byte forms of cases (a fuzzer's
/// corpus) have another meaning then: see schema_hash.
void add_payload_recipes(std::vector<PayloadRecipe> recipes);

/// Byte strings that mean something to a format, such as its magic numbers: payloads and damage are
/// drawn from them, too. Not after the first case was made: checked.
void add_dictionary(std::vector<std::string> entries);

/// What is meant where no subject is named: those that were added, or else the built-in ones.
std::span<const Subject* const> subjects_under_test();

/// An added or built-in subject, a mutant's, a chain's or a pair, by its full name
/// ("stream.rot13/1", "mutant.NAME/1", "chain.crc32c+zstd/1", "stream.zstd/1~command.zstd"); null
/// when there is none.
const Subject* find_subject(std::string_view name);

namespace internal {
/// What was added; from now on nothing more is.
std::span<const PayloadRecipe> final_payload_recipes();
std::span<const std::string> final_dictionary();
}  // namespace internal

}  // namespace weir::properties
