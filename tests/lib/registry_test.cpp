// Guards descriptors, versions, the registry and the built-in table: what a reader may be handed,
// and what it must refuse.
#include "weir/registry.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "weir/builtin.h"
#include "weir/descriptor.h"
#include "weir/transforms/identity.h"
#include "weir/transforms/rot13.h"
#include "weir/version_1.h"

namespace weir {
namespace {

TEST(Descriptor, SplitsAtTheFirstSlash) {
  const auto parsed = Descriptor::parse("stream.a@example.org/1.2/3@4 5");
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->name(), "stream.a@example.org");
  EXPECT_TRUE(parsed->has_version());
  EXPECT_EQ(parsed->version(), "1.2/3@4 5");
}

TEST(Descriptor, TellsAMissingVersionFromAnEmptyOne) {
  const auto missing = Descriptor::parse("stream.a");
  const auto empty = Descriptor::parse("stream.a/");
  ASSERT_TRUE(missing.has_value() && empty.has_value());
  EXPECT_FALSE(missing->has_version());
  EXPECT_TRUE(empty->has_version());
  EXPECT_EQ(missing->version(), "");
  EXPECT_EQ(empty->version(), "");
  EXPECT_TRUE(*missing != *empty);
}

TEST(Descriptor, LosesNothing) {
  for (const std::string& text : {std::string("a"), std::string("a/"), std::string("a//"),
                                  std::string("a@b/\0\xff\n", 7), "x/" + std::string(253, 'v')}) {
    const auto parsed = Descriptor::parse(text);
    ASSERT_TRUE(parsed.has_value()) << text;
    EXPECT_EQ(parsed->str(), text);
  }
}

TEST(Descriptor, RefusesMalformedNames) {
  for (const std::string& text :
       {std::string(""), std::string("/1"), std::string("@d/1"), std::string("a@/1"),
        std::string("a@b@c/1"), std::string("a b/1"), std::string("a\0b/1", 5),
        std::string("a\x80/1"), std::string("a\x7f/1"), std::string(256, 'a')}) {
    EXPECT_TRUE(failed_with(Descriptor::parse(text), Code::kMalformedDescriptor)) << text;
  }
}

TEST(Descriptor, PrintsEscaped) {
  EXPECT_EQ(Descriptor::parse(std::string_view("a/1\n\\\0z", 7))->escaped(), "a/1\\x0a\\x5c\\x00z");
}

TEST(Version, MajorIsExactlyOneAndTheRestFree) {
  for (const std::string_view version : {"1", "1.", "1.9", "1.9.x", "1.0 beta/2"}) {
    EXPECT_TRUE(is_version_1(version)) << version;
  }
  using namespace std::string_view_literals;
  for (const std::string_view version :
       {""sv, "01"sv, "10"sv, " 1"sv, "1 "sv, "2"sv, "v1"sv, ".1"sv, "1\0"sv, "11.1"sv, "1,0"sv}) {
    EXPECT_FALSE(is_version_1(version)) << version;
  }
}

TEST(Registry, RefusesOtherVersionsAndNamesThem) {
  const ExtensionRegistry registry = test_extension_registry();
  for (const BuiltinTransform& builtin : builtin_transforms()) {
    const std::string name(Descriptor::parse(builtin.descriptor)->name());
    for (const std::string version : {"", "01", "10", " 1", "2", "v1"}) {
      const auto result = registry.from_descriptor(name + "/" + version);
      ASSERT_TRUE(failed_with(result, Code::kUnsupportedVersion)) << name << "/" << version;
      EXPECT_EQ(result.error().detail.view(), "version \"" + version + "\"");
    }
    EXPECT_TRUE(failed_with(registry.from_descriptor(name), Code::kUnsupportedVersion)) << name;
  }
}

TEST(Registry, ReadsEveryMinorVersionAndSaysOne) {
  const ExtensionRegistry registry = test_extension_registry();
  for (const BuiltinTransform& builtin : builtin_transforms()) {
    const std::string name(Descriptor::parse(builtin.descriptor)->name());
    for (const std::string version : {"1", "1.", "1.9", "1.9.x"}) {
      const auto transform = registry.from_descriptor(name + "/" + version);
      ASSERT_TRUE(transform.has_value()) << name << "/" << version;
      EXPECT_EQ((*transform)->descriptor().str(), builtin.descriptor);
    }
  }
}

TEST(Registry, NamesWhatItDoesNotKnow) {
  const auto result = test_extension_registry().from_descriptor("stream.rot14/1");
  ASSERT_TRUE(failed_with(result, Code::kUnknownExtension));
  EXPECT_EQ(result.error().detail.view(), "stream.rot14");
}

TEST(Registry, TakesTheDomainAsPartOfTheKey) {
  ExtensionRegistry registry = test_extension_registry();
  EXPECT_TRUE(
      failed_with(registry.from_descriptor("stream.rot13@example.org/1"), Code::kUnknownExtension));
  registry.add(version_1_extension(
      "stream.rot13@example.org",
      []() -> Result<std::unique_ptr<StreamTransform>> { return std::make_unique<Identity>(); }));
  EXPECT_EQ((*registry.from_descriptor("stream.rot13@example.org/1"))->descriptor().str(),
            "stream.identity/1");
  EXPECT_EQ((*registry.from_descriptor("stream.rot13/1"))->descriptor().str(), "stream.rot13/1");
}

TEST(Registry, ReplacesAnExtensionOfTheSameName) {
  ExtensionRegistry registry = test_extension_registry();
  const auto names = registry.names();
  registry.add(version_1_extension(
      "stream.rot13",
      []() -> Result<std::unique_ptr<StreamTransform>> { return fail(Code::kOutOfMemory); }));
  EXPECT_EQ(registry.names(), names);
  EXPECT_TRUE(failed_with(registry.from_descriptor("stream.rot13/1"), Code::kOutOfMemory));
}

TEST(Registry, MakesAListInOrder) {
  const std::vector<std::string> descriptors = {"stream.rot13/1", "stream.identity/1.5",
                                                "stream.rot13/1"};
  const auto list = test_extension_registry().from_descriptor_list(descriptors);
  ASSERT_TRUE(list.has_value());
  ASSERT_EQ(list->size(), 3u);
  EXPECT_EQ((*list)[0]->descriptor().str(), "stream.rot13/1");
  EXPECT_EQ((*list)[1]->descriptor().str(), "stream.identity/1");
  EXPECT_EQ((*list)[2]->descriptor().str(), "stream.rot13/1");
}

TEST(Registry, FailsAListForAnyMember) {
  const ExtensionRegistry registry = test_extension_registry();
  const std::vector<std::pair<std::string, Code>> bad = {
      {"", Code::kMalformedDescriptor},
      {"stream.none/1", Code::kUnknownExtension},
      {"stream.rot13/2", Code::kUnsupportedVersion}};
  for (const auto& [descriptor, code] : bad) {
    for (std::size_t place = 0; place < 3; ++place) {
      std::vector<std::string> list(3, "stream.identity/1");
      list[place] = descriptor;
      EXPECT_TRUE(failed_with(registry.from_descriptor_list(list), code)) << descriptor << place;
    }
  }
}

TEST(RegistryDeathTest, RefusesExtensionsThatCannotBeNamed) {
  ExtensionRegistry registry;
  Extension extension = Identity::extension();
  extension.name = "stream.identity/1";
  EXPECT_DEATH(registry.add(extension), "descriptor without version");
  extension.name = "";
  EXPECT_DEATH(registry.add(extension), "descriptor without version");
  EXPECT_DEATH(registry.add(Extension{"stream.x", nullptr}), "able to make");
}

TEST(Builtin, ListsEveryTransformOnceOrSaysWhyNot) {
  std::vector<std::string_view> present;
  for (const BuiltinTransform& builtin : builtin_transforms()) {
    present.push_back(builtin.descriptor);
    EXPECT_FALSE(builtin.summary.empty());
    EXPECT_EQ(builtin.extension().name, Descriptor::parse(builtin.descriptor)->name());
  }
  for (const MissingTransform& missing : missing_transforms()) {
    present.push_back(missing.descriptor);
    EXPECT_FALSE(missing.reason.empty());
  }
  for (const std::string_view wanted :
       {"stream.identity/1", "stream.rot13/1", "stream.zstd/1", "stream.zstd-seekable/1",
        "stream.crc32c/1", "stream.xchacha20poly1305/1"}) {
    EXPECT_EQ(std::count(present.begin(), present.end(), wanted), 1) << wanted;
  }
  std::sort(present.begin(), present.end());
  EXPECT_EQ(std::adjacent_find(present.begin(), present.end()), present.end());
#if WEIR_HAVE_ZSTD && WEIR_HAVE_XXHASH && WEIR_HAVE_ISAL && WEIR_HAVE_SODIUM
  EXPECT_TRUE(missing_transforms().empty());
#endif
}

TEST(Builtin, KeepsTheExampleOutOfTheDefaultRegistry) {
  EXPECT_TRUE(failed_with(default_extension_registry().from_descriptor("stream.rot13/1"),
                          Code::kUnknownExtension));
  EXPECT_TRUE(test_extension_registry().from_descriptor("stream.rot13/1").has_value());
  EXPECT_EQ(test_extension_registry().names().size(), builtin_transforms().size());
}

}  // namespace
}  // namespace weir
