// Guards drawing, changing, simplifying and counting: the spread of drawn cases, validity, and how
// well cases shrink.
#include "properties/case_generate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "properties/case_bytes.h"
#include "properties/case_text.h"
#include "properties/payload.h"
#include "tests/properties/case_test_support.h"

namespace weir::properties {
namespace {

using test::kAllFields;

/// Fails unless the case survives its byte form, which checks every range on the way.
void expect_valid(const Case& value) {
  std::vector<std::byte> bytes;
  Case again;
  encode(value, test::kTestNames, bytes);
  decode(bytes, test::kTestNames, again);
  ASSERT_TRUE(value == again) << print(value) << print(again);
}

std::uint64_t payload_size(const Case& value) {
  std::uint64_t sum = 0;
  for (const Op& op : value.ops(FieldId::kPayload)) {
    const Verb& verb = verb_of(FieldId::kPayload, op);
    sum += op.bytes_size;
    for (std::size_t a = 0; a < verb.args.size(); ++a) {
      if (verb.args[a].shape == Shape::kSize) sum += static_cast<std::uint64_t>(op.args[a]);
    }
  }
  return sum;
}

TEST(Generate, PayloadsAreMostlySmallAndNowAndThenLarge) {
  constexpr int kCases = 20'000;
  RandomBits bits(11);
  Case value;
  std::vector<std::uint64_t> sizes;
  for (int i = 0; i < kCases; ++i) {
    generate(bits, kAllFields, {.size = 100}, value);
    sizes.push_back(payload_size(value));
  }
  std::sort(sizes.begin(), sizes.end());
  EXPECT_LT(sizes[kCases / 2], 100u);
  EXPECT_GT(sizes[kCases / 2], 1u);
  const auto large = sizes.end() - std::upper_bound(sizes.begin(), sizes.end(), 131072u);
  EXPECT_GT(large, kCases * 1 / 100);
  EXPECT_LT(large, kCases * 5 / 100);
  EXPECT_LT(sizes.back(), std::uint64_t{64} << 20);
}

TEST(Generate, GrowsWithSize) {
  std::uint64_t previous = 0;
  for (const int size : {0, 30, 60, 100}) {
    RandomBits bits(12);
    Case value;
    std::uint64_t sum = 0;
    for (int i = 0; i < 5000; ++i) {
      generate(bits, kAllFields, {.size = size}, value);
      sum += payload_size(value) + value.op_count();
    }
    EXPECT_GT(sum, previous);
    previous = sum;
  }
}

TEST(Generate, EveryVerbOccursAndFaultsStayRare) {
  constexpr GenerateOptions::PayloadFile kFiles[] = {{.hash = 0xabcdef, .bytes = 1000}};
  RandomBits bits(13);
  Case value;
  std::vector<std::vector<int>> seen;
  for (const Field& field : schema()) seen.emplace_back(field.verbs.size(), 0);
  int with_fault = 0;
  constexpr int kCases = 5000;
  for (int i = 0; i < kCases; ++i) {
    generate(bits, kAllFields, {.size = 50, .payload_files = kFiles}, value);
    bool fault = false;
    for (const Field& field : schema()) {
      for (const Op& op : value.ops(field.id)) {
        ++seen[static_cast<std::size_t>(field.id)][op.verb];
        fault = fault || (field.id == FieldId::kSource && field.verbs[op.verb].name == "fail");
        if (field.verbs[op.verb].name == "file") {
          EXPECT_EQ(op.args[0], 0xabcdef);
          EXPECT_LT(op.args[1], 1000);
        }
      }
    }
    with_fault += fault ? 1 : 0;
  }
  for (const Field& field : schema()) {
    for (std::size_t v = 0; v < field.verbs.size(); ++v) {
      EXPECT_GT(seen[static_cast<std::size_t>(field.id)][v], kCases / 100)
          << field.name << " " << field.verbs[v].name;
    }
  }
  EXPECT_GT(with_fault, kCases / 50);
  EXPECT_LT(with_fault, kCases / 4);
}

TEST(Generate, NamesFilesOnlyWhereThereAreSome) {
  RandomBits bits(14);
  Case value;
  const std::uint8_t file = verb_index(FieldId::kPayload, "file");
  for (int i = 0; i < 2000; ++i) {
    generate(bits, fields(FieldId::kPayload), {}, value);
    for (const Op& op : value.ops(FieldId::kPayload)) ASSERT_NE(op.verb, file);
    EXPECT_EQ(value.op_count(), value.ops(FieldId::kPayload).size());
  }
}

TEST(Generate, PayloadBytesAreEvenlySpread) {
  // Over literals of unrestricted bytes; letters are left out, because they are drawn more often by
  // intent.
  for (const int size : {0, 50, 100}) {
    RandomBits bits(15);
    Case value;
    std::array<std::uint64_t, 256> counts{};
    std::uint64_t total = 0;
    const auto is_letter = [](std::size_t b) {
      return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z');
    };
    for (int i = 0; i < 20'000; ++i) {
      generate(bits, fields(FieldId::kPayload), {.size = size}, value);
      for (const Op& op : value.ops(FieldId::kPayload)) {
        // A run of one byte counts once, or its length would drown the rest.
        std::array<bool, 256> seen{};
        for (const std::byte b : value.bytes(op)) {
          if (std::exchange(seen[static_cast<std::size_t>(b)], true)) continue;
          if (is_letter(static_cast<std::size_t>(b))) continue;
          ++counts[static_cast<std::size_t>(b)];
          ++total;
        }
      }
    }
    const double expected = static_cast<double>(total) / (256 - 52);
    double chi_square = 0;
    for (std::size_t b = 0; b < 256; ++b) {
      if (is_letter(b)) continue;
      const double difference = static_cast<double>(counts[b]) - expected;
      chi_square += difference * difference / expected;
    }
    // 203 degrees of freedom: mean 203, standard deviation 20.
    EXPECT_GT(expected, 40) << "too few to tell";
    EXPECT_LT(chi_square, 300) << "size " << size;
  }
}

TEST(Generate, IsRepeatable) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    EXPECT_EQ(test::drawn_case(seed), test::drawn_case(seed));
  }
}

