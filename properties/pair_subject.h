// Pair: two implementations of one format as a subject. It stands for nothing in a table: its name
// says all.
#pragma once

#include <string>
#include <string_view>

#include "properties/subject.h"

namespace weir::properties {

/// The name of the pair: "stream.zstd/1~command.zstd".
std::string pair_name(std::string_view one, std::string_view other);

/// The name of one implementation by itself: of a pair, that of the first.
std::string_view implementation_name(const Subject& subject) noexcept;

/// The pair of that name: the first subject with the second as its peer, which only clauses about
/// two implementations run on. Null when the name is none, or one of the two is no subject. Made
/// once.
const Subject* find_pair(std::string_view name);

}  // namespace weir::properties
