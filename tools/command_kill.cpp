// `weir kill`: every mutant against every engine, and against the tests that others write.
#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>

#include "commands.h"
#include "exit_code.h"
#include "files.h"
#include "fuzz/fuzz_target.h"
#include "fuzz_process.h"
#include "names.h"
#include "program.h"
#include "properties/allocation.h"
#include "properties/case_text.h"
#include "properties/kill.h"
#include "properties/random_engine.h"
#include "properties/runner.h"
#include "properties/yardsticks/yardstick.h"
#include "scratch_folder.h"
#include "terminal.h"
#include "text.h"

namespace weir::cli {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;
using properties::EngineId;
using properties::Fate;
using properties::Hunt;
using properties::KillPlan;
using properties::KillReport;
using properties::KillRow;
using properties::Mutant;
using properties::Subject;

constexpr double kBudgetSeconds = 30;
// All yardsticks on all mutants have to fit into a few minutes.
constexpr double kYardstickSeconds = 1;
constexpr double kHeartbeatSeconds = 10;
// What a fuzz program takes besides its time: it starts, and on a busy machine slowly.
constexpr double kEngineStartSeconds = 10;
constexpr std::string_view kNoEngine =
    "this build has no fuzzing engine; `tools/weir --fuzz-build kill` has one";
// For libFuzzer's own clock, of one input: hangs are found, too. It is wall time, on a machine that
// may be busy.
constexpr unsigned kGuidedTimeoutSeconds = 5;
// A declaration that the guided engine cannot reach a bug is tried with so many inputs: a number,
// not a time, so that chance has no part in it.
constexpr unsigned kGuidedBeyondRuns = 2000;

std::string short_name(const KillRow& row) {
  return row.mutant != nullptr ? std::string(row.mutant->name) : row.subject->name;
}

std::string duration(double seconds) {
  if (seconds < 0.0095) return fmt::format("{:.1f} ms", seconds * 1000);
  if (seconds < 1) return fmt::format("{:.0f} ms", seconds * 1000);
  return fmt::format("{:.1f} s", seconds);
}

// What a fuzz program came to.
struct FuzzEnd {
  std::string artifact;  // the file with the input that broke it; empty without one
  // Why it is not a result: it could not be run, or did not come to its end. Empty otherwise.
  std::string failure;
};

// The last line that a program said of itself.
std::string last_line(const std::string& tail) {
  const std::size_t end = tail.find_last_not_of('\n');
  if (end == std::string::npos) return {};
  const std::size_t before = tail.rfind('\n', end);
  return printable(tail.substr(before + 1, end - before));
}

// Runs a fuzz program whose artifacts begin with `prefix` to its end, for at most `seconds_max`.
FuzzEnd run_to_its_end(FuzzProcess& process, const std::string& prefix, double seconds_max) {
  while (!interrupted() && !process.ended() && process.seconds() <= seconds_max) {
    pollfd wanted{process.descriptor(), POLLIN, 0};
    ::poll(&wanted, process.descriptor() >= 0 ? 1 : 0, 50);
    if ((wanted.revents & POLLHUP) != 0) ::usleep(1000);
    process.pump();
  }
  const std::optional<int> code = process.ended();
  if (!code) process.end();
  process.pump();
  FuzzEnd end{process.artifact(), {}};
  // A program whose descriptors are gone cannot say where it wrote.
  if (end.artifact.empty()) {
    std::error_code ignored;
    const fs::path folder = fs::path(prefix).parent_path();
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
      if (entry.path().string().compare(0, prefix.size(), prefix) == 0) {
        end.artifact = entry.path().string();
      }
    }
  }
  if (!end.artifact.empty() || interrupted()) return end;
  if (!code) {
    end.failure = "it did not end in time";
  } else if (*code != 0 && process.numbers().executions == 0) {
    const std::string last = last_line(process.tail());
    end.failure = fmt::format("it ended with code {} before its first input{}{}", *code,
                              last.empty() ? "" : ": ", last);
  }
  return end;
}

// The guided engine: the fuzz program of the primary clause's group, with that clause alone.
class GuidedHunter {
 public:
  explicit GuidedHunter(double seconds) : seconds_(seconds) {
    std::vector<std::string> notes;
    const std::string folder = find_corpus();
    if (!folder.empty()) {
      const FileOutcome read = read_corpus(folder, corpus_, notes);
      if (!read.ok()) failure_ = read.error;
    }
    // The mutants' own killing cases would make it all too easy; so would what is known to break.
    corpus_.erase(std::remove_if(corpus_.begin(), corpus_.end(),
                                 [](const CorpusFile& file) {
                                   return file.open || file.value.subject.substr(0, 7) == "mutant.";
                                 }),
                  corpus_.end());
  }

