// Guards golden streams: their text says the same for ever, whatever is wrong with one is told with
// its line, replay notices a format that no longer reads old data, and every shipped transform has
// streams that decode and streams that must fail.
#include "properties/golden.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "properties/golden_freeze.h"
#include "properties/payload.h"
#include "properties/random_bits.h"
#include "tests/properties/folder.h"
#include "weir/builtin.h"

namespace weir::properties {
namespace {

const std::vector<GoldenFile>& corpus() {
  static const std::vector<GoldenFile> files = [] {
    std::vector<GoldenFile> read;
    const std::string wrong = read_golden_files(WEIR_SOURCE_DIR "/corpus/golden", read);
    EXPECT_EQ(wrong, "");
    EXPECT_FALSE(read.empty());
    return read;
  }();
  return files;
}

bool broken(const Golden& golden) {
  return replay(golden).outcome == GoldenReplay::Outcome::kBroken;
}

constexpr const char* kText =
    "weir-golden 1\n"
    "guards    a flipped bit in the second block\n"
    "library   0.1.0\n"
    "transform stream.identity/1 stream.rot13/1\n"
    "payload   literal \"abc\", byte 0 times 2\n"
    "writes    2, flush, rest\n"
    "damage    flip 3 bit 0\n"
    "expect    corrupt at 16 after 8 unverified\n"
    "encoded   5\n"
    "  41424301 00\n";

TEST(Golden, TextIsReadAndPrinted) {
  Golden golden;
  const ParseOutcome parsed = parse_golden(kText, golden);
  ASSERT_TRUE(parsed.ok) << parsed.error.line << parsed.error.message;
  EXPECT_EQ(golden.guards, "a flipped bit in the second block");
  EXPECT_EQ(golden.library, "0.1.0");
  EXPECT_EQ(golden.transforms, (std::vector<std::string>{"stream.identity/1", "stream.rot13/1"}));
  EXPECT_EQ(golden.recipe.ops(FieldId::kPayload).size(), 2u);
  EXPECT_EQ(golden.recipe.ops(FieldId::kWrites).size(), 3u);
  ASSERT_TRUE(golden.failure.has_value());
  EXPECT_EQ(golden.failure->code, Code::kCorrupt);
  EXPECT_EQ(golden.failure->offset, 16u);
  EXPECT_EQ(golden.failure->given, 8u);
  EXPECT_TRUE(golden.failure->unverified);
  EXPECT_EQ(golden.encoded.size(), 5u);
  EXPECT_EQ(print(golden), kText);
}

TEST(Golden, LinesMayBeCommentedAndEndAsOtherSystemsEndThem) {
  Golden golden;
  std::string text = "\n# why\n" + std::string(kText);
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) {
    text.insert(at, 1, '\r');
  }
  const ParseOutcome parsed = parse_golden(text, golden);
  ASSERT_TRUE(parsed.ok) << parsed.error.line << parsed.error.message;
  EXPECT_EQ(print(golden), kText);
}

TEST(Golden, EveryFileOfTheCorpusIsCanonical) {
  for (const GoldenFile& file : corpus()) {
    std::ifstream stream(file.path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    EXPECT_EQ(print(file.golden), text) << file.path;
  }
}

TEST(Golden, WhatIsWrongIsToldWithItsLine) {
  struct Bad {
    const char* what;  // of kText is replaced
    const char* by;
    int line;
    const char* message;  // a part of it
    bool stale = false;
  };
  const Bad bads[] = {
      {"weir-golden 1", "weir-case 1", 1, "starts with the line \"weir-golden 1\""},
      {"weir-golden 1", "weir-golden", 1, "the number of the format"},
      {"weir-golden 1", "weir-golden 0", 1, "the number of the format"},
      {"weir-golden 1", "weir-golden 2", 1, "format 2, this build reads 1", true},
      {"guards    a flipped bit in the second block", "guards", 2, "nothing stands behind"},
      {"second block", "second\x01 block", 2, "column 38: binary data"},
      {"library   0.1.0\n", "", 9, "the line \"library\" is missing"},
      {"library   0.1.0", "guards again", 3, "a second \"guards\"; the first stands in line 2"},
      {"library   0.1.0", "libary 0.1.0", 3, "unknown line \"libary\"; there are: guards"},
      {"library   0.1.0", "reads rest", 3, "unknown line \"reads\""},
      {"transform stream.identity/1 stream.rot13/1", "transform", 4, "stand descriptors"},
      {"stream.rot13/1", "stream.rot\xff/1", 4, "column 29: \"stream.rot\\xff/1\""},
      {"stream.rot13/1", "a a a a a a a a a a a a a a a a", 4, "17 transforms; at most 16"},
      {"literal", "litteral", 5, "did you mean \"literal\"?"},
      {"writes    2", "writes    2x", 6, "a number stands here"},
      {"flip 3 bit 0", "flip 3 bit 8", 7, "out of range"},
      {"corrupt at", "damaged at", 8, "column 11: \"damaged\" is not expected"},
      {"corrupt at 16 after", "corrupt at x after", 8, "column 22: \"x\" is not expected"},
      {"after 8 unverified", "before 8", 8, "column 25: \"before\" is not expected"},
      {"after 8 unverified", "after -1", 8, "column 31: \"-1\" is not expected"},
      {"after 8 unverified", "after 8 9", 8, "column 33: \"9\" is not expected"},
      {"after 8 unverified", "after 8 unverified x", 8, "column 44: \"x\" is not expected"},
      {" after 8 unverified", "", 8, "a word is missing"},
      {"corrupt at 16 after 8 unverified", "payload or not", 8, "\"or not\" is not expected"},
      {"encoded   5", "encoded   5x", 9, "the number of bytes"},
      {"encoded   5", "encoded   1048577", 9, "at most 1048576"},
      {"encoded   5", "encoded   4", 10, "column 12: more bytes than the 4 that line 9 announces"},
      {"encoded   5", "encoded   6", 10, "only 5 of the 6 bytes that line 9 announces"},
      {"01 00", "01 0", 10, "column 12: \"0\" are not two hexadecimal digits"},
      {"4142", "4g42", 10, "column 3: \"4g\" are not two hexadecimal digits"},
  };
  for (const Bad& bad : bads) {
    std::string text = kText;
    const std::size_t at = text.find(bad.what);
    ASSERT_NE(at, std::string::npos) << bad.what;
    text.replace(at, std::string_view(bad.what).size(), bad.by);
    Golden golden;
    const ParseOutcome parsed = parse_golden(text, golden);
    ASSERT_FALSE(parsed.ok) << bad.by;
    EXPECT_EQ(parsed.error.line, bad.line) << bad.by << ": " << parsed.error.message;
    EXPECT_NE(parsed.error.message.find(bad.message), std::string::npos)
        << bad.by << ": " << parsed.error.message;
    EXPECT_EQ(parsed.error.kind == TextError::Kind::kStale, bad.stale) << bad.by;
  }
  Golden golden;
  for (const char* const empty : {"", "\n", "# only this\n"}) {
    EXPECT_NE(parse_golden(empty, golden).error.message.find("empty"), std::string::npos);
  }
  const ParseOutcome large = parse_golden(std::string(kGoldenTextMax + 1, '\n'), golden);
  EXPECT_FALSE(large.ok);
  EXPECT_NE(large.error.message.find("at most"), std::string::npos);
}

// Whatever somebody made of a file, it is read and printed the same again, or refused.
TEST(Golden, AnyTextIsReadOrRefused) {
  RandomBits bits(1);
  const std::vector<std::string> texts = {kText, print(corpus().front().golden)};
  int read = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string text = texts[bits.below(texts.size())];
    for (std::uint64_t edits = 1 + bits.below(3); edits > 0; --edits) {
      const std::size_t at = bits.below(text.size());
      switch (bits.below(4)) {
        case 0:
          text[at] = static_cast<char>(bits.below(256));
          break;
        case 1:
          text.erase(at, 1 + bits.below(20));
          break;
        case 2:
          text.insert(at, text.substr(bits.below(text.size()), bits.below(40)));
          break;
        default:
          text[at] = "0123456789abcdef \n#\",/"[bits.below(22)];
      }
      if (text.empty()) text.push_back('w');
    }
    Golden golden;
    const ParseOutcome parsed = parse_golden(text, golden);
    if (!parsed.ok) {
      EXPECT_FALSE(parsed.error.message.empty());
      EXPECT_GE(parsed.error.line, 1);
      continue;
    }
    ++read;
    Golden again;
    ASSERT_TRUE(parse_golden(print(golden), again).ok) << text;
    ASSERT_EQ(print(again), print(golden));
    replay(golden);
  }
  EXPECT_GT(read, 1000);
}

TEST(GoldenFiles, AreFoundBelowAFolderOrNamed) {
  std::vector<GoldenFile> files;
  EXPECT_EQ(read_golden_files(corpus().front().path, files), "");
  EXPECT_EQ(files.size(), 1u);
  EXPECT_NE(read_golden_files("/nonexistent/x.golden", files).find("cannot be read"),
            std::string::npos);

  const test::Folder own;
  const std::string& folder = own.path();
  EXPECT_EQ(read_golden_files(folder, files), "");
  EXPECT_EQ(files.size(), 1u);
  std::ofstream(folder + "/b.golden") << "weir-golden 1\nguards\n";
  std::ofstream(folder + "/a.golden") << kText;
  EXPECT_EQ(read_golden_files(folder, files).find(folder + "/b.golden:2: nothing stands behind"),
            0u);
  std::ofstream(folder + "/b.golden") << "weir-golden 7\n";
  EXPECT_EQ(read_golden_files(folder, files),
            folder + "/b.golden:1: stale: format 7, this build reads 1");
}

TEST(GoldenReplay, EveryStreamOfTheCorpusHolds) {
  std::size_t held = 0;
  for (const GoldenFile& file : corpus()) {
    const GoldenReplay replayed = replay(file.golden);
    EXPECT_NE(replayed.outcome, GoldenReplay::Outcome::kBroken)
        << file.path << ": " << replayed.message;
    if (replayed.outcome == GoldenReplay::Outcome::kHeld) ++held;
    // Only a build that lacks something leaves something out.
    if (missing_transforms().empty()) {
      EXPECT_EQ(replayed.outcome, GoldenReplay::Outcome::kHeld);
    } else if (replayed.outcome == GoldenReplay::Outcome::kLeftOut) {
      EXPECT_NE(replayed.message.find("is not in this build"), std::string::npos);
    }
  }
  EXPECT_GT(held, 0u);
}

// Who adds a transform has to freeze it.
TEST(GoldenReplay, EveryShippedTransformHasStreamsOfBothKinds) {
  for (const Subject& subject : builtin_subjects()) {
    std::size_t decode = 0;
    std::size_t fail = 0;
    std::size_t chains = 0;
    for (const GoldenFile& file : corpus()) {
      const auto& names = file.golden.transforms;
      const std::string name = subject.name.substr(0, subject.name.find('/'));
      if (std::none_of(names.begin(), names.end(), [&](const std::string& each) {
            return each.substr(0, each.find_first_of("/@")) == name;
          })) {
        continue;
      }
      if (names.size() > 1) {
        ++chains;
      } else {
        ++(file.golden.failure ? fail : decode);
      }
    }
    EXPECT_GE(decode, 10u) << subject.name << ": freeze it with `weir corpus freeze`";
    EXPECT_GE(fail, 3u) << subject.name << ": freeze it with `weir corpus freeze`";
    EXPECT_GE(chains, 3u) << subject.name << ": freeze it with `weir corpus freeze`";
    if (has(subject.traits, Trait::kDetectsCorruption)) {
      EXPECT_GE(fail, 10u) << subject.name;
    }
  }
}

// Only zstd gives bytes before it has verified them.
TEST(GoldenReplay, UnverifiedBytesComeFromZstdAlone) {
  for (const GoldenFile& file : corpus()) {
    if (!file.golden.failure || !file.golden.failure->unverified) continue;
    EXPECT_EQ(file.golden.transforms.front().find("stream.zstd"), 0u) << file.path;
  }
}

// What a broken decoder or another format looks like: bytes that do not mean what they meant.
TEST(GoldenReplay, ADamagedStreamIsBroken) {
  std::size_t flips = 0;
  for (const GoldenFile& file : corpus()) {
    if (file.golden.failure || replay(file.golden).outcome != GoldenReplay::Outcome::kHeld)
      continue;
    Golden damaged = file.golden;
    if (damaged.encoded.empty()) {
      damaged.encoded.push_back(std::byte{0});
      EXPECT_TRUE(broken(damaged)) << file.path;
      continue;
    }
    for (const std::size_t at : {std::size_t{0}, damaged.encoded.size() / 2}) {
      // Of what may be skipped the content means nothing, nor does a window of nothing.
      if (file.path.find("skippable-frames") != std::string::npos) continue;
      if (file.path.find("stream.zstd-1/empty") != std::string::npos) continue;
      damaged.encoded[at] ^= std::byte{4};
      EXPECT_TRUE(broken(damaged)) << file.path << " at " << at;
      damaged.encoded[at] ^= std::byte{4};
      ++flips;
    }
    damaged.encoded.push_back(std::byte{0});
    EXPECT_TRUE(broken(damaged)) << file.path << " and a byte behind";
    damaged.encoded.pop_back();
    damaged.encoded.pop_back();
    EXPECT_TRUE(broken(damaged)) << file.path << " without its last byte";
  }
  EXPECT_GT(flips, 20u);
}

TEST(GoldenReplay, AnotherTransformIsBroken) {
  std::set<std::pair<std::string, std::string>> told_apart;
  for (const GoldenFile& file : corpus()) {
    if (file.golden.failure || file.golden.transforms.size() > 1) continue;
    if (replay(file.golden).outcome != GoldenReplay::Outcome::kHeld) continue;
    const std::string& own = file.golden.transforms.front();
    for (const Subject& subject : builtin_subjects()) {
      if (subject.name.substr(0, subject.name.find('/')) == own.substr(0, own.find('/'))) continue;
      Golden other = file.golden;
      other.transforms = {subject.name};
      if (broken(other)) told_apart.insert({own, subject.name});
    }
  }
  for (const Subject& one : builtin_subjects()) {
    for (const Subject& other : builtin_subjects()) {
      // Any zstd reads seekable streams.
      if (one.name == "stream.zstd-seekable/1" && other.name == "stream.zstd/1") continue;
      if (one.name == other.name) continue;
      EXPECT_TRUE(told_apart.count({one.name, other.name})) << one.name << ' ' << other.name;
    }
  }
}

// A stream that must fail: any other failure, place or number of bytes is broken, and so is none.
TEST(GoldenReplay, AnotherFailureIsBroken) {
  std::size_t tried = 0;
  for (const GoldenFile& file : corpus()) {
    if (!file.golden.failure || replay(file.golden).outcome != GoldenReplay::Outcome::kHeld)
      continue;
    Golden other = file.golden;
    other.failure->code = other.failure->code == Code::kIo ? Code::kCorrupt : Code::kIo;
    EXPECT_TRUE(broken(other)) << file.path;
    other = file.golden;
    ++other.failure->given;
    EXPECT_TRUE(broken(other)) << file.path;
    other.failure.reset();
    EXPECT_TRUE(broken(other)) << file.path;
    if (file.golden.failure->offset) {
      other = file.golden;
      ++*other.failure->offset;
      EXPECT_TRUE(broken(other)) << file.path;
    }
    if (file.golden.failure->unverified) {
      other = file.golden;
      other.failure->unverified = false;
      EXPECT_TRUE(broken(other)) << file.path;
    }
    ++tried;
  }
  EXPECT_GT(tried, 5u);
  for (const GoldenFile& file : corpus()) {
    if (file.golden.failure) continue;
    Golden other = file.golden;
    other.failure = Golden::Failure{};
    EXPECT_NE(replay(other).outcome, GoldenReplay::Outcome::kHeld) << file.path;
  }
}

// Payload that cannot be made, or is too much of.
TEST(GoldenReplay, APayloadThatCannotBeMadeIsBroken) {
  Golden golden;
  golden.transforms = {"stream.identity/1"};
  golden.recipe.add(FieldId::kPayload, "file", {1, 0, 1});
  EXPECT_EQ(replay(golden).message.find("the payload cannot be made"), 0u);
  golden.recipe.clear();
  golden.recipe.add(FieldId::kPayload, "byte", {0, std::int64_t{16} << 20});
  golden.recipe.add(FieldId::kPayload, "byte", {0, 1});
  EXPECT_EQ(replay(golden).message, "the payload has more than 16 MiB");
}

// A transform that reads from front to back rightly, and by random access wrongly.
TEST(GoldenReplay, RandomAccessThatIsWrongIsBroken) {
  class Wrong final : public Source {
   public:
    explicit Wrong(std::unique_ptr<Source> below) : below_(std::move(below)) {}
    Result<std::size_t> read(std::span<std::byte> output) override { return below_->read(output); }
    bool seekable() const override { return below_->seekable(); }
    Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override {
      return below_->seek(whence == Whence::kSet && offset > 40 ? offset - 1 : offset, whence);
    }
    Result<std::uint64_t> tell() const override { return below_->tell(); }
    Result<void> close() override { return below_->close(); }

   private:
    std::unique_ptr<Source> below_;
  };
  class Transform final : public StreamTransform {
   public:
    Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override {
      return output;
    }
    Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override {
      return std::make_unique<Wrong>(std::move(input));
    }
    Descriptor descriptor() const override { return *Descriptor::parse("stream.identity/1"); }
  };
  Golden golden;
  golden.transforms = {"stream.identity/1"};
  golden.recipe.add(FieldId::kPayload, "text", {60});
  std::vector<std::byte> payload;
  ASSERT_TRUE(materialise(golden.recipe, PayloadFiles(), 100, payload).has_value());
  golden.encoded = payload;
  ASSERT_EQ(replay(golden).outcome, GoldenReplay::Outcome::kHeld);
  const GoldenReplay replayed = replay(golden, [](std::span<const std::string>) {
    std::vector<std::unique_ptr<StreamTransform>> made;
    made.push_back(std::make_unique<Transform>());
    return Result<std::vector<std::unique_ptr<StreamTransform>>>(std::move(made));
  });
  EXPECT_EQ(replayed.outcome, GoldenReplay::Outcome::kBroken);
  EXPECT_EQ(replayed.message.find("read by random access: "), 0u) << replayed.message;
}

TEST(Freeze, IsRepeatableAndSaysWhatItGuards) {
  if (!missing_transforms().empty()) {
    std::vector<FrozenStream> none;
    EXPECT_NE(freeze(builtin_subjects().front(), 1, "9.9.9", none).find("this build lacks"),
              std::string::npos);
    EXPECT_TRUE(none.empty());
    return;
  }
  for (const Subject& subject : builtin_subjects()) {
    std::vector<FrozenStream> streams;
    std::vector<FrozenStream> again;
    std::vector<FrozenStream> other;
    ASSERT_EQ(freeze(subject, 1, "9.9.9", streams), "");
    ASSERT_EQ(freeze(subject, 1, "9.9.9", again), "");
    ASSERT_EQ(freeze(subject, 2, "9.9.9", other), "");
    ASSERT_EQ(streams.size(), again.size());
    ASSERT_EQ(streams.size(), other.size());
    std::set<std::string> names;
    std::size_t differ = 0;
    for (std::size_t i = 0; i < streams.size(); ++i) {
      const Golden& golden = streams[i].golden;
      EXPECT_EQ(print(golden), print(again[i].golden));
      if (print(golden) != print(other[i].golden)) ++differ;
      EXPECT_TRUE(names.insert(streams[i].name).second) << streams[i].name;
      EXPECT_FALSE(golden.guards.empty()) << streams[i].name;
      EXPECT_EQ(golden.library, "9.9.9");
    }
    EXPECT_GE(differ, 2u) << "the seed reaches the random payloads";
    EXPECT_LT(differ, streams.size() / 2);
  }
}

}  // namespace
}  // namespace weir::properties
