#include "properties/golden_freeze.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "properties/case_damage.h"
#include "properties/case_text.h"
#include "properties/payload.h"
#include "weir/builtin.h"
#include "weir/chain.h"
#include "weir/check.h"
#include "weir/memory.h"
#if WEIR_HAVE_ISAL
#include "weir/transforms/crc32c.h"
#endif
#if WEIR_HAVE_SODIUM
#include "weir/insecure_test_keys.h"
#include "weir/transforms/xchacha20poly1305.h"
#endif
#if WEIR_HAVE_ZSTD
#include "weir/transforms/zstd.h"
#endif
#if WEIR_HAVE_ZSTD && WEIR_HAVE_XXHASH
#include "weir/transforms/zstd_seekable.h"
#endif

namespace weir::properties {
namespace {

using Make = Result<std::unique_ptr<StreamTransform>> (*)();

// A stream to freeze. Where nothing makes the transform, the subject does, for a payload of that
// size: blocks and frames are small then (subject.cpp).
struct Entry {
  std::string_view name;
  std::string_view guards;
  std::string_view recipe;  // lines of a case; SEED stands for the seed
  bool fails = false;
  Make make = nullptr;
  std::string_view descriptor{};  // what the file has instead of the subject's own
  // Of another stream of the same instance these bytes, in their place there, take the place of
  // those here.
  std::size_t splice_at = 0;
  std::size_t splice_bytes = 0;
  // Where a flip falls into what zstd takes apart itself: another version of it may notice at
  // another place.
  bool any_offset = false;
};

// The payload of streams that are damaged: with eight blocks of 8 bytes or four frames of 16.
#define WEIR_BASE "payload text 60\n"

constexpr Entry kForAll[] = {
    {"empty", "a payload without bytes", ""},
    {"one-byte", "a payload of one byte", "payload literal \"w\"\n"},
    {"partial-last-block", "blocks of 8 or frames of 16 bytes, the last one not full", WEIR_BASE},
    {"full-last-block", "a payload that is a multiple of the block and of the frame",
     "payload counter 64\n"},
    {"one-byte-behind-a-block", "one byte behind a border of blocks of 64 bytes",
     "payload counter 65\n"},
    {"many-blocks", "blocks of 64 or frames of 512 bytes of text", "payload text 1500\n"},
    {"incompressible", "bytes that no compression makes less", "payload random 600 seed SEED\n"},
    {"long-runs", "runs of equal bytes, which compression makes almost nothing of",
     "payload byte 0 times 700, byte 255 times 700\n"},
    {"mixed-writes", "writes that fall across blocks, and flushes between them",
     "payload text 300, random 100 seed SEED\nwrites 1, flush, 99, 7, nothing, flush, 200, rest\n"},
    {"default-options", "what the default options write: blocks of 64 KiB, frames of 1 MiB",
     "payload text 1991\n"},
};

// Descriptors, and whether a reader refuses them. Source: seed facts.
struct Descriptors {
  std::string_view name;
  std::string_view guards;
  std::string_view version;  // what stands behind the name
  bool fails = true;
};
constexpr Descriptors kDescriptors[] = {
    {"version-01", "a version is exactly 1 before its first dot: 01 is another", "/01"},
    {"version-missing", "a descriptor without a version is refused", ""},
    {"version-of-letters", "v1 is no version", "/v1"},
    {"other-domain", "a name with a domain is another name", "@golden.example/1"},
    {"minor-version", "any minor version of 1 is read", "/1.9.golden", false},
};

constexpr std::size_t kChainMax = 4;
constexpr Entry kChainsOfTwo[] = {
    {"chain-of-two", "two transforms, the second one within the first", "payload text 200\n"},
};
constexpr Entry kChainsOfFour[] = {
    {"chain-of-four", "four transforms, each within the one before", "payload text 200\n"},
    {"chain-of-four-empty", "four transforms around nothing", ""},
    {"chain-of-four-cut", "a cut that one of four transforms notices",
     "payload text 200\ndamage cut -1\n", true},
};

constexpr Entry kDetectsTruncation[] = {
    {"cut-to-nothing", "no byte at all is no stream", WEIR_BASE "damage cut 0\n", true},
    {"cut-within-magic", "a cut within the first bytes", WEIR_BASE "damage cut 3\n", true},
    {"cut-within-header", "a cut within the header", WEIR_BASE "damage cut 10\n", true},
    {"cut-within-stream", "a cut in the middle", WEIR_BASE "damage cut 50\n", true},
    {"cut-last-byte", "the last byte is missing", WEIR_BASE "damage cut -1\n", true},
};
constexpr Entry kDetectsCorruption[] = {
    {"flip-first-bit", "another magic number", WEIR_BASE "damage flip 0 bit 0\n", true},
    {"flip-last-bit", "a flipped bit in the last byte", WEIR_BASE "damage flip -1 bit 7\n", true},
    {"bytes-behind-the-end", "a byte behind the end", WEIR_BASE "damage append \"w\"\n", true},
    {"foreign-text", "text is no stream",
     "damage cut 0, append \"line 0 of the weir's golden text, line 1 of the weir's golden "
     "text\\n\"\n",
     true},
};

#if WEIR_HAVE_ZSTD
template <int kLevel>
Result<std::unique_ptr<StreamTransform>> zstd_level() {
  Zstd::Options options;
  options.level = kLevel;
  return std::make_unique<Zstd>(options);
}
Result<std::unique_ptr<StreamTransform>> zstd_unchecked() {
  Zstd::Options options;
  options.checksum = false;
  return std::make_unique<Zstd>(options);
}
Result<std::unique_ptr<StreamTransform>> zstd_small_window() {
  Zstd::Options options;
  options.window_log = 10;
  return std::make_unique<Zstd>(options);
}
#endif

// A frame by hand: one segment with its size, one raw block, no checksum. Source: RFC 8878.
#define WEIR_RAW_FRAME "\\x28\\xb5\\x2f\\xfd\\x20\\x05\\x29\\x00\\x00weir!"

constexpr Entry kZstd[] = {
#if WEIR_HAVE_ZSTD
    {"level-minus-5", "the fastest levels, which do without entropy coding", "payload text 2500\n",
     false, zstd_level<-5>},
    {"level-1", "level 1", "payload text 2500\n", false, zstd_level<1>},
    {"level-19", "level 19", "payload text 2500\n", false, zstd_level<19>},
    {"no-checksum", "frames without checksum", "payload text 500\n", false, zstd_unchecked},
    {"sliding-window", "matches in a window of 1 KiB that slides", "payload text 5000\n", false,
     zstd_small_window},
    {"several-blocks", "several blocks of 128 KiB", "payload counter 300000\n"},
    {"blocks-of-one-byte-value", "blocks that are one byte, repeated",
     "payload byte 119 times 300000\n"},
#endif
    {"frame-of-one-segment", "a frame that says its size and has a raw block",
     "payload literal \"weir!\"\ndamage cut 0, append \"" WEIR_RAW_FRAME "\"\n"},
    {"two-frames", "frames one behind the other",
     "payload literal \"weir!weir!\"\ndamage cut 0, append \"" WEIR_RAW_FRAME WEIR_RAW_FRAME
     "\"\n"},
    {"skippable-frames", "skippable frames before, between and behind others",
     "payload literal \"weir!weir!\"\ndamage cut 0, append \""
     "\\x50\\x2a\\x4d\\x18\\x03\\x00\\x00\\x00any" WEIR_RAW_FRAME
     "\\x5f\\x2a\\x4d\\x18\\x00\\x00\\x00\\x00" WEIR_RAW_FRAME
     "\\x5e\\x2a\\x4d\\x18\\x01\\x00\\x00\\x00x\"\n"},
    {"flip-within-block",
     "content that the checksum does not fit to",
     WEIR_BASE "damage flip 20 bit 3\n",
     true,
     nullptr,
     {},
     0,
     0,
     true},
    {"reserved-bit", "a bit that zstd reserves is set in a frame's header",
     WEIR_BASE "damage flip 4 bit 3\n", true},
    {"reserved-block-type",
     "a block of the type that zstd reserves",
     WEIR_BASE "damage replace 6 with \"\\x07\"\n",
     true,
     nullptr,
     {},
     0,
     0,
     true},
    {"dictionary-needed", "a frame that needs a dictionary",
     "damage cut 0, append \"\\x28\\xb5\\x2f\\xfd\\x21\\x07\\x05\\x29\\x00\\x00weir!\"\n", true},
    {"window-too-large", "a frame that asks for a window of 256 MiB, more than is granted",
     "damage cut 0, append \"\\x28\\xb5\\x2f\\xfd\\x00\\x90\\x29\\x00\\x00weir!\"\n", true},
    {"frame-then-cut-frame", "the second frame is cut: the first one still comes",
     "payload literal \"weir!\"\ndamage cut 0, append \"" WEIR_RAW_FRAME WEIR_RAW_FRAME
     "\", cut -6\n",
     true},
    {"foreign-crc32c", "a stream of stream.crc32c/1",
     "damage cut 0, append \"WEIRCRC\\x01\\x04\\x00\\x00\\x00\\x93\\x14\\x85\\x05\"\n", true},
};

#if WEIR_HAVE_ZSTD && WEIR_HAVE_XXHASH
template <int kLevel, std::size_t kFrameBytes, bool kChecksum>
Result<std::unique_ptr<StreamTransform>> seekable() {
  ZstdSeekable::Options options;
  options.level = kLevel;
  options.frame_bytes = kFrameBytes;
  options.checksum = kChecksum;
  return std::make_unique<ZstdSeekable>(options);
}
#endif

// Four frames, three of 29 bytes; the table begins at 112 with eight bytes, and 12 for each frame.
constexpr Entry kZstdSeekable[] = {
#if WEIR_HAVE_ZSTD && WEIR_HAVE_XXHASH
    {"level-19", "level 19", "payload text 2500\n", false, seekable<19, 1000, true>},
    {"no-checksums", "frames without checksums, and a table without", "payload text 500\n", false,
     seekable<3, 100, false>},
    {"frames-of-one-byte", "frames of one byte", "payload text 40\n", false, seekable<3, 1, true>},
    {"several-blocks", "frames of several blocks of 128 KiB", "payload counter 700000\n", false,
     seekable<3, 300000, true>},
#endif
    {"flip-within-frame",
     "content that the checksum does not fit to",
     WEIR_BASE "damage flip 15 bit 3\n",
     true,
     nullptr,
     {},
     0,
     0,
     true},
    {"frames-swapped", "frames in another order than in the table",
     WEIR_BASE "damage swap 0 with 29 size 29\n", true},
    {"frame-removed", "a frame is missing that stands in the table",
     WEIR_BASE "damage remove 29 size 29\n", true},
    {"frame-doubled", "a frame stands there twice", WEIR_BASE "damage duplicate 29 size 29\n",
     true},
    {"frame-of-another-stream",
     "a frame of another stream, as long as the one in its place",
     WEIR_BASE,
     true,
     nullptr,
     {},
     29,
     29},
    {"table-of-another-stream",
     "a table of another stream, whose sizes are the same",
     WEIR_BASE,
     true,
     nullptr,
     {},
     112,
     64},
    {"table-missing", "frames without a table", WEIR_BASE "damage cut 112\n", true},
    {"table-checksum", "a checksum in the table that is not the frame's",
     WEIR_BASE "damage flip 130 bit 0\n", true},
    {"table-encoded-size", "an encoded size in the table that is not the frame's",
     WEIR_BASE "damage flip 120 bit 0\n", true},
    {"table-payload-size", "a payload size in the table that is not the frame's",
     WEIR_BASE "damage flip 124 bit 0\n", true},
    {"table-count", "a table that says it has four billion frames",
     WEIR_BASE "damage replace -9 with \"\\xff\\xff\\xff\\xff\"\n", true},
    {"table-reserved-bits", "bits that the format reserves are set in the table",
     WEIR_BASE "damage flip -5 bit 4\n", true},
    {"table-magic", "the number at the end is not the table's", WEIR_BASE "damage flip -2 bit 0\n",
     true},
    {"foreign-zstd", "zstd frames without a table",
     "payload literal \"weir!\"\ndamage cut 0, append \"" WEIR_RAW_FRAME "\"\n", true},
    {"window-too-large", "a frame that asks for a window of 256 MiB, more than is granted",
     "damage cut 0, append \"\\x28\\xb5\\x2f\\xfd\\x00\\x90\\x29\\x00\\x00weir!\"\n", true},
};

#if WEIR_HAVE_ISAL
template <std::size_t kBlockBytes>
Result<std::unique_ptr<StreamTransform>> crc32c_blocks() {
  Crc32c::Options options;
  options.block_bytes = kBlockBytes;
  return std::make_unique<Crc32c>(options);
}
#endif

// A header of 16 bytes, seven records of 16 and one of 12.
constexpr Entry kCrc32c[] = {
#if WEIR_HAVE_ISAL
    {"documented", "the stream in docs/formats.md", "payload literal \"weir!\"\n", false,
     crc32c_blocks<4>},
    {"blocks-of-one-byte", "blocks of one byte", "payload counter 40\n", false, crc32c_blocks<1>},
    {"block-too-large", "blocks of 2 MiB, more than is granted", "payload literal \"w\"\n", true,
     crc32c_blocks<(std::size_t{2} << 20)>},
#endif
    {"flip-block-size", "a flipped bit in the block size of the header",
     WEIR_BASE "damage flip 8 bit 1\n", true},
    {"flip-header-checksum", "a flipped bit in the checksum of the header",
     WEIR_BASE "damage flip 12 bit 1\n", true},
    {"flip-word", "a flipped bit in the size of a block", WEIR_BASE "damage flip 48 bit 0\n", true},
    {"flip-last-mark", "a block in the middle is marked as the last",
     WEIR_BASE "damage flip 51 bit 7\n", true},
    {"flip-within-block", "a flipped bit in the payload of the third block",
     WEIR_BASE "damage flip 52 bit 3\n", true},
    {"flip-checksum", "a flipped bit in the checksum of the third block",
     WEIR_BASE "damage flip 60 bit 3\n", true},
    {"blocks-swapped", "blocks in another order", WEIR_BASE "damage swap 48 with 64 size 16\n",
     true},
    {"block-removed", "a block is missing", WEIR_BASE "damage remove 48 size 16\n", true},
    {"block-doubled", "a block stands there twice", WEIR_BASE "damage duplicate 48 size 16\n",
     true},
    {"block-of-another-stream",
     "the block of another stream in its own place",
     WEIR_BASE,
     true,
     nullptr,
     {},
     48,
     16},
    {"last-block-missing", "the last block is missing, cut at a border",
     WEIR_BASE "damage cut 128\n", true},
    {"format-of-the-future", "a second format of the same name",
     WEIR_BASE "damage replace 7 with \"\\x02\"\n", true},
    {"twice", "the stream stands there twice, which is no longer one",
     "payload literal \"w\"\ndamage duplicate 0 size 25\n", true},
    {"foreign-zstd", "zstd frames",
     "damage cut 0, append \"" WEIR_RAW_FRAME WEIR_RAW_FRAME WEIR_RAW_FRAME WEIR_RAW_FRAME "\"\n",
     true},
};

#if WEIR_HAVE_SODIUM
template <std::size_t kBlockBytes>
Result<std::unique_ptr<StreamTransform>> xchacha20poly1305_chunks() {
  XChaCha20Poly1305::Options options;
  options.block_bytes = kBlockBytes;
  options.random = insecure_test_random();
  return std::make_unique<XChaCha20Poly1305>(insecure_test_keys(), std::move(options));
}
#endif

// A header of 48 bytes, seven records of 28 and one of 24.
constexpr Entry kXChaCha20Poly1305[] = {
#if WEIR_HAVE_SODIUM
    {"documented", "the stream in docs/formats.md", "payload literal \"weir!\"\n", false,
     xchacha20poly1305_chunks<4>},
    {"chunks-of-one-byte", "chunks of one byte", "payload counter 40\n", false,
     xchacha20poly1305_chunks<1>},
    {"chunk-too-large", "chunks of 2 MiB, more than is granted", "payload literal \"w\"\n", true,
     xchacha20poly1305_chunks<(std::size_t{2} << 20)>},
#endif
    {"flip-chunk-size", "a flipped bit in the chunk size of the header",
     WEIR_BASE "damage flip 8 bit 1\n", true},
    {"flip-reserved", "a bit of the header that is 0 is set", WEIR_BASE "damage flip 12 bit 0\n",
     true},
    {"other-key", "the id of a key that there is not", WEIR_BASE "damage flip 16 bit 0\n", true},
    {"flip-nonce", "a flipped bit in the nonce", WEIR_BASE "damage flip 32 bit 0\n", true},
    {"flip-word", "a flipped bit in the size of a chunk", WEIR_BASE "damage flip 104 bit 0\n",
     true},
    {"flip-last-mark", "a chunk in the middle is marked as the last",
     WEIR_BASE "damage flip 107 bit 7\n", true},
    {"flip-within-chunk", "a flipped bit in the third chunk", WEIR_BASE "damage flip 108 bit 3\n",
     true},
    {"flip-tag", "a flipped bit in the tag of the third chunk", WEIR_BASE "damage flip 116 bit 3\n",
     true},
    {"chunks-swapped", "chunks in another order", WEIR_BASE "damage swap 104 with 132 size 28\n",
     true},
    {"chunk-removed", "a chunk is missing", WEIR_BASE "damage remove 104 size 28\n", true},
    {"chunk-doubled", "a chunk stands there twice", WEIR_BASE "damage duplicate 104 size 28\n",
     true},
    {"chunk-of-another-stream",
     "the chunk of another stream of the same key in its own place",
     WEIR_BASE,
     true,
     nullptr,
     {},
     104,
     28},
    {"header-of-another-stream",
     "the header of another stream of the same key",
     WEIR_BASE,
     true,
     nullptr,
     {},
     0,
     48},
    {"last-chunk-missing", "the last chunk is missing, cut at a border",
     WEIR_BASE "damage cut 244\n", true},
    {"format-of-the-future", "a second format of the same name",
     WEIR_BASE "damage replace 7 with \"\\x02\"\n", true},
    {"twice", "the stream stands there twice, which is no longer one",
     "payload literal \"w\"\ndamage duplicate 0 size 69\n", true},
    {"foreign-zstd", "zstd frames",
     "damage cut 0, append \"" WEIR_RAW_FRAME WEIR_RAW_FRAME WEIR_RAW_FRAME WEIR_RAW_FRAME "\"\n",
     true},
};

std::span<const Entry> entries_of(std::string_view subject) {
  if (subject == "stream.zstd/1") return kZstd;
  if (subject == "stream.zstd-seekable/1") return kZstdSeekable;
  if (subject == "stream.crc32c/1") return kCrc32c;
  if (subject == "stream.xchacha20poly1305/1") return kXChaCha20Poly1305;
  return {};
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), by);
  }
  return text;
}