  Hunt operator()(const KillRow& row, std::uint64_t seed) {
    Hunt hunt;
    if (!WEIR_HAS_FUZZ_ENGINE) {
      hunt.fate = Fate::kSkipped;
      hunt.why = kNoEngine;
      return hunt;
    }
    hunt.fate = Fate::kFailed;
    hunt.why = failure_;
    if (!hunt.why.empty()) return hunt;
    const std::string group(properties::to_string(row.primary->group));
    const std::string program = program_folder() + "/fuzz_" + group;
    if (::access(program.c_str(), X_OK) != 0) {
      hunt.why = "it is not built: no program " + printable(program);
      return hunt;
    }
    const auto decoder =
        fuzz::FuzzTarget::make(group, row.subject->name, hunt.why, row.primary->id);
    if (decoder == nullptr) return hunt;
    const ScratchFolder scratch("weir-kill");
    const std::string seeds = scratch.path() + "/seeds";
    if (scratch.path().empty() || !export_seeds(row, *decoder, seeds)) {
      hunt.why = "no folder could be made for its inputs";
      return hunt;
    }
    const std::string prefix = scratch.path() + "/broken-";
    const double whole = std::max(1.0, seconds_);
    std::vector<std::string> arguments = {program,
                                          "--clause=" + std::string(row.primary->id),
                                          scratch.path(),
                                          seeds,
                                          "-artifact_prefix=" + prefix,
                                          fmt::format("-max_total_time={:.0f}", whole),
                                          fmt::format("-timeout={}", kGuidedTimeoutSeconds),
                                          "-rss_limit_mb=1024",
                                          seed_option(seed)};
    arguments.insert(arguments.end(), kSearchOptions.begin(), kSearchOptions.end());
    if (properties::is_beyond(*row.mutant, "guided")) {
      arguments.push_back(fmt::format("-runs={}", kGuidedBeyondRuns));
    }
    const std::string dictionary = find_in_project("fuzz/dictionaries") + "/" + group + ".dict";
    if (::access(dictionary.c_str(), R_OK) == 0) arguments.push_back("-dict=" + dictionary);
    FuzzProcess process(arguments, row.subject->name);
    const FuzzEnd end =
        run_to_its_end(process, prefix, whole + 2 * kGuidedTimeoutSeconds + kEngineStartSeconds);
    hunt.cases = process.numbers().executions;
    hunt.seconds = process.seconds();
    hunt.why = end.failure;
    if (!end.failure.empty()) return hunt;
    hunt.fate = Fate::kSurvived;
    if (end.artifact.empty()) return hunt;
    std::string content;
    const FileOutcome read = read_file(end.artifact, properties::kCaseBytesMax, content);
    if (!read.ok()) {
      hunt.fate = Fate::kFailed;
      hunt.why = read.error;
      return hunt;
    }
    decoder->decode(std::as_bytes(std::span(content.data(), content.size())), hunt.found.emplace());
    hunt.fate = Fate::kKilled;
    return hunt;
  }

  /// Whether there are cases to start from, as there are for `weir fuzz`.
  bool has_corpus() const { return !corpus_.empty(); }

 private:
  bool export_seeds(const KillRow& row, const fuzz::FuzzTarget& decoder,
                    const std::string& folder) const {
    std::error_code error;
    fs::create_directories(folder, error);
    std::vector<std::byte> bytes;
    std::size_t number = 0;
    for (const CorpusFile& file : corpus_) {
      properties::Case value = file.value;
      value.subject = row.subject->name;
      if (!decoder.contains(value)) continue;
      decoder.encode_seed(value, bytes);
      if (!write_file(fmt::format("{}/{:04}", folder, number++),
                      {reinterpret_cast<const char*>(bytes.data()), bytes.size()})
               .ok()) {
        return false;
      }
    }
    return !error;
  }

  double seconds_;
  std::string failure_;
  std::vector<CorpusFile> corpus_;
};

// ---- yardsticks

struct YardstickScore {
  std::string name;
  std::string file;
  std::string spirit;
  std::string left_out;                         // why it did not run
  std::string failure{};                        // why it could not be run although it should be
  std::map<std::string, std::string> killed{};  // mutant, what it saw
  std::size_t mutants = 0;                      // that it was run on
  std::vector<std::string> accused{};           // correct subjects that it kills: it is wrong
  std::uint64_t rounds = 0;
  double seconds = 0;
};

