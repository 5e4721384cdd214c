// Where in the code a sanitizer saw what it reports.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::cli {

struct CodePlace {
  std::string path;  ///< below the root, without it
  std::uint64_t line = 0;
  std::uint64_t column = 0;  ///< 0: unknown
};

/// The first place below the folder `root` that the first stack of `report`, or a report of
/// undefined behaviour, names, other than Weir's own harness. Nothing where there is none.
std::optional<CodePlace> place_in_code(std::string_view report, const std::string& root);

}  // namespace weir::cli