// Writes as the recipe says; the rest in one piece.
Result<void> write(Sink& sink, std::span<const std::byte> payload, const Case& recipe) {
  const auto put = [&](std::size_t size) -> Result<void> {
    size = std::min(size, payload.size());
    while (size > 0) {
      const Result<std::size_t> taken = sink.write(payload.first(size));
      if (!taken) return fail(taken.error());
      payload = payload.subspan(*taken);
      size -= *taken;
    }
    return {};
  };
  for (const Op& op : recipe.ops(FieldId::kWrites)) {
    const std::string_view verb = verb_of(FieldId::kWrites, op).name;
    const Result<void> done = verb == "flush"     ? sink.flush()
                              : verb == "rest"    ? put(payload.size())
                              : verb == "nothing" ? Result<void>()
                                                  : put(static_cast<std::size_t>(op.args[0]));
    if (!done) return done;
  }
  const Result<void> done = put(payload.size());
  return done ? sink.close() : done;
}

Result<std::vector<std::byte>> encode(const Chain& chain, std::span<const std::byte> payload,
                                      const Case& recipe) {
  ByteBuffer buffer;
  auto sink = chain.transform_to(std::make_unique<MemorySink>(buffer));
  if (!sink) return fail(sink.error());
  const Result<void> written = write(**sink, payload, recipe);
  if (!written) return fail(written.error());
  return std::vector<std::byte>(buffer.bytes().begin(), buffer.bytes().end());
}