TEST(Mutate, StaysValidAndChanges) {
  RandomBits bits(21);
  int changed = 0;
  constexpr int kCases = 20'000 / test::kWorkDivisor;
  Case value = test::drawn_case(0);
  for (int i = 0; i < kCases; ++i) {
    if (i % 50 == 0) value = test::drawn_case(static_cast<std::uint64_t>(i));
    const Case before = value;
    mutate(bits, kAllFields, value);
    changed += value == before ? 0 : 1;
    ASSERT_NO_FATAL_FAILURE(expect_valid(value));
  }
  EXPECT_GT(changed, kCases / 2);
}

TEST(Mutate, KeepsToTheFieldsInUse) {
  RandomBits bits(22);
  Case value;
  for (int i = 0; i < 1000; ++i) {
    mutate(bits, fields(FieldId::kReads), value);
    ASSERT_EQ(value.op_count(), value.ops(FieldId::kReads).size());
  }
  EXPECT_GT(value.op_count(), 0u);
  Case untouched;
  mutate(bits, 0, untouched);
  EXPECT_EQ(untouched, Case());
}

TEST(Mutate, ReachesEveryVerbButThoseThatNameFiles) {
  RandomBits bits(23);
  std::set<std::pair<std::size_t, std::size_t>> seen;
  Case value;
  for (int i = 0; i < 20'000; ++i) {
    if (i % 100 == 0) value.clear();
    mutate(bits, kAllFields, value);
    for (const Field& field : schema()) {
      for (const Op& op : value.ops(field.id)) {
        seen.insert({static_cast<std::size_t>(field.id), op.verb});
        ASSERT_NE(field.verbs[op.verb].name, "file");
      }
    }
  }
  std::size_t verbs = 0;
  for (const Field& field : schema()) verbs += field.verbs.size();
  EXPECT_EQ(seen.size(), verbs - 1);
}

TEST(CrossOver, MixesTwoValidCases) {
  RandomBits bits(31);
  Case result;
  int mixed = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const Case a = test::drawn_case(2 * seed);
    const Case b = test::drawn_case(2 * seed + 1);
    cross_over(bits, kAllFields, a, b, result);
    EXPECT_EQ(result.subject, a.subject);
    ASSERT_NO_FATAL_FAILURE(expect_valid(result));
    mixed += result == a || result == b ? 0 : 1;
  }
  EXPECT_GT(mixed, 1000);
}

