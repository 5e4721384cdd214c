#include "properties/roster.h"

#include <deque>
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
  std::deque<Subject> subjects;  // which stay where they are
  std::vector<const Subject*> under_test;
};
Added& added() {
  static Added all;
  return all;
}

}  // namespace

void add_subjects(std::vector<Subject> subjects) {
  for (Subject& subject : subjects) {
    WEIR_CHECK(find_subject(subject.name) == nullptr, "no two subjects have one name");
    added().subjects.push_back(std::move(subject));
    added().under_test.push_back(&added().subjects.back());
  }
}

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