// What a reader from front to back does with `golden`, as what is expected of it.
Result<std::optional<Golden::Failure>> observed(const Golden& golden) {
  auto transforms = test_extension_registry().from_descriptor_list(golden.transforms);
  if (!transforms) return Golden::Failure{transforms.error().code};
  std::vector<std::byte> payload;
  const Result<void> made = materialise(golden.recipe, PayloadFiles(), kGoldenPayloadMax, payload);
  if (!made) return fail(made.error());
  const Chain chain(std::move(*transforms));
  const auto source = chain.transform_from(std::make_unique<MemorySource>(golden.encoded));
  if (!source) return fail(source.error());
  std::vector<std::byte> room(payload.size() + 1);
  std::vector<std::byte> decoded;
  for (;;) {
    const Result<std::size_t> count = (*source)->read(room);
    if (!count) {
      Golden::Failure failure{count.error().code};
      if (count.error().offset != Error::kNoOffset) failure.offset = count.error().offset;
      failure.given = decoded.size();
      failure.unverified = decoded.size() > payload.size() ||
                           !std::equal(decoded.begin(), decoded.end(), payload.begin());
      return failure;
    }
    if (*count == 0) return std::optional<Golden::Failure>();
    decoded.insert(decoded.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(*count));
  }
}

class Freezer {
 public:
  Freezer(const Subject& subject, std::uint64_t seed, std::string_view library,
          std::vector<FrozenStream>& streams)
      : subject_(subject), seed_(seed), library_(library), streams_(streams) {}

