// `weir corpus stats`: what a corpus is made of.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "corpus_files.h"
#include "exit_code.h"
#include "properties/clause.h"
#include "properties/payload.h"
#include "properties/stats.h"
#include "terminal.h"
#include "text.h"

namespace weir::cli {

namespace {

using nlohmann::ordered_json;
using properties::Stats;

constexpr std::size_t kPayloadBytesMax = std::size_t{16} << 20;

// Files that have something in common.
struct Row {
  std::size_t files = 0;
  std::size_t unreadable = 0;
  std::array<std::size_t, kPlaceCount> places{};
  std::vector<std::uint64_t> sizes;

  void add(const CorpusEntry& entry) {
    ++files;
    if (!entry.problem.empty()) ++unreadable;
    ++places[static_cast<std::size_t>(entry.place)];
    sizes.push_back(entry.bytes);
  }
  std::uint64_t bytes() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t size : sizes) sum += size;
    return sum;
  }
  std::uint64_t median() const {
    std::vector<std::uint64_t> sorted = sizes;
    std::sort(sorted.begin(), sorted.end());
    return sorted.empty() ? 0 : sorted[sorted.size() / 2];
  }
  std::uint64_t largest() const {
    return sizes.empty() ? 0 : *std::max_element(sizes.begin(), sizes.end());
  }
};

struct Totals {
  Row all;
  std::map<std::string, Row> folders;
  std::map<std::string, Row> clauses;
  std::map<std::string, Row> subjects;
  std::vector<std::string> without;  // clauses that no case is about
  std::size_t cases = 0;
  std::size_t goldens = 0;
  std::size_t others = 0;
  Stats stats;
};

Totals count(const std::vector<CorpusEntry>& entries) {
  Totals totals;
  const properties::PayloadFiles no_files;
  std::vector<std::byte> payload;
  for (const CorpusEntry& entry : entries) {
    totals.all.add(entry);
    totals.folders[entry.folder.empty() ? "." : entry.folder].add(entry);
    if (entry.kind == CorpusEntry::Kind::kGolden) ++totals.goldens;
    if (entry.kind == CorpusEntry::Kind::kOther) ++totals.others;
    if (entry.kind == CorpusEntry::Kind::kCase) ++totals.cases;
    if (!entry.value) continue;
    totals.clauses[entry.value->clause].add(entry);
    totals.subjects[entry.value->subject].add(entry);
    const properties::Clause* const clause = properties::find_clause(entry.value->clause);
    if (clause == nullptr) continue;
    payload.clear();
    const bool made =
        static_cast<bool>(materialise(*entry.value, no_files, kPayloadBytesMax, payload));
    const bool uses = (clause->uses & field_bit(properties::FieldId::kPayload)) != 0;
    totals.stats.add(*entry.value, uses && made, payload.size());
  }
  for (const properties::Clause* clause : properties::clauses()) {
    const std::string id(clause->id);
    // What is about two implementations, or about commands, has nothing to stand in a corpus for.
    if (totals.clauses.count(id) == 0 && !clause->pairs && !clause->commands) {
      totals.without.push_back(id);
    }
  }
  return totals;
}

void print_rows(const Terminal& terminal, std::string_view title,
                const std::map<std::string, Row>& rows) {
  if (rows.empty()) return;
  std::size_t width = title.size();
  for (const auto& [name, row] : rows) width = std::max(width, columns(printable(name)));
  width = std::min<std::size_t>(width, 36);
  print("\n{}\n", terminal.styled(Style::kDim,
                                  fmt::format("{}  {:>6}  {:>10}  {:>8}  {:>8}", pad(title, width),
                                              "files", "bytes", "median", "largest")));
  for (const auto& [name, row] : rows) {
    print("{}  {:>6}  {:>10}  {:>8}  {:>8}{}\n", pad(clip(printable(name), width), width),
          with_commas(row.files), human_bytes(row.bytes()), human_bytes(row.median()),
          human_bytes(row.largest()),
          row.unreadable == 0
              ? ""
              : "  " + terminal.styled(Style::kBad, fmt::format("{} unreadable", row.unreadable)));
  }
}

