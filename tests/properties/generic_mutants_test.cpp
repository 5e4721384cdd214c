// Guards the generic mutants: each is a fault in whatever correct subject it is put around, does
// its wrong only there, and is noticed by the contract.

#include "properties/generic_mutants.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "properties/kill.h"
#include "properties/random_engine.h"
#include "properties/roster.h"
#include "weir/memory.h"

namespace weir::properties {
namespace {

const Subject& identity() { return *find_subject("stream.identity/1"); }

Subject faulty(std::string_view name) { return with_fault(identity(), *find_generic_fault(name)); }

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

// What comes back of `pieces`, written one by one; reads are of four bytes.
std::string through(const Subject& subject, std::initializer_list<std::string_view> pieces) {
  const auto transform = subject.make();
  ByteBuffer encoded;
  auto sink = (*transform)->transform_to(std::make_unique<MemorySink>(encoded));
  for (const std::string_view piece : pieces) static_cast<void>((*sink)->write(bytes_of(piece)));
  static_cast<void>((*sink)->close());
  auto source = (*transform)->transform_from(std::make_unique<MemorySource>(encoded.bytes()));
  std::string decoded;
  std::array<char, 4> four;
  for (int i = 0; i < 100; ++i) {
    const auto got = (*source)->read(std::as_writable_bytes(std::span(four)));
    if (!got.has_value() || *got == 0) break;
    decoded.append(four.data(), std::min(*got, four.size()));
  }
  return decoded;
}

TEST(GenericMutants, AreManyOnBothEndsWithNamesOfTheirOwn) {
  std::set<std::string_view> names;
  std::size_t writers = 0;
  std::size_t readers = 0;
  for (const GenericFault& fault : generic_faults()) {
    names.insert(fault.name);
    writers += fault.above_sink != nullptr || fault.below_sink != nullptr ? 1 : 0;
    readers += fault.above_source != nullptr || fault.below_source != nullptr ? 1 : 0;
    EXPECT_EQ(find_generic_fault(fault.name), &fault);
  }
  EXPECT_EQ(names.size(), generic_faults().size());
  EXPECT_EQ(writers + readers, generic_faults().size());
  EXPECT_GE(writers, 7u);
  EXPECT_GE(readers, 7u);
  EXPECT_EQ(find_generic_fault("reader-is-fine"), nullptr);
}

TEST(GenericMutants, DoWhatTheySay) {
  EXPECT_EQ(through(identity(), {"abcdef", "ghi"}), "abcdefghi");
  EXPECT_EQ(through(faulty("writer-drops-last-byte"), {"abcdef", "ghi"}), "abcdefgh");
  EXPECT_EQ(through(faulty("writer-repeats-chunk"), {"abcdef", "ghi"}), "abcdefghighi");
  EXPECT_EQ(through(faulty("writer-swaps-chunks"), {"abcdef", "ghi"}), "ghiabcdef");
  EXPECT_EQ(through(faulty("reader-drops-last-byte"), {"abcdef", "ghi"}), "abcdefgh");
  EXPECT_EQ(through(faulty("reader-repeats-chunk"), {"abcdef", "ghi"}), "abcdefghefghi");
  // Without what they are about they are correct.
  for (const std::string_view name : {"writer-ignores-short-write", "writer-swallows-error",
                                      "reader-reports-error-as-end", "reader-seeks-one-off"}) {
    EXPECT_EQ(through(faulty(name), {"abcdef", "ghi"}), "abcdefghi") << name;
  }
}

TEST(GenericMutants, LoseTheLastByteOfAPage) {
  const std::string page(4096, 'a');
  for (const std::string_view name : {"writer-loses-byte-at-4096", "reader-loses-byte-at-4096"}) {
    const Subject subject = faulty(name);
    const auto transform = subject.make();
    ByteBuffer encoded;
    auto sink = (*transform)->transform_to(std::make_unique<MemorySink>(encoded));
    const std::string text = page + "bc";
    for (std::span<const std::byte> left = bytes_of(text); !left.empty();) {
      const auto taken = (*sink)->write(left);
      ASSERT_TRUE(taken.has_value());
      ASSERT_LE(*taken, left.size());
      left = left.subspan(*taken);
    }
    ASSERT_TRUE((*sink)->close().has_value());
    auto source = (*transform)->transform_from(std::make_unique<MemorySource>(encoded.bytes()));
    std::vector<std::byte> decoded(5000);
    const auto got = (*source)->read(decoded);
    ASSERT_TRUE(got.has_value());
    EXPECT_EQ(*got, 4097u) << name;
    EXPECT_EQ(decoded[4095], std::byte{'b'}) << name;
  }
}

TEST(GenericMutants, KeepNameTraitsAndDescriptorOfTheSubject) {
  for (const Subject& subject : builtin_subjects()) {
    for (const GenericFault& fault : generic_faults()) {
      if (!why_not(fault, subject).empty()) continue;
      const Subject broken = with_fault(subject, fault);
      EXPECT_EQ(broken.name, subject.name);
      EXPECT_EQ(broken.traits, subject.traits);
      EXPECT_EQ((*broken.make())->descriptor().str(), subject.name);
      EXPECT_EQ((*broken.make_cold())->descriptor().str(), subject.name);
      const std::vector<std::string> names = {subject.name, "stream.identity/1"};
      const auto made = broken.from_descriptor_list(names);
      ASSERT_TRUE(made.has_value());
      EXPECT_EQ((*made)[0]->descriptor().str(), subject.name);
    }
  }
}

TEST(GenericMutants, SayWhyTheyDoNotApply) {
  Subject subject = identity();
  subject.traits = 0;
  EXPECT_EQ(why_not(*find_generic_fault("reader-seeks-one-off"), subject), "claims no seekable");
  EXPECT_EQ(why_not(*find_generic_fault("writer-loses-blocked-piece"), subject),
            "claims no nonblocking");
  EXPECT_EQ(why_not(*find_generic_fault("reader-drops-last-byte"), subject), "");
}

TEST(Prove, NoticesAllFaultsInTheSmallestBuiltIn) {
  KillPlan plan;
  plan.random = make_random_case;
  plan.seeds = {1};
  plan.cases = 1000;
  plan.budget_seconds = 0;
  std::string could_not_run;
  const std::atomic<bool> go_on{false};
  const std::vector<Proof> proofs = prove(identity(), plan, {}, go_on, could_not_run);
  EXPECT_EQ(could_not_run, "");
  ASSERT_EQ(proofs.size(), generic_faults().size() + 1);
  EXPECT_EQ(proofs[0].fault, nullptr);
  EXPECT_FALSE(proofs[0].noticed()) << proofs[0].clause->id;
  EXPECT_EQ(proofs[0].faulty_steps, 0u);
  for (const Proof& proof : std::span(proofs).subspan(1)) {
    EXPECT_TRUE(proof.applies()) << proof.fault->name;
    EXPECT_TRUE(proof.noticed()) << proof.fault->name << ", " << proof.faulty_steps;
  }
}

}  // namespace
}  // namespace weir::properties
