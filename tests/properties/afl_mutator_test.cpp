// Guards AFL++'s custom mutator as afl-fuzz calls it: what it makes is a case of its target and no
// longer than is allowed, and trimming ends, at something simpler that the target takes in the same
// way.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "fuzz/fuzz_target.h"

extern "C" {
void* afl_custom_init(void* afl, unsigned int seed);
std::size_t afl_custom_fuzz(void* data, unsigned char* buffer, std::size_t size,
                            unsigned char** output, unsigned char* other, std::size_t other_size,
                            std::size_t size_max);
std::int32_t afl_custom_init_trim(void* data, unsigned char* buffer, std::size_t size);
std::size_t afl_custom_trim(void* data, unsigned char** output);
std::int32_t afl_custom_post_trim(void* data, unsigned char success);
void afl_custom_deinit(void* data);
}

namespace weir::fuzz {
namespace {

using properties::Case;
using properties::FieldId;
using Bytes = std::vector<unsigned char>;

class AflMutator : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::setenv("WEIR_GROUP", "round_trip", 1), 0);
    ASSERT_EQ(::setenv("WEIR_SUBJECT", "stream.rot13/1", 1), 0);
    std::string error;
    target_ = FuzzTarget::make("round_trip", "stream.rot13/1", error);
    ASSERT_NE(target_, nullptr) << error;
    mutator_ = afl_custom_init(nullptr, 1);
    ASSERT_NE(mutator_, nullptr);
  }
  void TearDown() override {
    if (mutator_ != nullptr) afl_custom_deinit(mutator_);
    ::unsetenv("WEIR_GROUP");
    ::unsetenv("WEIR_SUBJECT");
  }

  Bytes change(Bytes input, Bytes other, std::size_t size_max) {
    unsigned char* output = nullptr;
    const std::size_t size = afl_custom_fuzz(mutator_, input.data(), input.size(), &output,
                                             other.data(), other.size(), size_max);
    return {output, output + size};
  }
  Case read(const Bytes& bytes) const {
    Case value;
    target_->decode(std::as_bytes(std::span(bytes)), value);
    return value;
  }
  Bytes write(const Case& value) const {
    std::vector<std::byte> bytes;
    target_->encode(value, bytes);
    const auto* begin = reinterpret_cast<const unsigned char*>(bytes.data());
    return {begin, begin + bytes.size()};
  }
  // Trims as afl-fuzz does: what `same` says of is kept. Returns how often the target ran.
  template <typename Same>
  int trim(Bytes& input, Same same) {
    const std::int32_t steps = afl_custom_init_trim(mutator_, input.data(), input.size());
    int runs = 0;
    std::int32_t step = 0;
    while (step < steps) {
      unsigned char* output = nullptr;
      const std::size_t size = afl_custom_trim(mutator_, &output);
      EXPECT_LE(size, input.size());
      const Bytes trimmed(output, output + size);
      const bool kept = same(trimmed);
      if (kept) input = trimmed;
      const std::int32_t next = afl_custom_post_trim(mutator_, kept ? 1 : 0);
      EXPECT_GT(next, step);
      step = next;
      ++runs;
    }
    return runs;
  }

  std::unique_ptr<FuzzTarget> target_;
  void* mutator_ = nullptr;
};

TEST_F(AflMutator, MakesCasesOfItsTarget) {
  std::set<Bytes> seen;
  Bytes input;
  Bytes other;
  for (int i = 0; i < 2000; ++i) {
    const Bytes output = change(input, other, 4096);
    ASSERT_LE(output.size(), 4096u);
    ASSERT_EQ(write(read(output)), output);
    seen.insert(output);
    other = input;
    input = i % 50 == 0 ? Bytes() : output;
  }
  EXPECT_GT(seen.size(), 1000u);
}

TEST_F(AflMutator, StaysWithinTheLength) {
  Bytes input = {1, 2, 3, 4, 5, 6, 7, 8};
  for (int i = 0; i < 500; ++i) EXPECT_LE(change(input, {}, 5).size(), 5u);
}

TEST_F(AflMutator, TrimsToWhatMatters) {
  Case value;
  value.subject = "stream.rot13/1";
  value.clause = "write-chunking";
  value.add(FieldId::kPayload, "literal", {}, "a literal of some length");
  value.add(FieldId::kPayload, "counter", {40});
  for (int i = 1; i < 6; ++i) value.add(FieldId::kWrites, "", {i * 7});
  Bytes input = write(value);
  const std::size_t before = input.size();
  const int runs = trim(input, [&](const Bytes& bytes) {
    const Case trimmed = read(bytes);
    return trimmed.clause == value.clause && trimmed.ops(FieldId::kWrites).size() >= 2;
  });
  const Case trimmed = read(input);
  EXPECT_GT(runs, 5);
  EXPECT_LT(input.size(), before / 2);
  EXPECT_EQ(trimmed.ops(FieldId::kWrites).size(), 2u);
  EXPECT_LE(trimmed.ops(FieldId::kPayload).size(), 1u);
}

TEST_F(AflMutator, TrimmingWhatNothingReplacesEnds) {
  Bytes input = write(read({9, 9, 9, 9, 4, 4, 4, 4, 4, 4, 4, 4}));
  const Bytes before = input;
  EXPECT_LE(trim(input, [](const Bytes&) { return false; }), 64);
  EXPECT_EQ(input, before);
}

TEST(AflMutatorSetUp, WithoutSuchATargetThereIsNone) {
  ASSERT_EQ(::setenv("WEIR_GROUP", "no_such_group", 1), 0);
  EXPECT_EQ(afl_custom_init(nullptr, 1), nullptr);
  ::unsetenv("WEIR_GROUP");
}

}  // namespace
}  // namespace weir::fuzz