class Sign {
 public:
  // Draws on a terminal; says a word now and then elsewhere.
  void show(double seconds, const std::string& first, const std::string& second, std::uint64_t part,
            std::uint64_t whole) {
    if (!progress_.terminal().interactive()) {
      if (seconds - last_ < kHeartbeatSeconds) return;
      last_ = seconds;
      std::fprintf(stderr, "weir: %s, %s\n", first.c_str(), second.c_str());
      return;
    }
    if (!progress_.due()) return;
    progress_.draw(
        {fmt::format("killing  {}  {}", bar(progress_.terminal(), part, whole, 20), first),
         progress_.terminal().styled(Style::kDim, "         " + second)});
  }
  void clear() { progress_.clear(); }

 private:
  Progress progress_;
  double last_ = 0;
};

// A yardstick that is a fuzz program.
struct Engined {
  std::string_view name;
  std::string_view program;
  std::string_view file;
  std::string_view spirit;
};
constexpr Engined kEngined[] = {
    {"libFuzzer round trip", "yardstick_whole_round_trip",
     "properties/yardsticks/libfuzzer_round_trip.cpp",
     "A plain fuzz target: the fuzzer's bytes written and read back at once."},
    {"zstd-style with libFuzzer", "yardstick_zstd_style_bytes",
     "properties/yardsticks/zstd_style.cpp",
     "The same streaming round trip, with the engine's bytes."},
};

// Whether the program broke on `subject`; `what` says how.
bool engine_kills(const Engined& yardstick, const Subject& subject, double seconds,
                  YardstickScore& score, std::string& what) {
  const ScratchFolder scratch("weir-kill");
  if (scratch.path().empty()) {
    score.failure = "no folder could be made for its inputs";
    return false;
  }
  const std::string prefix = scratch.path() + "/broken-";
  const double whole = std::max(1.0, seconds);
  FuzzProcess process({program_folder() + "/" + std::string(yardstick.program), scratch.path(),
                       "-artifact_prefix=" + prefix, fmt::format("-max_total_time={:.0f}", whole),
                       fmt::format("-timeout={}", kGuidedTimeoutSeconds), "-rss_limit_mb=1024",
                       "-print_final_stats=1", "-seed=1"},
                      subject.name);
  const FuzzEnd end =
      run_to_its_end(process, prefix, whole + 2 * kGuidedTimeoutSeconds + kEngineStartSeconds);
  score.rounds += process.numbers().executions;
  if (end.artifact.empty()) {
    score.failure = end.failure;
    return false;
  }
  what = fs::path(end.artifact).filename().string().substr(sizeof "broken-" - 1);
  what = what.substr(0, what.find('-'));
  const std::size_t at = process.tail().rfind("weir: ");
  if (at != std::string::npos) {
    what = printable(process.tail().substr(at + 6, process.tail().find('\n', at) - at - 6));
  }
  return true;
}

// Weir's own row: every clause that applies, by the engines and in the order of `weir check`, which
// is not told either what is wrong with the subject.
bool weir_kills(const Subject& subject, double seconds, std::uint64_t seed, YardstickScore& score,
                std::string& what) {
  properties::Plan plan;
  plan.subjects = {&subject};
  plan.clauses = {properties::clauses().begin(), properties::clauses().end()};
  plan.seed = seed;
  plan.budget_seconds = seconds;
  plan.random = properties::make_random_case;
  plan.hints = false;
  plan.first_only = true;
  properties::Observer nobody;
  const properties::Report report = properties::run(plan, nobody, interrupted());
  score.rounds += report.cases;
  if (!report.errors.empty()) score.failure = report.errors.front();
  if (report.findings.empty()) return false;
  const properties::Signature& signature = report.findings.front().signature;
  what = signature.clause + ": " + signature.kind;
  return true;
}