  std::string run() {
    for (const MissingTransform& missing : missing_transforms()) {
      return "this build lacks " + std::string(missing.descriptor) + " (" +
             std::string(missing.reason) + "), which chains need: freeze with a build that has all";
    }
    const std::vector<const Subject*> alone = {&subject_};
    for (const Entry& entry : kForAll) add(entry, alone);
    if (has(subject_.traits, Trait::kDetectsTruncation)) {
      for (const Entry& entry : kDetectsTruncation) add(entry, alone);
    }
    if (has(subject_.traits, Trait::kDetectsCorruption)) {
      for (const Entry& entry : kDetectsCorruption) add(entry, alone);
    }
    for (const Entry& entry : entries_of(subject_.name)) add(entry, alone);
    const std::string name = subject_.name.substr(0, subject_.name.find('/'));
    for (const Descriptors& written : kDescriptors) {
      const std::string descriptor = name + std::string(written.version);
      Entry entry{written.name, written.guards, "payload literal \"w\"\n", written.fails};
      entry.descriptor = descriptor;
      add(entry, alone);
    }
    // With those that follow in the list, so that all stand beside others somewhere.
    const std::vector<Subject>& all = builtin_subjects();
    const auto own =
        static_cast<std::size_t>(&*std::find_if(all.begin(), all.end(), [&](const Subject& each) {
          return each.name == subject_.name;
        }) - all.data());
    std::vector<const Subject*> chain;
    for (std::size_t i = 0; i < kChainMax; ++i) chain.push_back(&all[(own + i) % all.size()]);
    for (const Entry& entry : kChainsOfTwo) add(entry, {chain[0], chain[1]});
    for (const Entry& entry : kChainsOfFour) add(entry, chain);
    return std::move(error_);
  }

