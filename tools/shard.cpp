#include "shard.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "foreign.h"
#include "properties/case_text.h"
#include "properties/random_bits.h"
#include "text.h"

namespace weir::cli {

using nlohmann::ordered_json;
using properties::Plan;
using properties::Shard;

namespace {

// More than any array of jobs needs, and few enough to be dealt to in a moment.
constexpr std::uint64_t kShardsMax = 1000;

std::optional<std::uint64_t> number(std::string_view text) {
  if (text.empty() || text.size() > 9) return std::nullopt;
  if (text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  return std::stoull(std::string(text));
}

// Two runs of one plan read the same cases.
std::string corpus_hash(const Plan& plan) {
  std::uint64_t hash = 0;
  for (const properties::CorpusCase& each : plan.corpus) {
    const std::string text = properties::print(each.value);
    hash = properties::RandomBits::mix(hash ^ properties::stable_hash(text.data(), text.size()));
  }
  return fmt::format("{:016x}", hash);
}

// What two parts of one run have in common.
ordered_json plan_json(const ShardNote& note) {
  const Plan& plan = note.plan;
  ordered_json result;
  result["clauses"] = ordered_json::array();
  for (const properties::Clause* clause : plan.clauses) {
    result["clauses"].push_back({{"id", clause->id}, {"group", to_string(clause->group)}});
  }
  result["engines"] = ordered_json::array();
  for (const properties::EngineId engine : plan.engines) {
    result["engines"].push_back(properties::to_string(engine));
  }
  result["seeds"] = note.report.seeds;
  result["cases"] = nullptr;
  if (plan.cases) result["cases"] = *plan.cases;
  result["budget_seconds"] = plan.budget_seconds;
  result["corpus"] = {{"cases", plan.corpus.size()}, {"hash", corpus_hash(plan)}};
  result["golden_streams"] = note.goldens;
  result["payload_files"] = ordered_json::array();
  if (plan.files != nullptr) {
    for (const auto& file : plan.files->files()) {
      result["payload_files"].push_back(fmt::format("{:016x}", file.hash));
    }
  }
  result["brought"] = foreign_words();
  return result;
}

}  // namespace

std::optional<Shard> read_shard(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::optional<std::uint64_t> index = number(text.substr(0, slash));
  const std::optional<std::uint64_t> of = number(text.substr(slash + 1));
  if (!index || !of || *index < 1 || *index > *of || *of > kShardsMax) return std::nullopt;
  return Shard{*index, *of};
}

std::string shard_problem(std::string_view text) {
  if (read_shard(text)) return {};
  const std::size_t slash = text.find('/');
  const std::optional<std::uint64_t> index = number(text.substr(0, slash));
  const std::optional<std::uint64_t> of =
      slash == std::string_view::npos ? std::nullopt : number(text.substr(slash + 1));
  if (!index || !of || *of == 0) {
    return fmt::format("'{}' is not a shard such as 2/4", printable(text));
  }
  if (*of > kShardsMax) return fmt::format("at most {} shards", kShardsMax);
  return fmt::format("there is no shard {} of {}: they go from 1/{} to {}/{}", *index, *of, *of,
                     *of, *of);
}

std::string part_text(const Shard& shard, const properties::Share& share) {
  return fmt::format("shard {} of {}, {} of {}", shard.index, shard.of, with_commas(share.units),
                     plural(share.units_in_all, "unit"));
}

std::string shard_json(const std::string& json, const ShardNote& note) {
  ordered_json root = ordered_json::parse(json);
  if (note.report.seeds > 1) {
    std::size_t entry = 0;
    for (std::size_t i = 0; i < note.report.pairs.size(); ++i) {
      if (note.report.pairs[i].elsewhere) continue;
      ordered_json& seeds = root["pairs"][entry++]["seeds"];
      seeds = ordered_json::array();
      for (std::size_t k = 0; k < note.share.parts.size(); ++k) {
        if (note.share.parts[k].pairs[i]) seeds.push_back(note.plan.seed + k);
      }
    }
  }
  root["shard"] = {{"index", note.shard.index}, {"of", note.shard.of},
                   {"units", note.share.units}, {"units_in_all", note.share.units_in_all},
                   {"notes", note.notes},       {"plan", plan_json(note)}};
  return root.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace weir::cli