std::vector<YardstickScore> run_yardsticks(const std::vector<const Subject*>& subjects,
                                           double seconds, std::uint64_t seed) {
  std::vector<const Subject*> all = subjects;
  // A yardstick that kills a correct subject measures nothing.
  for (const Subject& subject : properties::builtin_subjects()) {
    if (std::find(all.begin(), all.end(), &subject) == all.end()) all.push_back(&subject);
  }
  std::vector<YardstickScore> found;
  found.push_back({"Weir",
                   "properties/clauses",
                   "Every clause that applies, by the engines and in the order of weir check.",
                   {}});
  for (const properties::Yardstick& each : properties::yardsticks()) {
    found.push_back({std::string(each.name), std::string(each.file), std::string(each.spirit), {}});
  }
  for (const Engined& each : kEngined) {
    found.push_back({std::string(each.name), std::string(each.file), std::string(each.spirit),
                     WEIR_HAS_FUZZ_ENGINE ? std::string() : std::string(kNoEngine)});
    const std::string program = program_folder() + "/" + std::string(each.program);
    if (WEIR_HAS_FUZZ_ENGINE && ::access(program.c_str(), X_OK) != 0) {
      found.back().left_out = "it is not built: no program " + printable(program);
    }
  }
  const auto begun = std::chrono::steady_clock::now();
  const auto now = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  };
  Sign sign;
  std::size_t done = 0;
  const std::size_t plain = properties::yardsticks().size();
  for (std::size_t y = 0; y < found.size(); ++y) {
    YardstickScore& score = found[y];
    for (const Subject* subject : all) {
      ++done;
      if (!score.left_out.empty() || !score.failure.empty() || interrupted()) continue;
      const Mutant* const mutant = properties::mutant_of(*subject);
      sign.show(now(), score.name, subject->name, done, found.size() * all.size());
      const double start = now();
      bool killed = false;
      std::string what;
      if (y == 0) {
        killed = weir_kills(*subject, seconds, seed, score, what);
      } else if (y <= plain) {
        const properties::YardstickRun run =
            properties::measure(properties::yardsticks()[y - 1], *subject, seconds, seed);
        score.failure = run.could_not_run;
        killed = run.killed;
        what = run.what;
        score.rounds += run.rounds;
      } else {
        killed = engine_kills(kEngined[y - 1 - plain], *subject, seconds, score, what);
      }
      // What was cut off says nothing.
      if (interrupted()) break;
      score.seconds += now() - start;
      if (mutant != nullptr) ++score.mutants;
      if (!killed) continue;
      if (mutant != nullptr) {
        score.killed[std::string(mutant->name)] = what;
      } else {
        score.accused.push_back(subject->name + ": " + what);
      }
    }
  }
  return found;
}

// ---- the table

// The hunts of one engine for one row, as one cell.
struct Cell {
  std::string text = "n/a";
  Style style = Style::kDim;
};
Cell cell_of(const KillRow& row, std::string_view engine) {
  Cell cell;
  std::uint64_t most = 0;
  bool killed = false;
  for (const Hunt& hunt : row.hunts) {
    if (hunt.engine != engine) continue;
    switch (hunt.fate) {
      case Fate::kKilled:
        killed = true;
        most = std::max(most, hunt.cases);
        break;
      case Fate::kByOther:
        return {"other", Style::kBad};
      case Fate::kSurvived:
        return {"MISSED", Style::kBad};
      case Fate::kBeyond:
        cell.text = "beyond";
        break;
      case Fate::kNoCase:
        cell.text = "-";
        break;
      case Fate::kSkipped:
        break;
      case Fate::kFailed:
        return {"FAILED", Style::kBad};
    }
  }
  if (killed) cell = {human_count(most), Style::kPlain};
  return cell;
}

constexpr std::size_t kNameColumns = 27;
constexpr std::size_t kClauseColumns = 22;
constexpr std::size_t kEngineColumns = 8;

std::string engine_head(std::string_view engine) {
  return engine == "exhaustive" ? "exhaust" : std::string(engine);
}

void print_table(const Terminal& terminal, const KillReport& report,
                 const std::vector<std::string>& engines) {
  std::string head = pad("mutant", kNameColumns) + pad("noticed by", kClauseColumns);
  for (const std::string& engine : engines) head += pad_left(engine_head(engine), kEngineColumns);
  head += pad_left("time", 8) + pad_left("ops", 5) + pad_left("bytes", 6);
  print("{}\n", terminal.styled(Style::kDim, head));
  // In the order of the contract: rows of one group of clauses stand together.
  for (const properties::Group group : groups_with_clauses()) {
    std::vector<const KillRow*> rows;
    for (const properties::Clause* clause : properties::clauses()) {
      if (clause->group != group) continue;
      for (const KillRow& row : report.rows) {
        if (row.primary == clause) rows.push_back(&row);
      }
    }
    if (rows.empty()) continue;
    print("{}\n", terminal.styled(Style::kTitle, group_title(group)));
    for (const KillRow* row : rows) {
      std::string line =
          pad(clip("  " + std::string(row->mutant->name), kNameColumns - 1), kNameColumns) +
          pad(clip(row->primary->id, kClauseColumns - 1), kClauseColumns);
      for (const std::string& engine : engines) {
        const Cell cell = cell_of(*row, engine);
        line += terminal.styled(cell.style, pad_left(cell.text, kEngineColumns));
      }
      const Hunt* timed = row->standard ? &*row->standard : nullptr;
      if (timed == nullptr) {
        for (const Hunt& hunt : row->hunts) {
          if (hunt.fate == Fate::kKilled && (timed == nullptr || hunt.seconds > timed->seconds)) {
            timed = &hunt;
          }
        }
      }
      const bool killed = timed != nullptr && timed->fate == Fate::kKilled;
      if (killed) {
        line += pad_left(duration(timed->seconds), 8);
      } else {
        const bool missed = timed != nullptr && timed->counts();
        line += terminal.styled(missed ? Style::kBad : Style::kDim,
                                pad_left(missed ? "MISSED" : "-", 8));
      }
      const Hunt* smallest = row->smallest();
      line += smallest == nullptr
                  ? terminal.styled(Style::kDim, pad_left("-", 5) + pad_left("-", 6))
                  : pad_left(std::to_string(smallest->operations), 5) +
                        pad_left(human_count(smallest->payload_bytes), 6);
      print("{}\n", line);
    }
  }
  bool titled = false;
  for (const KillRow& row : report.rows) {
    if (row.mutant != nullptr) continue;
    if (!titled) print("{}\n", terminal.styled(Style::kTitle, "Correct subjects"));
    titled = true;
    print("{}{}\n", pad("  " + row.subject->name, kNameColumns),
          row.fired.empty()
              ? terminal.styled(Style::kGood,
                                fmt::format("holds over {} cases", with_commas(row.cases)))
              : terminal.styled(Style::kBad,
                                "accused by " + std::string(row.fired.front().clause->id)));
  }
}

