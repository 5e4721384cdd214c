// What a project brings for the case (roster.h). Apart from subjects: what decodes cases alone
// links none of them, and an engine looks at every counter of a program after every input.
#include <algorithm>
#include <utility>

#include "properties/roster.h"
#include "weir/check.h"

namespace weir::properties {
namespace {

struct Added {
  std::vector<PayloadRecipe> recipes;
  std::vector<std::string> dictionary;
  bool final = false;  // the schema was made of these two
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

}  // namespace weir::properties
