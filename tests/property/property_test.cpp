// Guards the contract: RapidCheck's own loop over every clause and every shipped subject that it
// applies to, one test each.
#include <gtest/gtest.h>

#include <cctype>
#include <cstdio>
#include <filesystem>
#include <string>

#include "properties/case_text.h"
#include "properties/clause.h"
#include "properties/finding.h"
#include "properties/random_engine.h"
#include "properties/subject.h"

namespace weir::properties {
namespace {

constexpr int kCases = 200;
constexpr std::uint64_t kSeed = 1;

class PropertyTest : public testing::Test {
 public:
  PropertyTest(const Clause& clause, const Subject& subject) : clause_(clause), subject_(subject) {}

  void TestBody() override {
    const PropertyOutcome outcome = check_property(clause_, subject_, kCases, kSeed);
    if (outcome.kind == PropertyOutcome::Kind::kHeld) {
      ASSERT_EQ(outcome.held, kCases);
      return;
    }
    std::string how;
    if (outcome.kind == PropertyOutcome::Kind::kViolated) {
      Finding finding;
      finding.subject = subject_.name;
      finding.signature = {std::string(clause_.id), "property"};
      finding.value = outcome.counterexample;
      const std::string text = print(outcome.counterexample);
      const Result<std::string> path =
          write_file((std::filesystem::temp_directory_path() / "weir-property").string(),
                     file_name(finding), text);
      how = text + (path.has_value() ? "reproduce with: tools/weir repro " + *path
                                     : "the case could not be written: " + describe(path.error()));
    } else {
      how = "reproduce with: tools/weir check " + subject_.name + " --clause " +
            std::string(clause_.id) + " --engine random --cases " + std::to_string(kCases) +
            " --seed " + std::to_string(kSeed);
    }
    FAIL() << clause_.statement << '\n' << outcome.description << '\n' << how;
  }

 private:
  const Clause& clause_;
  const Subject& subject_;
};

/// A name that GoogleTest and CTest take as it is.
std::string test_name(std::string_view text) {
  std::string name;
  for (const char c : text) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
}

/// How many tests there are; those that do not apply are left out, not passed.
int register_tests() {
  int count = 0;
  for (const Clause* clause : clauses()) {
    for (const Subject& subject : builtin_subjects()) {
      if (!skip_reason(*clause, subject).empty()) continue;
      const Subject* s = &subject;
      testing::RegisterTest(test_name(clause->id).c_str(), test_name(subject.name).c_str(), nullptr,
                            nullptr, __FILE__, __LINE__, [clause, s]() -> PropertyTest* {
                              return new PropertyTest(*clause, *s);
                            });
      ++count;
    }
  }
  return count;
}

}  // namespace
}  // namespace weir::properties

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (weir::properties::register_tests() == 0) {
    std::fprintf(stderr, "no clause applies to any subject\n");
    return 1;
  }
  return RUN_ALL_TESTS();
}