struct Shrunk {
  Case value;
  int evaluations = 0;
};

template <class Fails>
Shrunk shrink(Case start, Fails&& fails) {
  Shrunk result{std::move(start), 0};
  bool taken = true;
  while (taken) {
    Case next;
    taken = visit_simpler(result.value, [&](const Case& candidate) {
      ++result.evaluations;
      EXPECT_TRUE(simpler_than(candidate, result.value));
      EXPECT_FALSE(simpler_than(result.value, candidate));
      if (!fails(candidate)) return false;
      next = candidate;
      return true;
    });
    if (taken) result.value = std::move(next);
  }
  return result;
}

std::vector<std::byte> payload_of(const Case& value) {
  std::vector<std::byte> payload;
  EXPECT_TRUE(materialise(value, PayloadFiles(), std::size_t{1} << 20, payload).has_value());
  return payload;
}

TEST(VisitSimpler, APlantedBugOfTwoConditionsReachesTheMinimum) {
  const std::uint8_t give = verb_index(FieldId::kSource, "give");
  const auto fails = [&](const Case& value) {
    const std::vector<Op>& source = value.ops(FieldId::kSource);
    const bool scripted =
        source.size() >= 4 && std::any_of(source.begin() + 3, source.end(), [&](const Op& op) {
          return op.verb == give && op.args[0] == 1;
        });
    if (!scripted) return false;
    const std::vector<std::byte> payload = payload_of(value);
    return payload.size() > 100 &&
           std::find(payload.begin() + 5, payload.end(), std::byte{0x42}) != payload.end();
  };
  const FieldSet uses =
      fields(FieldId::kPayload, FieldId::kWrites, FieldId::kSource, FieldId::kReads);
  int found = 0;
  for (std::uint64_t seed = 0; found < 25 && seed < 1'000'000; ++seed) {
    RandomBits bits(seed);
    Case value;
    generate(bits, uses, {.size = 90}, value);
    if (!fails(value)) continue;
    ++found;
    const Shrunk shrunk = shrink(value, fails);
    EXPECT_LT(shrunk.evaluations, 1000) << "seed " << seed << "\n" << print(value);
    EXPECT_EQ(print(shrunk.value),
              "weir-case 1\n"
              "payload   byte 66 times 101\n"
              "source    all, all, all, give 1\n")
        << "seed " << seed << "\n"
        << print(value);
  }
  EXPECT_EQ(found, 25);
}

TEST(VisitSimpler, ShortStringsStayReadable) {
  Case value;
  value.add(FieldId::kPayload, "random", {40, 9});
  value.add(FieldId::kPayload, "literal", {}, "some words with an X in them");
  value.add(FieldId::kWrites, "", {3});
  const Shrunk shrunk = shrink(value, [](const Case& candidate) {
    const std::vector<Op>& ops = candidate.ops(FieldId::kPayload);
    return std::any_of(ops.begin(), ops.end(), [&](const Op& op) {
      const auto bytes = candidate.bytes(op);
      return std::find(bytes.begin(), bytes.end(), std::byte{'X'}) != bytes.end();
    });
  });
  EXPECT_EQ(print_ops(shrunk.value, FieldId::kPayload), "literal \"X\"");
  EXPECT_TRUE(shrunk.value.ops(FieldId::kWrites).empty());
}

