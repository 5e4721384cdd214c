// Case <-> text: the durable `.case` format. docs/case-format.md has the grammar.
#pragma once

#include <string>
#include <string_view>

#include "properties/case.h"

namespace weir::properties {

/// Why a text is not a case.
struct TextError {
  enum class Kind { kMalformed, kStale /* a format version that this build does not read */ };
  Kind kind;
  int line;             ///< from 1
  std::string message;  ///< what is wrong and what would be right, one line
};

/// The canonical text: `parse(print(c)) == c`, and equal cases print equally. Ends with a newline.
std::string print(const Case& value);

/// One field's operations as they stand in text, e.g. "give 3, block, give rest".
std::string print_ops(const Case& value, FieldId id);

/// Parses `text` into `result`. Lines may be commented out with '#', be blank, stand in any order
/// and lack any field. On failure `result` is unspecified.
struct ParseOutcome {
  bool ok;
  TextError error;  ///< meaningful when !ok
};
ParseOutcome parse(std::string_view text, Case& result);

}  // namespace weir::properties
