// The one description of a case. Adding a verb is adding a line here.
//
// Verbs stand from simplest to most complex. Their place in the table is part of the byte form
// (schema_hash says so), their names are part of the text form, which is durable: verbs are added,
// never renamed.
#include <algorithm>
#include <string>
#include <vector>

#include "properties/case.h"
#include "properties/case_coverage.h"
#include "properties/case_flat.h"
#include "properties/random_bits.h"
#include "properties/roster.h"
#include "weir/builtin.h"
#include "weir/check.h"

WEIR_NO_COVERAGE_BEGIN
namespace weir::properties {
namespace {

using namespace std::string_view_literals;

constexpr std::int64_t kSizeMax = std::int64_t{16}
                                  << 20;  // of one operation; more costs time and finds nothing
constexpr std::int64_t kPlaceMax = std::int64_t{1} << 31;  // taken modulo the length, so far enough
constexpr std::int64_t kSeekMax = std::int64_t{1}
                                  << 40;  // past every end, and no sum of a few overflows
constexpr std::int64_t kInt64Max = 0x7fffffffffffffff;
constexpr std::int64_t kInt64Min = -kInt64Max - 1;
constexpr std::size_t kOpsMax = 64;

constexpr Arg size_arg(std::string_view label, std::int64_t min) {
  return {label, Shape::kSize, min, kSizeMax, min};
}
constexpr Arg place_arg(std::string_view label) {
  return {label, Shape::kOffset, -kPlaceMax, kPlaceMax, 0};
}
constexpr Arg kSeek = {"", Shape::kOffset, -kSeekMax, kSeekMax, 0};

constexpr std::string_view kFailures[] = {"EIO",       "ENOSPC",         "EPIPE",        "corrupt",
                                          "truncated", "limit_exceeded", "out_of_memory"};
constexpr Arg kFailure = {"", Shape::kName, 0, std::size(kFailures) - 1, 0, kFailures};

constexpr Arg kSizeFrom0[] = {size_arg("", 0)};
constexpr Arg kSizeFrom1[] = {size_arg("", 1)};
constexpr Arg kFail[] = {kFailure};
constexpr Arg kCalls[] = {size_arg("", 1)};
constexpr Arg kMore[] = {size_arg("more", 1)};
constexpr Arg kSeekTo[] = {kSeek};
constexpr Arg kAt[] = {place_arg("")};
constexpr Arg kAtSize[] = {place_arg(""), size_arg("size", 1)};
constexpr Arg kAtBit[] = {place_arg(""), {"bit", Shape::kSize, 0, 7, 0}};
constexpr Arg kAtWithSize[] = {place_arg(""), place_arg("with"), size_arg("size", 1)};
constexpr Arg kRepeat[] = {{"", Shape::kByte, 0, 255, 'a'}, size_arg("times", 0)};
constexpr Arg kRandom[] = {size_arg("", 0), {"seed", Shape::kSeed, 0, kInt64Max, 0}};
constexpr Arg kSlice[] = {{"", Shape::kHash, kInt64Min, kInt64Max, 0},
                          {"from", Shape::kOffset, 0, kInt64Max, 0},
                          size_arg("take", 0)};

// Starts of frames, so that damage now and then looks like another stream. Source: RFC 8878, 3.1.1
// and 3.1.2.
constexpr std::string_view kMagics[] = {
    "\x28\xb5\x2f\xfd"sv,
    "\x50\x2a\x4d\x18\x00\x00\x00\x00"sv,
    "\x50\x2a\x4d\x18\xff\xff\xff\xff"sv,
    "\x28\xb5\x2f\xfd\x04\x00\x01\x00\x00\x99\xe9\xd8\x51"sv,
    "\x00"sv,
    "\xff\xff\xff\xff"sv,
};

constexpr std::string_view kMinors[] = {"",  "0",    "9",  "9.x", "1",     ".",      "/",
                                        " ", "\0"sv, "-1", "x",   "2.0.0", "999999", "\xc2\xb9"};
constexpr std::string_view kVersions[] = {"",
                                          "1",
                                          "01",
                                          "10",
                                          " 1",
                                          "1 ",
                                          "1.",
                                          "1.9.x",
                                          "v1",
                                          "V1",
                                          "2",
                                          "0",
                                          "-1",
                                          "+1",
                                          "11",
                                          "1\n",
                                          "\t1",
                                          "1\0"sv,
                                          "\0"
                                          "1"sv,
                                          "1\0.0"sv,
                                          "1/1",
                                          "/1",
                                          "1,",
                                          "1-1",
                                          "1_",
                                          ".1",
                                          "0x1",
                                          "1e0",
                                          "one",
                                          "l",
                                          "I",
                                          "\xc2\xb9",
                                          "\xd9\xa1",
                                          "\xef\xbc\x91",
                                          "\xe2\x91\xa0",
                                          "18446744073709551617",
                                          "4294967297"};
constexpr std::string_view kNames[] = {"",
                                       "stream",
                                       "stream.",
                                       "stream.identity",
                                       "stream.rot13",
                                       "stream.zstd",
                                       "Stream.zstd",
                                       "stream.ZSTD",
                                       "stream.zst",
                                       "stream.zstd2",
                                       " stream.zstd",
                                       "stream.zstd ",
                                       "stream zstd",
                                       "stream.zstd@",
                                       "@example.org",
                                       "@",
                                       "stream.zstd@example.org",
                                       "stream.zstd@a@b",
                                       "stream.zstd\0"sv,
                                       "str\320\265am.zstd"};
constexpr std::string_view kPieces[] = {"/",  "@",  ".",    " ",        "1",  "0", "\0"sv,
                                        "\n", "\t", "\x7f", "\xc2\xa0", "//", "@x"};
constexpr std::string_view kRaws[] = {"",
                                      "/",
                                      "/1",
                                      "//",
                                      "@/1",
                                      "@x/1",
                                      "stream.zstd",
                                      "stream.zstd/",
                                      "stream.zstd//1",
                                      "stream.zstd/1",
                                      "stream.zstd/1/1",
                                      "stream.zstd@/1",
                                      "stream.rot13/1.9.x",
                                      "stream.rot13/01",
                                      "stream.none/1",
                                      "stream.zstd\\1",
                                      "\0"sv};

constexpr Verb kPayloadVerbs[] = {
    {.name = "literal", .has_bytes = true, .weight = 8},
    {.name = "byte", .args = kRepeat, .alias = "repeat", .weight = 3},
    {.name = "counter", .args = kSizeFrom0, .weight = 2},
    {.name = "text", .args = kSizeFrom0, .weight = 3},
    {.name = "random", .args = kRandom, .weight = 3},
    {.name = "file", .args = kSlice, .weight = 6},
};
constexpr Verb kWriteVerbs[] = {
    {.name = "", .args = kSizeFrom1, .weight = 10},
    {.name = "flush", .weight = 3, .kind = VerbKind::kFlush},
    {.name = "rest", .weight = 1},
    {.name = "nothing", .weight = 2, .kind = VerbKind::kEmpty},
    {.name = "lend", .args = kSizeFrom1, .weight = 2, .kind = VerbKind::kLend},
};
constexpr Verb kSinkVerbs[] = {
    {.name = "all", .alias = "take rest", .weight = 3},
    {.name = "good", .args = kCalls, .weight = 2, .kind = VerbKind::kDelay},
    {.name = "take", .args = kSizeFrom1, .weight = 6, .kind = VerbKind::kShort},
    {.name = "lend", .args = kSizeFrom1, .weight = 3, .kind = VerbKind::kShort},
    {.name = "block", .weight = 3, .kind = VerbKind::kBlock},
    {.name = "fail", .args = kFail, .weight = 1, .kind = VerbKind::kFault},
    {.name = "fail-once", .args = kFail, .weight = 1, .kind = VerbKind::kPassingFault},
    {.name = "claim", .args = kMore, .weight = 1, .kind = VerbKind::kLie},
};
constexpr Verb kDamageVerbs[] = {
    {.name = "cut", .args = kAt, .weight = 4, .kind = VerbKind::kCut},
    {.name = "flip", .args = kAtBit, .weight = 6, .kind = VerbKind::kHarm},
    {.name = "remove", .args = kAtSize, .weight = 3, .kind = VerbKind::kHarm},
    {.name = "duplicate", .args = kAtSize, .weight = 3, .kind = VerbKind::kHarm},
    {.name = "swap", .args = kAtWithSize, .weight = 2, .kind = VerbKind::kHarm},
    {.name = "replace",
     .args = kAt,
     .has_bytes = true,
     .bytes_label = "with",
     .weight = 3,
     .kind = VerbKind::kHarm},
    {.name = "insert",
     .args = kAt,
     .has_bytes = true,
     .bytes_label = "bytes",
     .weight = 3,
     .kind = VerbKind::kHarm},
    {.name = "append", .has_bytes = true, .weight = 3, .kind = VerbKind::kHarm},
};
constexpr Verb kSourceVerbs[] = {
    {.name = "all", .alias = "give rest", .weight = 3},
    {.name = "good", .args = kCalls, .weight = 2, .kind = VerbKind::kDelay},
    {.name = "give", .args = kSizeFrom1, .weight = 6, .kind = VerbKind::kShort},
    {.name = "lend", .args = kSizeFrom1, .weight = 3, .kind = VerbKind::kShort},
    {.name = "block", .weight = 3, .kind = VerbKind::kBlock},
    {.name = "fail", .args = kFail, .weight = 1, .kind = VerbKind::kFault},
    {.name = "fail-once", .args = kFail, .weight = 1, .kind = VerbKind::kPassingFault},
    {.name = "claim", .args = kMore, .weight = 1, .kind = VerbKind::kLie},
};
constexpr Verb kReadVerbs[] = {
    {.name = "rest", .weight = 1},
    {.name = "read", .args = kSizeFrom0, .weight = 9},
    {.name = "tell", .weight = 2},
    {.name = "lend", .args = kSizeFrom1, .weight = 2, .kind = VerbKind::kLend},
    {.name = "seek set", .args = kSeekTo, .weight = 3, .kind = VerbKind::kSeek},
    {.name = "seek cur", .args = kSeekTo, .weight = 2, .kind = VerbKind::kSeek},
    {.name = "seek end", .args = kSeekTo, .weight = 2, .kind = VerbKind::kSeek},
    {.name = "close", .weight = 1, .kind = VerbKind::kClose},
};
constexpr Verb kMemoryVerbs[] = {
    {.name = "good", .args = kCalls, .weight = 6, .kind = VerbKind::kDelay},
    {.name = "fail", .weight = 3, .kind = VerbKind::kFault},
    {.name = "fail-once", .weight = 3, .kind = VerbKind::kPassingFault},
};
constexpr Verb kDescriptorVerbs[] = {
    {.name = "minor", .has_bytes = true, .dictionary = kMinors},
    {.name = "version", .has_bytes = true, .weight = 8, .dictionary = kVersions},
    {.name = "drop-version", .weight = 2},
    {.name = "name", .has_bytes = true, .weight = 3, .dictionary = kNames},
    {.name = "insert",
     .args = kAt,
     .has_bytes = true,
     .bytes_label = "bytes",
     .weight = 3,
     .dictionary = kPieces},
    {.name = "erase", .args = kAtSize, .weight = 2},
    {.name = "flip-case", .args = kAt, .weight = 2},
    {.name = "raw", .has_bytes = true, .weight = 3, .dictionary = kRaws},
};

// What Weir ships, and what a project added.
std::vector<std::string_view> with_added(std::span<const std::string_view> own) {
  std::vector<std::string_view> all(own.begin(), own.end());
  for (const std::string& entry : internal::final_dictionary()) all.emplace_back(entry);
  return all;
}

std::vector<Verb> payload_verbs() {
  static const std::vector<std::string_view> dictionary = with_added({});
  std::vector<Verb> verbs(std::begin(kPayloadVerbs), std::end(kPayloadVerbs));
  verbs.front().dictionary = dictionary;
  for (const PayloadRecipe& recipe : internal::final_payload_recipes()) {
    WEIR_CHECK(std::none_of(verbs.begin(), verbs.end(),
                            [&](const Verb& verb) {
                              return verb.name == recipe.name || verb.alias == recipe.name;
                            }),
               "no two payload recipes have one name");
    verbs.push_back({.name = recipe.name, .args = kRandom, .weight = recipe.weight});
  }
  return verbs;
}

std::vector<Verb> damage_verbs() {
  static const std::vector<std::string_view> dictionary = with_added(kMagics);
  std::vector<Verb> verbs(std::begin(kDamageVerbs), std::end(kDamageVerbs));
  for (Verb& verb : verbs) {
    if (verb.has_bytes) verb.dictionary = dictionary;
  }
  return verbs;
}

std::vector<Verb> chain_verbs() {
  std::vector<Verb> verbs = {{.name = "subject", .weight = 4}, {.name = "damaged", .weight = 2}};
  for (const BuiltinTransform& transform : builtin_transforms()) {
    verbs.push_back({.name = transform.descriptor, .weight = 3});
  }
  return verbs;
}

std::array<Field, kFieldCount> make_schema() {
  static const std::vector<Verb> chain = chain_verbs();
  static const std::vector<Verb> payload = payload_verbs();
  static const std::vector<Verb> damage = damage_verbs();
  return {{
      {.id = FieldId::kPayload,
       .name = "payload",
       .about = "The bytes to encode, piece by piece; for hostile input the encoded bytes "
                "themselves.",
       .verbs = payload,
       .ops_max = kOpsMax,
       .first_in_16 = 15,
       .more_in_16 = 4},
      {.id = FieldId::kWrites,
       .name = "writes",
       .about = "The sizes in which the payload is written; then the rest in one call, then close.",
       .verbs = kWriteVerbs,
       .ops_max = kOpsMax,
       .first_in_16 = 11,
       .more_in_16 = 9},
      {.id = FieldId::kSink,
       .name = "sink",
       .about = "What the sink below does at each call; then it takes all.",
       .verbs = kSinkVerbs,
       .ops_max = kOpsMax,
       .first_in_16 = 12,
       .more_in_16 = 9},
      {.id = FieldId::kDamage,
       .name = "damage",
       .about = "What happens to the encoded stream between writer and reader.",
       .verbs = damage,
       .ops_max = kOpsMax,
       .first_in_16 = 15,
       .more_in_16 = 4},
      {.id = FieldId::kSource,
       .name = "source",
       .about = "What the source below does at each call; then it gives all.",
       .verbs = kSourceVerbs,
       .ops_max = kOpsMax,
       .first_in_16 = 12,
       .more_in_16 = 9},
      {.id = FieldId::kReads,
       .name = "reads",
       .about = "The reader's program; then it reads to the end.",
       .verbs = kReadVerbs,
       .ops_max = kOpsMax,
       .first_in_16 = 12,
       .more_in_16 = 11},
      {.id = FieldId::kChain,
       .name = "chain",
       .about = "Transforms, in the order in which a reader applies them.",
       .verbs = chain,
       .ops_max = kOpsMax,
       .first_in_16 = 14,
       .more_in_16 = 8},
      {.id = FieldId::kDescriptor,
       .name = "descriptor",
       .about = "Edits to the subject's own descriptor, one after the other.",
       .verbs = kDescriptorVerbs,
       .ops_max = kOpsMax,
       .first_in_16 = 15,
       .more_in_16 = 4},
      {.id = FieldId::kMemory,
       .name = "memory",
       .about = "What the allocator does at each allocation of the subject; then it has room.",
       .verbs = kMemoryVerbs,
       .ops_max = kOpsMax,
       .first_in_16 = 15,
       .more_in_16 = 4},
  }};
}

class Hasher {
 public:
  void add(std::string_view text) {
    add(text.size());
    hash_ = RandomBits::mix(hash_ ^ stable_hash(text.data(), text.size()));
  }
  void add(std::uint64_t number) { hash_ = RandomBits::mix(hash_ * 3 + number); }
  std::uint64_t hash() const { return hash_; }