void print_legend(const Terminal& terminal, const KillPlan& plan) {
  const std::string text = fmt::format(
      "Engines: cases to the kill by that clause (of {} the most); - no case for such a "
      "clause, beyond: declared out of its reach. Time: {}. ops, bytes: operations and payload of "
      "the smallest case.",
      plural(plan.seeds.size(), "seed"),
      plan.standard ? "to the kill with the default engines" : "the slowest kill");
  for (const std::string& line : wrap(text, 98)) {
    print("{}\n", terminal.styled(Style::kDim, line));
  }
}

struct Numbers {
  std::size_t mutants = 0;
  std::vector<double> seconds;
  std::vector<double> operations;
  std::vector<double> bytes;
  std::string slowest;
  double seconds_max = 0;
  std::size_t declared = 0;
  std::size_t undeclared = 0;
  std::size_t clauses = 0;  // that have a mutant here
};

Numbers numbers_of(const KillReport& report) {
  Numbers numbers;
  std::vector<const properties::Clause*> seen;
  for (const KillRow& row : report.rows) {
    for (const properties::Fired& fired : row.fired) {
      ++(fired.declared ? numbers.declared : numbers.undeclared);
    }
    if (row.mutant == nullptr) continue;
    ++numbers.mutants;
    if (std::find(seen.begin(), seen.end(), row.primary) == seen.end()) seen.push_back(row.primary);
    if (const Hunt* smallest = row.smallest()) {
      numbers.operations.push_back(static_cast<double>(smallest->operations));
      numbers.bytes.push_back(static_cast<double>(smallest->payload_bytes));
    }
    if (row.standard && row.standard->fate == Fate::kKilled) {
      numbers.seconds.push_back(row.standard->seconds);
      if (row.standard->seconds > numbers.seconds_max) {
        numbers.seconds_max = row.standard->seconds;
        numbers.slowest = row.mutant->name;
      }
    }
  }
  numbers.clauses = seen.size();
  return numbers;
}

constexpr std::size_t kLabelColumns = 16;
// Of what Weir misses in the time of the yardsticks.
constexpr std::size_t kMissedNamesMax = 12;

