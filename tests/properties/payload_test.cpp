// Guards payload recipes: cases under version control mean these bytes for ever.
#include "properties/payload.h"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>

#include "properties/case_text.h"
#include "properties/random_bits.h"

namespace weir::properties {
namespace {

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::uint64_t hash_of(const std::vector<std::byte>& bytes) {
  return stable_hash(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::vector<std::byte> made(std::string_view recipe,
                            std::size_t bytes_max = std::size_t{16} << 20) {
  Case value;
  const ParseOutcome outcome = parse("weir-case 1\npayload " + std::string(recipe) + "\n", value);
  EXPECT_TRUE(outcome.ok) << outcome.error.message;
  std::vector<std::byte> output;
  EXPECT_TRUE(materialise(value, PayloadFiles(), bytes_max, output).has_value());
  return output;
}

class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view content)
      : path_(testing::TempDir() + "weir_payload_test_" +
              testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~TemporaryFile() { std::remove(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(Payload, RecipesMakeWhatTheySay) {
  EXPECT_EQ(text_of(made("")), "");
  EXPECT_EQ(text_of(made("literal \"a\\x00b\"")), std::string("a\0b", 3));
  EXPECT_EQ(text_of(made("byte 98 times 4")), "bbbb");
  EXPECT_EQ(text_of(made("literal \"x\", byte 98 times 2, literal \"y\"")), "xbby");
  EXPECT_EQ(text_of(made("text 90")),
            "line 0 of the weir's golden text, value 0\n"
            "line 1 of the weir's golden text, value 1\n"
            "line 2");
  const std::vector<std::byte> counter = made("counter 1000");
  for (std::size_t i = 0; i < counter.size(); ++i) {
    ASSERT_EQ(counter[i], static_cast<std::byte>((i * 31 + (i >> 8)) & 255));
  }
}

TEST(Payload, GeneratorsAreFrozen) {
  // Changing any of these breaks every case that was ever filed.
  EXPECT_EQ(made("random 4 seed 0"),
            (std::vector{std::byte{0xaf}, std::byte{0xcd}, std::byte{0x1d}, std::byte{0x7b}}));
  EXPECT_EQ(hash_of(made("random 100003 seed 7")), 0xd962863f903b20cdu);
  EXPECT_EQ(hash_of(made("text 100003")), 0x833673a44feab8e8u);
  EXPECT_EQ(hash_of(made("counter 100003")), 0xbb43dbf01e682370u);
}

TEST(Payload, RandomBytesAreEvenlySpreadAtEverySize) {
  for (const std::size_t size : {2048u, 65536u, 1048576u}) {
    for (const int seed : {0, 1, 2, 1000}) {
      const std::vector<std::byte> bytes =
          made("random " + std::to_string(size) + " seed " + std::to_string(seed));
      ASSERT_EQ(bytes.size(), size);
      std::array<std::size_t, 256> counts{};
      for (const std::byte b : bytes) ++counts[static_cast<std::size_t>(b)];
      const double expected = static_cast<double>(size) / 256;
      double chi_square = 0;
      for (const std::size_t count : counts) {
        const double difference = static_cast<double>(count) - expected;
        chi_square += difference * difference / expected;
      }
      // 255 degrees of freedom, standard deviation 22.6: five of them on either side.
      EXPECT_LT(chi_square, 255 + 113) << size << " " << seed;
      EXPECT_GT(chi_square, 255 - 113) << size << " " << seed;
    }
  }
}

TEST(Payload, ShorterRecipesArePrefixesOfLongerOnes) {
  for (const std::string kind : {"counter", "text", "random"}) {
    const std::string seed = kind == "random" ? " seed 3" : "";
    const std::vector<std::byte> longer = made(kind + " 1000" + seed);
    for (const std::size_t size : {0u, 1u, 7u, 8u, 9u, 41u, 42u, 43u, 999u}) {
      const std::vector<std::byte> shorter = made(kind + " " + std::to_string(size) + seed);
      ASSERT_EQ(shorter.size(), size);
      ASSERT_TRUE(std::equal(shorter.begin(), shorter.end(), longer.begin()));
    }
  }
}

TEST(Payload, IsCutAtTheBoundAndAppended) {
  EXPECT_EQ(text_of(made("literal \"abc\", byte 98 times 4, literal \"yz\"", 5)), "abcbb");
  EXPECT_EQ(text_of(made("literal \"abc\"", 0)), "");
  Case value;
  value.add(FieldId::kPayload, "literal", {}, "cd");
  std::vector<std::byte> output = {std::byte{'a'}, std::byte{'b'}};
  ASSERT_TRUE(materialise(value, PayloadFiles(), 1, output).has_value());
  EXPECT_EQ(text_of(output), "abc");
}

TEST(PayloadFiles, SlicesAreFoundByHash) {
  const TemporaryFile file("0123456789");
  PayloadFiles files;
  ASSERT_TRUE(files.add(file.path()).has_value());
  ASSERT_TRUE(files.add(file.path()).has_value());
  ASSERT_EQ(files.files().size(), 1u);
  EXPECT_EQ(files.files()[0].hash, stable_hash("0123456789", 10));
  const auto hash = static_cast<std::int64_t>(files.files()[0].hash);
  Case value;
  value.add(FieldId::kPayload, "file", {hash, 3, 4});
  value.add(FieldId::kPayload, "file", {hash, 8, 100});
  value.add(FieldId::kPayload, "file", {hash, 1000, 1});
  std::vector<std::byte> output;
  ASSERT_TRUE(materialise(value, files, 1000, output).has_value());
  EXPECT_EQ(text_of(output), "345689");
  ASSERT_TRUE(embed_files(value, files).has_value());
  EXPECT_EQ(print_ops(value, FieldId::kPayload), "literal \"3456\", literal \"89\", literal \"\"");
}

TEST(PayloadFiles, UnknownFilesAreToldByTheirHash) {
  Case value;
  value.add(FieldId::kPayload, "file", {0xabc, 0, 1});
  std::vector<std::byte> output;
  const Result<void> result = materialise(value, PayloadFiles(), 10, output);
  ASSERT_TRUE(failed_with(result, Code::kInvalidArgument));
  EXPECT_NE(result.error().detail.view().find("0xabc"), std::string_view::npos);
  EXPECT_TRUE(failed_with(embed_files(value, PayloadFiles()), Code::kInvalidArgument));
}

TEST(PayloadFiles, LongSlicesAreNotEmbedded) {
  const TemporaryFile file(std::string(kOpBytesMax + 1, 'x'));
  PayloadFiles files;
  ASSERT_TRUE(files.add(file.path()).has_value());
  const auto hash = static_cast<std::int64_t>(files.files()[0].hash);
  Case value;
  value.add(FieldId::kPayload, "file", {hash, 0, static_cast<std::int64_t>(kOpBytesMax + 1)});
  EXPECT_TRUE(failed_with(embed_files(value, files), Code::kLimitExceeded));
  Case fits;
  fits.add(FieldId::kPayload, "file", {hash, 1, static_cast<std::int64_t>(kOpBytesMax + 1)});
  EXPECT_TRUE(embed_files(fits, files).has_value());
}

TEST(PayloadFiles, IsNotEmbeddedWhereTheCaseWouldBeTooLong) {
  const TemporaryFile file(std::string(kOpBytesMax, 'x'));
  PayloadFiles files;
  ASSERT_TRUE(files.add(file.path()).has_value());
  const auto hash = static_cast<std::int64_t>(files.files()[0].hash);
  const auto slices = [&](int count, std::size_t size) {
    Case value;
    value.subject = "stream.x/1";
    value.clause = "round-trip";
    for (int i = 0; i < count; ++i) {
      value.add(FieldId::kPayload, "file", {hash, 0, static_cast<std::int64_t>(size)});
    }
    return value;
  };
  Case fits = slices(4, kOpBytesMax - 64);
  ASSERT_TRUE(embed_files(fits, files).has_value());
  Case parsed;
  ASSERT_TRUE(parse(print(fits), parsed).ok);
  EXPECT_EQ(parsed, fits);
  // The byte strings alone are as long as a case may be, and the operations come on top.
  for (const int count : {4, 5, 40}) {
    Case value = slices(count, kOpBytesMax);
    const Case before = value;
    EXPECT_TRUE(failed_with(embed_files(value, files), Code::kLimitExceeded)) << count;
    EXPECT_EQ(value, before);
  }
  // So do the strings that the case has already.
  Case filled = slices(1, kOpBytesMax);
  for (int i = 0; i < 3; ++i) {
    filled.add(FieldId::kPayload, "literal", {}, std::string(kOpBytesMax, 'y'));
  }
  EXPECT_TRUE(failed_with(embed_files(filled, files), Code::kLimitExceeded));
}

TEST(PayloadFiles, RefusesWhatIsNoFile) {
  PayloadFiles files;
  EXPECT_TRUE(failed_with(files.add(testing::TempDir()), Code::kInvalidArgument));
  const TemporaryFile empty("");
  EXPECT_TRUE(failed_with(files.add(empty.path()), Code::kInvalidArgument));
  const Result<void> missing = files.add(empty.path() + "-missing");
  ASSERT_TRUE(failed_with(missing, Code::kIo));
  EXPECT_EQ(missing.error().os_error, ENOENT);
  EXPECT_TRUE(files.files().empty());
}

}  // namespace
}  // namespace weir::properties
