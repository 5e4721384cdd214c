// Guards what damage and descriptor edits do to bytes.
#include <gtest/gtest.h>

#include "properties/case_damage.h"
#include "properties/case_descriptor.h"
#include "properties/case_text.h"
#include "tests/properties/case_test_support.h"

namespace weir::properties {
namespace {

Case parsed(std::string_view line) {
  Case value;
  const ParseOutcome outcome = parse("weir-case 1\n" + std::string(line) + "\n", value);
  EXPECT_TRUE(outcome.ok) << outcome.error.message;
  return value;
}

std::string damaged(std::string_view operations, std::string_view stream = "0123456789") {
  std::vector<std::byte> out = {std::byte{1}};
  apply_damage(parsed("damage " + std::string(operations)),
               std::as_bytes(std::span<const char>(stream)), out);
  return {reinterpret_cast<const char*>(out.data()), out.size()};
}

TEST(Damage, DoesWhatItSays) {
  EXPECT_EQ(damaged(""), "0123456789");
  EXPECT_EQ(damaged("cut 4"), "0123");
  EXPECT_EQ(damaged("cut -1"), "012345678");
  EXPECT_EQ(damaged("cut 10"), "");
  EXPECT_EQ(damaged("flip 1 bit 0"), "0023456789");
  EXPECT_EQ(damaged("remove 2 size 3"), "0156789");
  EXPECT_EQ(damaged("remove -2 size 100"), "01234567");
  EXPECT_EQ(damaged("duplicate 2 size 3"), "0123423456789");
  EXPECT_EQ(damaged("duplicate -1 size 5"), "01234567899");
  EXPECT_EQ(damaged("swap 0 with 5 size 2"), "5623401789");
  EXPECT_EQ(damaged("swap 5 with 0 size 2"), "5623401789");
  EXPECT_EQ(damaged("swap 8 with 7 size 9"), "0123456879");
  EXPECT_EQ(damaged("swap 3 with 3 size 2"), "0123456789");
  EXPECT_EQ(damaged("replace 8 with \"abc\""), "01234567ab");
  EXPECT_EQ(damaged("insert 1 bytes \"ab\""), "0ab123456789");
  EXPECT_EQ(damaged("append \"ab\""), "0123456789ab");
  EXPECT_EQ(damaged("cut 4, append \"x\", remove 0 size 1"), "123x");
}

TEST(Damage, EmptyStreamsStandEverything) {
  EXPECT_EQ(damaged("cut 1, flip -3 bit 7, remove 1 size 1, duplicate 5 size 5, "
                    "swap 1 with 2 size 3, replace 1 with \"x\"",
                    ""),
            "");
  EXPECT_EQ(damaged("insert -5 bytes \"x\"", ""), "x");
}

TEST(Damage, GrowthIsBounded) {
  std::string operations = "duplicate 0 size 16777216";
  for (int i = 0; i < 40; ++i) operations += ", duplicate 0 size 16777216";
  EXPECT_EQ(damaged(operations, std::string(1000, 'x')).size(), std::size_t{64} << 20);
}

TEST(Damage, RandomDamageStaysWithinBounds) {
  RandomBits bits(3);
  Case value;
  std::vector<std::byte> out;
  for (int i = 0; i < 20'000 / test::kWorkDivisor; ++i) {
    generate(bits, fields(FieldId::kDamage), {.size = 100}, value);
    const std::vector<std::byte> stream(bits.below(40), std::byte{7});
    apply_damage(value, stream, out);
    EXPECT_LE(out.size(), std::size_t{64} << 20);
  }
}

std::string edited(std::string_view edits, std::string_view own = "stream.zstd/1") {
  return edited_descriptor(parsed("descriptor " + std::string(edits)), own);
}

TEST(DescriptorEdits, DoWhatTheySay) {
  EXPECT_EQ(edited(""), "stream.zstd/1");
  EXPECT_EQ(edited("minor \"9.x\""), "stream.zstd/1.9.x");
  EXPECT_EQ(edited("minor \"\""), "stream.zstd/1.");
  EXPECT_EQ(edited("version \"01\""), "stream.zstd/01");
  EXPECT_EQ(edited("version \"a/b\""), "stream.zstd/a/b");
  EXPECT_EQ(edited("drop-version"), "stream.zstd");
  EXPECT_EQ(edited("drop-version, version \"2\""), "stream.zstd/2");
  EXPECT_EQ(edited("drop-version, minor \"2\""), "stream.zstd/1.2");
  EXPECT_EQ(edited("name \"x@y\""), "x@y/1");
  EXPECT_EQ(edited("insert -1 bytes \"0\""), "stream.zstd/01");
  EXPECT_EQ(edited("erase 0 size 7"), "zstd/1");
  EXPECT_EQ(edited("erase -1 size 100"), "stream.zstd/");
  EXPECT_EQ(edited("flip-case 0"), "Stream.zstd/1");
  EXPECT_EQ(edited("flip-case 6"), "stream.zstd/1");
  EXPECT_EQ(edited("raw \"\\x00\""), std::string(1, '\0'));
  EXPECT_EQ(edited("raw \"\", flip-case 3, erase 1 size 1, insert 4 bytes \"q\""), "q");
}

}  // namespace
}  // namespace weir::properties
