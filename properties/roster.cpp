#include "properties/roster.h"

#include <algorithm>
#include <deque>
#include <string>
#include <utility>

#include "properties/chain_subject.h"
#include "properties/clause.h"
#include "properties/mutant.h"
#include "properties/pair_subject.h"
#include "weir/check.h"

namespace weir::properties {
namespace {

constexpr std::string_view kPrefix = "mutant.";
constexpr std::string_view kSuffix = "/1";

struct Added {
  std::vector<PayloadRecipe> recipes;
  std::vector<std::string> dictionary;
  bool final = false;            // the schema was made of these two
  std::deque<Subject> subjects;  // which stay where they are
  std::vector<const Subject*> under_test;
};
Added& added() {
  static Added all;
  return all;
}

bool is_word(std::string_view name) {
  const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-'; });
}

}  // namespace

void add_subjects(std::vector<Subject> subjects) {
  for (Subject& subject : subjects) {
    WEIR_CHECK(find_subject(subject.name) == nullptr, "no two subjects have one name");
    added().subjects.push_back(std::move(subject));
    added().under_test.push_back(&added().subjects.back());
  }
}

void add_payload_recipes(std::vector<PayloadRecipe> recipes) {
  WEIR_CHECK(!added().final, "payload recipes are added before the first case is made");
  for (PayloadRecipe& recipe : recipes) {
    WEIR_CHECK(is_word(recipe.name), "a payload recipe's name is one lower-case word");
    WEIR_CHECK(recipe.append != nullptr && recipe.weight > 0, "a payload recipe makes payloads");
    added().recipes.push_back(std::move(recipe));
  }
}

void add_dictionary(std::vector<std::string> entries) {
  WEIR_CHECK(!added().final, "dictionaries are added before the first case is made");
  for (std::string& entry : entries) added().dictionary.push_back(std::move(entry));
}

namespace internal {

std::span<const PayloadRecipe> final_payload_recipes() {
  added().final = true;
  return added().recipes;
}

std::span<const std::string> final_dictionary() {
  added().final = true;
  return added().dictionary;
}

}  // namespace internal

std::span<const Subject* const> subjects_under_test() {
  static const std::vector<const Subject*> builtin = [] {
    std::vector<const Subject*> all;
    for (const Subject& subject : builtin_subjects()) all.push_back(&subject);
    return all;
  }();
  return added().under_test.empty() ? builtin : added().under_test;
}

const Subject* find_subject(std::string_view name) {
  for (const Subject& subject : added().subjects) {
    if (subject.name == name) return &subject;
  }
  for (const Subject& subject : builtin_subjects()) {
    if (subject.name == name) return &subject;
  }
  if (name.size() > kPrefix.size() + kSuffix.size() && name.substr(0, kPrefix.size()) == kPrefix &&
      name.substr(name.size() - kSuffix.size()) == kSuffix) {
    const auto* mutant =
        find_mutant(name.substr(kPrefix.size(), name.size() - kPrefix.size() - kSuffix.size()));
    if (mutant != nullptr) return &subject_of(*mutant);
  }
  if (const Subject* pair = find_pair(name)) return pair;
  return find_chain(name);
}

}  // namespace weir::properties