void print_summary(const Terminal& terminal, const KillReport& report, const KillPlan& plan) {
  const Numbers numbers = numbers_of(report);
  if (numbers.mutants == 0) return;
  for (const properties::EngineScore& score : properties::scores(report)) {
    std::string line = pad(score.engine, kLabelColumns);
    if (score.able == 0 && score.skipped > 0) {
      line += std::string(score.engine == "guided" && !WEIR_HAS_FUZZ_ENGINE ? kNoEngine
                                                                            : "nothing ran");
      print("{}\n", terminal.styled(Style::kDim, line));
      continue;
    }
    line += terminal.styled(score.killed == score.able ? Style::kGood : Style::kBad,
                            fmt::format("{} of {}", score.killed, score.able));
    if (score.engine == "default" && !numbers.seconds.empty()) {
      line +=
          fmt::format("; median {}, slowest {} ({})", duration(properties::median(numbers.seconds)),
                      duration(numbers.seconds_max), numbers.slowest);
    }
    if ((score.engine == "random" || score.engine == "guided") && plan.seeds.size() > 1) {
      line += fmt::format(", with each of {} seeds", plan.seeds.size());
    }
    if (score.no_case > 0) line += fmt::format("; no case for the clauses of {}", score.no_case);
    if (score.beyond > 0) line += fmt::format("; {} declared beyond", score.beyond);
    if (score.skipped > 0) line += fmt::format("; {} not in this build", score.skipped);
    print("{}\n", line);
  }
  if (!numbers.operations.empty()) {
    print(
        "{}operations median {:.0f}, at most {:.0f}; payload bytes median {:.0f}, at most {:.0f}\n",
        pad("smallest case", kLabelColumns), properties::median(numbers.operations),
        *std::max_element(numbers.operations.begin(), numbers.operations.end()),
        properties::median(numbers.bytes),
        *std::max_element(numbers.bytes.begin(), numbers.bytes.end()));
  }
  if (plan.others) {
    print("{}{} times as declared, {}\n", pad("others fired", kLabelColumns),
          with_commas(numbers.declared),
          terminal.styled(numbers.undeclared == 0 ? Style::kGood : Style::kBad,
                          fmt::format("{} times undeclared", numbers.undeclared)));
  }
}

void print_yardsticks(const Terminal& terminal, const KillReport& report,
                      const std::vector<YardstickScore>& found, double seconds) {
  const std::size_t mutants = numbers_of(report).mutants;
  std::string sentence;
  print("\n{}\n",
        terminal.styled(Style::kTitle, fmt::format("Killed with {} a mutant, by who is not told "
                                                   "what to look for",
                                                   duration(seconds))));
  for (const YardstickScore& score : found) {
    const std::string& left_out = score.failure.empty() ? score.left_out : score.failure;
    if (!left_out.empty()) {
      print("  {}\n", terminal.styled(score.failure.empty() ? Style::kDim : Style::kBad,
                                      pad(score.name, 27) + pad_left("-", 4) + "  " + left_out));
      continue;
    }
    sentence +=
        fmt::format("{}{} {}", sentence.empty() ? "" : ", ", score.name, score.killed.size());
    if (&score == found.data()) sentence += fmt::format(" of {}", mutants);
    std::string line = pad(score.name, 27) + pad_left(std::to_string(score.killed.size()), 4);
    if (score.mutants < mutants)
      line += fmt::format(" of the {} that it was run on", score.mutants);
    print("  {}  {}\n", line, score.file);
    if (&score == found.data() && score.killed.size() < score.mutants &&
        score.mutants - score.killed.size() <= kMissedNamesMax) {
      std::string missed;
      for (const KillRow& row : report.rows) {
        if (row.mutant == nullptr || score.killed.count(short_name(row)) != 0) continue;
        missed += (missed.empty() ? "missed: " : ", ") + short_name(row);
      }
      print("    {}\n", wrap_hanging(missed, 94, 4));
    }
    for (const std::string& accused : score.accused) {
      print("    {}\n", terminal.styled(Style::kBad, "kills the correct " + accused));
    }
  }
  print("{}\n", wrap_hanging(sentence, 98, 2));
}

// ---- JSON

ordered_json json_of(const Hunt& hunt) {
  ordered_json entry{{"engine", hunt.engine}};
  if (hunt.seed) entry["seed"] = *hunt.seed;
  entry["fate"] = properties::to_string(hunt.fate);
  if (!hunt.why.empty()) entry["why"] = hunt.why;
  entry["cases"] = hunt.cases;
  entry["seconds"] = hunt.seconds;
  entry["faulty_steps"] = hunt.faulty_steps;
  if (!hunt.kind.empty()) entry["kind"] = hunt.kind;
  if (hunt.smallest) {
    entry["operations"] = hunt.operations;
    entry["payload_bytes"] = hunt.payload_bytes;
    entry["shrink_evaluations"] = hunt.evaluations;
    entry["smallest"] = properties::print(*hunt.smallest);
  }
  return entry;
}

