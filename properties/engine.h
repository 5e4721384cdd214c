// Engines: ways of producing cases. All of them feed the same clauses.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "properties/case.h"
#include "properties/case_generate.h"
#include "properties/clause.h"
#include "properties/payload.h"
#include "properties/subject.h"
#include "properties/sweep.h"

namespace weir::properties {

enum class EngineId : std::uint8_t { kReplay, kExhaustive, kSweep, kRandom, kGuided };
inline constexpr std::size_t kEngineCount = 5;

/// One engine, as in lists.
struct Engine {
  EngineId id;
  std::string_view name;   ///< e.g. "random"
  std::string_view about;  ///< one sentence
};

/// All engines, in the order in which a run uses them; index = EngineId.
std::span<const Engine, kEngineCount> engines() noexcept;
/// Null when there is none of that name.
const Engine* find_engine(std::string_view name) noexcept;
std::string_view to_string(EngineId id) noexcept;

/// The parts of a search, in the order in which a pair goes through them: what broke once; the
/// smallest cases, which find most bugs, so that no pair waits for the whole scopes of the others;
/// the faults; a minimum of random cases; the rest of the scope; random cases for as long as there
/// is time.
enum class Stage : std::uint8_t {
  kReplay,
  kExhaustiveFirst,
  kSweep,
  kRandomMinimum,
  kExhaustiveRest,
  kRandomRest
};

/// Which cases a stage runs.
struct StageCases {
  /// For `end`: whatever the engine has.
  static constexpr std::uint64_t kAll = std::uint64_t{1} << 48;

  Stage stage;
  EngineId engine;
  std::uint64_t first;  ///< their numbers: [first, end), cut to what the engine has
  std::uint64_t end;
};

inline constexpr std::uint64_t kExhaustiveFirstCases = 2000;
inline constexpr std::uint64_t kRandomMinimumCases = 200;

/// The one list of stages; index = Stage.
inline constexpr std::array<StageCases, 6> kStages = {{
    {Stage::kReplay, EngineId::kReplay, 0, StageCases::kAll},
    {Stage::kExhaustiveFirst, EngineId::kExhaustive, 0, kExhaustiveFirstCases},
    {Stage::kSweep, EngineId::kSweep, 0, StageCases::kAll},
    {Stage::kRandomMinimum, EngineId::kRandom, 0, kRandomMinimumCases},
    {Stage::kExhaustiveRest, EngineId::kExhaustive, kExhaustiveFirstCases, StageCases::kAll},
    {Stage::kRandomRest, EngineId::kRandom, kRandomMinimumCases, StageCases::kAll},
}};

/// A case that stands in a file.
struct CorpusCase {
  std::string path;
  Case value;
};

/// What a random case is drawn from.
struct Draw {
  std::uint64_t seed = 1;   ///< the run's
  std::uint64_t index = 0;  ///< the case's number within its pair
  std::span<const GenerateOptions::PayloadFile> payload_files{};
};

/// Fills the fields of `result`, whose names stay. A function of its arguments alone, equal on
/// every machine and compiler.
using RandomMaker = std::function<void(const Clause& clause, const Subject& subject,
                                       const Draw& draw, Case& result)>;

/// The seed of random case number `index` of a pair.
std::uint64_t case_seed(const Clause& clause, const Subject& subject, std::uint64_t seed,
                        std::uint64_t index) noexcept;
/// The generation size (0..100) of random case number `index`: grows over the first hundred cases,
/// then runs through all sizes.
int case_size(std::uint64_t index) noexcept;

/// Makes the cases of replay, exhaustive, sweep and random by number.
/// `guided` has no numbers: its cases come from the fuzz targets.
class CaseFactory {
 public:
  static constexpr std::uint64_t kUnbounded = ~std::uint64_t{0};

  struct Options {
    std::span<const CorpusCase> corpus{};        ///< outlives the factory
    std::uint64_t exhaustive_cases_max = 20000;  ///< per pair
    RandomMaker random{};                        ///< needed for kRandom only
    const PayloadFiles* files = nullptr;         ///< outlives the factory
  };
  explicit CaseFactory(Options options);

  /// How many cases `engine` has for a pair: corpus files, the exhaustive scope, or kUnbounded; for
  /// kSweep how many numbers, of which Sweep::next says which ones are cases. 0 for kGuided.
  std::uint64_t size(EngineId engine, const Clause& clause, const Subject& subject);
  /// The bound of the exhaustive scope in words.
  std::string bound(const Clause& clause);
  /// The fault points of a pair.
  const Sweep& sweep(const Clause& clause, const Subject& subject);
  /// Makes `result` case number `index` of `engine`, names included. Precondition: index <
  /// size(...).
  void make(EngineId engine, const Clause& clause, const Subject& subject, std::uint64_t seed,
            std::uint64_t index, Case& result);
  /// The file of corpus case number `index` of a pair.
  const std::string& corpus_path(const Clause& clause, const Subject& subject, std::uint64_t index);

 private:
  const Enumeration& enumeration(const Scope& uses);
  const std::vector<std::size_t>& corpus_of(const Clause& clause, const Subject& subject);

  Options options_;
  std::vector<GenerateOptions::PayloadFile> payload_files_;
  std::map<std::pair<FieldSet, KindSet>, Enumeration> enumerations_;
  std::map<std::pair<const Clause*, const Subject*>, Sweep> sweeps_;
  std::map<std::string, std::vector<std::size_t>> corpus_;
};

}  // namespace weir::properties
