// Guards what the fuzz targets make of raw bytes: most cases have a small payload, however it is
// written, and what a case may have does not change when it is written and read again.
#include "fuzz/fuzz_target.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "properties/case_text.h"
#include "properties/payload.h"

namespace weir::fuzz {
namespace {

using properties::Case;
using properties::FieldId;

// How many of 2,000 cases with a payload of 3,000 bytes, written by `set_payload`, keep one of
// more than kSmallBytesMax.
template <typename SetPayload>
int large_ones(SetPayload set_payload) {
  std::string error;
  const auto target = FuzzTarget::make("round_trip", "stream.rot13/1", error, "write-chunking");
  EXPECT_NE(target, nullptr) << error;
  int large = 0;
  Case decoded;
  Case again;
  std::vector<std::byte> payload;
  std::vector<std::byte> bytes;
  std::vector<std::byte> bytes_again;
  for (std::int64_t i = 0; i < 2000; ++i) {
    Case value;
    value.subject = "stream.rot13/1";
    value.clause = "write-chunking";
    set_payload(value);
    value.add(FieldId::kWrites, "", {i + 1});
    target->encode(value, bytes);
    target->decode(bytes, decoded);
    payload.clear();
    EXPECT_TRUE(properties::materialise(decoded, {}, 1 << 20, payload).has_value());
    if (payload.size() > FuzzTarget::kSmallBytesMax) ++large;
    target->encode(decoded, bytes);
    target->decode(bytes, again);
    target->encode(again, bytes_again);
    EXPECT_EQ(bytes, bytes_again) << i;
  }
  return large;
}

TEST(FuzzTarget, FewCasesHaveALargePayload) {
  const int counted =
      large_ones([](Case& value) { value.add(FieldId::kPayload, "counter", {3000}); });
  EXPECT_GT(counted, 5);
  EXPECT_LT(counted, 100);
  const std::string text(1500, 'x');
  const int literal = large_ones([&](Case& value) {
    value.add(FieldId::kPayload, "literal", {}, text);
    value.add(FieldId::kPayload, "literal", {}, text);
  });
  EXPECT_GT(literal, 5);
  EXPECT_LT(literal, 100);
}

TEST(FuzzTarget, WithoutAGroupItIsAboutAll) {
  std::string error;
  const auto target = FuzzTarget::make("", "stream.rot13/1", error);
  ASSERT_NE(target, nullptr) << error;
  Case value;
  value.subject = "stream.rot13/1";
  for (const char* clause : {"round-trip", "seek-model", "version-rejected"}) {
    value.clause = clause;
    EXPECT_TRUE(target->contains(value)) << clause;
  }
  EXPECT_EQ(FuzzTarget::make("", "stream.rot13/1", error, "no-such-clause"), nullptr);
  EXPECT_EQ(error, "no clause no-such-clause applies to stream.rot13/1");
}

TEST(FuzzTarget, SeedsStayWhole) {
  std::string error;
  const auto target = FuzzTarget::make("round_trip", "stream.rot13/1", error, "write-chunking");
  ASSERT_NE(target, nullptr) << error;
  int texts = 0;
  for (std::int64_t size = 1; size < 3000; size += 100) {
    Case value;
    value.subject = "stream.rot13/1";
    value.clause = "write-chunking";
    value.add(FieldId::kPayload, "counter", {size});
    std::vector<std::byte> seed;
    target->encode_seed(value, seed);
    if (seed.front() == std::byte{'w'}) ++texts;
    Case decoded;
    target->decode(seed, decoded);
    EXPECT_EQ(properties::print(decoded), properties::print(value));
  }
  EXPECT_GT(texts, 15);
}

// What mutate_bytes makes of `payload` in so many tries, with a change that adds an 'x'.
std::vector<std::string> changed(std::string_view verb, std::initializer_list<std::int64_t> args,
                                 std::string_view bytes) {
  std::string error;
  const auto target = FuzzTarget::make("round_trip", "stream.rot13/1", error);
  EXPECT_NE(target, nullptr) << error;
  std::vector<std::string> texts;
  properties::RandomBits bits(1);
  for (int i = 0; i < 200; ++i) {
    Case value;
    value.subject = "stream.rot13/1";
    value.clause = "round-trip";
    value.add(FieldId::kPayload, verb, args, bytes);
    const auto add_x = [](std::uint8_t* data, std::size_t size, std::size_t) {
      data[size] = 'x';
      return size + 1;
    };
    if (!target->mutate_bytes(bits, add_x, value)) continue;
    EXPECT_TRUE(target->contains(value));
    texts.push_back(properties::print(value));
  }
  return texts;
}

bool any_has(const std::vector<std::string>& texts, std::string_view part) {
  return std::any_of(texts.begin(), texts.end(),
                     [&](const std::string& text) { return text.find(part) != std::string::npos; });
}

TEST(FuzzTarget, BytesOfAPayloadAreChangedByTheEngineOrOneAtATime) {
  const std::vector<std::string> texts = changed("literal", {}, "ab");
  EXPECT_EQ(texts.size(), 200u);
  EXPECT_TRUE(any_has(texts, "literal \"abx\""));
  EXPECT_TRUE(any_has(texts, "literal \"ac\"")) << "a flipped bit";
}

TEST(FuzzTarget, ASmallRecipeBecomesItsBytes) {
  const std::vector<std::string> texts = changed("byte", {97, 3}, {});
  EXPECT_GT(texts.size(), 50u);
  EXPECT_LT(texts.size(), 150u) << "every other time it stays a recipe, which has no bytes";
  EXPECT_TRUE(any_has(texts, "literal \"aaax\""));
}

TEST(FuzzTarget, ALargeRecipeStays) {
  EXPECT_TRUE(changed("byte", {97, FuzzTarget::kSmallBytesMax + 1}, {}).empty());
}

TEST(FuzzTarget, AClauseCanBeLeftOut) {
  std::string error;
  const auto target = FuzzTarget::make("round_trip", "stream.rot13/1", error, {}, "chain");
  ASSERT_NE(target, nullptr) << error;
  Case value;
  value.subject = "stream.rot13/1";
  value.clause = "chain";
  EXPECT_FALSE(target->contains(value));
  value.clause = "round-trip";
  EXPECT_TRUE(target->contains(value));
}

}  // namespace
}  // namespace weir::fuzz