std::string kill_json(const KillPlan& plan, const KillReport& report,
                      const std::vector<std::string>& problems,
                      const std::vector<YardstickScore>& yardsticks, int code) {
  const Numbers numbers = numbers_of(report);
  ordered_json root{{"weir", WEIR_VERSION},
                    {"exit_code", code},
                    {"mutants", numbers.mutants},
                    {"clauses", numbers.clauses},
                    {"seeds", plan.seeds},
                    {"cases", report.cases},
                    {"seconds", report.seconds},
                    {"interrupted", report.interrupted},
                    {"median_seconds", properties::median(numbers.seconds)},
                    {"max_seconds", numbers.seconds_max},
                    {"median_operations", properties::median(numbers.operations)},
                    {"median_payload_bytes", properties::median(numbers.bytes)},
                    {"declared", numbers.declared},
                    {"undeclared", numbers.undeclared},
                    {"problems", problems}};
  root["engines"] = ordered_json::array();
  for (const properties::EngineScore& score : properties::scores(report)) {
    root["engines"].push_back({{"engine", score.engine},
                               {"killed", score.killed},
                               {"able", score.able},
                               {"beyond", score.beyond},
                               {"no_case", score.no_case},
                               {"skipped", score.skipped}});
  }
  root["rows"] = ordered_json::array();
  for (const KillRow& row : report.rows) {
    ordered_json entry{{"name", short_name(row)}, {"subject", row.subject->name}};
    if (row.mutant != nullptr) {
      entry["bug"] = row.mutant->bug;
      entry["primary"] = row.mutant->primary;
      entry["beyond"] = row.mutant->beyond;
    }
    entry["cases"] = row.cases;
    if (row.standard) entry["default"] = json_of(*row.standard);
    entry["hunts"] = ordered_json::array();
    for (const Hunt& hunt : row.hunts) entry["hunts"].push_back(json_of(hunt));
    entry["fired"] = ordered_json::array();
    for (const properties::Fired& fired : row.fired) {
      entry["fired"].push_back({{"clause", fired.clause->id},
                                {"declared", fired.declared},
                                {"engine", properties::to_string(fired.engine)},
                                {"seed", fired.seed},
                                {"cases", fired.cases},
                                {"kind", fired.kind},
                                {"case", properties::print(fired.value)}});
    }
    root["rows"].push_back(std::move(entry));
  }
  if (!yardsticks.empty()) {
    root["yardsticks"] = ordered_json::array();
    for (const YardstickScore& score : yardsticks) {
      ordered_json entry{{"name", score.name},
                         {"file", score.file},
                         {"spirit", score.spirit},
                         {"killed", score.killed.size()},
                         {"of", score.mutants},
                         {"rounds", score.rounds},
                         {"seconds", score.seconds},
                         {"accused", score.accused},
                         {"mutants", ordered_json::object()}};
      if (!score.left_out.empty()) entry["left_out"] = score.left_out;
      if (!score.failure.empty()) entry["failure"] = score.failure;
      for (const auto& [mutant, what] : score.killed) entry["mutants"][mutant] = what;
      root["yardsticks"].push_back(std::move(entry));
    }
  }
  return root.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

// Fills `plan` from the command line. Returns an exit code when that cannot be done.
std::optional<int> make_plan(const KillOptions& options, KillPlan& plan,
                             std::vector<std::string>& engine_names) {
  std::vector<std::string> names;
  for (const std::string& name : options.names) {
    names.push_back(properties::find_mutant(name) != nullptr ? "mutant." + name + "/1" : name);
  }
  if (options.names.empty()) {
    for (const Mutant* mutant : properties::mutants()) {
      plan.subjects.push_back(&properties::subject_of(*mutant));
    }
  } else {
    std::string error;
    plan.subjects = select_subjects(names, error);
    if (!error.empty()) return refuse(kExitUsage, error);
    const bool any = std::any_of(
        plan.subjects.begin(), plan.subjects.end(),
        [](const Subject* subject) { return properties::mutant_of(*subject) != nullptr; });
    if (!any) {
      const std::string& name = plan.subjects.front()->name;
      return refuse(kExitUsage,
                    fmt::format("{0} has no planted bug to be found ({1} list --mutants names "
                                "those that have): `{1} check {0}` checks it, `{1} check --prove "
                                "{0}` plants faults in it",
                                name, program_name()));
    }
  }
  for (const properties::Engine& engine : properties::engines()) {
    if (engine.id != EngineId::kReplay) engine_names.emplace_back(engine.name);
  }
  for (const std::string& name : options.engines) {
    if (std::find(engine_names.begin(), engine_names.end(), name) == engine_names.end()) {
      return refuse(kExitUsage, unknown_name("engine", name, engine_names, "weir list"));
    }
    if (name == "guided" && !WEIR_HAS_FUZZ_ENGINE) return refuse(kExitCouldNotRun, kNoEngine);
  }
  if (!options.engines.empty()) {
    engine_names.erase(std::remove_if(engine_names.begin(), engine_names.end(),
                                      [&](const std::string& name) {
                                        return std::find(options.engines.begin(),
                                                         options.engines.end(),
                                                         name) == options.engines.end();
                                      }),
                       engine_names.end());
  }
  for (const std::string& name : engine_names) {
    plan.engines.push_back(properties::find_engine(name)->id);
  }
  if (!options.seeds.empty()) {
    plan.seeds.clear();
    for (const std::string& seed : options.seeds) plan.seeds.push_back(std::stoull(seed));
  }
  plan.cases = options.cases;
  plan.budget_seconds = kBudgetSeconds;
  if (options.cases) plan.budget_seconds = 0;
  if (!options.budget.empty()) plan.budget_seconds = parse_budget(options.budget).value_or(0);
  plan.standard = options.engines.empty();
  plan.random = properties::make_random_case;
  // Sanitizers make everything slow, and large.
  if (!properties::can_meter_allocations()) plan.limits = {};
  if (!options.json.empty() && options.json != "-") {
    const FileOutcome writable = check_writable(options.json);
    if (!writable.ok()) return refuse(kExitCouldNotRun, writable.error);
  }
  return std::nullopt;
}

}  // namespace

