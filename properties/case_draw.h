// Drawing the parts of a case: what generation and mutation share.
#pragma once

#include <cstdint>
#include <vector>

#include "properties/case.h"
#include "properties/case_generate.h"
#include "properties/random_bits.h"

namespace weir::properties::internal {

/// Whether `verb` means something outside the case, so that only what a run provides can be named.
bool needs_file(const Verb& verb) noexcept;

/// A value of `arg`, which is not a kHash. `size` is 0..100.
std::int64_t draw_arg(RandomBits& bits, int size, const Arg& arg);
/// A byte string for `verb`, in `output`.
void draw_bytes(RandomBits& bits, int size, const Verb& verb, std::vector<std::byte>& output);
/// An operation of `field` of one of `options.kinds`, whose bytes lie in the pool of `owner`.
/// Precondition: the field has one.
Op draw_op(RandomBits& bits, const GenerateOptions& options, const Field& field, Case& owner);

/// Adds, at random places, operations of the kinds that `scope` needs and `value` has none of.
void add_needed(RandomBits& bits, const GenerateOptions& options, const Scope& scope, Case& value);

}  // namespace weir::properties::internal