// "short 12, block 3": those above zero.
template <class NameOf, class Counts>
std::string counts_text(const Counts& counts, const NameOf& name_of) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) parts.push_back(fmt::format("{} {}", name_of(i), with_commas(counts[i])));
  }
  return parts.empty() ? "none" : join(parts, ", ");
}

std::string_view field_name(std::size_t i) { return properties::schema()[i].name; }
std::string_view kind_name(std::size_t i) {
  return to_string(static_cast<properties::VerbKind>(i));
}

void print_text(const std::string& folder, const Totals& totals) {
  const Terminal terminal(1);
  print("{}: {}, {}: {}, {}{}\n", printable(folder), plural(totals.all.files, "file"),
        human_bytes(totals.all.bytes()), plural(totals.cases, "case"),
        plural(totals.goldens, "golden stream"),
        totals.others == 0 ? "" : ", " + plural(totals.others, "other file"));
  print_rows(terminal, "folder", totals.folders);
  print_rows(terminal, "clause", totals.clauses);
  print_rows(terminal, "subject", totals.subjects);
  const std::size_t width = std::min<std::size_t>(terminal.width(), 100);
  const auto line = [&](std::string_view label, const std::string& text) {
    print("{}  {}\n", terminal.styled(Style::kDim, pad(label, 14)), wrap_hanging(text, width, 16));
  };
  print("\n");
  line("payload", counts_text(totals.stats.payload_sizes, properties::size_class_name));
  line("fields", counts_text(totals.stats.cases_with, field_name));
  line("kinds", counts_text(totals.stats.cases_with_kind, kind_name));
  line("without a case", totals.without.empty() ? "no clause" : join(totals.without, ", "));
}

ordered_json to_json(const std::map<std::string, Row>& rows) {
  ordered_json result = ordered_json::object();
  for (const auto& [name, row] : rows) {
    ordered_json entry{{"files", row.files},
                       {"unreadable", row.unreadable},
                       {"bytes", row.bytes()},
                       {"median_bytes", row.median()},
                       {"largest_bytes", row.largest()}};
    for (std::size_t i = 0; i < kPlaceCount; ++i) {
      if (row.places[i] > 0) {
        entry["places"][std::string(to_string(static_cast<Place>(i)))] = row.places[i];
      }
    }
    result[name] = std::move(entry);
  }
  return result;
}

std::string json_text(const std::string& folder, const Totals& totals) {
  ordered_json root{{"weir", WEIR_VERSION},
                    {"corpus", folder},
                    {"files", totals.all.files},
                    {"bytes", totals.all.bytes()},
                    {"cases", totals.cases},
                    {"golden", totals.goldens},
                    {"other", totals.others},
                    {"unreadable", totals.all.unreadable},
                    {"folders", to_json(totals.folders)},
                    {"clauses", to_json(totals.clauses)},
                    {"subjects", to_json(totals.subjects)},
                    {"clauses_without", totals.without}};
  for (std::size_t i = 0; i < properties::kSizeClassCount; ++i) {
    root["payload_sizes"][std::string(properties::size_class_name(i))] =
        totals.stats.payload_sizes[i];
  }
  for (std::size_t i = 0; i < properties::kFieldCount; ++i) {
    root["fields"][std::string(field_name(i))] = totals.stats.cases_with[i];
  }
  for (std::size_t i = 0; i < properties::kVerbKindCount; ++i) {
    root["kinds"][std::string(kind_name(i))] = totals.stats.cases_with_kind[i];
  }
  return root.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

int run_corpus_stats(const CorpusStatsOptions& options) {
  std::string error;
  const std::string folder = corpus_folder(options.folder, error);
  std::vector<CorpusEntry> entries;
  if (error.empty()) error = list_corpus(folder, entries).error;
  if (interrupted()) return kExitInterrupted;
  if (!error.empty()) return refuse(kExitUsage, error);
  if (entries.empty()) {
    return refuse(kExitCouldNotRun,
                  fmt::format("'{}' is empty: there is nothing to count", printable(folder)));
  }
  const Totals totals = count(entries);
  if (options.json != "-") print_text(folder, totals);
  return deliver(options.json, json_text(folder, totals), kExitHeld);
}

}  // namespace weir::cli