int run_kill(const KillOptions& options) {
  KillPlan plan;
  std::vector<std::string> engines;
  if (const std::optional<int> code = make_plan(options, plan, engines)) return *code;
  const double guided_seconds = plan.budget_seconds > 0 ? plan.budget_seconds : kBudgetSeconds;
  GuidedHunter guided(guided_seconds);
  plan.guided = [&](const KillRow& row, std::uint64_t seed) { return guided(row, seed); };

  Sign sign;
  const auto draw = [&](const properties::KillProgress& at) {
    sign.show(at.seconds,
              fmt::format("{} of {}, {} cases", at.done, at.total, human_count(at.cases)),
              fmt::format("{}  {}", at.subject, at.engine), at.done, at.total);
  };
  const KillReport report = properties::kill(plan, draw, interrupted());
  sign.clear();
  if (!report.could_not_run.empty()) return refuse(kExitCouldNotRun, report.could_not_run);

  std::vector<YardstickScore> yardsticks;
  const double yardstick_seconds = options.budget.empty() ? kYardstickSeconds : plan.budget_seconds;
  if (options.yardsticks && !interrupted()) {
    yardsticks = run_yardsticks(plan.subjects, yardstick_seconds, plan.seeds.front());
  }
  std::vector<std::string> problems = properties::problems(report);
  for (const YardstickScore& score : yardsticks) {
    if (!score.failure.empty()) {
      problems.push_back("the yardstick " + score.name + " could not run: " + score.failure);
    }
    for (const std::string& accused : score.accused) {
      problems.push_back((&score == yardsticks.data() ? "" : "the yardstick ") + score.name +
                         " is wrong: it kills the correct " + accused);
    }
  }
  int code = problems.empty() ? kExitHeld : kExitViolated;
  if (interrupted()) {
    code = kExitInterrupted;
  } else if (report.cases == 0) {
    code = kExitCouldNotRun;
  }

  const Terminal terminal(1);
  const auto planned = [&](EngineId engine) {
    return std::find(plan.engines.begin(), plan.engines.end(), engine) != plan.engines.end();
  };
  if (options.json != "-") {
    print_table(terminal, report, engines);
    print_legend(terminal, plan);
    print("\n");
    print_summary(terminal, report, plan);
    if (WEIR_HAS_FUZZ_ENGINE && planned(EngineId::kGuided) && !guided.has_corpus()) {
      print("{}no corpus was found: guided started from nothing\n", pad("", kLabelColumns));
    }
    if (!yardsticks.empty()) print_yardsticks(terminal, report, yardsticks, yardstick_seconds);
    print("\n");
    for (const std::string& problem : problems) {
      print("{} {}\n", terminal.styled(Style::kBad, "X"), wrap_hanging(problem, 96, 2));
    }
    const Numbers numbers = numbers_of(report);
    const std::string scope = fmt::format(
        "{}, {}, {} in {}", plural(numbers.mutants, "mutant"), plural(numbers.clauses, "clause"),
        plural(report.cases, "case"), human_seconds(report.seconds));
    switch (code) {
      case kExitHeld:
        print("{}: {}\n", terminal.styled(Style::kGood, "proven"), scope);
        break;
      case kExitViolated:
        print("{}: {}; {}\n", terminal.styled(Style::kBad, "not proven"),
              plural(problems.size(), "problem"), scope);
        break;
      case kExitInterrupted:
        print("{}: {}\n", terminal.styled(Style::kWarn, "interrupted"), scope);
        break;
      default:
        print("{}: no case for any of it\n", terminal.styled(Style::kWarn, "nothing ran"));
        break;
    }
  }
  return deliver(options.json, kill_json(plan, report, problems, yardsticks, code), code);
}

}  // namespace weir::cli