TEST(VisitSimpler, NumbersReachTheirThreshold) {
  for (const std::int64_t threshold : {1, 2, 17, 100, 4097, 131073, 9'999'999}) {
    Case value;
    value.add(FieldId::kPayload, "counter", {16'000'000});
    value.add(FieldId::kReads, "seek end", {-threshold - 12'345});
    const Shrunk shrunk = shrink(value, [&](const Case& candidate) {
      const std::vector<Op>& reads = candidate.ops(FieldId::kReads);
      const std::vector<Op>& payload = candidate.ops(FieldId::kPayload);
      return payload.size() == 1 && payload[0].verb == 2 && payload[0].args[0] >= threshold &&
             reads.size() == 1 && reads[0].args[0] <= -threshold;
    });
    EXPECT_EQ(print_ops(shrunk.value, FieldId::kPayload), "counter " + std::to_string(threshold));
    EXPECT_EQ(print_ops(shrunk.value, FieldId::kReads), "seek set -" + std::to_string(threshold));
    EXPECT_LT(shrunk.evaluations, 1200);
  }
}

TEST(VisitSimpler, NeighboursMergeAndEveryCaseShrinksToNothing) {
  Case value;
  value.add(FieldId::kPayload, "literal", {}, "ab");
  value.add(FieldId::kPayload, "literal", {}, "cd");
  const Shrunk merged =
      shrink(value, [](const Case& candidate) { return payload_of(candidate).size() == 4; });
  EXPECT_EQ(print_ops(merged.value, FieldId::kPayload), "literal \"aaaa\"");
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Shrunk shrunk = shrink(test::drawn_case(seed), [](const Case&) { return true; });
    EXPECT_EQ(shrunk.value.op_count(), 0u);
    EXPECT_LE(shrunk.evaluations, static_cast<int>(kFieldCount));
  }
}

TEST(VisitSimpler, VariantsAreValid) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Case value = test::drawn_case(seed);
    int count = 0;
    visit_simpler(value, [&](const Case& candidate) {
      expect_valid(candidate);
      EXPECT_TRUE(simpler_than(candidate, value));
      return testing::Test::HasFailure() || ++count == 500;
    });
    ASSERT_FALSE(testing::Test::HasFailure()) << print(value);
  }
}

TEST(Enumeration, CountsExactlyTheDistinctCases) {
  const FieldSet sets[] = {
      fields(FieldId::kWrites),
      fields(FieldId::kPayload, FieldId::kReads),
      fields(FieldId::kPayload, FieldId::kWrites, FieldId::kSource),
      fields(FieldId::kChain, FieldId::kDescriptor),
      kAllFields,
  };
  for (const FieldSet uses : sets) {
    for (const std::uint64_t cases_max : {1u, 7u, 1000u, 20'000u}) {
      const Enumeration enumeration(uses, cases_max);
      ASSERT_LE(enumeration.size(), cases_max);
      std::set<std::string> distinct;
      Case value;
      std::size_t previous_ops = 0;
      for (std::uint64_t i = 0; i < enumeration.size(); ++i) {
        enumeration.at(i, value);
        distinct.insert(print(value));
        ASSERT_GE(value.op_count(), previous_ops) << "simplest first";
        previous_ops = value.op_count();
        for (const Field& field : schema()) {
          ASSERT_TRUE((uses & field_bit(field.id)) != 0 || value.ops(field.id).empty());
        }
        if (i % 16 == 0) {
          value.subject = "stream.rot13/1";
          value.clause = "everything";
          ASSERT_NO_FATAL_FAILURE(expect_valid(value));
          value.subject.clear();
          value.clause.clear();
        }
      }
      EXPECT_EQ(distinct.size(), enumeration.size()) << enumeration.bound();
    }
  }
}

TEST(Enumeration, StartsWithTheEmptyCaseAndStatesItsBound) {
  const Enumeration enumeration(fields(FieldId::kPayload, FieldId::kWrites), 50'000);
  Case value;
  enumeration.at(0, value);
  EXPECT_EQ(value.op_count(), 0u);
  EXPECT_GT(enumeration.size(), 10'000u);
  EXPECT_NE(enumeration.bound().find("operations in payload"), std::string::npos)
      << enumeration.bound();
  EXPECT_EQ(Enumeration(kAllFields, 1).size(), 1u);
  EXPECT_EQ(Enumeration(kAllFields, 1).bound(), "the empty case");
}

TEST(Enumeration, FindsASmallBug) {
  const Enumeration enumeration(
      fields(FieldId::kPayload, FieldId::kWrites, FieldId::kSource, FieldId::kReads), 100'000);
  Case value;
  bool found = false;
  for (std::uint64_t i = 0; i < enumeration.size() && !found; ++i) {
    enumeration.at(i, value);
    found = print_ops(value, FieldId::kSource) == "give 1" &&
            print_ops(value, FieldId::kPayload) == "literal \"ab\"" &&
            print_ops(value, FieldId::kReads) == "read 2";
  }
  EXPECT_TRUE(found) << enumeration.bound();
}

}  // namespace
}  // namespace weir::properties