 private:
  std::uint64_t hash_ = 0;
};

internal::FlatSchema make_flat_schema() {
  internal::FlatSchema flat;
  for (std::size_t f = 0; f < kFieldCount; ++f) {
    const Field& field = schema()[f];
    WEIR_CHECK(static_cast<std::size_t>(field.id) == f, "fields stand in the order of their ids");
    WEIR_CHECK(field.verbs.size() <= 255, "a verb is one byte");
    flat[f].ops_max = static_cast<std::uint32_t>(field.ops_max);
    const auto verb_count = static_cast<std::uint32_t>(field.verbs.size());
    flat[f].reciprocal = ((1u << 16) + verb_count - 1) / verb_count;
    for (const Verb& verb : field.verbs) {
      internal::FlatVerb flat_verb;
      WEIR_CHECK(verb.args.size() <= kArgsMax, "a verb has few arguments");
      flat_verb.arg_count = static_cast<std::uint8_t>(verb.args.size());
      flat_verb.has_bytes = verb.has_bytes;
      for (std::size_t a = 0; a < verb.args.size(); ++a) {
        const Arg& arg = verb.args[a];
        flat_verb.args[a] = {
            arg.min, arg.simplest,
            static_cast<std::uint64_t>(arg.max) - static_cast<std::uint64_t>(arg.min),
            arg.shape == Shape::kOffset && arg.min < 0 ? std::uint8_t{1} : std::uint8_t{0}};
      }
      flat[f].verbs.push_back(flat_verb);
    }
  }
  return flat;
}

std::uint64_t make_schema_hash() {
  Hasher hasher;
  for (const Field& field : schema()) {
    hasher.add(field.name);
    hasher.add(field.ops_max);
    hasher.add(field.verbs.size());
    for (const Verb& verb : field.verbs) {
      hasher.add(verb.name);
      hasher.add(verb.has_bytes ? 1 : 0);
      hasher.add(verb.args.size());
      for (const Arg& arg : verb.args) {
        hasher.add(static_cast<std::uint64_t>(arg.shape));
        hasher.add(static_cast<std::uint64_t>(arg.min));
        hasher.add(static_cast<std::uint64_t>(arg.max));
        hasher.add(static_cast<std::uint64_t>(arg.simplest));
        for (const std::string_view name : arg.names) hasher.add(name);
      }
    }
  }
  return hasher.hash();
}

}  // namespace

std::span<const Field, kFieldCount> schema() {
  static const std::array<Field, kFieldCount> fields = make_schema();
  return fields;
}

std::uint64_t schema_hash() {
  static const std::uint64_t hash = make_schema_hash();
  return hash;
}

namespace internal {

const FlatSchema& flat_schema() {
  static const FlatSchema flat = make_flat_schema();
  return flat;
}

}  // namespace internal
}  // namespace weir::properties
WEIR_NO_COVERAGE_END
