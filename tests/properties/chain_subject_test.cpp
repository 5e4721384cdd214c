// Guards chains as subjects: what their names mean, what they claim, and that clauses judge them.
#include "properties/chain_subject.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "properties/clause.h"
#include "properties/roster.h"
#include "weir/builtin.h"
#include "weir/memory.h"

namespace weir::properties {
namespace {

using Names = std::vector<std::string>;

TEST(ChainSubject, NamesItsMembersInReadersOrder) {
  EXPECT_EQ(chain_members("chain.crc32c+zstd/1"), (Names{"stream.crc32c/1", "stream.zstd/1"}));
  EXPECT_EQ(chain_members("chain.a+a+b/1"), (Names{"stream.a/1", "stream.a/1", "stream.b/1"}));
  for (const std::string_view name : {"", "chain.", "chain./1", "chain.zstd/1", "chain.zstd+/1",
                                      "chain.+zstd/1", "chain.zstd++zstd/1", "chain.zstd+zstd/2",
                                      "chain.zstd+zstd", "stream.zstd/1", "Chain.zstd+zstd/1"}) {
    EXPECT_EQ(chain_members(name), Names{}) << name;
    if (name != "stream.zstd/1") {
      EXPECT_EQ(find_subject(name), nullptr) << name;
    }
  }
  // Longer than a descriptor may be.
  std::string name = "chain.rot13";
  while (name.size() < 260) name += "+rot13";
  EXPECT_EQ(chain_members(name + "/1"), Names{});
  EXPECT_EQ(find_chain("chain.rot13+none/1"), nullptr);
}

TEST(ChainSubject, IsMadeOnceAndWritesWhatItsMembersRead) {
  const Subject* subject = find_subject("chain.rot13+identity+rot13/1");
  ASSERT_NE(subject, nullptr);
  EXPECT_EQ(subject->name, "chain.rot13+identity+rot13/1");
  EXPECT_EQ(find_subject(subject->name), subject);
  for (const auto& made : {subject->make(), subject->make_cold(), subject->make_for(4)}) {
    ASSERT_TRUE(made.has_value());
    EXPECT_EQ((*made)->descriptor().str(), subject->name);
    ByteBuffer encoded;
    auto sink = *(*made)->transform_to(std::make_unique<MemorySink>(encoded));
    const std::string payload = "Weir";
    EXPECT_EQ(*sink->write(std::as_bytes(std::span(payload))), 4u);
    EXPECT_TRUE(sink->close().has_value());
    const Chain reader(
        *test_extension_registry().from_descriptor_list(chain_members(subject->name)));
    auto source = *reader.transform_from(std::make_unique<MemorySource>(encoded.bytes()));
    std::string decoded(10, '\0');
    decoded.resize(*source->read(std::as_writable_bytes(std::span(decoded))));
    EXPECT_EQ(decoded, payload);
  }
}

TEST(ChainSubject, ClaimsWhatAllClaimAndNoticesWhatOneNotices) {
  for (const Subject& first : builtin_subjects()) {
    for (const Subject& second : builtin_subjects()) {
      const auto short_name = [](const Subject& subject) {
        return subject.name.substr(7, subject.name.size() - 9);
      };
      const Subject* chain =
          find_subject("chain." + short_name(first) + "+" + short_name(second) + "/1");
      ASSERT_NE(chain, nullptr) << first.name << " " << second.name;
      for (std::size_t i = 0; i < kTraitCount; ++i) {
        const auto trait = static_cast<Trait>(i);
        const bool any = trait == Trait::kDetectsTruncation || trait == Trait::kDetectsCorruption ||
                         has(kPermissions, trait);
        const bool a = has(first.traits, trait);
        const bool b = has(second.traits, trait);
        const bool both_change_size = trait == Trait::kMultiMember &&
                                      !has(first.traits, Trait::kSizePreserving) &&
                                      !has(second.traits, Trait::kSizePreserving);
        EXPECT_EQ(has(chain->traits, trait), any ? a || b : a && b && !both_change_size)
            << chain->name << " " << to_string(trait);
      }
      EXPECT_EQ(*chain->bounds.read_heap_bytes,
                *first.bounds.read_heap_bytes + *second.bounds.read_heap_bytes);
      EXPECT_EQ(*chain->bounds.bytes_per_call,
                std::min(*first.bounds.bytes_per_call, *second.bounds.bytes_per_call));
      EXPECT_EQ(chain->bounds.write_behind_bytes.has_value(),
                first.bounds.write_behind_bytes && second.bounds.write_behind_bytes);
    }
  }
}

TEST(ChainSubject, AreDrawnBySeedAndDiffer) {
  const Names drawn = draw_chains(20, 7);
  EXPECT_EQ(drawn, draw_chains(20, 7));
  EXPECT_NE(drawn, draw_chains(20, 8));
  EXPECT_EQ(std::set<std::string>(drawn.begin(), drawn.end()).size(), 20u);
  std::set<std::size_t> sizes;
  for (const std::string& name : drawn) {
    sizes.insert(chain_members(name).size());
    EXPECT_NE(find_subject(name), nullptr) << name;
  }
  EXPECT_EQ(sizes, (std::set<std::size_t>{2, 3, 4}));
  // All there are.
  const std::size_t shipped = builtin_subjects().size();
  EXPECT_EQ(draw_chains(1'000'000, 1).size(),
            shipped * shipped * (1 + shipped + shipped * shipped));
  EXPECT_TRUE(draw_chains(0, 1).empty());
}

TEST(ChainSubject, ClausesJudgeIt) {
  const Subject& chain = *find_subject("chain.rot13+identity/1");
  Case value;
  value.add(FieldId::kPayload, "text", {100});
  value.add(FieldId::kDamage, "cut", {50});
  Workspace workspace;
  const Clause& truncation = *find_clause("truncation");
  EXPECT_NE(skip_reason(truncation, chain), "");
  // A claim that none of its members makes is false of the chain.
  Subject boastful = chain;
  boastful.traits |= traits(Trait::kDetectsTruncation);
  EXPECT_EQ(run_check(truncation, boastful, value, workspace).outcome, Outcome::kViolated);
#if WEIR_HAVE_ISAL
  for (const std::string_view name : {"chain.rot13+crc32c/1", "chain.crc32c+rot13/1"}) {
    const Subject& honest = *find_subject(name);
    EXPECT_EQ(skip_reason(truncation, honest), "");
    EXPECT_EQ(run_check(truncation, honest, value, workspace).outcome, Outcome::kHeld) << name;
  }
#endif
  const Clause& own = *find_clause("descriptor-own");
  EXPECT_EQ(run_check(own, chain, Case{}, workspace).outcome, Outcome::kHeld);
}

}  // namespace
}  // namespace weir::properties
