// One part of a run of `check` that is shared out: what the command line calls it, and what its
// JSON report has besides, so that `merge` can put the parts together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "properties/share.h"

namespace weir::cli {

/// How many seeds a run has at most.
inline constexpr std::uint64_t kSeedsMax = 1000;

/// Why `text` is not a shard such as "2/4", one line; empty when it is one.
std::string shard_problem(std::string_view text);
/// The shard that `text` names; nothing for anything else.
std::optional<properties::Shard> read_shard(std::string_view text);

/// "shard 2 of 4, 86 of 342 units".
std::string part_text(const properties::Shard& shard, const properties::Share& share);

/// What is known of a part besides its report.
struct ShardNote {
  const properties::Shard& shard;
  const properties::Share& share;
  const properties::Plan& plan;
  const properties::Report& report;
  std::size_t goldens;  ///< golden streams of the whole
  const std::vector<std::string>& notes;
};
/// `json`, which is what report_json() says of the part, with a member "shard": which one it is, of
/// what plan. Where there are several seeds each pair has a list of those that this part has.
std::string shard_json(const std::string& json, const ShardNote& note);

}  // namespace weir::cli