 private:
  void add(const Entry& entry, const std::vector<const Subject*>& subjects) {
    if (!error_.empty()) return;
    FrozenStream stream{std::string(entry.name), {}};
    const std::string wrong = fill(entry, subjects, stream.golden);
    if (wrong.empty()) {
      streams_.push_back(std::move(stream));
    } else {
      error_ = subject_.name + ", " + stream.name + ": " + wrong;
    }
  }

  std::string fill(const Entry& entry, const std::vector<const Subject*>& subjects,
                   Golden& golden) const {
    const std::string text =
        "weir-case 1\n" + replaced(std::string(entry.recipe), "SEED", std::to_string(seed_));
    const ParseOutcome parsed = parse(text, golden.recipe);
    WEIR_CHECK(parsed.ok, "a plan whose recipes are well-formed");
    golden.guards = entry.guards;
    golden.library = library_;
    for (const Subject* const subject : subjects) golden.transforms.push_back(subject->name);
    if (!entry.descriptor.empty()) golden.transforms.front() = entry.descriptor;

    std::vector<std::byte> payload;
    const Result<void> made =
        materialise(golden.recipe, PayloadFiles(), kGoldenPayloadMax, payload);
    if (!made) return describe(made.error());
    std::vector<std::unique_ptr<StreamTransform>> transforms;
    for (const Subject* const subject : subjects) {
      auto transform = entry.make != nullptr          ? entry.make()
                       : subject->make_for != nullptr ? subject->make_for(payload.size())
                                                      : subject->make();
      if (!transform) return describe(transform.error());
      transforms.push_back(std::move(*transform));
    }
    const Chain chain(std::move(transforms));
    const auto encoded = encode(chain, payload, golden.recipe);
    if (!encoded) return describe(encoded.error());
    if (entry.splice_bytes > 0) {
      Case other;
      other.add(FieldId::kPayload, "counter", {static_cast<std::int64_t>(payload.size())});
      payload.clear();
      const Result<void> others = materialise(other, PayloadFiles(), kGoldenPayloadMax, payload);
      if (!others) return describe(others.error());
      const auto foreign = encode(chain, payload, other);
      if (!foreign) return describe(foreign.error());
      const std::size_t at = std::min(entry.splice_at, foreign->size());
      const std::size_t size = std::min(entry.splice_bytes, foreign->size() - at);
      golden.recipe.add(FieldId::kDamage, "replace", {static_cast<std::int64_t>(at)},
                        {reinterpret_cast<const char*>(foreign->data()) + at, size});
    }
    apply_damage(golden.recipe, *encoded, golden.encoded);

    auto seen = observed(golden);
    if (!seen) return describe(seen.error());
    golden.failure = *seen;
    if (golden.failure && entry.any_offset) golden.failure->offset.reset();
    if (entry.fails != golden.failure.has_value()) {
      return entry.fails ? "a reader should fail on it, and does not"
                         : "a reader should read it, and fails: " +
                               std::string(to_string(golden.failure->code));
    }
    return replay(golden).message;
  }

  const Subject& subject_;
  std::uint64_t seed_;
  std::string_view library_;
  std::vector<FrozenStream>& streams_;
  std::string error_;
};

}  // namespace

std::string freeze(const Subject& subject, std::uint64_t seed, std::string_view library,
                   std::vector<FrozenStream>& streams) {
  return Freezer(subject, seed, library, streams).run();
}

std::string golden_path(const Subject& subject, const FrozenStream& stream) {
  std::string folder = subject.name;
  std::replace(folder.begin(), folder.end(), '/', '-');
  return "golden/" + stream.golden.library + "/" + folder + "/" + stream.name +
         std::string(kGoldenExtension);
}

}  // namespace weir::properties
