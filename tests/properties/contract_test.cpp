// Guards what a project brings: its subjects and clauses run, and what cannot be brought is named.
#include "properties/contract.h"

#include <gtest/gtest.h>

#include "properties/clauses.h"
#include "properties/roster.h"
#include "weir/transforms/rot13.h"

namespace weir::properties {
namespace {

class Mine final : public StreamTransform {
 public:
  static constexpr std::string_view kName = "example.mine";
  Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override {
    return Rot13().transform_to(std::move(output));
  }
  Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override {
    return Rot13().transform_from(std::move(input));
  }
  Descriptor descriptor() const override { return Descriptor::parse("example.mine/1").value(); }
};

Subject mine(std::string name = "example.mine/1") {
  Subject subject = subject_of<Mine>("mine", traits(Trait::kDeterministic));
  subject.name = std::move(name);
  return subject;
}

TEST(SubjectOf, IsMadeByItsDescriptorAmongTheBuiltInTransforms) {
  const Subject subject = mine();
  EXPECT_EQ(subject.name, "example.mine/1");
  ASSERT_TRUE(subject.make().has_value());
  const std::string chain[] = {"stream.identity/1", "example.mine/1"};
  const auto made = subject.from_descriptor_list(chain);
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->size(), 2u);
}

TEST(BringContract, RefusesNothing) {
  EXPECT_EQ(bring_contract({}, {}), "weir_subjects() returned nothing: there is nothing to test");
}

TEST(BringContract, NamesTheSubjectThatCannotBe) {
  EXPECT_EQ(bring_contract({mine("")}, {}),
            "subject '': its name is no descriptor, such as \"example.rot13/1\"");
  EXPECT_EQ(bring_contract({mine("stream.identity/1")}, {}),
            "subject 'stream.identity/1': a subject of that name is there already");
  EXPECT_EQ(bring_contract({mine(), mine()}, {}),
            "subject 'example.mine/1': weir_subjects() returned it twice");
  Subject without = mine();
  without.make = nullptr;
  EXPECT_EQ(bring_contract({without}, {}),
            "subject 'example.mine/1': it needs `make` and `from_descriptor_list`; "
            "subject_from_registry sets both");
}

TEST(BringContract, NamesTheClauseThatCannotBe) {
  EXPECT_EQ(bring_contract({mine()}, {nullptr}),
            "weir_clauses() returned a clause without an id or a check");
  EXPECT_EQ(bring_contract({mine()}, {&clause::round_trip}),
            "clause 'round-trip': a clause of that id is there already");
  Clause own = clause::round_trip;
  own.id = "own";
  EXPECT_EQ(bring_contract({mine()}, {&own, &own}),
            "clause 'own': weir_clauses() returned it twice");
  // Nothing of a contract that is refused is brought.
  EXPECT_EQ(find_subject("example.mine/1"), nullptr);
}

// In a process of its own: what is brought stays.
TEST(BringContractDeathTest, PutsSubjectsAndClausesUnderTest) {
  EXPECT_EXIT(
      {
        Clause own = clause::round_trip;
        own.id = "own";
        const std::string problem = bring_contract({mine()}, {&own});
        const bool brought = problem.empty() && find_subject("example.mine/1") != nullptr &&
                             subjects_under_test().size() == 1 && find_clause("own") == &own;
        std::_Exit(brought ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace weir::properties
