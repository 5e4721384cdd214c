#include "properties/engine.h"

#include <algorithm>
#include <array>
#include <utility>

#include "properties/random_bits.h"
#include "weir/check.h"

namespace weir::properties {
namespace {

constexpr std::array<Engine, kEngineCount> kEngines = {{
    {EngineId::kReplay, "replay", "Runs every case of the corpus: what broke once."},
    {EngineId::kExhaustive, "exhaustive",
     "Runs every case up to a small bound, and states the bound and the count."},
    {EngineId::kSweep, "sweep",
     "Puts a fault at every call below and at every allocation of a few streams that hold."},
    {EngineId::kRandom, "random", "Draws cases with RapidCheck; sizes grow, the seed is fixed."},
    {EngineId::kGuided, "guided",
     "Searches for new coverage with libFuzzer and a structure-aware mutator (weir fuzz)."},
}};

std::uint64_t hash_of(std::string_view text) { return stable_hash(text.data(), text.size()); }

// Neither a clause's id nor a subject's name has a newline.
std::string pair_key(std::string_view clause, std::string_view subject) {
  std::string key(clause);
  key += '\n';
  key += subject;
  return key;
}

}  // namespace

std::span<const Engine, kEngineCount> engines() noexcept { return kEngines; }

const Engine* find_engine(std::string_view name) noexcept {
  for (const Engine& engine : kEngines) {
    if (engine.name == name) return &engine;
  }
  return nullptr;
}

std::string_view to_string(EngineId id) noexcept {
  return kEngines[static_cast<std::size_t>(id)].name;
}

std::uint64_t case_seed(const Clause& clause, const Subject& subject, std::uint64_t seed,
                        std::uint64_t index) noexcept {
  std::uint64_t state = RandomBits::mix(hash_of(clause.id) + 0x9e3779b97f4a7c15u);
  state = RandomBits::mix((state ^ hash_of(subject.name)) + 0x9e3779b97f4a7c15u);
  state = RandomBits::mix((state ^ seed) + 0x9e3779b97f4a7c15u);
  return RandomBits::mix((state ^ index) + 0x9e3779b97f4a7c15u);
}

int case_size(std::uint64_t index) noexcept {
  if (index < 100) return static_cast<int>(index) + 1;
  // 37 has no factor in common with 101: each stretch of 101 cases sees every size once, small and
  // large in turn.
  return static_cast<int>((index * 37) % 101);
}

CaseFactory::CaseFactory(Options options) : options_(std::move(options)) {
  if (options_.files != nullptr) {
    for (const PayloadFiles::File& file : options_.files->files()) {
      payload_files_.push_back({file.hash, file.bytes.size()});
    }
  }
  for (std::size_t i = 0; i < options_.corpus.size(); ++i) {
    const Case& value = options_.corpus[i].value;
    corpus_[pair_key(value.clause, value.subject)].push_back(i);
  }
}

const Enumeration& CaseFactory::enumeration(const Scope& uses) {
  const std::pair key(uses.fields, uses.kinds);
  const auto found = enumerations_.find(key);
  if (found != enumerations_.end()) return found->second;
  return enumerations_.emplace(key, Enumeration(uses, options_.exhaustive_cases_max)).first->second;
}

const std::vector<std::size_t>& CaseFactory::corpus_of(const Clause& clause,
                                                       const Subject& subject) {
  return corpus_[pair_key(clause.id, subject.name)];
}

std::uint64_t CaseFactory::size(EngineId engine, const Clause& clause, const Subject& subject) {
  switch (engine) {
    case EngineId::kReplay:
      return corpus_of(clause, subject).size();
    case EngineId::kExhaustive:
      return enumeration(clause.uses).size();
    case EngineId::kSweep:
      return sweep(clause, subject).size();
    case EngineId::kRandom:
      return kUnbounded;
    case EngineId::kGuided:
      break;
  }
  return 0;
}

const Sweep& CaseFactory::sweep(const Clause& clause, const Subject& subject) {
  const std::pair key(&clause, &subject);
  const auto found = sweeps_.find(key);
  if (found != sweeps_.end()) return found->second;
  return sweeps_.emplace(key, Sweep(clause, subject)).first->second;
}

std::string CaseFactory::bound(const Clause& clause) { return enumeration(clause.uses).bound(); }

void CaseFactory::make(EngineId engine, const Clause& clause, const Subject& subject,
                       std::uint64_t seed, std::uint64_t index, Case& result) {
  switch (engine) {
    case EngineId::kReplay: {
      const std::vector<std::size_t>& indexes = corpus_of(clause, subject);
      WEIR_CHECK(index < indexes.size(), "no corpus case of that number");
      result = options_.corpus[indexes[static_cast<std::size_t>(index)]].value;
      return;
    }
    case EngineId::kExhaustive: {
      const Enumeration& cases = enumeration(clause.uses);
      WEIR_CHECK(index < cases.size(), "the exhaustive scope has no case of that number");
      result.subject = subject.name;
      result.clause = clause.id;
      cases.at(index, result);
      return;
    }
    case EngineId::kSweep:
      result.subject = subject.name;
      result.clause = clause.id;
      sweep(clause, subject).make(index, result);
      return;
    case EngineId::kRandom:
      WEIR_CHECK(options_.random != nullptr, "the random engine needs a maker");
      result.subject = subject.name;
      result.clause = clause.id;
      options_.random(clause, subject, Draw{seed, index, payload_files_}, result);
      return;
    case EngineId::kGuided:
      break;
  }
  WEIR_CHECK(false, "guided cases have no numbers");
}

const std::string& CaseFactory::corpus_path(const Clause& clause, const Subject& subject,
                                            std::uint64_t index) {
  const std::vector<std::size_t>& indexes = corpus_of(clause, subject);
  WEIR_CHECK(index < indexes.size(), "no corpus case of that number");
  return options_.corpus[indexes[static_cast<std::size_t>(index)]].path;
}

}  // namespace weir::properties
